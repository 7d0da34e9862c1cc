"""`/courses/{id}/quizzes` and `/quizzes`: settings, publication, questions, and whose attempts there are."""

from __future__ import annotations

import secrets
from functools import cached_property
from typing import Any
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework.decorators import action
from rest_framework.generics import ListAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from courses.models import Course, Lesson
from courses.permissions import get_course_for, require_editor
from enrollments.models import Enrollment
from lms.lib.api import ApiMixin, ApiViewSet
from lms.lib.filters import NullsLastOrdering, StrictFilterBackend
from lms.lib.requests import person_of
from lms.lib.serializers import EmptySerializer
from lms.lib.slugs import id_or_slug
from quizzes import services
from quizzes.api import shapes
from quizzes.api.attempt_data import open_attempt_data
from quizzes.api.bodies import (
    MAX_BODY,
    CopyQuestionsBody,
    DuplicateBody,
    ExtendQuizBody,
    PreviewBody,
    QuestionBody,
    QuestionOrderBody,
    QuizBody,
    read_body,
)
from quizzes.api.staff_shapes import PreviewSerializer, preview_data
from quizzes.exceptions import LessonNotInCourse
from quizzes.models import Attempt, Quiz
from quizzes.permissions import (
    get_any_quiz,
    get_editable_quiz_for,
    get_quiz_for,
    require_current,
)
from quizzes.preview import MAX_DRAW, preview_quiz
from quizzes.standing import standing_of


def quiz_fields(course: Course, request: Request, *, partial: bool = False) -> Any:
    """Return the settings of a body; its lesson is looked up inside the course (422 `lesson_not_in_course`)."""
    data = read_body(QuizBody, request, partial=partial)
    if data.get("lesson") is not None:
        data["lesson"] = Lesson.objects.filter(pk=data["lesson"], course=course).first()
        if data["lesson"] is None:
            raise LessonNotInCourse
    return data


def mine_in(course: Course, user: Any) -> Enrollment | None:
    """Return the person's enrollment in the course."""
    enrollment = Enrollment.objects.filter(student=user.pk, course=course).first()
    if enrollment is not None:
        enrollment.course = course
    return enrollment


def quiz_answer(quiz: Quiz, request: Request, status: int = 200) -> Response:
    """Answer with one quiz and how the caller stands; staff see counters and check list."""
    start, history = standing_of(quiz, request.user)
    shape = shapes.StaffQuizSerializer if quiz.can_edit(request.user) else shapes.QuizSerializer
    headers = {"Location": f"/api/v1/quizzes/{quiz.pk}"} if status == 201 else None
    data = shape(quiz, context={"start": start, "history": history}).data
    return Response(data, status=status, headers=headers)


class CourseQuizzesView(ApiMixin, ListAPIView[Quiz]):
    """The quizzes of a course."""

    serializer_class = shapes.QuizItemSerializer
    permission_classes = [IsAuthenticated]
    filter_backends = [StrictFilterBackend]
    filterset_class = None
    max_body = MAX_BODY

    def get_queryset(self) -> QuerySet[Quiz]:
        if getattr(self, "swagger_fake_view", False):
            return Quiz.objects.none()
        rows = Quiz.objects.filter(course=self._course).select_related("lesson").order_by("position", "pk")
        if self._course.can_edit(self.request.user):
            return rows
        mine = Enrollment.objects.current().filter(student=self.request.user.pk)
        return rows.filter(pk__in=Quiz.objects.offered().values("pk"), course__in=mine.values("course"))

    @cached_property
    def _course(self) -> Course:
        return get_course_for(self.request.user, id_or_slug(self.kwargs["course"]))

    @extend_schema(summary="Quizzes of a course, by position")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """For who is enrolled those that are open, for staff all."""
        response = super().get(request, *args, **kwargs)
        if not response.data["total"] and not self._course.can_edit(request.user):
            require_current(self._course, mine_in(self._course, request.user))
        return response

    @extend_schema(
        summary="Create a quiz (staff)", request=QuizBody, responses={201: shapes.StaffQuizSerializer}
    )
    def post(self, request: Request, course: str) -> Response:
        """Unpublished. 409 `lesson_taken`, 422 `lesson_not_in_course`."""
        require_editor(request.user, self._course)
        quiz = services.create_quiz(course=self._course, **quiz_fields(self._course, request))
        return quiz_answer(get_any_quiz(quiz.pk), request, 201)


class AttemptFilter(django_filters.FilterSet):
    """Filters of a quiz's attempts."""

    student = django_filters.UUIDFilter(field_name="enrollment__student_id")
    # An annotation has no model field to be described by. (The decorator takes filters, its type does not say so.)
    passed = extend_schema_field(OpenApiTypes.BOOL)(
        django_filters.TypedChoiceFilter(
            field_name="known_pass", choices=[("true", "true"), ("false", "false")], coerce="true".__eq__
        )  # type: ignore[type-var]
    )
    needs_grading = django_filters.TypedChoiceFilter(
        field_name="needs_manual_grading",
        choices=[("true", "true"), ("false", "false")],
        coerce="true".__eq__,
    )

    class Meta:
        model = Attempt
        fields = ["status"]


