"""Days: the site's for facts with a time, the student's own for activity. Nights of a clock change included."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

DAY = timedelta(days=1)
# No clock on earth is further from UTC; own days of people lie within these.
WEST, EAST = timedelta(hours=-12), timedelta(hours=14)


def site_zone() -> ZoneInfo:
    """Return the zone of the site's days."""
    return ZoneInfo(settings.DEFAULT_TIME_ZONE)


def site_day(moment: datetime) -> date:
    """Return the site's day of a moment."""
    return moment.astimezone(site_zone()).date()


def site_today() -> date:
    """Return the site's present day."""
    return site_day(timezone.now())


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the moment at which `day` begins in `zone`, in UTC; the first one there is if midnight is skipped."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def days_between(first: date, last: date) -> Iterator[date]:
    """Yield every day from `first` to `last`, both included."""
    for number in range((last - first).days + 1):
        yield first + number * DAY


def days_touched(since: datetime, now: datetime) -> tuple[date, date]:
    """Return the first and the last day on which facts between the two moments can lie, anybody's own days included.

    Never less than the day before the site's day of `since` to the day after the site's present one.
    """
    first = min(site_day(since) - DAY, (since.astimezone(UTC) + WEST).date())
    return first, max(site_day(now) + DAY, (now.astimezone(UTC) + EAST).date())
