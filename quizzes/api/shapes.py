"""What is answered. Student shapes hold nothing of the key; fields that are withheld are absent."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from lms.lib.serializers import ProblemFieldSerializer
from quizzes.models import Answer, Attempt, Question, QuestionOption, Quiz
from quizzes.permissions import Start
from quizzes.review import History, Level

MARKS = ("score", "max_score", "percentage", "is_passed", "pass_kept", "graded_at")


class QuizLessonSerializer(serializers.Serializer[Any]):
    """The lesson of a quiz."""

    id = serializers.UUIDField(source="pk")
    title = serializers.CharField()
    slug = serializers.CharField()


class QuizItemSerializer(serializers.ModelSerializer[Quiz]):
    """A quiz in a list."""

    lesson = QuizLessonSerializer(allow_null=True)
    questions_in_attempt = serializers.IntegerField()
    points_in_attempt = serializers.DecimalField(source="attempt_points", max_digits=9, decimal_places=2)

    class Meta:
        model = Quiz
        fields = [
            "id",
            "course",
            "lesson",
            "title",
            "description",
            "type",
            "position",
            "passing_score",
            "max_attempts",
            "scoring_policy",
            "shuffle_questions",
            "shuffle_options",
            "one_question_per_page",
            "review_policy",
            "time_limit_minutes",
            "retry_wait_minutes",
            "available_from",
            "available_until",
            "apply_accommodations",
            "show_score_immediately",
            "is_published",
            "questions_in_attempt",
            "points_in_attempt",
        ]
        read_only_fields = fields


class ResultSerializer(serializers.Serializer[Any]):
    """The result by the quiz's policy."""

    percentage = serializers.DecimalField(max_digits=5, decimal_places=2)
    is_passed = serializers.BooleanField()
    attempts = serializers.IntegerField()


class StartSerializer(serializers.Serializer[Any]):
    """Whether an attempt can be started or continued now, and why not."""

    allowed = serializers.BooleanField()
    code = serializers.CharField()
    sentence = serializers.CharField()
    available_at = serializers.DateTimeField(allow_null=True)
    next_url = serializers.CharField()


class MySerializer(serializers.Serializer[Any]):
    """How the caller stands."""

    minutes = serializers.IntegerField(allow_null=True)
    extended_from = serializers.IntegerField(allow_null=True)
    attempts_used = serializers.IntegerField()
    attempts_left = serializers.IntegerField(allow_null=True)
    next_allowed_at = serializers.DateTimeField(allow_null=True)
    can_start = StartSerializer()
    open_attempt = serializers.UUIDField(allow_null=True)
    result = ResultSerializer(allow_null=True)


class QuizSerializer(QuizItemSerializer):
    """One quiz, with how the caller stands."""

    my = serializers.SerializerMethodField()

    class Meta(QuizItemSerializer.Meta):
        fields = [*QuizItemSerializer.Meta.fields, "instructions", "my"]
        read_only_fields = fields

    @extend_schema_field(MySerializer)
    def get_my(self, quiz: Quiz) -> dict[str, Any]:
        """Attempts, whether another may start, the result."""
        start: Start = self.context["start"]
        history: History = self.context["history"]
        found = {
            "minutes": start.allowance.minutes,
            "extended_from": start.allowance.extended_from,
            "attempts_used": history.used,
            "attempts_left": history.left,
            "next_allowed_at": start.available_at,
            "can_start": start,
            "open_attempt": history.open.pk if history.open else None,
            "result": history.result,
        }
        return dict(MySerializer(found).data)


class CheckSerializer(ProblemFieldSerializer):
    """One line of the check list."""

    code = serializers.CharField()
    field = serializers.CharField(source="target_type")
    message = serializers.CharField(source="sentence")
    level = serializers.CharField()
    url = serializers.CharField()


