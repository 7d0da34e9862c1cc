"""`/quizzes/{id}/statistics` and `/quizzes/{id}/regrade`: how a quiz went, and marking it again. For staff."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from lms.lib.api import ApiView
from lms.lib.requests import person_of
from lms.lib.serializers import StrictSerializer
from lms.lib.text import validate_plain_multiline_text
from quizzes import services
from quizzes.api.bodies import MAX_BODY, read_body
from quizzes.api.shapes import SitterSerializer
from quizzes.permissions import get_editable_quiz_for

MAX_CHANGES = 500  # attempts that a preview names; all are counted
RETRY_AFTER = "5"  # seconds


class ChoiceSerializer(serializers.Serializer[Any]):
    """One option: who chose it, of all and of the upper third, from 0 to 1."""

    option = serializers.UUIDField(source="option_id")
    is_correct = serializers.BooleanField()
    share = serializers.FloatField()
    upper_share = serializers.FloatField()


class ItemSerializer(serializers.Serializer[Any]):
    """What one question tells; null is no data."""

    question = serializers.UUIDField(source="question_id")
    position = serializers.IntegerField()
    n = serializers.IntegerField()
    is_few = serializers.BooleanField()
    unanswered = serializers.IntegerField()
    difficulty = serializers.FloatField(allow_null=True)
    discrimination = serializers.FloatField(allow_null=True)
    mean_seconds = serializers.IntegerField(allow_null=True)
    key_looks_wrong = serializers.BooleanField()
    choices = ChoiceSerializer(many=True)


class StatisticsSerializer(serializers.Serializer[Any]):
    """How a quiz went: per cents of the students' results; null is no data."""

    attempts = serializers.IntegerField()
    students = serializers.IntegerField()
    graded = serializers.IntegerField()
    average = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    median = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    pass_rate = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    histogram = serializers.ListField(child=serializers.IntegerField(), min_length=10, max_length=10)
    median_seconds = serializers.IntegerField(allow_null=True)
    items = ItemSerializer(many=True)


class RegradeBody(StrictSerializer):
    """With `dry_run` (the default) a preview; without it the order, with the preview's token and a reason."""

    dry_run = serializers.BooleanField(default=True)
    token = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
    reason = serializers.CharField(
        max_length=500,
        required=False,
        allow_blank=True,
        default="",
        validators=[validate_plain_multiline_text],
    )
    allow_unpass = serializers.BooleanField(default=False)
    use_current_passing_score = serializers.BooleanField(default=False)


class RegradeStateSerializer(serializers.Serializer[Any]):
    """Attempts marked by older keys, attempts with another pass mark than the quiz, attempts still to be done."""

    behind = serializers.IntegerField()
    other_pass_mark = serializers.IntegerField()
    running = serializers.IntegerField()


class ChangeSerializer(serializers.Serializer[Any]):
    """What a regrade would do to one attempt; `is_passed` is by the mark alone."""

    attempt = serializers.UUIDField(source="attempt.pk")
    number = serializers.IntegerField(source="attempt.number")
    student = SitterSerializer(source="attempt.enrollment.student")
    before = serializers.DecimalField(max_digits=5, decimal_places=2)
    after = serializers.DecimalField(max_digits=5, decimal_places=2)
    was_passed = serializers.BooleanField()
    is_passed = serializers.BooleanField()


class RegradePreviewSerializer(serializers.Serializer[Any]):
    """Who gains and who loses. `changes` names the first 500, those who would lose a pass before all others."""

    token = serializers.CharField()
    attempts = serializers.IntegerField()
    waiting = serializers.IntegerField()
    up = serializers.IntegerField()
    down = serializers.IntegerField()
    newly_passed = serializers.IntegerField()
    would_lose_pass = serializers.IntegerField()
    changes = serializers.SerializerMethodField()

    def get_changes(self, preview: services.RegradePreview) -> list[dict[str, Any]]:
        """The first 500."""
        return [dict(ChangeSerializer(change).data) for change in preview.changes[:MAX_CHANGES]]


class QuizStatisticsView(ApiView):
    """How a quiz went, and what each question tells."""

    permission_classes = [IsAuthenticated]

    @extend_schema(summary="Statistics and item analysis (staff)", responses=StatisticsSerializer)
    def get(self, request: Request, pk: UUID) -> Response:
        """Course staff are left out, zeros count. Formulas: docs/item-analysis.md."""
        quiz = get_editable_quiz_for(request.user, pk)
        return Response(StatisticsSerializer(services.quiz_statistics(quiz)).data)


class QuizRegradeView(ApiView):
    """Marking a quiz again by its present keys."""

    permission_classes = [IsAuthenticated]
    max_body = MAX_BODY

    @extend_schema(summary="Whether a regrade is due or running (staff)", responses=RegradeStateSerializer)
    def get(self, request: Request, pk: UUID) -> Response:
        """How many attempts older keys marked, and how many are still to be done."""
        quiz = get_editable_quiz_for(request.user, pk)
        return Response(RegradeStateSerializer(services.regrade_state(quiz)).data)

    @extend_schema(
        summary="Preview a regrade, or order it (staff)",
        request=RegradeBody,
        responses={200: RegradePreviewSerializer, 202: RegradeStateSerializer},
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """200 a preview; 202 ordered. 409 `preview_stale`, `regrade_running`, `nothing_to_regrade`."""
        quiz = get_editable_quiz_for(request.user, pk)
        body = read_body(RegradeBody, request)
        if body.pop("dry_run"):
            del body["token"], body["reason"]
            return Response(RegradePreviewSerializer(services.preview_regrade(quiz, **body)).data)
        services.order_regrade(quiz=quiz, by=person_of(request), **body)
        state = RegradeStateSerializer(services.regrade_state(quiz)).data
        return Response(state, status=202, headers={"Retry-After": RETRY_AFTER})
