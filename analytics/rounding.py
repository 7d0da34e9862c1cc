"""How every figure is rounded: half up, rates and means to 2 places, hours to 2, minutes to 1. No data stays None."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

SECONDS_PER_MINUTE = 60
SECONDS_PER_HOUR = 3600
SECONDS_PER_DAY = 86_400
Figure = Decimal | Fraction | float | int


def rounded(value: Figure, places: int = 2) -> Decimal:
    """Return a figure of 0 or more with `places` decimals, half up."""
    step = Decimal(1).scaleb(-places)
    if isinstance(value, Fraction):  # exact, however long the decimals go on
        scaled = value * 10**places
        return Decimal(int(scaled + Fraction(1, 2))) * step
    return Decimal(str(value)).quantize(step, ROUND_HALF_UP)


def mean(total: Figure | None, count: int, places: int = 2) -> Decimal | None:
    """Return total ÷ count; None when there is nothing to count."""
    if not count or total is None:
        return None
    return rounded(Fraction(str(total)) / count, places)


def share(part: int, whole: int) -> Decimal | None:
    """Return part of whole in per cent, 2 places; None of nothing."""
    return mean(100 * part, whole)


def in_hours(seconds: Figure | None) -> Decimal | None:
    """Return a time in seconds as hours, 2 places."""
    return None if seconds is None else rounded(Fraction(str(seconds)) / SECONDS_PER_HOUR)


def in_minutes(seconds: Figure | None) -> Decimal | None:
    """Return a time in seconds as minutes, 1 place."""
    return None if seconds is None else rounded(Fraction(str(seconds)) / SECONDS_PER_MINUTE, 1)
