"""What the schedule does, course by course: each on its own, so that one that fails stops no other.

A round works for a while and says whether something is left: the task then wakes itself, and whatever else waits in the
queue has its turn in between. The watermark in each row, or the place in the list of courses, is where it goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from functools import partial
from time import monotonic
from typing import TypeVar
from uuid import UUID

import structlog
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from analytics.days import site_today
from analytics.models import CourseStat
from analytics.services.checking import check_course, check_site
from analytics.services.moved import moved_courses
from analytics.services.refreshing import Scope, refresh_course
from analytics.services.rows import make_rows
from analytics.services.site import refresh_site
from courses.models import Course
from enrollments.models import Enrollment

MONTH = 35  # days that a night looks back on
T = TypeVar("T")
log = structlog.get_logger("analytics")


def refresh_changed(*, seconds: float | None = None) -> bool:
    """Refresh the courses that moved since their last refresh, or are new, then the site's row of today.

    Return whether all of it was done; after `seconds` it stops at the next course.
    """
    make_rows(Course.objects.filter(deleted_at=None))
    if not _each(moved_courses(), refresh_course, seconds):
        return False
    _guarded("site", refresh_site)
    return True


def refresh_nightly(*, before: datetime | None = None, seconds: float | None = None) -> bool:
    """Refresh every course with its last 35 days, then those of the site; risk and dropout move by the clock alone.

    Courses refreshed since `before` (the beginning of the round; default now) are done. Return whether all are.
    """
    due = Q(stat__refreshed_at=None) | Q(stat__refreshed_at__lt=before or timezone.now())
    scope = Scope.newest(MONTH)
    ids = with_figures().filter(due).order_by("stat__refreshed_at", "pk").values_list("pk", flat=True)
    if not _each(ids, lambda pk: refresh_course(pk, scope), seconds):
        return False
    _guarded("site", lambda: refresh_site(first=site_today() - timedelta(days=MONTH - 1)))
    return True


def rebuild(
    *, first: date | None = None, after: UUID | None = None, seconds: float | None = None
) -> UUID | None:
    """Take everything from the ledgers anew, or all days from `first` on; log each difference that was found.

    Goes through the courses by id, from the one `after`; after `seconds` it returns the one it came to, else None.
    """
    until = None if seconds is None else monotonic() + seconds
    courses = with_figures().order_by("pk")
    courses = courses if after is None else courses.filter(pk__gt=after)
    for pk in list(courses.values_list("pk", flat=True)):
        rebuild_course(pk, first=first)
        if until is not None and monotonic() > until:
            return pk
    rebuild_site(first=first)
    return None


def rebuild_course(course_id: UUID, *, first: date | None = None) -> list[str]:
    """Hold one course against its ledgers, log what differs, write what they say; return the differences."""

    def run() -> list[str]:
        found = _told(check_course(course_id, first=first))
        refresh_course(course_id, Scope(first=first, everything=first is None))
        return found

    return _guarded(str(course_id), run) or []


def rebuild_site(*, first: date | None = None) -> list[str]:
    """The same for the days of the site."""

    def run() -> list[str]:
        found = _told(check_site(first=first))
        refresh_site(first=first, everything=first is None)
        return found

    return _guarded("site", run) or []


def _told(found: Iterable[str]) -> list[str]:
    lines = list(found)
    for line in lines:
        log.error("analytics_difference", what=line)
    return lines


def with_figures() -> QuerySet[Course]:
    """Courses that have figures, or somebody to have them of."""
    rows = Exists(Enrollment.objects.filter(course=OuterRef("pk")))
    return Course.objects.filter(rows | Exists(CourseStat.objects.filter(course=OuterRef("pk"))))


def _each(ids: Iterable[UUID], refresh: Callable[[UUID], object], seconds: float | None) -> bool:
    """Refresh one course after the other; return False when the time was over before the last."""
    until = None if seconds is None else monotonic() + seconds
    for pk in list(ids):
        if until is not None and monotonic() > until:
            return False
        _guarded(str(pk), partial(refresh, pk))
    return True


def _guarded(what: str, call: Callable[[], T]) -> T | None:
    """Run it; a failure is logged and stops nothing else."""
    try:
        return call()
    except Exception:  # whatever it is, the other courses must not wait for it
        log.exception("refresh_failed", what=what)
        return None
