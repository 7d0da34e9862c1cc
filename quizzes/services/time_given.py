"""Minutes that staff give to attempts that are running."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models.audit import record
from quizzes.exceptions import InvalidStatus, OwnAttempt, field_error
from quizzes.models import Attempt, Quiz

if TYPE_CHECKING:
    from accounts.models import User

MIN_REASON, MAX_REASON = 3, 500
MAX_ALL, MAX_ONE = 240, 1440  # minutes


@transaction.atomic
def extend_quiz(*, quiz: Quiz, minutes: int, reason: str, by: User) -> int:
    """Give every running attempt with a deadline `minutes` (1–240) more, in one UPDATE; return how many there were.

    `reason` (3–500 characters) is kept in the audit trail. Raises the refusal of either.
    """
    reason = _check(minutes, MAX_ALL, reason)
    rows = Attempt.objects.in_progress().filter(quiz=quiz, deadline_at__isnull=False)
    given = rows.update(deadline_at=F("deadline_at") + timedelta(minutes=minutes))
    record(
        by=by,
        action="quiz.extended",
        target=quiz,
        data={"minutes": minutes, "attempts": given, "reason": reason},
    )
    return given


@transaction.atomic
def extend_attempt(*, attempt: Attempt, minutes: int, reason: str, by: User) -> Attempt:
    """Give one running attempt `minutes` (1–1440) more. Raises InvalidStatus where none is running or no clock is,
    OwnAttempt for an instructor's own."""
    reason = _check(minutes, MAX_ONE, reason)
    refuse_own(attempt, by)
    rows = Attempt.objects.in_progress().filter(pk=attempt.pk, deadline_at__isnull=False)
    before = attempt.deadline_at
    if not rows.update(deadline_at=F("deadline_at") + timedelta(minutes=minutes)):
        raise InvalidStatus
    attempt.refresh_from_db(fields=["deadline_at"])
    data = {"deadline_at": [str(before), str(attempt.deadline_at)], "minutes": minutes, "reason": reason}
    record(by=by, action="attempt.extended", target=attempt, data=data)
    return attempt


def refuse_own(attempt: Attempt, by: User) -> None:
    """Raise OwnAttempt when staff would change an attempt of their own; admins may."""
    if attempt.enrollment.student_id == by.pk and not by.is_admin:
        raise OwnAttempt


def clean_reason(reason: str) -> str:
    """Return the reason trimmed; raise the refusal of one that is too short or too long."""
    text = reason.strip()
    if not MIN_REASON <= len(text) <= MAX_REASON:
        raise field_error("reason", "invalid_reason", _("Give a reason of 3 to 500 characters."))
    return text


def _check(minutes: int, most: int, reason: str) -> str:
    check_minutes(minutes, most)
    return clean_reason(reason)


def check_minutes(minutes: int, most: int) -> None:
    """Raise the refusal of minutes outside 1 … `most`."""
    if not 1 <= minutes <= most:
        sentence = _("Give from 1 to %(most)d minutes.") % {"most": most}
        raise field_error("minutes", "out_of_range", sentence)
