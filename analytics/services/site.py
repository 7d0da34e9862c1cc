"""Bringing the site's own days up to date."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from analytics.days import days_touched, site_day
from analytics.figures import daily_site_figures, site_totals
from analytics.models import SiteDailyStat
from analytics.services.moved import OVERLAP
from analytics.services.refreshing import Days
from analytics.services.snapshot import snapshot


def refresh_site(*, first: date | None = None, everything: bool = False) -> None:
    """Refresh the site's days from `first` (default: those since the last time), and today's totals.

    Two at once do no harm: of two writers of one day the one that read later wins.
    """
    now = timezone.now()
    today = site_day(now)
    with snapshot():
        first = None if everything else _first(first, now)
        last = days_touched(now, now)[1]
        found = daily_site_figures(first, last, today=today)
        totals = site_totals()
    with transaction.atomic():
        _lock(first)
        _remove(first, found, now)
        for day, facts in sorted(found.items()):
            _write(day, {**facts, "totals": totals} if day == today else facts, now)


def _first(asked: date | None, now: datetime) -> date | None:
    """Return the first day to read: the one asked for, or of the last time, whichever is earlier; None: all."""
    newest = SiteDailyStat.objects.order_by("-refreshed_at").values_list("refreshed_at", flat=True).first()
    if newest is None:
        return None
    since = days_touched(newest - OVERLAP, now)[0]
    return since if asked is None else min(asked, since)


def _from(first: date | None) -> QuerySet[SiteDailyStat]:
    rows = SiteDailyStat.objects.all()
    return rows if first is None else rows.filter(date__gte=first)


def _lock(first: date | None) -> None:
    """Take the rows in one order: two refreshes that overlap must not wait for each other for ever."""
    list(_from(first).select_for_update().order_by("date").values_list("pk"))


def _remove(first: date | None, found: Days, now: datetime) -> None:
    """Remove the days without facts; today's stays, which carries the totals."""
    _from(first).filter(refreshed_at__lte=now).exclude(date__in=found).delete()


def _write(day: date, values: dict[str, Any], now: datetime) -> None:
    older = SiteDailyStat.objects.filter(date=day, refreshed_at__lte=now)
    if not older.update(**values, refreshed_at=now):
        row = SiteDailyStat(date=day, refreshed_at=now, **values)
        SiteDailyStat.objects.bulk_create([row], ignore_conflicts=True)
