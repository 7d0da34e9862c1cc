"""Points in words, and the words that were typed. Of a fraction every language says the plural of large numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from lms.lib.figures import number

LONG_RUN = re.compile(r"(\S{100})")
FRACTION = 100  # what gettext is asked for instead of 1.5, for which it has no form


def figure(points: Decimal) -> str:
    """Return points without zeros at the end: "2", "1.5"."""
    return number(int(points)) if points == int(points) else number(points.normalize())


def points_in_words(points: Decimal) -> str:
    """Return "2 points"."""
    return ngettext("%(points)s point", "%(points)s points", _count(points)) % {"points": figure(points)}


def share_in_words(earned: Decimal, points: Decimal) -> str:
    """Return "1.5 of 2 points"."""
    return ngettext("%(earned)s of %(points)s point", "%(earned)s of %(points)s points", _count(points)) % {
        "earned": figure(earned),
        "points": figure(points),
    }


def typed_html(text: str) -> SafeString:
    """Return what somebody typed as HTML: lines kept, and a chance to break in words without an end.

    A browser lays out thousands of joined letters in one word for minutes.
    """
    lines = [list(filter(None, LONG_RUN.split(line))) or [""] for line in text.split("\n")]
    return _with_breaks("{}<br>", [_with_breaks("{}<wbr>", parts) for parts in lines])


def _with_breaks(pattern: str, parts: Sequence[str]) -> SafeString:
    """Return all parts escaped, all but the last in `pattern`."""
    return format_html("{}{}", format_html_join("", pattern, ((part,) for part in parts[:-1])), parts[-1])


def _count(points: Decimal) -> int:
    return int(points) if points == int(points) else FRACTION
