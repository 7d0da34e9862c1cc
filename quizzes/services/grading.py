"""Marking a closed attempt by the keys as they stand: every answer by one whole key, which it names."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from quizzes import layout
from quizzes.marking import NOTHING, Key, mark, percentage_of
from quizzes.models import Answer, Attempt, Question


def grade(attempt: Attempt, *, at: datetime) -> None:
    """Mark every answer of a sealed attempt and, when none waits for a person, the attempt (four queries)."""
    answers = list(Answer.objects.filter(attempt=attempt).only("question_id", "response"))
    keys = keys_of(layout.read(attempt.layout))
    for answer in answers:
        key, answer.key_version = keys[answer.question_id]
        given = mark(key, answer.response)
        answer.points_max = key.points
        answer.points_earned, answer.is_correct = given.points, given.is_correct
    Answer.objects.bulk_update(answers, ["points_max", "points_earned", "is_correct", "key_version"])
    if all(answer.points_earned is not None for answer in answers):
        _settle(attempt, answers, at)


def _settle(attempt: Attempt, answers: Iterable[Answer], at: datetime) -> None:
    rows = list(answers)
    attempt.score = sum((row.points_earned or NOTHING for row in rows), Decimal(0))
    attempt.max_score = sum((row.points_max for row in rows), Decimal(0))
    attempt.percentage = percentage_of(attempt.score, attempt.max_score)
    attempt.is_passed = attempt.percentage >= attempt.passing_score
    attempt.status, attempt.graded_at = Attempt.Status.GRADED, at
    attempt.save(update_fields=["status", "score", "max_score", "percentage", "is_passed", "graded_at"])


def keys_of(drawn: Iterable[layout.Drawn]) -> dict[UUID, tuple[Key, int]]:
    """Return key and key version of the drawn questions, each pair as one statement saw it (one query)."""
    entries = {entry.question_id: entry for entry in drawn}
    rows = Question.objects.filter(pk__in=entries).order_by()
    facts: dict[UUID, tuple[Decimal, bool, int]] = {}
    right: dict[UUID, set[int]] = {pk: set() for pk in entries}
    fields = rows.values_list(
        "pk", "points", "partial_credit", "key_version", "options__pk", "options__is_correct"
    )
    for pk, points, partial_credit, version, option_id, is_correct in fields:
        facts[pk] = points, partial_credit, version
        place = entries[pk].place_of(option_id)
        if is_correct and place is not None:
            right[pk].add(place)
    return {
        pk: (
            Key(entry.type, facts[pk][0], len(entry.option_ids), frozenset(right[pk]), facts[pk][1]),
            facts[pk][2],
        )
        for pk, entry in entries.items()
    }
