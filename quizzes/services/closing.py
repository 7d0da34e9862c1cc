"""Closing a sitting, once, whoever does it: the student, the clock or staff. Marking is part of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import JSONField, Value
from django.utils import timezone

from accounts.models.audit import record
from lms.lib.context import arrival
from quizzes.exceptions import AttemptClosed
from quizzes.models import Answer, Attempt
from quizzes.services.counting import count_result
from quizzes.services.grading import grade
from quizzes.services.storing import Sent, clean, seal

if TYPE_CHECKING:
    from accounts.models import User

BATCH = 500
LATE_FOR = timedelta(hours=24)
MARKED = (
    "status", "deadline_at", "submitted_at", "submitted_by", "score", "max_score", "percentage", "is_passed",
    "graded_at", "needs_manual_grading",
)  # fmt: skip
log = structlog.get_logger("quizzes")


def submit_attempt(
    *, attempt: Attempt, by: User | None, answers: Mapping[UUID, Sent] | None = None
) -> Attempt:
    """Close the attempt, with `answers` not sent before, and mark it; of several calls one does, all return it.

    `by` is the student or a member of staff. After deadline and grace the clock closes it, and `answers` are
    kept aside as those of the loser of a race are. Raises NotFound and InvalidResponse for what `answers` holds.
    Counting follows the commit (`count_result`).
    """
    sent = clean(attempt, answers or {})
    if close_if_overdue(attempt) or not _close(attempt, sent, at=arrival(), by=by):
        keep_late(attempt, sent)
    return attempt


def close_if_overdue(attempt: Attempt) -> bool:
    """Close an attempt whose deadline and grace are over, with what was saved; return whether it was overdue.

    Every door that meets an attempt calls this: nothing depends on the schedule. The instance is brought up to
    date; it comes with quiz and enrollment.
    """
    if not attempt.is_overdue(arrival()):
        return False
    _close(attempt, {}, at=attempt.deadline_at or arrival(), by_clock=True)
    return not attempt.is_open


def submit_overdue_attempts() -> int:
    """Close every overdue attempt, a transaction each; one bad one stops no other. Return how many were closed."""
    rows = Attempt.objects.overdue(timezone.now()).order_by("deadline_at").select_related(
        "quiz__course", "quiz__lesson__module", "enrollment__course", "enrollment__student"
    )  # fmt: skip
    closed = 0
    for attempt in rows[:BATCH]:
        try:
            closed += close_if_overdue(attempt)
        except Exception:  # the next round tries it again
            log.exception("submit_overdue_failed", attempt=str(attempt.pk))
    return closed


def keep_late(attempt: Attempt, answers: Mapping[UUID, Sent]) -> None:
    """Keep the first response to each question that came when the attempt was closed, for a day."""
    now = timezone.now()
    if attempt.submitted_at is None or now > attempt.submitted_at + LATE_FOR:
        return
    for question_id, sent in answers.items():
        if sent.response is None:
            continue
        rows = Answer.objects.filter(attempt=attempt, question=question_id, late_at=None)
        rows = rows.filter(revision__lt=sent.revision).exclude(response=Value(sent.response, JSONField()))
        rows.update(late_response=sent.response, late_at=now)


def closed_error(attempt: Attempt) -> AttemptClosed:
    """Return the refusal for a closed attempt: when it was closed, by whom, and where its result is."""
    at = attempt.submitted_at
    extra = {"submitted_at": at.isoformat() if at else None, "submitted_by": attempt.submitted_by}
    return AttemptClosed(next_url=attempt.get_absolute_url(), extra=extra)


def _close(
    attempt: Attempt,
    answers: Mapping[UUID, Sent],
    *,
    at: datetime,
    by: User | None = None,
    by_clock: bool = False,
) -> bool:
    """Swap in_progress for submitted and mark; False when another call was first. Refreshes the instance.

    The clock swaps only what is overdue still: minutes that were given meanwhile win.
    """
    is_own = by is not None and by.pk == attempt.enrollment.student_id
    who = Attempt.SubmittedBy.STUDENT if is_own else Attempt.SubmittedBy.STAFF
    facts: dict[str, Any] = {
        "status": Attempt.Status.SUBMITTED,
        "submitted_at": at,
        "submitted_by": Attempt.SubmittedBy.DEADLINE if by_clock else who,
    }
    rows = Attempt.objects.overdue(arrival()) if by_clock else Attempt.objects.in_progress()
    with transaction.atomic():
        if not rows.filter(pk=attempt.pk).update(**facts):
            attempt.refresh_from_db(fields=list(MARKED))
            return False
        for name, value in facts.items():
            setattr(attempt, name, value)
        seal(attempt.pk, answers, at)
        if not (is_own or by_clock):
            record(by=by, action="attempt.submitted", target=attempt)
        grade(attempt, at=timezone.now())
        transaction.on_commit(lambda: count_result(attempt), robust=True)
    return True
