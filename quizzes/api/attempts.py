"""`/attempts/{id}`: a sitting, for the student whose it is, and for staff."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import django_filters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.generics import ListAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from lms.lib.api import ApiMixin, ApiViewSet
from lms.lib.filters import StrictFilterBackend
from lms.lib.requests import person_of
from lms.lib.throttling import PersonThrottle
from quizzes import services
from quizzes.api import shapes
from quizzes.api.attempt_data import closed_attempt_data, open_attempt_data
from quizzes.api.bodies import (
    MAX_BODY,
    AttemptReasonBody,
    ExtendAttemptBody,
    GradeBody,
    SaveBody,
    SubmitBody,
    read_body,
)
from quizzes.models import Answer, Attempt
from quizzes.permissions import get_attempt_for, get_managed_attempt_for, require_current
from quizzes.review import history_of
from quizzes.timing import allowance_of


class SaveThrottle(PersonThrottle):
    """240 saves a minute by user."""

    scope = "save_answer"


class WaitingFilter(django_filters.FilterSet):
    """Filters of the grading queue."""

    course = django_filters.UUIDFilter(field_name="attempt__quiz__course_id")
    quiz = django_filters.UUIDFilter(field_name="attempt__quiz_id")
    by = django_filters.ChoiceFilter(
        choices=[("question", "question"), ("student", "student")],
        method="sort_by",
        label="What stands together.",
    )

    class Meta:
        model = Answer
        fields = ["question"]

    def sort_by(self, rows: QuerySet[Answer], name: str, value: str) -> QuerySet[Answer]:
        """Nothing is left out: the view orders by it."""
        return rows


class AttemptViewSet(ApiViewSet):
    """One attempt."""

    serializer_class = shapes.AttemptSerializer
    permission_classes = [IsAuthenticated]
    queryset = Attempt.objects.none()
    max_body = MAX_BODY

    def _answer(self, attempt: Attempt) -> Response:
        by_staff = attempt.enrollment.student_id != self.request.user.pk
        if attempt.is_open and not services.close_if_overdue(attempt):
            return Response(open_attempt_data(attempt))
        allowance = None if by_staff else allowance_of(attempt.quiz, self.request.user)
        history = history_of(attempt.quiz, attempt.enrollment_id, allowance)
        if history.is_uncounted:
            services.count_seen(history.attempts, quiz=attempt.quiz, enrollment=attempt.enrollment)
        return Response(closed_attempt_data(attempt, history, by_staff=by_staff))

    @extend_schema(summary="One attempt")
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """Open: questions, responses, revisions, `unanswered`. Closed: result, and the review as it is due."""
        attempt = get_attempt_for(request.user, pk)
        if attempt.is_open and attempt.enrollment.student_id == request.user.pk:
            require_current(attempt.quiz.course, attempt.enrollment)
        return self._answer(attempt)

    @extend_schema(summary="Save an answer", request=SaveBody, responses=shapes.SavedSerializer)
    @action(
        detail=True,
        methods=["put"],
        url_path="answers/<uuid:question_id>",
        throttle_classes=[SaveThrottle],
    )
    def save_answer(self, request: Request, pk: UUID, question_id: UUID) -> Response:
        """A higher `revision` wins. 409 `stale_revision` carries the stored `answer`, 409 `attempt_closed`."""
        saved = services.save_answer(
            attempt=pk,
            question_id=question_id,
            student=person_of(request),
            **read_body(SaveBody, request),
        )
        return Response(shapes.SavedSerializer(saved).data)

    @extend_schema(summary="Submit", request=SubmitBody, responses=shapes.AttemptSerializer)
    @action(detail=True, methods=["post"], throttle_classes=[])
    def submit(self, request: Request, pk: UUID) -> Response:
        """Closes and marks, once; every later call gets the same answer."""
        attempt = get_attempt_for(request.user, pk)
        by = person_of(request)
        is_own = attempt.enrollment.student_id == by.pk
        if is_own and attempt.is_open:
            require_current(attempt.quiz.course, attempt.enrollment)
        answers = read_body(SubmitBody, request).get("answers", {})
        if answers and not is_own:
            raise PermissionDenied  # nobody answers for somebody else
        return self._answer(services.submit_attempt(attempt=attempt, by=by, answers=answers))

    @extend_schema(
        summary="Give more minutes (staff)", request=ExtendAttemptBody, responses=shapes.AttemptSerializer
    )
    @action(detail=True, methods=["post"])
    def extend(self, request: Request, pk: UUID) -> Response:
        """To a running attempt with a deadline; 409 `invalid_status` otherwise."""
        attempt = get_managed_attempt_for(request.user, pk)
        services.extend_attempt(
            attempt=attempt, by=person_of(request), **read_body(ExtendAttemptBody, request)
        )
        return self._answer(attempt)

    @extend_schema(summary="Give marks (staff)", request=GradeBody, responses=shapes.AttemptSerializer)
    @action(detail=True, methods=["post"])
    def grade(self, request: Request, pk: UUID) -> Response:
        """409 `already_graded` carries what another grader gave first; 403 `own_attempt`."""
        attempt = get_managed_attempt_for(request.user, pk)
        body = read_body(GradeBody, request)
        services.grade_attempt(
            attempt=attempt,
            grades=body["answers"],
            feedback=body["feedback"],
            reason=body["reason"],
            by=person_of(request),
        )
        return self._answer(attempt)

    @extend_schema(
        summary="Let it count for nothing (staff)",
        request=AttemptReasonBody,
        responses=shapes.AttemptSerializer,
    )
    @action(detail=True, methods=["post"])
    def void(self, request: Request, pk: UUID) -> Response:
        """Whatever its status; 409 `invalid_status` when it is voided already."""
        return self._decide(services.void_attempt, pk, AttemptReasonBody)

    @extend_schema(
        summary="Let it count again (staff)", request=AttemptReasonBody, responses=shapes.AttemptSerializer
    )
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: UUID) -> Response:
        """A voided one; it is marked anew."""
        return self._decide(services.restore_attempt, pk, AttemptReasonBody)

    @extend_schema(
        summary="Use up no attempt (staff)", request=AttemptReasonBody, responses=shapes.AttemptSerializer
    )
    @action(detail=True, methods=["post"])
    def excuse(self, request: Request, pk: UUID) -> Response:
        """Its result stays."""
        return self._decide(services.excuse_attempt, pk, AttemptReasonBody)

    @extend_schema(
        summary="Let it go on (staff)", request=ExtendAttemptBody, responses=shapes.AttemptSerializer
    )
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: UUID) -> Response:
        """For so many minutes; marks are cleared, notes stay."""
        return self._decide(services.reopen_attempt, pk, ExtendAttemptBody)

    def _decide(self, verb: Callable[..., Attempt], pk: UUID, body: type[AttemptReasonBody]) -> Response:
        attempt = get_managed_attempt_for(self.request.user, pk)
        return self._answer(
            verb(attempt=attempt, by=person_of(self.request), **read_body(body, self.request))
        )


class WaitingView(ApiMixin, ListAPIView[Answer]):
    """The grading queue."""

    serializer_class = shapes.WaitingSerializer
    permission_classes = [IsAuthenticated]
    filter_backends = [StrictFilterBackend]
    filterset_class = WaitingFilter

    def get_queryset(self) -> QuerySet[Answer]:
        rows = Answer.objects.waiting().managed_by(self.request.user)
        first = (
            "attempt__enrollment__student_id"
            if self.request.query_params.get("by") == "student"
            else "question_id"
        )
        return rows.select_related("attempt__enrollment__student", "question").order_by(
            *([first] if self.request.query_params.get("by") else []), "attempt__submitted_at", "pk"
        )

    @extend_schema(summary="Answers that wait for a person (staff)")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Oldest first; `by=question` or `by=student` keeps those together. Marks are given by attempt."""
        if not person_of(request).is_teacher:
            raise PermissionDenied
        return super().get(request, *args, **kwargs)
