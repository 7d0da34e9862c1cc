"""Time, which is the server's: how long an attempt lasts, when it must be in, and when a request arrived."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Any

from django.conf import settings

from accounts.models import Accommodation
from accounts.services import accommodation_of
from quizzes.models import Quiz

ONCE = Decimal(1)


@dataclass(frozen=True)
class Allowance:
    """What one person is granted for one quiz: minutes (None: no limit), and attempts beside the quiz's own."""

    minutes: int | None = None
    extended_from: int | None = None
    extra_attempts: int = 0

    @property
    def extra(self) -> timedelta:
        """How much longer than the others."""
        return timedelta(minutes=(self.minutes or 0) - (self.extended_from or self.minutes or 0))


def allowance_of(quiz: Quiz, user: Any) -> Allowance:
    """Return what `user` is granted (one query where an accommodation can matter, else none).

    The extended limit is rounded up to whole minutes: what is said is what is given.
    """
    limit = quiz.time_limit_minutes
    matters = quiz.apply_accommodations and (limit is not None or quiz.max_attempts is not None)
    if not matters or not user.is_authenticated:
        return Allowance(limit)
    return allowance_from(quiz, accommodation_of(user))


def allowance_from(quiz: Quiz, granted: Accommodation) -> Allowance:
    """Return what the quiz makes of what a person is granted; where it takes no part, its own limit (no query)."""
    limit = quiz.time_limit_minutes
    if not quiz.apply_accommodations:
        return Allowance(limit)
    if limit is None or granted.time_factor <= ONCE:
        return Allowance(limit, None, granted.extra_attempts)
    minutes = int((limit * granted.time_factor).to_integral_value(ROUND_CEILING))
    return Allowance(minutes, limit, granted.extra_attempts)


def deadline_of(quiz: Quiz, allowance: Allowance, start: datetime) -> datetime | None:
    """Return when an attempt that starts at `start` must be in; None: whenever.

    The earlier of start + limit × f and closing time + limit × (f − 1), without a limit the plain closing time:
    the closing hour never cuts extra time.
    """
    ends = []
    if allowance.minutes is not None:
        ends.append(start + timedelta(minutes=allowance.minutes))
    if quiz.available_until is not None:
        ends.append(quiz.available_until + allowance.extra)
    return min(ends, default=None)


def grace() -> timedelta:
    """How long after the deadline a request still counts: for what was on its way."""
    return timedelta(seconds=settings.QUIZ_GRACE_SECONDS)