class StaffQuizSerializer(QuizSerializer):
    """One quiz for its staff: counters and check list too."""

    problems = CheckSerializer(many=True)
    attempts_count = serializers.SerializerMethodField()

    class Meta(QuizSerializer.Meta):
        fields = [
            *QuizSerializer.Meta.fields,
            "total_questions",
            "total_points",
            "questions_per_attempt",
            "draw_rules",
            "attempts_count",
            "problems",
        ]
        read_only_fields = fields

    def get_attempts_count(self, quiz: Quiz) -> int:
        """Attempts of everybody."""
        return quiz.attempts.count()


class OptionSerializer(serializers.ModelSerializer[QuestionOption]):
    """An option as its author has it."""

    class Meta:
        model = QuestionOption
        fields = ["id", "text", "match_text", "is_correct", "feedback", "position"]
        read_only_fields = fields


class QuestionSerializer(serializers.ModelSerializer[Question]):
    """A question as its author has it."""

    options = OptionSerializer(many=True)

    class Meta:
        model = Question
        fields = [
            "id",
            "quiz",
            "type",
            "text",
            "points",
            "position",
            "explanation",
            "partial_credit",
            "case_sensitive",
            "accepted_answers",
            "numeric_value",
            "tolerance",
            "tolerance_kind",
            "min_words",
            "max_words",
            "needs_grader",
            "scoring",
            "tags",
            "key_version",
            "options",
        ]
        read_only_fields = fields


# --- Attempts


class SheetOptionSerializer(serializers.Serializer[Any]):
    """An option by its place, the same for the whole attempt."""

    number = serializers.IntegerField(source="place")
    text = serializers.CharField()
    text_html = serializers.CharField(source="html")


class SheetTextSerializer(serializers.Serializer[Any]):
    """A right-hand text of a matching by its letter, the same for the whole attempt."""

    letter = serializers.CharField()
    text = serializers.CharField()
    text_html = serializers.CharField(source="html")


