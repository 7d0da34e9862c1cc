"""`/questions`: the bank, and one question with its key, for its staff."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import django_filters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from lms.lib.api import ApiViewSet
from lms.lib.filters import StrictFilterBackend, check_search
from lms.lib.requests import person_of
from quizzes import services
from quizzes.api import shapes
from quizzes.api.bodies import MAX_BODY, QuestionBody, read_body
from quizzes.api.staff_shapes import BankQuestionSerializer
from quizzes.models import Question
from quizzes.models.question import QuestionQuerySet
from quizzes.permissions import get_editable_question_for


class BankFilter(django_filters.FilterSet):
    """Filters of the bank."""

    type = django_filters.ChoiceFilter(choices=Question.Type.choices)
    tag = django_filters.CharFilter(method="filter_tag", max_length=50, label="Whatever its capitals.")
    course = django_filters.UUIDFilter(field_name="quiz__course_id")
    quiz = django_filters.UUIDFilter(field_name="quiz_id")

    class Meta:
        model = Question
        fields: list[str] = []

    def filter_tag(self, rows: QuerySet[Question], name: str, value: str) -> QuerySet[Question]:
        """Those that carry the tag."""
        found: QuestionQuerySet = rows  # type: ignore[assignment]
        return found.tagged(value)


class QuestionViewSet(mixins.ListModelMixin, ApiViewSet):
    """The bank, and one question."""

    serializer_class = shapes.QuestionSerializer
    permission_classes = [IsAuthenticated]
    queryset = Question.objects.none()
    max_body = MAX_BODY
    filter_backends = [StrictFilterBackend]
    filterset_class = BankFilter

    def get_queryset(self) -> QuerySet[Question]:
        """The bank: questions of one's own courses, of all for admins, newest first."""
        asked = self.request.query_params if self.request else {}
        text = check_search(asked.get("search", ""), present="search" in asked)
        rows = Question.objects.editable_by(self.request.user).searched(text)
        return rows.select_related("quiz__course").prefetch_related("options").order_by("-pk")

    @extend_schema(
        summary="Question bank (staff)",
        parameters=[OpenApiParameter("search", str, description="In words and tags, 2 to 100 characters.")],
        responses=BankQuestionSerializer(many=True),
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One's own questions with their keys, of all for admins; newest first."""
        if not person_of(request).is_teacher:
            raise PermissionDenied
        return super().list(request, *args, **kwargs)

    def get_serializer_class(self) -> Any:
        """With its place in the list."""
        return BankQuestionSerializer if self.action == "list" else shapes.QuestionSerializer

    @extend_schema(summary="One question (staff)")
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """With options and key."""
        return Response(shapes.QuestionSerializer(get_editable_question_for(request.user, pk)).data)

    @extend_schema(summary="Change a question (staff)", request=QuestionBody(partial=True))
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """`options` is the whole list; 409 `question_in_use` when its shape changes after students met it."""
        question = get_editable_question_for(request.user, pk)
        changed = services.update_question(
            question=question, by=person_of(request), **read_body(QuestionBody, request, partial=True)
        )
        return Response(shapes.QuestionSerializer(changed).data)

    @extend_schema(summary="Delete a question nobody met (staff)", responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """409 `question_in_use`."""
        services.delete_question(question=get_editable_question_for(request.user, pk))
        return Response(status=204)
