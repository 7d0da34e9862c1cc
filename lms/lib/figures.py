"""Numbers as people read them: percentages, lengths of time, money. Digits are 0-9 in every language."""

from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import get_currency_precision, get_currency_symbol
from django.utils.formats import number_format
from django.utils.translation import get_language, ngettext, pgettext

MINUTES_PER_HOUR = 60
HUNDRED = Decimal(100)


def number(value: Decimal | float | int | None, decimals: int | None = None) -> str:
    """Return a number with its thousands grouped ("2,051"); "" for None."""
    return "" if value is None else str(number_format(value, decimals, force_grouping=True))


def percent(value: Decimal | float | int | None, decimals: int = 0) -> str:
    """Return a percentage from 0 to 100 as "62%"; "" for None.

    Beyond the point it has at most `decimals` digits and no zeros at the end. Scores need 2: rounded to a
    whole number, 59.6 would say that it reaches a pass mark of 60. Only what is all done says 100%.
    """
    if value is None:
        return ""
    exact, step = Decimal(str(value)), Decimal(1).scaleb(-decimals)
    rounded = exact.quantize(step, ROUND_HALF_UP)
    if rounded >= HUNDRED > exact:
        rounded = HUNDRED - step
    return (f"{rounded:f}".rstrip("0").rstrip(".") if decimals else f"{rounded:f}") + "%"


def duration(minutes: int | None) -> str:
    """Return a length in minutes as "2 h 10 min"; "" for nothing and for 0."""
    if not minutes:
        return ""
    hours, rest = divmod(int(minutes), MINUTES_PER_HOUR)
    in_hours = ngettext("%(count)d h", "%(count)d h", hours) % {"count": hours}
    in_minutes = ngettext("%(count)d min", "%(count)d min", rest) % {"count": rest}
    if not rest:
        return in_hours
    if not hours:
        return in_minutes
    return pgettext("a length of time", "%(hours)s %(minutes)s") % {"hours": in_hours, "minutes": in_minutes}


def clock(seconds: Decimal | float | int | None) -> str:
    """Return a length in seconds as a player shows it, "6:12" or "1:02:03"; "" for None."""
    if seconds is None:
        return ""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, MINUTES_PER_HOUR)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def money(amount: Decimal, currency: str) -> str:
    """Return an amount as "EGP 950" or "KWD 12.500".

    It has the currency's decimals, or none when there is no fraction. `currency` is an ISO 4217 code.
    """
    decimals = get_currency_precision(currency)
    rounded = amount.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    figure = number(rounded, 0 if rounded == rounded.to_integral_value() else decimals)
    symbol = get_currency_symbol(currency, get_language() or "en").strip("\u200e\u200f")
    return pgettext("a price", "%(currency)s %(amount)s") % {"currency": symbol, "amount": figure}
