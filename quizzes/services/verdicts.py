"""What staff decide over a whole attempt: that it does not count, counts again, goes on, or uses up no attempt."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models.audit import record
from quizzes.exceptions import InvalidStatus
from quizzes.models import Answer, Attempt
from quizzes.services.counting import count_result
from quizzes.services.grading import grade
from quizzes.services.storing import seal
from quizzes.services.time_given import MAX_ONE, check_minutes, clean_reason, refuse_own

if TYPE_CHECKING:
    from accounts.models import User

Status = Attempt.Status
UNMARKED: dict[str, Any] = {
    "score": None, "max_score": None, "percentage": None, "is_passed": None, "graded_at": None, "graded_by": None,
    "counted_at": None, "needs_manual_grading": False, "mail_state": "",
}  # fmt: skip


def void_attempt(*, attempt: Attempt, reason: str, by: User) -> Attempt:
    """Let an attempt count for nothing, whatever its status; its number stays used. Raises InvalidStatus."""
    return _decide(
        attempt, [s for s in Status if s != Status.VOIDED], {"status": Status.VOIDED}, "voided", reason, by
    )


def restore_attempt(*, attempt: Attempt, reason: str, by: User) -> Attempt:
    """Let a voided attempt count again: it is closed and marked anew. Raises InvalidStatus."""
    now = timezone.now()
    closed = {
        **UNMARKED,
        "status": Status.SUBMITTED,
        "submitted_at": attempt.submitted_at or now,
        "submitted_by": attempt.submitted_by or Attempt.SubmittedBy.STAFF,
    }
    with transaction.atomic():
        _decide(attempt, [Status.VOIDED], closed, "restored", reason, by)
        seal(attempt.pk, {}, now)
        grade(attempt, at=now)
        transaction.on_commit(lambda: count_result(attempt), robust=True)
    return attempt


def reopen_attempt(*, attempt: Attempt, minutes: int, reason: str, by: User) -> Attempt:
    """Let the student go on for `minutes` (1–1440): marks are cleared, notes stay.

    Raises InvalidStatus, also where another attempt of the student is open.
    """
    check_minutes(minutes, MAX_ONE)
    deadline = timezone.now() + timedelta(minutes=minutes)
    facts = {
        **UNMARKED,
        "status": Status.IN_PROGRESS,
        "submitted_at": None,
        "submitted_by": "",
        "deadline_at": deadline,
        "pass_kept": False,
    }
    try:
        with transaction.atomic():
            _decide(attempt, [Status.SUBMITTED, Status.GRADED], facts, "reopened", reason, by)
            Answer.objects.filter(attempt=attempt).update(
                points_earned=None,
                is_correct=None,
                key_version=None,
                graded_revision=None,
                graded_by=None,
                points_given=None,
            )
    except IntegrityError:  # attempt_one_in_progress
        raise InvalidStatus from None
    return attempt


def excuse_attempt(*, attempt: Attempt, reason: str, by: User) -> Attempt:
    """Let an attempt use up none of those allowed; its result stays."""
    return _decide(attempt, list(Status), {"is_excused": True}, "excused", reason, by)


@transaction.atomic
def _decide(
    attempt: Attempt, present: list[Status], facts: dict[str, Any], verb: str, reason: str, by: User
) -> Attempt:
    """Swap the facts in where the status is one of `present`, and note who did it, why, and what was before."""
    why = clean_reason(reason)
    refuse_own(attempt, by)
    if not Attempt.objects.filter(pk=attempt.pk, status__in=present).update(**facts):
        raise InvalidStatus
    data: dict[str, Any] = {
        name: [_plain(getattr(attempt, name)), _plain(value)] for name, value in facts.items()
    }
    attempt.refresh_from_db(fields=[*facts, "submitted_at"])
    record(by=by, action=f"attempt.{verb}", target=attempt, data=data | {"reason": why})
    return attempt


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int) else str(value)
