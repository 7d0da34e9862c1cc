"""Figures that are old when somebody looks at them, and figures that somebody asks for."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from analytics.exceptions import RefreshedJustNow
from analytics.models import CourseStat
from analytics.models.course import STALE_AFTER
from analytics.services.refreshing import refresh_course
from courses.models import Course
from enrollments.models import Enrollment
from lms.lib.tasks import wake

IN_PLACE = 5000  # enrollments, up to which a reader without workers waits for the refresh
EVERY = timedelta(minutes=1)
log = structlog.get_logger("analytics")


def freshen(stat: CourseStat) -> CourseStat:
    """Return the figures for a reader; those older than 65 minutes wake a refresh.

    Without workers (no REDIS_URL) courses of up to 5000 enrollments are refreshed here and now, and `stat` carries the
    new figures; its course stays as it was loaded. No query while the figures are young.
    """
    if not stat.is_stale:
        return stat
    if settings.REDIS_URL or not _is_small(stat):
        _wake_once(stat.course_id)
        return stat
    try:
        refresh_course(stat.course_id)
    except Exception:  # the page is shown with what there is, and says how old it is
        log.exception("refresh_failed", what=str(stat.course_id))
        return stat
    names = [field.name for field in stat._meta.concrete_fields if field.name not in ("id", "course")]
    stat.refresh_from_db(fields=names)
    return stat


def freshen_site(refreshed_at: datetime | None) -> None:
    """Wake the hourly round, at most once a minute, when the site's newest figures are older than 65 minutes."""
    is_stale = refreshed_at is None or timezone.now() - refreshed_at > STALE_AFTER
    if is_stale and cache.add("analytics:refresh:site", 1, EVERY.seconds):
        wake("analytics.refresh_changed")


def _is_small(stat: CourseStat) -> bool:
    rows = Enrollment.objects.filter(course=stat.course_id).order_by()
    return len(rows.values_list("pk")[: IN_PLACE + 1]) <= IN_PLACE


def _wake_once(course_id: object) -> bool:
    """Wake a refresh unless that was done within the minute; return whether it was."""
    if not cache.add(f"analytics:refresh:{course_id}", 1, EVERY.seconds):
        return False
    wake("analytics.refresh_course", course_id)
    return True


def refresh_now(course: Course) -> None:
    """Wake a refresh of the course. Raises RefreshedJustNow (429) within a minute of the last, or of another call."""
    headers = {"Retry-After": str(EVERY.seconds)}
    if CourseStat.objects.filter(course=course, refreshed_at__gt=timezone.now() - EVERY).exists():
        raise RefreshedJustNow(headers=headers)
    if not _wake_once(course.pk):
        raise RefreshedJustNow(headers=headers)
