"""Bringing the figures of one course up to date: a lease, one snapshot of the ledgers, one short write."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from analytics.days import site_today
from analytics.figures import FACTS, course_figures, daily_figures
from analytics.models import CourseDailyStat, CourseStat
from analytics.models.course import LEASE
from analytics.services.moved import moved_days
from analytics.services.snapshot import snapshot

BATCH = 500
Span = tuple[date | None, date | None]  # both days included; None: without bound
Days = dict[date, dict[str, int]]
log = structlog.get_logger("analytics")


@dataclass(frozen=True)
class Scope:
    """Which days are read anew: those that moved since the last time and, if given, all from `first` on."""

    first: date | None = None
    everything: bool = False

    @classmethod
    def newest(cls, days: int) -> Scope:
        """The last `days` days, today included, and those after it that some people already have."""
        return cls(first=site_today() - timedelta(days=days - 1))


def refresh_course(course_id: UUID, scope: Scope | None = None) -> bool:
    """Refresh the figures of one course and of the days in `scope`; return False when somebody else is at it.

    A course that was never refreshed is read whole. Reads come from one snapshot; the write that follows is short,
    and is given up when the lease has passed to somebody else, so that older figures never cover newer ones.
    """
    now = timezone.now()
    stat = _lease(course_id, now)
    if stat is None:
        return False
    try:
        with snapshot():
            columns = course_figures(course_id, now)
            spans = _spans(stat, scope or Scope(), now)
            found = read_days(course_id, spans)
        return _write(stat, columns, found, spans, now)
    finally:
        CourseStat.objects.filter(pk=stat.pk, lease_until=now + LEASE).update(lease_until=None)


def _lease(course_id: UUID, now: datetime) -> CourseStat | None:
    """Take the course's row, made on first need, for ten minutes; None: somebody has it."""
    stat, _made = CourseStat.objects.only("pk", "refreshed_at").get_or_create(course_id=course_id)
    if not CourseStat.objects.free(now).filter(pk=stat.pk).update(lease_until=now + LEASE):
        return None
    stat.refresh_from_db(fields=["refreshed_at"])
    return stat


def _spans(stat: CourseStat, scope: Scope, now: datetime) -> list[Span]:
    if scope.everything or stat.refreshed_at is None:
        return [(None, None)]
    moved: list[Span] = [*moved_days(stat.course_id, stat.refreshed_at, now)]
    return moved if scope.first is None else [*moved, (scope.first, None)]


def read_days(course_id: UUID, spans: Iterable[Span]) -> Days:
    """Return the days with facts in any of the spans."""
    found: Days = {}
    for first, last in spans:
        found |= daily_figures(course_id, first, last)
    return found


def _write(stat: CourseStat, columns: dict[str, Any], days: Days, spans: list[Span], now: datetime) -> bool:
    with transaction.atomic():
        held = CourseStat.objects.filter(pk=stat.pk, lease_until=now + LEASE)
        if not held.update(**columns, refreshed_at=now, lease_until=None):
            log.warning("refresh_overtaken", course=str(stat.course_id))
            return False
        for span in spans:
            rows_of(stat.course_id, span).exclude(date__in=days).delete()
        CourseDailyStat.objects.bulk_create(
            [
                CourseDailyStat(course_id=stat.course_id, date=day, refreshed_at=now, **facts)
                for day, facts in sorted(days.items())
            ],
            batch_size=BATCH,
            update_conflicts=True,
            unique_fields=["course", "date"],
            update_fields=[*FACTS, "refreshed_at"],
        )
    return True


def rows_of(course_id: UUID, span: Span) -> Any:
    """Return the stored days of the course in the span."""
    rows = CourseDailyStat.objects.filter(course=course_id)
    first, last = span
    if first is not None:
        rows = rows.filter(date__gte=first)
    return rows if last is None else rows.filter(date__lte=last)
