"""Who was active on which day: a StudyDay, or an attempt started or closed, on it; streaks are made of such days.

A StudyDay carries the student's own day. An attempt has a time: roll-ups take the site's day of it, so that no figure
moves when somebody changes their zone; a student's own pages take the student's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import F, Q
from django.db.models.functions import TruncDate

from analytics.days import DAY, site_zone, start_of
from enrollments.models import StudyDay
from quizzes.models import Attempt

LONGEST_STREAK = 366  # days that are looked at
MONTH = 30
Spans = Mapping[
    tuple[date, date | None], int
]  # how many had this day of activity, and that one as their next


def active_days(
    enrollments: Any | None,
    who: str,
    *,
    first: date | None = None,
    last: date | None = None,
    zone: ZoneInfo | None = None,
) -> Any:
    """Return the distinct pairs (day, key) of activity from `first` to `last`, as one query that is not yet run.

    `enrollments` is a queryset of them, None for all; `who` names the key from an enrollment: "pk" or "student".
    `zone` says whose day an attempt belongs to; the site's unless given. Ordered by day.
    """
    zone = zone or site_zone()
    chosen = {} if enrollments is None else {"enrollment__in": enrollments}
    days = StudyDay.objects.filter(**chosen)
    if first is not None:
        days = days.filter(day_on__gte=first)
    if last is not None:
        days = days.filter(day_on__lte=last)
    key = "enrollment" if who == "pk" else f"enrollment__{who}"
    pairs: Any = days.order_by().annotate(active_on=F("day_on"), who=F(key)).values_list("active_on", "who")
    attempts = Attempt.objects.filter(**chosen).order_by()
    for moment in ("started_at", "submitted_at"):
        rows: Any = attempts.filter(within(moment, first, last, zone), **{f"{moment}__isnull": False})
        rows = rows.annotate(active_on=TruncDate(moment, tzinfo=zone), who=F(key))
        pairs = pairs.union(rows.values_list("active_on", "who"))
    return pairs.order_by("active_on")


def count_active(enrollments: Any, *, first: date, last: date) -> int:
    """Return how many of the enrollments were active on the site's days from `first` to `last` (one query)."""
    days = StudyDay.objects.filter(enrollment__in=enrollments, day_on__range=(first, last))
    attempts = Attempt.objects.filter(enrollment__in=enrollments)
    zone = site_zone()
    touched = within("started_at", first, last, zone) | within("submitted_at", first, last, zone)
    keys = days.order_by().values_list("enrollment")
    return keys.union(attempts.filter(touched).order_by().values_list("enrollment")).count()


def count_by_day(pairs: Any) -> dict[date, int]:
    """Return how many keys there are on each day of `active_days` (one query)."""
    return dict(_rows_of('SELECT "active_on", COUNT(*) FROM ({pairs}) AS pairs GROUP BY 1', pairs))


def count_spans(pairs: Any) -> Spans:
    """Return for each day of `active_days` how many keys had their next one when, None for never again (one query)."""
    sql = (
        'SELECT "active_on", "next_on", COUNT(*) FROM (SELECT "active_on",'
        ' LEAD("active_on") OVER (PARTITION BY "who" ORDER BY "active_on") AS "next_on"'
        " FROM ({pairs}) AS pairs) AS spans GROUP BY 1, 2"
    )
    return {(day, following): count for day, following, count in _rows_of(sql, pairs)}


def _rows_of(statement: str, pairs: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a statement over `active_days`, which the ORM cannot group; SQLite tells days as text."""
    sql, params = pairs.order_by().query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(statement.format(pairs=sql), params)
        rows = cursor.fetchall()
    return [
        tuple(date.fromisoformat(cell) if isinstance(cell, str) else cell for cell in row) for row in rows
    ]


def within(field: str, first: date | None, last: date | None, zone: ZoneInfo) -> Q:
    """Return what is asked of a time for it to lie on the days from `first` to `last` (None: without bound)."""
    asked = Q()
    if first is not None:
        asked &= Q(**{f"{field}__gte": start_of(first, zone)})
    if last is not None:
        asked &= Q(**{f"{field}__lt": start_of(last + DAY, zone)})
    return asked


def distinct_people(spans: Spans, days: Sequence[date]) -> Iterator[tuple[int, ...]]:
    """Yield for each of `days`, in their order, how many were active on it, in the 7 and in the 30 days that end there.

    Somebody counts from a day of theirs until the width is over, or until their next day, from which they count anew.
    """
    return zip(*(_running(spans, width, days) for width in (1, 7, MONTH)), strict=True)


def _running(spans: Spans, width: int, days: Sequence[date]) -> Iterator[int]:
    changes: Counter[date] = Counter()
    for (day, following), count in spans.items():
        changes[day] += count
        changes[min(day + width * DAY, following or date.max)] -= count
    waiting, total = sorted(changes.items(), reverse=True), 0
    for day in days:
        while waiting and waiting[-1][0] <= day:
            total += waiting.pop()[1]
        yield total


def own_active_days(enrollments: Any, zone: ZoneInfo, *, today: date) -> set[date]:
    """Return the days up to `today`, 366 at most, on which the student of these enrollments was active (one query).

    `zone` is the student's own; `enrollments` a queryset of this one student's, all or those of some courses.
    """
    first = today - (LONGEST_STREAK - 1) * DAY
    return {day for day, _key in active_days(enrollments, "student", first=first, last=today, zone=zone)}


@dataclass(frozen=True)
class Streak:
    """Consecutive days of activity: the one that lasts, and the longest of the days looked at."""

    current: int
    longest: int


def streak_of(days: set[date], today: date) -> Streak:
    """Return the streaks that `days` make. The current one ends today, or yesterday while today has none yet."""
    return Streak(
        _run_to(days, today) or _run_to(days, today - DAY),
        max((_run_to(days, d) for d in _ends(days)), default=0),
    )


def _ends(days: set[date]) -> Iterator[date]:
    return (day for day in days if day + DAY not in days)


def _run_to(days: set[date], day: date) -> int:
    length = 0
    while day - length * DAY in days:
        length += 1
    return length
