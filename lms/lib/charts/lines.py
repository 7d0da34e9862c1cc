"""Lines: how something moves over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.utils.translation import gettext as _

from lms.lib.charts.base import (
    HEIGHT,
    WIDTH,
    Chart,
    Point,
    Scale,
    Series,
    Value,
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

MOST_SERIES = 3  # more lines nobody can tell apart


@dataclass(frozen=True)
class Line:
    """One series drawn: its runs of values, and dots where a value stands alone."""

    number: int
    path: str
    dots: str
    area: str


@dataclass(frozen=True)
class Lines:
    """The drawing. `band` is where the days that are not over stand, as x and width; () without."""

    lines: list[Line]
    band: tuple[str, str] | tuple[()]


def line_chart(
    id: str,
    title: Text,
    series: Sequence[Series],
    *,
    summary: Text = "",
    head: Text = "",
    words: Words | None = None,
    most: Value | None = None,
    level: int = 3,
) -> Chart:
    """Return one to three series over the same days, the oldest first.

    `head` is the heading of the table's first column; `words` writes a value, unless given all with equal
    decimals; `most` fixes the top of the scale (100 for per cent). Without a `summary` the sum and the highest
    value of the first series are told.
    """
    if not 1 <= len(series) <= MOST_SERIES or len({len(one.points) for one in series}) != 1:
        raise ValueError("A line chart has one to three series of the same length.")
    values = [point.value for one in series for point in one.points]
    scale = scale_for(values, whole=is_whole(values), most=most)
    first = series[0].points
    ticks, words = words or alike(scale.ticks), words or alike(values)
    return Chart(
        kind="line",
        id=id,
        title=title,
        summary=summary or sum_up(first, words),
        head=[head or _("Day"), *(one.name for one in series)],
        rows=[
            [point.name, *(words_for(one.points[at].value, words) for one in series)]
            for at, point in enumerate(first)
        ],
        shapes=Lines(
            [
                _line(number, one.points, scale, has_area=len(series) == 1)
                for number, one in enumerate(series, 1)
            ],
            _band(first),
        ),
        ticks=[ticks(tick) for tick in scale.ticks],
        labels=axis_labels(first),
        legend=[one.name for one in series] if len(series) > 1 else (),
        level=level,
    )


def sparkline(id: str, label: Text, values: Sequence[Value | None]) -> Chart:
    """Return a small line without axes for a row of a table; `label` says all that it shows."""
    points = [Point("", value) for value in values]
    scale = scale_for(values, whole=False)
    shapes = Lines([_line(1, points, scale, has_area=False)], ())
    return Chart("spark", id, label, "", rows=[[""] for _point in points], shapes=shapes)


def _x(at: int, count: int) -> float:
    return WIDTH / 2 if count == 1 else WIDTH * at / (count - 1)


def _line(number: int, points: Sequence[Point], scale: Scale, *, has_area: bool) -> Line:
    places = [
        None if p.value is None else (across(_x(at, len(points))), place(HEIGHT - scale.height(p.value)))
        for at, p in enumerate(points)
    ]
    runs = [
        [one for one in run if one] for has, run in groupby(places, key=lambda one: one is not None) if has
    ]
    long, alone = [run for run in runs if len(run) > 1], [run[0] for run in runs if len(run) == 1]
    return Line(
        number,
        " ".join(_path(run) for run in long),
        " ".join(f"M{x} {y}h0" for x, y in alone),
        " ".join(f"{_path(run)}V{HEIGHT}H{run[0][0]}Z" for run in long) if has_area else "",
    )


def _path(run: list[tuple[str, str]]) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in run)


def _band(points: Sequence[Point]) -> tuple[str, str] | tuple[()]:
    """Return where the first point that is not over stands, to the end."""
    at = next((at for at, point in enumerate(points) if point.is_partial), None)
    if at is None:
        return ()
    start = 0.0 if at == 0 else (_x(at - 1, len(points)) + _x(at, len(points))) / 2
    return across(start, WIDTH - start), place(WIDTH - start)