class AttemptOrdering(NullsLastOrdering):
    """`percentage` is the one that the caller may know."""

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: Any) -> Any:
        fields = super().get_ordering(request, queryset, view) or ()
        return [field.replace("percentage", "known_percentage") for field in fields]


class QuizViewSet(ApiViewSet):
    """One quiz."""

    serializer_class = shapes.QuizSerializer
    permission_classes = [IsAuthenticated]
    max_body = MAX_BODY
    # Only the list of attempts goes through these.
    filterset_class: type[django_filters.FilterSet] | None = None
    ordering_fields: tuple[str, ...] = ()
    ordering: tuple[str, ...] = ()

    def get_queryset(self) -> QuerySet[Any]:
        """Nothing: every row comes through a gate. The description of the API asks for the model."""
        return Attempt.objects.none() if self.action == "attempts" else Quiz.objects.none()

    @extend_schema(summary="One quiz, and how I stand")
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """Settings, attempts left, whether I may start, my result; staff: counters and `problems`."""
        quiz = get_quiz_for(request.user, pk)
        if not quiz.can_edit(request.user):
            require_current(quiz.course, mine_in(quiz.course, request.user))
        return quiz_answer(quiz, request)

    @extend_schema(
        summary="Change settings (staff)",
        request=QuizBody(partial=True),
        responses=shapes.StaffQuizSerializer,
    )
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Running attempts keep what they were started with. 409 `not_publishable` for a published quiz."""
        quiz = get_editable_quiz_for(request.user, pk)
        services.update_quiz(quiz=quiz, **quiz_fields(quiz.course, request, partial=True))
        return quiz_answer(get_any_quiz(pk), request)

    @extend_schema(summary="Delete a quiz nobody sat (staff)", responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """409 `quiz_has_attempts`."""
        services.delete_quiz(quiz=get_editable_quiz_for(request.user, pk), by=person_of(request))
        return Response(status=204)

    @extend_schema(summary="Publish (staff)", request=EmptySerializer, responses=shapes.StaffQuizSerializer)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: UUID) -> Response:
        """409 `not_publishable` with every problem."""
        quiz = get_editable_quiz_for(request.user, pk)
        read_body(EmptySerializer, request)
        return quiz_answer(services.publish_quiz(quiz=quiz, by=person_of(request)), request)

    @extend_schema(summary="Take back (staff)", request=EmptySerializer, responses=shapes.StaffQuizSerializer)
    @action(detail=True, methods=["post"])
    def unpublish(self, request: Request, pk: UUID) -> Response:
        """Running attempts go on, results stay."""
        quiz = get_editable_quiz_for(request.user, pk)
        read_body(EmptySerializer, request)
        return quiz_answer(services.unpublish_quiz(quiz=quiz, by=person_of(request)), request)

    # --- Questions

    @extend_schema(
        summary="Questions with their key (staff)",
        responses=shapes.QuestionSerializer(many=True),
        filters=False,
    )
    @action(detail=True, methods=["get"], filter_backends=[StrictFilterBackend])
    def questions(self, request: Request, pk: UUID) -> Response:
        """In their order."""
        quiz = get_editable_quiz_for(request.user, pk)
        rows = self.filter_queryset(quiz.questions.order_by("position").prefetch_related("options"))
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(shapes.QuestionSerializer(page, many=True).data)

    @extend_schema(
        summary="Add a question (staff)", request=QuestionBody, responses={201: shapes.QuestionSerializer}
    )
    @questions.mapping.post
    def add_question(self, request: Request, pk: UUID) -> Response:
        """At the end. A true/false question takes `answer`, or two options, true first."""
        quiz = get_editable_quiz_for(request.user, pk)
        question = services.add_question(quiz=quiz, by=person_of(request), **read_body(QuestionBody, request))
        headers = {"Location": f"/api/v1/questions/{question.pk}"}
        return Response(shapes.QuestionSerializer(question).data, status=201, headers=headers)

    @extend_schema(
        summary="Order the questions (staff)",
        request=QuestionOrderBody,
        responses=shapes.QuestionSerializer(many=True),
        filters=False,
    )
    @action(detail=True, methods=["post"], url_path="questions/reorder", filter_backends=[])
    def reorder(self, request: Request, pk: UUID) -> Response:
        """All ids; 409 `order_mismatch`. Answers as the list of questions."""
        quiz = get_editable_quiz_for(request.user, pk)
        services.reorder_questions(quiz=quiz, ids=read_body(QuestionOrderBody, request)["ids"])
        page = self.paginate_queryset(quiz.questions.order_by("position").prefetch_related("options"))
        return self.get_paginated_response(shapes.QuestionSerializer(page, many=True).data)

    @extend_schema(
        summary="Copy questions to the end (staff)",
        request=CopyQuestionsBody,
        responses={201: shapes.QuestionSerializer(many=True)},
    )
    @action(detail=True, methods=["post"], url_path="questions/copy", filter_backends=[])
    def copy_questions(self, request: Request, pk: UUID) -> Response:
        """Deep copies of one's own; 404 for what is not."""
        quiz = get_editable_quiz_for(request.user, pk)
        made = services.copy_questions(
            quiz=quiz, by=person_of(request), **read_body(CopyQuestionsBody, request)
        )
        return Response(shapes.QuestionSerializer(made, many=True).data, status=201)

    @extend_schema(
        summary="Duplicate a quiz (staff)", request=DuplicateBody, responses={201: shapes.StaffQuizSerializer}
    )
    @action(detail=True, methods=["post"])
    def duplicate(self, request: Request, pk: UUID) -> Response:
        """Unpublished, without dates and without a lesson."""
        quiz = get_editable_quiz_for(request.user, pk)
        wanted = read_body(DuplicateBody, request)["course"]
        course = get_course_for(request.user, wanted) if wanted else quiz.course
        require_editor(request.user, course)
        made = services.duplicate_quiz(quiz=quiz, course=course, by=person_of(request))
        return quiz_answer(get_any_quiz(made.pk), request, 201)

    @extend_schema(
        summary="Sit a draw without an attempt (staff)", request=PreviewBody, responses=PreviewSerializer
    )
    @action(detail=True, methods=["post"])
    def preview(self, request: Request, pk: UUID) -> Response:
        """The same `draw_number` gives the same questions; `answers` are marked as an attempt's. Writes nothing."""
        quiz = get_editable_quiz_for(request.user, pk)
        body = read_body(PreviewBody, request)
        draw_number = body.get("draw_number", secrets.randbelow(MAX_DRAW))
        found = preview_quiz(quiz, draw_number, body.get("answers"), is_marked="answers" in body)
        return Response(preview_data(found))

    # --- Attempts

    @extend_schema(summary="My attempts; staff: all", responses=shapes.StaffAttemptItemSerializer(many=True))
    @action(
        detail=True,
        methods=["get"],
        filter_backends=[StrictFilterBackend, AttemptOrdering],
        filterset_class=AttemptFilter,
        ordering_fields=("number", "percentage", "submitted_at"),
        ordering=("-number", "id"),
    )
    def attempts(self, request: Request, pk: UUID) -> Response:
        """Newest first; the marks are absent until an attempt is graded."""
        quiz = get_quiz_for(request.user, pk)
        by_staff = quiz.can_edit(request.user)
        are_released = by_staff or quiz.is_score_released()
        rows = Attempt.objects.filter(quiz=quiz).defer("layout").with_known_marks(are_released=are_released)
        if not by_staff:
            rows = rows.filter(enrollment__student=request.user.pk)
        page = self.paginate_queryset(self.filter_queryset(rows.select_related("enrollment__student")))
        if not page and not by_staff and mine_in(quiz.course, request.user) is None:
            require_current(quiz.course, None)
        shape = shapes.StaffAttemptItemSerializer if by_staff else shapes.AttemptItemSerializer
        context = {"released": are_released}
        for attempt in page or ():
            attempt.quiz = quiz
            services.close_if_overdue(attempt)
        return self.get_paginated_response(shape(page, many=True, context=context).data)

    @extend_schema(
        summary="Give every running attempt more minutes (staff)",
        request=ExtendQuizBody,
        responses=shapes.GivenSerializer,
    )
    @action(detail=True, methods=["post"])
    def extend(self, request: Request, pk: UUID) -> Response:
        """A fire alarm, a failing network: everybody who sits it now gets the same."""
        quiz = get_editable_quiz_for(request.user, pk)
        given = services.extend_quiz(quiz=quiz, by=person_of(request), **read_body(ExtendQuizBody, request))
        return Response({"attempts": given})

    @extend_schema(
        summary="Start an attempt, or go on with the open one",
        request=EmptySerializer,
        responses={201: shapes.AttemptSerializer, 200: shapes.AttemptSerializer},
    )
    @attempts.mapping.post
    def start(self, request: Request, pk: UUID) -> Response:
        """201 for a new one, 200 for the one in progress; 403 and 409 say why not."""
        read_body(EmptySerializer, request)
        quiz = get_any_quiz(pk)
        attempt = services.start_attempt(quiz=quiz, student=person_of(request))
        attempt.quiz = quiz
        headers = {"Location": f"/api/v1/attempts/{attempt.pk}"}
        status = 201 if attempt.is_new else 200
        return Response(open_attempt_data(attempt), status=status, headers=headers)