class SheetQuestionSerializer(serializers.Serializer[Any]):
    """A question with one's own answer."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    type = serializers.ChoiceField(choices=Question.Type.choices)
    text = serializers.CharField()
    text_html = serializers.CharField(source="html")
    points = serializers.DecimalField(max_digits=6, decimal_places=2)
    partial_credit = serializers.BooleanField()
    options = SheetOptionSerializer(many=True)
    texts = SheetTextSerializer(many=True)
    blanks = serializers.IntegerField()
    min_words = serializers.IntegerField(allow_null=True)
    max_words = serializers.IntegerField(allow_null=True)
    needs_grader = serializers.BooleanField()
    response = serializers.JSONField(allow_null=True)
    revision = serializers.IntegerField()
    is_flagged = serializers.BooleanField()
    answered_at = serializers.DateTimeField(allow_null=True)


class MarkedOptionSerializer(SheetOptionSerializer):
    """An option of a marked sheet; feedback is that of a chosen one. A sheet without marks has none of it."""

    may_be_absent = ("is_chosen", "is_correct", "feedback", "right_letter", "right_place")

    is_chosen = serializers.BooleanField()
    is_correct = serializers.BooleanField()
    feedback = serializers.SerializerMethodField()
    right_letter = serializers.CharField()
    right_place = serializers.IntegerField(allow_null=True)

    def get_feedback(self, option: Any) -> str:
        """What the author says to whoever chose it."""
        return str(option.feedback) if option.is_chosen else ""


class MarkedQuestionSerializer(SheetQuestionSerializer):
    """A question with marks, right answers and explanation, where those are due."""

    may_be_absent = (
        "points_earned",
        "is_correct",
        "note",
        "is_excluded",
        "expected",
        "explanation",
        "explanation_html",
    )

    options = MarkedOptionSerializer(many=True)
    points_earned = serializers.DecimalField(max_digits=6, decimal_places=2)
    is_correct = serializers.BooleanField(allow_null=True)
    is_excluded = serializers.BooleanField()
    note = serializers.CharField()
    expected = serializers.ListField(child=serializers.CharField())
    explanation = serializers.CharField()
    explanation_html = serializers.CharField()


class AttemptItemSerializer(serializers.ModelSerializer[Attempt]):
    """An attempt in a list; the marks are absent until it is graded, and from students until they are released.

    `context["released"]` says whether they are; then `result_available_at` is absent.
    """

    may_be_absent: tuple[str, ...] = (*MARKS, "result_available_at")

    result_available_at = serializers.DateTimeField(source="quiz.available_until", allow_null=True)

    class Meta:
        model = Attempt
        fields = ["id", "quiz", "number", "status", "started_at", "deadline_at", "submitted_at", "submitted_by",
                  "passing_score", *MARKS, "result_available_at"]  # fmt: skip
        read_only_fields = fields

    def to_representation(self, attempt: Attempt) -> dict[str, Any]:
        shown = super().to_representation(attempt)
        is_released = self.context.get("released", True)
        for name in () if attempt.is_graded and is_released else MARKS:
            del shown[name]
        if is_released or attempt.is_open:
            del shown["result_available_at"]
        return shown


class SitterSerializer(serializers.Serializer[Any]):
    """Whose attempt it is."""

    id = serializers.UUIDField(source="pk")
    full_name = serializers.CharField()


class StaffAttemptItemSerializer(AttemptItemSerializer):
    """An attempt in the staff's list. One's own list does not say whose it is."""

    may_be_absent = (*MARKS, "result_available_at", "student")

    student = SitterSerializer(source="enrollment.student")

    class Meta(AttemptItemSerializer.Meta):
        fields = [*AttemptItemSerializer.Meta.fields, "student"]
        read_only_fields = fields


class NoteSerializer(serializers.Serializer[Any]):
    """What a person wrote to one answer."""

    question = serializers.UUIDField(source="question_id")
    number = serializers.IntegerField()
    note = serializers.CharField(source="text")


class LateSerializer(serializers.Serializer[Any]):
    """A response that came when the attempt was closed: for staff, never marked."""

    question = serializers.UUIDField(source="question_id")
    number = serializers.IntegerField()
    response = serializers.JSONField(allow_null=True)
    late_at = serializers.DateTimeField()


class AttemptSerializer(AttemptItemSerializer):
    """One attempt: the sheet while it is open, then result and review as they are due."""

    may_be_absent = (*AttemptItemSerializer.may_be_absent, "feedback", "notes", "late")

    notes = NoteSerializer(many=True, required=False)
    late = LateSerializer(many=True, required=False)
    review = serializers.ChoiceField(choices=[level.value for level in Level], required=False)
    questions = MarkedQuestionSerializer(many=True, required=False)
    unanswered = serializers.ListField(child=serializers.UUIDField(), required=False)

    class Meta(AttemptItemSerializer.Meta):
        fields = [
            *AttemptItemSerializer.Meta.fields,
            "feedback",
            "notes",
            "review",
            "late",
            "questions",
            "unanswered",
        ]
        read_only_fields = fields


class WaitingSerializer(serializers.ModelSerializer[Answer]):
    """An answer that waits for a person."""

    quiz = serializers.UUIDField(source="attempt.quiz_id")
    student = SitterSerializer(source="attempt.enrollment.student")
    submitted_at = serializers.DateTimeField(source="attempt.submitted_at")
    text = serializers.CharField(source="question.text")

    class Meta:
        model = Answer
        fields = ["attempt", "question", "quiz", "student", "submitted_at", "text", "response", "points_max",
                  "late_response", "late_at"]  # fmt: skip
        read_only_fields = fields


class SavedSerializer(serializers.Serializer[Any]):
    """What is stored now, and until when the attempt runs."""

    revision = serializers.IntegerField()
    answered_at = serializers.DateTimeField(allow_null=True)
    deadline_at = serializers.DateTimeField(allow_null=True)


class GivenSerializer(serializers.Serializer[Any]):
    """How many running attempts got the minutes."""

    attempts = serializers.IntegerField()
