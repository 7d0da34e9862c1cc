"""Cells that no spreadsheet program runs."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.lib.spreadsheets import safe_cell, safe_row


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1-1",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "＝1+1",
        "＋1",
        "－1",
        "＠A1",
        " =1",
        "\u00a0=1",
        "+20 10",
    ],
)
def test_what_would_run_is_guarded_and_whole(text):
    assert safe_cell(text) == "'" + text


@pytest.mark.parametrize(
    "value", ["", "Salma", "سلمى", "a=b", "'=1", "-12.5", "7", -3, 2.5, Decimal("-1.50"), True]
)
def test_everything_else_stays_as_it_is(value):
    assert safe_cell(value) == value and type(safe_cell(value)) is type(value)


@given(st.text())
def test_no_character_is_lost(text):
    shown = safe_cell(text)
    assert shown in (text, "'" + text)
    assert not str(shown).lstrip().startswith(("=", "@", "+", "＝", "＋", "－", "＠"))


def test_a_row():
    assert safe_row([None, "=x", 1]) == ["", "'=x", 1]
