"""What only staff are answered: the bank, and a preview."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from quizzes.api.shapes import MarkedQuestionSerializer, QuestionSerializer, SheetQuestionSerializer
from quizzes.preview import Preview


class BankQuestionSerializer(QuestionSerializer):
    """A question of one's own, with where it stands and what it was copied from."""

    quiz_title = serializers.CharField(source="quiz.title")
    course = serializers.UUIDField(source="quiz.course_id")
    course_title = serializers.CharField(source="quiz.course.title")

    class Meta(QuestionSerializer.Meta):
        fields = [*QuestionSerializer.Meta.fields, "copied_from", "quiz_title", "course", "course_title"]
        read_only_fields = fields


class PreviewSerializer(serializers.Serializer[Any]):
    """The questions of a draw; with `answers` also the marks, which stand nowhere else."""

    may_be_absent = ("score", "max_score", "percentage", "is_passed")

    draw_number = serializers.IntegerField()
    questions = MarkedQuestionSerializer(many=True)
    unanswered = serializers.ListField(child=serializers.UUIDField())
    score = serializers.DecimalField(max_digits=9, decimal_places=2, required=False)
    max_score = serializers.DecimalField(max_digits=9, decimal_places=2, required=False)
    percentage = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True, required=False)
    is_passed = serializers.BooleanField(allow_null=True, required=False)


class _MarksSerializer(serializers.Serializer[Any]):
    score = serializers.DecimalField(max_digits=9, decimal_places=2)
    max_score = serializers.DecimalField(max_digits=9, decimal_places=2)
    percentage = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    is_passed = serializers.BooleanField(allow_null=True)


def preview_data(found: Preview) -> dict[str, Any]:
    """Return a preview as it is answered; marks are absent where nothing was marked."""
    shape = MarkedQuestionSerializer if found.is_marked else SheetQuestionSerializer
    return {
        "draw_number": found.draw_number,
        "questions": shape(found.sheet.questions, many=True).data,
        "unanswered": [str(question.id) for question in found.sheet.unanswered],
        **(_MarksSerializer(found).data if found.is_marked else {}),
    }
