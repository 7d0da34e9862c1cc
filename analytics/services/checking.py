"""Roll-ups held against the ledgers. Nothing is written here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from analytics.days import days_touched, site_day
from analytics.figures import FACTS, course_figures, daily_figures, daily_site_figures
from analytics.figures.site import ACTIVE
from analytics.figures.site import FACTS as SITE_FACTS
from analytics.models import CourseStat, SiteDailyStat
from analytics.services.moved import moved_courses, moved_days
from analytics.services.refreshing import rows_of
from analytics.services.snapshot import snapshot

AT_ONCE = timedelta(0)


def check_course(course_id: UUID, *, first: date | None = None) -> Iterator[str]:
    """Yield a line for each figure of the course that its ledgers contradict; days from `first` on (default all).

    The ledgers are read as of the last refresh. Where facts came after it, the course's sums and the days that these
    facts touch wait for the next one and are left out; what was never refreshed has nothing to be wrong.
    """
    now = timezone.now()
    with snapshot():
        stat = CourseStat.objects.select_related("course").filter(course=course_id).first()
        if stat is None or stat.refreshed_at is None:
            return
        moved = moved_courses(course_id, overlap=AT_ONCE)
        waiting = moved_days(course_id, stat.refreshed_at, now) if moved else []
        name = stat.course.slug
        if not moved:
            yield from _differences(name, _of(stat), course_figures(course_id, stat.refreshed_at))
        kept = {row.date: row for row in rows_of(course_id, (first, None))}
        found = daily_figures(course_id, first, None)
    for day in sorted({*kept, *found}):
        if not any(begin <= day <= end for begin, end in waiting):
            yield from _day(f"{name} {day}", kept.get(day), found.get(day), FACTS)


def _of(stat: CourseStat) -> Mapping[str, Any]:
    return {field.name: getattr(stat, field.name) for field in stat._meta.concrete_fields}


def check_site(*, first: date | None = None) -> Iterator[str]:
    """Yield a line for each day of the site that its ledgers contradict; those since the last refresh are left out.

    The totals are a snapshot of their moment and are not held against anything.
    """
    newest = SiteDailyStat.objects.order_by("-refreshed_at").first()
    if newest is None:
        return
    with snapshot():
        rows = SiteDailyStat.objects.defer("totals")
        kept = {row.date: row for row in (rows if first is None else rows.filter(date__gte=first))}
        found = daily_site_figures(first, days_touched(timezone.now(), timezone.now())[1])
    end = days_touched(newest.refreshed_at, timezone.now())[0]
    for day in sorted({*kept, *found}):
        carries_totals = day == site_day(newest.refreshed_at)
        if day < end and not (carries_totals and day not in found):
            yield from _day(f"site {day}", kept.get(day), found.get(day), (*SITE_FACTS, *ACTIVE))


def _day(name: str, row: Any, facts: Mapping[str, int] | None, columns: tuple[str, ...]) -> Iterator[str]:
    if row is None:
        yield f"{name}: no row stored, {dict(facts or {})} counted"
    elif facts is None:
        yield f"{name}: a row stored, nothing happened"
    else:
        yield from _differences(name, {column: getattr(row, column) for column in columns}, facts)


def _differences(name: str, kept: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[str]:
    for column, value in found.items():
        if kept[column] != value:
            yield f"{name}: {column} {kept[column]} stored, {value} counted"
