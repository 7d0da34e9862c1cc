"""What the clock does for the roll-ups; harmless twice or at once.

A round stops after some seconds and wakes itself for the rest, so that what else waits in the queue has its turn.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from celery import shared_task
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from analytics import services
from lms.lib.tasks import wake

SECONDS = 20
# A round that comes to no end, because a course takes long and fails, must not wake itself for ever.
LONGEST_HOUR, LONGEST_NIGHT = timedelta(minutes=50), timedelta(hours=5)


@shared_task(name="analytics.refresh_course")
def refresh_course(course_id: str) -> None:
    """Refresh the figures of one course."""
    services.refresh_course(UUID(course_id))


@shared_task(name="analytics.refresh_changed")
def refresh_changed(began: str | None = None) -> None:
    """Refresh the courses that moved, and the site's row of today; `began` is when the round did."""
    since = _moment(began)
    if not services.refresh_changed(seconds=SECONDS) and timezone.now() - since < LONGEST_HOUR:
        wake("analytics.refresh_changed", since.isoformat())


@shared_task(name="analytics.refresh_nightly")
def refresh_nightly(began: str | None = None) -> None:
    """Refresh every course and its last 35 days; `began` is when the round did."""
    since = _moment(began)
    is_done = services.refresh_nightly(before=since, seconds=SECONDS)
    if not is_done and timezone.now() - since < LONGEST_NIGHT:
        wake("analytics.refresh_nightly", since.isoformat())


@shared_task(name="analytics.rebuild_analytics")
def rebuild_analytics(after: str | None = None) -> None:
    """Take everything from the ledgers anew; `after` is the course that the round came to."""
    came_to = services.rebuild(after=UUID(after) if after else None, seconds=SECONDS)
    if came_to is not None:
        wake("analytics.rebuild_analytics", str(came_to))


def _moment(text: str | None) -> datetime:
    return (parse_datetime(text) if text else None) or timezone.now()
