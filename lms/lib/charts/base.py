"""What all charts are made of: points, the scale beside them, and the frame with its sentence and table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from math import floor, log10
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from lms.lib.errors import Text
from lms.lib.figures import number

Value = Decimal | float | int
Words = Callable[[Value], str]
WIDTH, HEIGHT = 1000, 100  # of a drawing; the page stretches it
NO_VALUE = "–"
EVERY_LABEL, SHORT_LABEL = 12, 4  # so many labels of so many letters have room under a chart; else three
TICKS = 4


@dataclass(frozen=True)
class Point:
    """One value: what the table calls it, what stands under the axis, and whether it is still growing."""

    label: Text
    value: Value | None
    short: Text = ""
    is_partial: bool = False

    @property
    def name(self) -> str:
        """What the table calls it: that it is not over yet is said there, too, not only hatched."""
        return _("%(label)s (so far)") % {"label": self.label} if self.is_partial else str(self.label)


@dataclass(frozen=True)
class Series:
    """Points with a name."""

    name: Text
    points: Sequence[Point]


@dataclass(frozen=True)
class Scale:
    """From 0 to a round number at or above the highest value."""

    top: float
    ticks: list[Value]  # from the top down, evenly

    def height(self, value: Value) -> float:
        """Return how high a value stands in the drawing; something never looks like nothing."""
        height = HEIGHT * float(value) / self.top
        return max(height, 1.0) if value > 0 else 0.0


def scale_for(values: Sequence[Value | None], *, whole: bool = True, most: Value | None = None) -> Scale:
    """Return the scale of some values of 0 or more; `most` fixes its top (100 for per cent).

    Steps are 1, 2, 2.5 or 5 times a power of ten, at most four, and never parts of one when `whole`.
    """
    highest = float(most) if most is not None else max((float(v) for v in values if v is not None), default=0)
    step = _step(highest / TICKS, whole=whole) if highest > 0 else 1.0
    count = max(1, -int(-highest // step))
    ticks = [_plain(round(step * at, 9)) for at in range(count, -1, -1)]
    return Scale(float(ticks[0]), ticks)


def _plain(tick: float) -> Value:
    return int(tick) if tick.is_integer() else tick


def _step(least: float, *, whole: bool) -> float:
    if whole and least <= 1:
        return 1.0
    power = 10.0 ** floor(log10(least))
    factor = next(
        f for f in (1, 2, 2.5, 5, 10) if least <= f * power * 1.000001 and not (whole and (f * power) % 1)
    )
    return factor * power


def is_whole(values: Sequence[Value | None]) -> bool:
    """Return whether all values are whole numbers, so that the axis has no halves."""
    return all(value is None or float(value).is_integer() for value in values)


def place(value: float) -> str:
    """Return a coordinate as SVG writes it, whatever the language's decimal sign."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def across(x: float, width: float = 0) -> str:
    """Return where something of `width` begins that stands `x` from the start of the reading direction."""
    return place(WIDTH - x - width if get_language_bidi() else x)


def alike(values: Iterable[Value | None]) -> Words:
    """Return how to write some numbers, each with as many decimals as the longest of them: 12.50 under 14.29."""
    places = max((_places(value) for value in values if value is not None), default=0)
    return partial(number, decimals=places)


def _places(value: Value) -> int:
    exponent = Decimal(str(value)).as_tuple().exponent
    return max(0, -int(exponent))


def words_for(value: Value | None, words: Words = number) -> str:
    """Return a value as the table has it."""
    return NO_VALUE if value is None else words(value)


def axis_labels(points: Sequence[Point]) -> list[str]:
    """Return what stands under the axis: all when they are short, else the first, the middle, the last."""
    labels = [str(point.short or point.label) for point in points]
    count = len(labels)
    if count < 3 or (count <= EVERY_LABEL and all(len(label) <= SHORT_LABEL for label in labels)):
        return labels
    has_middle = count % 2 or count > EVERY_LABEL  # of few and even, none stands in the middle
    return [labels[0], *([labels[(count - 1) // 2]] if has_middle else []), labels[-1]]


def sum_up(points: Sequence[Point], words: Words = number) -> str:
    """Return one sentence about amounts: the sum, and where the most is."""
    amounts = [point for point in points if point.value]
    if not amounts:
        return _("Nothing in this time.")
    most = max(amounts, key=lambda point: point.value or 0)
    total = sum(point.value or 0 for point in amounts)
    sentence = _("%(total)s in all; %(most)s at most: %(label)s.")
    return sentence % {"total": words(total), "most": words(most.value or 0), "label": _apart(most.label)}


def _apart(label: Text) -> str:
    """Return a label for a sentence that runs from the right: "0–10%" must not be read as 10–0%."""
    return f"\u2068{label}\u2069" if get_language_bidi() else str(label)


def tell_change(points: Sequence[Point], words: Words = number) -> str:
    """Return one sentence about a level: where it began, and where it is."""
    known = [point.value for point in points if point.value is not None]
    if not known:
        return _("Nothing in this time.")
    return _("From %(first)s to %(last)s.") % {"first": words(known[0]), "last": words(known[-1])}


@dataclass(frozen=True)
class Chart:
    """A chart ready to stand on a page: `{{ chart }}`.

    `shapes` is what its template (charts/<kind>.html) draws; `head` and `rows` are the table beneath, the first cell
    of a row is its heading. `level` is that of its title among the headings of the page.
    """

    kind: str
    id: str
    title: Text
    summary: Text
    head: Sequence[Text] = ()
    rows: Sequence[Sequence[str]] = ()
    shapes: Any = None
    ticks: Sequence[str] = ()
    labels: Sequence[str] = ()
    legend: Sequence[Text] = ()
    level: int = 3
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not self.rows

    @property
    def has_every_label(self) -> bool:
        """Whether each shape has its label, so that they stand right under it."""
        return len(self.labels) == len(self.rows)

    def render(self) -> SafeString:
        """Return the chart as HTML."""
        return render_to_string(f"charts/{self.kind}.html", {"chart": self})

    __str__ = __html__ = render
