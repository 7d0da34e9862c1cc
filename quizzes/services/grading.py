"""Marking a closed attempt by the keys as they stand: every answer by one whole key, which it names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import QuerySet

from lms.lib.tasks import wake
from quizzes import layout
from quizzes.marking import NOTHING, Key, mark, percentage_of
from quizzes.models import Answer, Attempt, Question

if TYPE_CHECKING:
    from accounts.models import User


def grade(attempt: Attempt, *, at: datetime) -> None:
    """Mark every answer of a sealed attempt and, when none waits for a person, the attempt (four queries)."""
    fields = ("question_id", "response", "points_given", "points_earned", "is_correct")
    answers = list(Answer.objects.filter(attempt=attempt).only(*fields))
    keys = keys_of(layout.read(attempt.layout))
    for answer in answers:
        mark_answer(answer, *keys[answer.question_id])
    Answer.objects.bulk_update(answers, ["points_max", "points_earned", "is_correct", "key_version"])
    if all(answer.points_earned is not None for answer in answers):
        settle(attempt, answers, at)
    else:
        attempt.needs_manual_grading = True
        attempt.save(update_fields=["needs_manual_grading"])


def mark_answer(answer: Answer, key: Key, version: int) -> None:
    """Mark one answer by the key, which it names; nothing is saved.

    Points that a person gave stay, capped at the maximum of now, unless everybody or nobody gets points here.
    """
    answer.points_max, answer.key_version = points_of(key), version
    given = mark(key, answer.response)
    answer.points_earned, answer.is_correct = given.points, given.is_correct
    if answer.points_given is not None and key.scoring == Question.Scoring.NORMAL:
        answer.points_earned = min(answer.points_given, answer.points_max)
        answer.is_correct = answer.points_earned == answer.points_max


def mark_again(answer: Answer, key: Key, version: int) -> None:
    """Mark an answer that has marks by a newer key. Where a person would have to look now, what it had stays."""
    before = answer.points_earned
    mark_answer(answer, key, version)
    if answer.points_earned is None and before is not None:
        answer.points_earned = min(before, answer.points_max)
        answer.is_correct = answer.points_earned == answer.points_max


def points_of(key: Key) -> Decimal:
    """Return what an answer can earn by the key: nothing where the question is excluded."""
    return NOTHING if key.scoring == Question.Scoring.EXCLUDED else key.points


def settle(attempt: Attempt, answers: Iterable[Answer], at: datetime, *, by: User | None = None) -> None:
    """Sum up an attempt whose every answer has marks; `by` gave the last of them. It counts anew.

    Who waited for a person is told by mail. A pass that was kept before stays kept.
    """
    rows = list(answers)
    attempt.score = sum((row.points_earned or NOTHING for row in rows), Decimal(0))
    attempt.max_score = sum((row.points_max for row in rows), Decimal(0))
    attempt.percentage = percentage_of(attempt.score, attempt.max_score)
    passes = attempt.percentage >= attempt.passing_score
    attempt.pass_kept = attempt.pass_kept and not passes
    attempt.is_passed = passes or attempt.pass_kept
    attempt.status, attempt.graded_at, attempt.graded_by = Attempt.Status.GRADED, at, by
    attempt.counted_at = None
    if attempt.needs_manual_grading:
        attempt.needs_manual_grading = False
        attempt.mail_state, attempt.mail_tries = Attempt.MailState.PENDING, 0
        wake("quizzes.send_graded_mail", attempt.pk)
    attempt.save(update_fields=[
        "status", "score", "max_score", "percentage", "is_passed", "graded_at", "graded_by", "counted_at",
        "needs_manual_grading", "mail_state", "mail_tries", "pass_kept",
    ])  # fmt: skip


KEY_FIELDS = (
    "pk", "points", "partial_credit", "case_sensitive", "accepted_answers", "numeric_value", "tolerance",
    "tolerance_kind", "needs_grader", "scoring", "key_version",
)  # fmt: skip
OPTION_FIELDS = ("options__pk", "options__is_correct", "options__match_text", "options__position")


@dataclass(frozen=True)
class Facts:
    """What says what is right in one question: its columns, and those of its options by position."""

    row: Mapping[str, Any]
    options: list[Mapping[str, Any]]

    @property
    def version(self) -> int:
        return int(self.row["key_version"])


def facts_of(questions: QuerySet[Question]) -> dict[UUID, Facts]:
    """Return what says what is right in the questions, with its version, as one statement saw it (one query)."""
    found: dict[UUID, Facts] = {}
    for row in questions.order_by("options__position").values(*KEY_FIELDS, *OPTION_FIELDS):
        found.setdefault(row["pk"], Facts(row, [])).options.append(row)
    return found


def keys_from(drawn: Iterable[layout.Drawn], facts: Mapping[UUID, Facts]) -> dict[UUID, tuple[Key, int]]:
    """Return key and key version of the drawn questions."""
    return {
        entry.question_id: (key_from(entry, known.row, known.options), known.version)
        for entry in drawn
        if (known := facts.get(entry.question_id)) is not None
    }


def keys_of(drawn: Iterable[layout.Drawn]) -> dict[UUID, tuple[Key, int]]:
    """Return key and key version of the drawn questions, each pair as one statement saw it (one query)."""
    entries = list(drawn)
    return keys_from(entries, facts_of(Question.objects.filter(pk__in=[one.question_id for one in entries])))


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
