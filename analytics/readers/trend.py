"""A course over time: its daily rows, the gaps between them filled with zeros."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Min, Sum
from django.http import QueryDict

from analytics.days import site_today
from analytics.models import CourseDailyStat, CourseStat
from analytics.ranges import ALL, Range, Span, read_range
from analytics.rounding import in_hours

SUMS = ("enrollments", "completions", "drops", "lessons_completed", "quiz_attempts", "quiz_passes",
        "time_spent_seconds")  # fmt: skip


def read_span(stat: CourseStat, params: QueryDict) -> Range:
    """Return the days that a query string asks for (one query for all of them). Raises InvalidRange."""
    return read_range(params, today=site_today(), since=lambda: _first_day(stat))


def _first_day(stat: CourseStat) -> date:
    first: date | None = CourseDailyStat.objects.filter(course=stat.course_id).aggregate(day=Min("date"))[
        "day"
    ]
    return first or site_today()


def trend(stat: CourseStat, span: Range) -> list[dict[str, Any]]:
    """Return an entry for each day, week or month of the range, with all enrollments until its end.

    Two queries; one for `all`, before which there is nothing. Of a week or month `active_students` is that of
    its busiest day: people of several days cannot be added up.
    """
    days = CourseDailyStat.objects.filter(course=stat.course_id)
    total = 0
    if span.period != ALL:
        total = days.filter(date__lt=span.first).aggregate(n=Sum("enrollments"))["n"] or 0
    rows = iter(days.filter(date__range=(span.first, span.last)).order_by("date"))
    row = next(rows, None)
    series = []
    for part in span.spans():
        held = []
        while row is not None and row.date <= part.last:
            held.append(row)
            row = next(rows, None)
        entry = _entry(part, held)
        total += entry["enrollments"]
        series.append({**entry, "total_enrollments": total})
    return series


def _entry(part: Span, rows: Iterable[CourseDailyStat]) -> dict[str, Any]:
    rows = list(rows)
    sums = {name: sum(getattr(row, name) for row in rows) for name in SUMS}
    return {
        "date": part.first,
        "until": part.last,
        **sums,
        "active_students": max((row.active_students for row in rows), default=0),
        "time_hours": in_hours(sums["time_spent_seconds"]),
        "is_partial": part.is_partial,
    }
