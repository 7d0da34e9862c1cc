"""How well a student does in a course, and when they may be done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from analytics.rounding import in_hours
from enrollments.models import Enrollment

EARLY = timedelta(days=7)
EXCELLENT_PROGRESS, EXCELLENT_AVERAGE, GOOD = 80, 70, 50
SEEN_WITHIN = timedelta(days=14)
LONGEST_ESTIMATE = 730  # days
DAY = timedelta(days=1)


class Level(models.TextChoices):
    """How well a student does; the rule is in LEVEL_RULES, beside the word."""

    EXCELLENT = "excellent", _("Excellent")
    GOOD = "good", _("Good")
    NEEDS_IMPROVEMENT = "needs_improvement", _("Needs improvement")


TOO_EARLY: Promise = _("Too early to say")
LEVEL_RULES: dict[Level | None, Promise] = {
    Level.EXCELLENT: _("Progress of at least 80%; where there are quiz results, an average of at least 70%."),
    Level.GOOD: _("Progress of at least 50%; where there are quiz results, an average of at least 50%."),
    Level.NEEDS_IMPROVEMENT: _("Progress or quiz average below 50%."),
    None: _("In the first 7 days nothing is said while progress is below 50%."),
}


def level_of(
    enrollment: Enrollment, quiz_average: Decimal | None, *, now: datetime | None = None
) -> Level | None:
    """Return the level; None: too early to say. `quiz_average` is what `quiz_averages` says (per cent)."""
    progress = enrollment.progress_percentage
    if progress < GOOD and (now or timezone.now()) - enrollment.enrolled_at < EARLY:
        return None
    if progress >= EXCELLENT_PROGRESS and (quiz_average is None or quiz_average >= EXCELLENT_AVERAGE):
        return Level.EXCELLENT
    if progress >= GOOD and (quiz_average is None or quiz_average >= GOOD):
        return Level.GOOD
    return Level.NEEDS_IMPROVEMENT


class WithLevel:
    """What every row that shows how somebody does in a course has: hours, and the level with its rule."""

    enrollment: Enrollment
    average_quiz_score: Decimal | None

    @property
    def time_hours(self) -> Decimal | None:
        return in_hours(self.enrollment.time_spent_seconds)

    @cached_property
    def level(self) -> Level | None:
        """None: too early to say."""
        return level_of(self.enrollment, self.average_quiz_score)

    @property
    def level_word(self) -> Any:
        return self.level.label if self.level else TOO_EARLY

    @property
    def level_rule(self) -> Any:
        return LEVEL_RULES[self.level]


@dataclass(frozen=True)
class Estimate:
    """The day on which the course may be completed, and whether access will have ended before it."""

    on: date
    is_after_access: bool


def estimated_completion(
    enrollment: Enrollment, zone: ZoneInfo, *, now: datetime | None = None
) -> Estimate | None:
    """Return when the course is done if it goes on as since its start; days are those of `zone`, the student's.

    None unless it is active, begun, not done, started a whole day ago or more, seen within 14 days, and to be
    done within 730 days.
    """
    now = now or timezone.now()
    progress, started, seen = (
        enrollment.progress_percentage,
        enrollment.started_at,
        enrollment.last_accessed_at,
    )
    if enrollment.status != Enrollment.Status.ACTIVE or not 0 < progress < 100:
        return None
    if started is None or seen is None or now - started < DAY or now - seen > SEEN_WITHIN:
        return None
    done = Fraction(progress)
    days = ceil((100 - done) / done * Fraction((now - started) // timedelta(microseconds=1), 86_400_000_000))
    if days > LONGEST_ESTIMATE:
        return None
    on = now.astimezone(zone).date() + timedelta(days=days)
    end = enrollment.expires_at
    return Estimate(on, is_after_access=end is not None and end.astimezone(zone).date() < on)
