"""What came when an attempt was closed already: for its staff, never marked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from quizzes import layout
from quizzes.exports import response_words
from quizzes.models import Answer, Attempt, QuestionOption


@dataclass(frozen=True)
class LateAnswer:
    """The first response to one question that came too late, as it is stored and in words."""

    question_id: UUID
    number: int
    response: Any
    late_at: datetime
    words: str


def late_answers_of(attempt: Attempt) -> list[LateAnswer]:
    """Return them in the order shown (one query, two where there are any)."""
    rows = Answer.objects.filter(attempt=attempt, late_at__isnull=False)
    found = {row.question_id: row for row in rows.only("question_id", "late_response", "late_at")}
    if not found:
        return []
    texts = dict(QuestionOption.objects.filter(question__in=found).values_list("pk", "text"))
    return [
        _late(drawn, row, texts)
        for drawn in layout.read(attempt.layout)
        if (row := found.get(drawn.question_id))
    ]


def _late(drawn: layout.Drawn, row: Any, texts: dict[Any, str]) -> LateAnswer:
    words = response_words(drawn, row.late_response, texts)
    return LateAnswer(row.question_id, drawn.number, row.late_response, row.late_at, words)
