"""Figures in words, for pages and paper."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import date_format, time_format

from lms.lib.figures import number

NONE = "–"


def rate(value: Decimal | float | None) -> str:
    """Return per cent with two places, so that those of a column stand alike: "12.50%"; a dash for no data."""
    return NONE if value is None else f"{number(value, 2)}%"


def as_of(moment: datetime | None) -> str:
    """Return when figures were taken: "10:05" of today, else with the day; "" for never."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    if local.date() == timezone.localdate():
        return time_format(local, "TIME_FORMAT")
    return date_format(local, "SHORT_DATETIME_FORMAT")
