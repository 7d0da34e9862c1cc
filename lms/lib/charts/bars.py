"""Bars: amounts by day, or by class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from lms.lib.charts.base import (
    HEIGHT,
    WIDTH,
    Chart,
    Point,
    Words,
    across,
    alike,
    axis_labels,
    is_whole,
    place,
    scale_for,
    sum_up,
    words_for,
)
from lms.lib.errors import Text

FILLED = 0.78  # of its share of the width
WIDEST = 120  # one bar alone is no wall


@dataclass(frozen=True)
class Bar:
    """A rectangle of the drawing, in its units."""

    x: str
    y: str
    width: str
    height: str
    label: str
    is_partial: bool


def bar_chart(
    id: str,
    title: Text,
    points: Sequence[Point],
    *,
    summary: Text = "",
    heads: tuple[Text, Text] | None = None,
    words: Words | None = None,
    level: int = 3,
) -> Chart:
    """Return amounts by day (or week, or month), the oldest first.

    `heads` are the headings of the table: of the points, of the values; `words` writes a value, on the axis
    and in the table; unless given, all have equal decimals. Without a `summary` the sum and the highest amount
    are told.
    """
    return _bars("bar", id, title, points, summary, heads or (_("Day"), title), words, level)


def histogram(
    id: str,
    title: Text,
    classes: Sequence[Point],
    *,
    summary: Text = "",
    heads: tuple[Text, Text] | None = None,
    words: Words | None = None,
    level: int = 3,
) -> Chart:
    """Return how many lie in each class, the lowest first; `short` of a point names it under the axis."""
    return _bars(
        "histogram", id, title, classes, summary, heads or (_("From – to"), _("Number")), words, level
    )


def _bars(
    kind: str,
    id: str,
    title: Text,
    points: Sequence[Point],
    summary: Text,
    heads: tuple[Text, Text],
    words: Words | None,
    level: int,
) -> Chart:
    values = [point.value for point in points]
    scale = scale_for(values, whole=is_whole(values))
    step = WIDTH / max(len(points), 1)
    width = min(step * (FILLED if kind == "bar" else 0.94), WIDEST)
    ticks, words = words or alike(scale.ticks), words or alike(values)
    return Chart(
        kind="bar",
        id=id,
        title=title,
        summary=summary or sum_up(points, words),
        head=heads,
        rows=[[point.name, words_for(point.value, words)] for point in points],
        shapes=[
            Bar(
                x=across(number * step + (step - width) / 2, width),
                y=place(HEIGHT - scale.height(point.value)),
                width=place(width),
                height=place(scale.height(point.value)),
                label=f"{point.name}: {words_for(point.value, words)}",
                is_partial=point.is_partial,
            )
            for number, point in enumerate(points)
            if point.value is not None
        ],
        ticks=[ticks(tick) for tick in scale.ticks],
        labels=axis_labels(points),
        level=level,
    )
