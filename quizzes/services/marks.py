"""Marks that a person gives. Of two graders on one answer one wins, and the other is told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models.audit import record
from lms.lib.text import clean_multiline_text
from quizzes.exceptions import AlreadyGraded, InvalidStatus, NotFound, field_error
from quizzes.marking import CENT
from quizzes.models import Answer, Attempt
from quizzes.services.counting import count_result
from quizzes.services.grading import settle
from quizzes.services.time_given import clean_reason, refuse_own

if TYPE_CHECKING:
    from accounts.models import User

MAX_NOTE = 2000
CLOSED = (Attempt.Status.SUBMITTED, Attempt.Status.GRADED)
HELD = (
    "status", "score", "max_score", "percentage", "is_passed", "feedback", "graded_at", "needs_manual_grading",
)  # fmt: skip


@dataclass(frozen=True)
class Grade:
    """What a person gives for one answer: 0 … its maximum, and a note for the student (None: as it was)."""

    question_id: UUID
    points: Decimal
    note: str | None = None


def grade_attempt(
    *,
    attempt: Attempt,
    grades: Sequence[Grade],
    by: User,
    feedback: str | None = None,
    reason: str = "",
) -> Attempt:
    """Give marks and notes for answers of a closed attempt, all of them or none; the last waiting one grades it.

    Marks that were given before, also by the machine, change only with a `reason` (3–500 characters, audited).
    Raises InvalidStatus, OwnAttempt, NotFound for a question of another attempt, AlreadyGraded with the marks
    that were there first, and the refusal of points out of range. Counting follows the commit.
    """
    refuse_own(attempt, by)
    why = clean_reason(reason) if reason.strip() else ""
    with transaction.atomic():
        _hold(attempt, feedback)
        stored = {row.question_id: row for row in Answer.objects.filter(attempt=attempt)}
        changes = [_give(stored, grade, by, why, place) for place, grade in enumerate(grades)]
        _after(attempt, by, why, [change for change in changes if change])
        transaction.on_commit(lambda: count_result(attempt), robust=True)
    return attempt


def _hold(attempt: Attempt, feedback: str | None) -> None:
    """Take the attempt's row, by an UPDATE that is a lock everywhere, and bring the instance up to date."""
    rows = Attempt.objects.filter(pk=attempt.pk, status__in=CLOSED)
    words = None if feedback is None else _note("feedback", feedback)
    if not rows.update(feedback=F("feedback") if words is None else words):
        raise InvalidStatus
    attempt.refresh_from_db(fields=list(HELD))


def _give(
    stored: dict[UUID, Answer], grade: Grade, by: User, reason: str, place: int
) -> dict[str, Any] | None:
    """Swap in the marks of one answer; return what changed, None where a waiting answer got its first marks."""
    row = stored.get(grade.question_id)
    if row is None:
        raise NotFound
    points = grade.points.quantize(CENT)
    if not 0 <= points <= row.points_max:
        sentence = _("Give from 0 to %(most)s points.") % {"most": row.points_max}
        raise field_error(f"answers.{place}.points", "out_of_range", sentence)
    before = row.points_earned
    if before is not None and not reason:
        if before == points and row.graded_by_id == by.pk and grade.note in (None, row.grader_note):
            return None  # the same again
        raise AlreadyGraded(row)
    values: dict[str, Any] = {"points_earned": points, "points_given": points, "graded_by": by}
    values["is_correct"] = points == row.points_max
    if grade.note is not None:
        values["grader_note"] = _note(f"answers.{place}.note", grade.note)
    swap = Answer.objects.filter(pk=row.pk, points_earned=before).update(**values)
    if not swap:
        row.refresh_from_db()
        raise AlreadyGraded(row)
    if before is None or before == points:
        return None
    return {"question": str(row.question_id), "points": [str(before), str(points)]}


def _after(attempt: Attempt, by: User, reason: str, changes: list[dict[str, Any]]) -> None:
    """Settle the attempt when nothing waits any more, and note who gave what."""
    answers: Iterable[Answer] = Answer.objects.filter(attempt=attempt)
    rows = list(answers)
    if all(row.points_earned is not None for row in rows):
        was = str(attempt.score) if attempt.score is not None else None
        settle(attempt, rows, timezone.now(), by=by)
        data = {"score": [was, str(attempt.score)], "reason": reason, "answers": changes}
        record(by=by, action="attempt.graded", target=attempt, data=data)
    elif changes:
        data = {"reason": reason, "answers": changes}
        record(by=by, action="attempt.marks_changed", target=attempt, data=data)


def _note(field: str, text: str) -> str:
    words = clean_multiline_text(text)
    if len(words) > MAX_NOTE:
        raise field_error(field, "max_length", _("At most 2000 characters."))
    return words
