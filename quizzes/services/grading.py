"""Marking a closed attempt by the keys as they stand: every answer by one whole key, which it names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from quizzes import layout
from quizzes.marking import NOTHING, Key, mark, percentage_of
from quizzes.models import Answer, Attempt, Question

if TYPE_CHECKING:
    from accounts.models import User


def grade(attempt: Attempt, *, at: datetime) -> None:
    """Mark every answer of a sealed attempt and, when none waits for a person, the attempt (four queries)."""
    fields = ("question_id", "response", "graded_by_id", "points_earned", "is_correct")
    answers = list(Answer.objects.filter(attempt=attempt).only(*fields))
    keys = keys_of(layout.read(attempt.layout))
    for answer in answers:
        key, answer.key_version = keys[answer.question_id]
        _mark(answer, key)
    Answer.objects.bulk_update(answers, ["points_max", "points_earned", "is_correct", "key_version"])
    if all(answer.points_earned is not None for answer in answers):
        settle(attempt, answers, at)


def _mark(answer: Answer, key: Key) -> None:
    """Mark by the key; points that a person gave stay, capped at the maximum of now."""
    answer.points_max = points_of(key)
    if answer.graded_by_id is not None and answer.points_earned is not None:
        answer.points_earned = min(answer.points_earned, answer.points_max)
        answer.is_correct = answer.points_earned == answer.points_max
        return
    given = mark(key, answer.response)
    answer.points_earned, answer.is_correct = given.points, given.is_correct


def points_of(key: Key) -> Decimal:
    """Return what an answer can earn by the key: nothing where the question is excluded."""
    return NOTHING if key.scoring == Question.Scoring.EXCLUDED else key.points


def settle(attempt: Attempt, answers: Iterable[Answer], at: datetime, *, by: User | None = None) -> None:
    """Sum up an attempt whose every answer has marks; `by` gave the last of them. It counts anew."""
    rows = list(answers)
    attempt.score = sum((row.points_earned or NOTHING for row in rows), Decimal(0))
    attempt.max_score = sum((row.points_max for row in rows), Decimal(0))
    attempt.percentage = percentage_of(attempt.score, attempt.max_score)
    attempt.is_passed = attempt.percentage >= attempt.passing_score
    attempt.status, attempt.graded_at, attempt.graded_by = Attempt.Status.GRADED, at, by
    attempt.counted_at = None
    attempt.save(update_fields=[
        "status", "score", "max_score", "percentage", "is_passed", "graded_at", "graded_by", "counted_at",
    ])  # fmt: skip


KEY_FIELDS = (
    "pk", "points", "partial_credit", "case_sensitive", "accepted_answers", "numeric_value", "tolerance",
    "tolerance_kind", "needs_grader", "scoring", "key_version",
)  # fmt: skip
OPTION_FIELDS = ("options__pk", "options__is_correct", "options__match_text", "options__position")


def keys_of(drawn: Iterable[layout.Drawn]) -> dict[UUID, tuple[Key, int]]:
    """Return key and key version of the drawn questions, each pair as one statement saw it (one query)."""
    entries = {entry.question_id: entry for entry in drawn}
    rows = Question.objects.filter(pk__in=entries).order_by("options__position")
    facts: dict[UUID, dict[str, Any]] = {}
    options: dict[UUID, list[dict[str, Any]]] = {pk: [] for pk in entries}
    for row in rows.values(*KEY_FIELDS, *OPTION_FIELDS):
        facts[row["pk"]] = row
        options[row["pk"]].append(row)
    return {
        pk: (key_from(entry, facts[pk], options[pk]), facts[pk]["key_version"])
        for pk, entry in entries.items()
    }


def key_from(entry: layout.Drawn, facts: Mapping[str, Any], options: Iterable[Mapping[str, Any]]) -> Key:
    """Return the key of one drawn question from its columns and those of its options, by position."""
    places = [(place, row) for row in options if (place := entry.place_of(row["options__pk"])) is not None]
    return Key(
        type=entry.type,
        points=facts["points"],
        size=len(entry.option_ids),
        right=frozenset(place for place, row in places if row["options__is_correct"]),
        partial_credit=facts["partial_credit"],
        accepted=accepted_of(entry.type, facts["accepted_answers"]),
        case_sensitive=facts["case_sensitive"],
        value=facts["numeric_value"],
        tolerance=facts["tolerance"],
        in_percent=facts["tolerance_kind"] == Question.ToleranceKind.PERCENT,
        letters={place: _letters(entry, row["options__match_text"]) for place, row in places},
        order=tuple(place for place, _row in places),
        needs_grader=facts["needs_grader"],
        scoring=facts["scoring"],
    )


def accepted_of(kind: str, stored: Any) -> tuple[tuple[str, ...], ...]:
    """Return the accepted spellings, one tuple for each blank; of a short answer one in all."""
    if not isinstance(stored, list):
        return ()
    lists = stored if kind == Question.Type.FILL_BLANK else [stored]
    return tuple(tuple(str(text) for text in texts) for texts in lists if isinstance(texts, list))


def _letters(entry: layout.Drawn, match_text: str) -> frozenset[str]:
    return frozenset(
        letter for letter, text in zip(entry.letters, entry.texts, strict=True) if text == match_text
    )
