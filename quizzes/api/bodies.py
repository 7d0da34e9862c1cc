"""Bodies that are sent: shape only. Unknown and read-only fields are refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import structlog
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request

from lms.lib.serializers import StrictSerializer
from lms.lib.text import validate_plain_multiline_text, validate_plain_text
from quizzes.checklist import MAX_OPTIONS
from quizzes.models import Question, Quiz
from quizzes.preview import MAX_DRAW
from quizzes.services import Grade, OptionDraft, Sent

MAX_BODY = 1024 * 1024  # bytes
MAX_REVISION = 1_000_000_000
MAX_SECONDS = 1_000_000_000
FACTS = {"score", "max_score", "percentage", "is_passed", "status", "number", "started_at", "submitted_at",
         "graded_at", "points_earned", "is_correct", "passing_score"}  # fmt: skip
log = structlog.get_logger("security")


def read_body(serializer: type[Any], request: Request, *, partial: bool = False) -> dict[str, Any]:
    """Return the body's values; 422 for what does not fit.

    Who sends facts that only the server states (a score, a status) is noted in the security log.
    """
    body = serializer(data=request.data, partial=partial)
    if isinstance(request.data, Mapping) and (claimed := FACTS & set(request.data) - set(body.fields)):
        log.warning(
            "facts_sent", fields=sorted(claimed), path=request.path, person=str(request.user.pk or "")
        )
    body.is_valid(raise_exception=True)
    data: dict[str, Any] = body.validated_data
    return data


class TextField(serializers.CharField):
    """Markdown of several lines, without control characters."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"allow_blank": True, "trim_whitespace": False, **options})
        self.validators.append(validate_plain_multiline_text)


class QuizBody(StrictSerializer):
    """What an author sets. The lesson is one of the course's quiz lessons."""

    title = serializers.CharField(min_length=2, max_length=255, validators=[validate_plain_text])
    description = TextField(max_length=1000, required=False)
    instructions = TextField(max_length=2000, required=False)
    lesson = serializers.UUIDField(required=False, allow_null=True)
    type = serializers.ChoiceField(choices=Quiz.Type.choices, required=False)
    position = serializers.IntegerField(min_value=1, max_value=10_000, required=False)
    passing_score = serializers.DecimalField(
        max_digits=5, decimal_places=2, min_value=0, max_value=100, required=False
    )
    max_attempts = serializers.IntegerField(min_value=1, max_value=1_000_000, required=False, allow_null=True)
    scoring_policy = serializers.ChoiceField(choices=Quiz.ScoringPolicy.choices, required=False)
    shuffle_questions = serializers.BooleanField(required=False)
    shuffle_options = serializers.BooleanField(required=False)
    one_question_per_page = serializers.BooleanField(required=False)
    review_policy = serializers.ChoiceField(choices=Quiz.ReviewPolicy.choices, required=False)
    time_limit_minutes = serializers.IntegerField(
        min_value=1, max_value=1440, required=False, allow_null=True
    )
    retry_wait_minutes = serializers.IntegerField(min_value=0, max_value=43_200, required=False)
    available_from = serializers.DateTimeField(required=False, allow_null=True)
    available_until = serializers.DateTimeField(required=False, allow_null=True)
    apply_accommodations = serializers.BooleanField(required=False)
    show_score_immediately = serializers.BooleanField(required=False)
    questions_per_attempt = serializers.IntegerField(
        min_value=1, max_value=Quiz.MAX_DRAWN, required=False, allow_null=True
    )
    draw_rules = serializers.JSONField(
        required=False, help_text=_("[{tag, count}]; tag null is the rest, the counts add up.")
    )


class OptionBody(StrictSerializer):
    """An option; `id` keeps one that is there. The texts of a true/false question are the system's."""

    id = serializers.UUIDField(required=False)
    text = TextField(max_length=500, required=False, default="")
    is_correct = serializers.BooleanField(required=False, default=False)
    feedback = TextField(max_length=500, required=False, default="")
    match_text = TextField(max_length=500, required=False, default="")


class QuestionBody(StrictSerializer):
    """A question with its options, all of them, in their order."""

    type = serializers.ChoiceField(choices=Question.Type.choices)
    text = TextField(min_length=5, max_length=20_000)
    points = serializers.DecimalField(
        max_digits=6, decimal_places=2, min_value=0, max_value=1000, required=False
    )
    explanation = TextField(max_length=5000, required=False)
    partial_credit = serializers.BooleanField(required=False)
    case_sensitive = serializers.BooleanField(required=False)
    accepted_answers = serializers.JSONField(
        required=False,
        help_text=_("Of a short answer a list of texts, of a text with blanks such a list for each blank."),
    )
    numeric_value = serializers.DecimalField(
        max_digits=30, decimal_places=10, required=False, allow_null=True
    )
    tolerance = serializers.DecimalField(max_digits=30, decimal_places=10, min_value=0, required=False)
    tolerance_kind = serializers.ChoiceField(choices=Question.ToleranceKind.choices, required=False)
    min_words = serializers.IntegerField(min_value=1, max_value=100_000, required=False, allow_null=True)
    max_words = serializers.IntegerField(min_value=1, max_value=100_000, required=False, allow_null=True)
    needs_grader = serializers.BooleanField(required=False)
    scoring = serializers.ChoiceField(choices=Question.Scoring.choices, required=False)
    tags = serializers.ListField(child=serializers.CharField(max_length=50), max_length=10, required=False)
    options = serializers.ListField(child=OptionBody(), max_length=MAX_OPTIONS, required=False)
    answer = serializers.BooleanField(
        required=False, help_text=_("Of a true/false question: whether it is true.")
    )

    def validate_options(self, options: list[dict[str, Any]]) -> list[OptionDraft]:
        return [OptionDraft(**option) for option in options]


