"""`/attempts/{id}`: a sitting, for the student whose it is, and for staff."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from lms.lib.api import ApiViewSet
from lms.lib.requests import person_of
from lms.lib.throttling import PersonThrottle
from quizzes import services
from quizzes.api import shapes
from quizzes.api.bodies import MAX_BODY, SaveBody, SubmitBody, read_body
from quizzes.models import Attempt
from quizzes.permissions import get_attempt_for, require_current
from quizzes.review import history_of


class SaveThrottle(PersonThrottle):
    """240 saves a minute by user."""

    scope = "save_answer"


class AttemptViewSet(ApiViewSet):
    """One attempt."""

    serializer_class = shapes.AttemptSerializer
    permission_classes = [IsAuthenticated]
    queryset = Attempt.objects.none()
    max_body = MAX_BODY

    def _answer(self, attempt: Attempt) -> Response:
        by_staff = attempt.enrollment.student_id != self.request.user.pk
        if attempt.is_open:
            return Response(shapes.open_attempt_data(attempt))
        history = history_of(attempt.quiz, attempt.enrollment_id)
        return Response(shapes.closed_attempt_data(attempt, history, by_staff=by_staff))

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
