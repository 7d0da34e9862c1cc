"""Numbers as people read them."""

from decimal import Decimal

import pytest
from django.utils import translation

from lms.lib.figures import clock, duration, money, number, percent


@pytest.mark.parametrize(
    ("value", "decimals", "words"),
    [
        (None, 0, ""),
        (0, 0, "0%"),
        (Decimal("61.90"), 0, "62%"),
        (Decimal("99.60"), 0, "99%"),
        (Decimal("100.00"), 0, "100%"),
        (Decimal("59.60"), 2, "59.6%"),
        (Decimal("86.67"), 2, "86.67%"),
        (Decimal("70.00"), 2, "70%"),
        (Decimal("100.00"), 2, "100%"),
    ],
)
def test_percent(value, decimals, words):
    assert percent(value, decimals) == words


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(None, ""), (0, ""), (1, "1 min"), (59, "59 min"), (60, "1 h"), (130, "2 h 10 min"), (1080, "18 h")],
)
def test_duration(minutes, words):
    assert duration(minutes) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(None, ""), (0, "0:00"), (372, "6:12"), (3723, "1:02:03"), (59.9, "0:59")]
)
def test_clock(seconds, words):
    assert clock(seconds) == words


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        (Decimal("950.000"), "EGP", "EGP 950"),
        (Decimal("1200.500"), "EGP", "EGP 1,200.50"),
        (Decimal("12.500"), "KWD", "KWD 12.500"),
        (Decimal("1500"), "JPY", "¥ 1,500"),
    ],
)
def test_money(amount, currency, words):
    assert money(amount, currency) == words


def test_money_uses_the_symbol_of_the_language_without_marks():
    with translation.override("ar"):
        words = money(Decimal(950), "EGP")
    assert "ج.م." in words and "950" in words
    assert not set(words) & {"\u200e", "\u200f"}


def test_number_groups_thousands():
    assert [number(None), number(7), number(2051), number(Decimal("1234.5"))] == ["", "7", "2,051", "1,234.5"]