class DuplicateBody(StrictSerializer):
    """Into which course; without it the same one."""

    course = serializers.UUIDField(required=False, allow_null=True, default=None)


class CopyQuestionsBody(StrictSerializer):
    """Which questions."""

    question_ids = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=100)


class PreviewAnswerBody(StrictSerializer):
    """One answer of a preview."""

    question = serializers.UUIDField()
    response = serializers.JSONField(allow_null=True)


class PreviewBody(StrictSerializer):
    """Which draw, any without a number; with `answers`, also none of them, it is marked."""

    draw_number = serializers.IntegerField(min_value=0, max_value=MAX_DRAW, required=False)
    answers = serializers.ListField(child=PreviewAnswerBody(), max_length=Quiz.MAX_DRAWN, required=False)

    def validate_answers(self, answers: list[dict[str, Any]]) -> dict[UUID, Any]:
        sent = {answer["question"]: answer["response"] for answer in answers}
        if len(sent) != len(answers):
            raise serializers.ValidationError(gettext("A question is answered twice."), code="duplicate")
        return sent


class QuestionOrderBody(StrictSerializer):
    """All of them, in the new order."""

    ids = serializers.ListField(child=serializers.UUIDField(), max_length=Quiz.MAX_QUESTIONS)


class AttemptReasonBody(StrictSerializer):
    """Why staff do it; kept in the audit trail."""

    reason = serializers.CharField(min_length=3, max_length=500, validators=[validate_plain_multiline_text])


class ExtendQuizBody(AttemptReasonBody):
    """Minutes for every running attempt."""

    minutes = serializers.IntegerField(min_value=1, max_value=240)


class ExtendAttemptBody(AttemptReasonBody):
    """Minutes for one running attempt."""

    minutes = serializers.IntegerField(min_value=1, max_value=1440)


class GradedAnswerBody(StrictSerializer):
    """Marks for one answer."""

    question = serializers.UUIDField()
    points = serializers.DecimalField(max_digits=6, decimal_places=2, min_value=0)
    note = TextField(max_length=2000, required=False, allow_null=True, default=None)


class GradeBody(StrictSerializer):
    """Marks by a person, all or nothing. Marks that are there change only with a `reason`."""

    answers = serializers.ListField(child=GradedAnswerBody(), max_length=Quiz.MAX_DRAWN)
    feedback = TextField(max_length=2000, required=False, allow_null=True, default=None)
    reason = serializers.CharField(
        min_length=3, max_length=500, required=False, default="", validators=[validate_plain_multiline_text]
    )

    def validate_answers(self, answers: list[dict[str, Any]]) -> list[Grade]:
        grades = [Grade(answer["question"], answer["points"], answer["note"]) for answer in answers]
        if len({grade.question_id for grade in grades}) != len(grades):
            raise serializers.ValidationError(gettext("A question is answered twice."), code="duplicate")
        return grades


class SaveBody(StrictSerializer):
    """One answer; `response` null clears it. By type of question:

    {"option": 2}, {"options": [1, 3]}, {"text": "…"}, {"pairs": {"1": "b"}}, {"order": [3, 1, 2]},
    {"blanks": ["…", "…"]}.
    """

    response = serializers.JSONField(allow_null=True)
    revision = serializers.IntegerField(min_value=1, max_value=MAX_REVISION)
    is_flagged = serializers.BooleanField(required=False, allow_null=True, default=None)
    time_spent_seconds = serializers.IntegerField(
        min_value=0, max_value=MAX_SECONDS, required=False, default=0,
        help_text=_("On this question so far; never taken for more than the clock says. For statistics only."),
    )  # fmt: skip


class SentAnswerBody(SaveBody):
    """One answer that goes with the submit."""

    question = serializers.UUIDField()


class SubmitBody(StrictSerializer):
    """Answers that were not saved before."""

    answers = serializers.ListField(child=SentAnswerBody(), max_length=Quiz.MAX_DRAWN, required=False)

    def validate_answers(self, answers: list[dict[str, Any]]) -> dict[UUID, Sent]:
        sent = {answer.pop("question"): Sent(**answer) for answer in answers}
        if len(sent) != len(answers):
            raise serializers.ValidationError(gettext("A question is answered twice."), code="duplicate")
        return sent
