"""Which days are asked for: `period`, or `from` and `to`; or `days`; and `limit`. Every door reads them here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from analytics.days import days_between
from lms.lib.errors import DomainError

Bucket = Literal["day", "week", "month"]
PERIODS = {"7d": 7, "30d": 30, "90d": 90, "1y": 365}
ALL = "all"
DEFAULT_PERIOD = "30d"
LEAST_DAYS, MOST_DAYS, DEFAULT_DAYS = 7, 365, 30
LEAST_LIMIT, MOST_LIMIT, DEFAULT_LIMIT = 5, 50, 10
WEEKS_OVER, MONTHS_OVER = 180, 730  # days of `all` beyond which it is grouped
KNOWN = {"period", "from", "to", "days", "limit"}
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"[0-9]{1,4}")


class InvalidRange(DomainError):
    """A range that is not one, or two at once: 400."""

    code = "invalid_range"
    status = 400
    message = _(
        "Choose a period (7d, 30d, 90d, 1y, all), or both `from` and `to`: days of the past, 7 to 365 of them."
    )


@dataclass(frozen=True)
class Span:
    """One entry of a series: its first and last day (the same but in a grouped range)."""

    first: date
    last: date
    is_partial: bool  # today is in it, and not over


@dataclass(frozen=True)
class Range:
    """Days from `first` to `last`, both included. `period` is one of PERIODS, "all", or "" for two given days."""

    first: date
    last: date
    today: date
    period: str = ""

    def __len__(self) -> int:
        return (self.last - self.first).days + 1

    def __iter__(self) -> Iterator[date]:
        return days_between(self.first, self.last)

    @property
    def bucket(self) -> Bucket:
        """How the entries are grouped: only all of a long time is."""
        if self.period != ALL or len(self) <= WEEKS_OVER:
            return "day"
        return "week" if len(self) <= MONTHS_OVER else "month"

    def spans(self) -> list[Span]:
        """Return the entries, oldest first: days, weeks from Monday, or months; the first may be cut."""
        starts = [day for day in self if day == self.first or self._is_start(day)]
        ends = [start - timedelta(days=1) for start in starts[1:]] + [self.last]
        return [
            Span(first, last, is_partial=first <= self.today <= last)
            for first, last in zip(starts, ends, strict=True)
        ]

    def _is_start(self, day: date) -> bool:
        if self.bucket == "week":
            return day.weekday() == 0
        return self.bucket == "day" or day.day == 1

    @property
    def query(self) -> str:
        """The range as it stands in an address: "period=30d" or "from=…&to=…"."""
        if self.period:
            return urlencode({"period": self.period})
        return urlencode({"from": self.first.isoformat(), "to": self.last.isoformat()})


def last_days(count: int, today: date) -> Range:
    """Return the `count` days ending today."""
    return Range(today - timedelta(days=count - 1), today, today)


def read_range(params: QueryDict, *, today: date, since: date | Callable[[], date]) -> Range:
    """Return the range that `period` or `from` and `to` ask for; 30 days without any.

    `today` is the site's day for staff; `since`, the day of the first fact, is where `all` begins. Raises
    InvalidRange.
    """
    sent = _sent(params, {"period", "from", "to"})
    if "from" in sent or "to" in sent:
        return _between(sent, today)
    period = sent.get("period", DEFAULT_PERIOD)
    if period == ALL:
        begin = since() if callable(since) else since
        return Range(min(begin, today), today, today, ALL)
    if period not in PERIODS:
        raise InvalidRange
    return Range(today - timedelta(days=PERIODS[period] - 1), today, today, period)


def _between(sent: dict[str, str], today: date) -> Range:
    if "period" in sent or not {"from", "to"} <= sent.keys():
        raise InvalidRange
    first, last = _day(sent["from"]), _day(sent["to"])
    if last > today or not LEAST_DAYS <= (last - first).days + 1 <= MOST_DAYS:
        raise InvalidRange
    return Range(first, last, today)


def read_days(params: QueryDict, *, today: date) -> Range:
    """Return the last `days` days, 7 to 365, 30 if not said. Raises InvalidRange."""
    text = _sent(params, {"days"}).get("days", str(DEFAULT_DAYS))
    message = _("Ask for 7 to 365 days.")
    return last_days(_number(text, LEAST_DAYS, MOST_DAYS, InvalidRange(message)), today)


def read_limit(params: QueryDict) -> int:
    """Return how many rows `limit` asks for, 5 to 50, 10 if not said. Raises InvalidRange."""
    text = _sent(params, {"limit"}).get("limit", str(DEFAULT_LIMIT))
    return _number(text, LEAST_LIMIT, MOST_LIMIT, InvalidRange(_("Ask for 5 to 50 rows.")))


def _sent(params: QueryDict, taken: Iterable[str]) -> dict[str, str]:
    """Return the parameters that were given, once each; refuse those of another kind of range."""
    sent = {name: [value for value in params.getlist(name) if value] for name in KNOWN}
    given = {name: values for name, values in sent.items() if values}
    if given.keys() - set(taken) or any(len(values) > 1 for values in given.values()):
        raise InvalidRange
    return {name: values[0] for name, values in given.items()}


def _day(text: str) -> date:
    if not _DAY.fullmatch(text):
        raise InvalidRange
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidRange from None


def _number(text: str, least: int, most: int, refusal: InvalidRange) -> int:
    if not _NUMBER.fullmatch(text) or not least <= int(text) <= most:
        raise refusal
    return int(text)
