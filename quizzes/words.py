"""Points in words. Of a fraction every language says the plural of large numbers."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import ngettext

from lms.lib.figures import number

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


def _count(points: Decimal) -> int:
    return int(points) if points == int(points) else FRACTION
