"""Funnels: how many came how far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from lms.lib.charts.base import WIDTH, Chart, Value, across, place, words_for
from lms.lib.errors import Text
from lms.lib.figures import number, percent


@dataclass(frozen=True)
class Stage:
    """One step: its name, how many were there, and what else the table says of it (as `extra_heads`)."""

    label: Text
    value: Value
    url: str = ""
    extra: Sequence[str] = ()


@dataclass(frozen=True)
class Step:
    """A stage drawn as one row: its bar of the drawing's width, and the numbers beside it."""

    label: str
    url: str
    x: str
    width: str
    value: str
    share: str


def funnel(
    id: str,
    title: Text,
    stages: Sequence[Stage],
    *,
    whole: Value | None = None,
    summary: Text = "",
    heads: tuple[Text, Text] | None = None,
    extra_heads: Sequence[Text] = (),
    level: int = 3,
) -> Chart:
    """Return how many came how far, in the order of the steps.

    `whole` is what a full bar means (all enrollments); the highest value when it is none. The table has name,
    number and share of the whole, then `extra_heads`.
    """
    full = whole if whole is not None else max((stage.value for stage in stages), default=0)
    steps = [_step(stage, full) for stage in stages]
    return Chart(
        kind="funnel",
        id=id,
        title=title,
        summary=summary or _sum_up(steps),
        head=[*(heads or (_("Step"), _("Number"))), _("Share"), *extra_heads],
        rows=[
            [step.label, step.value, step.share, *stage.extra]
            for step, stage in zip(steps, stages, strict=True)
        ],
        shapes=steps,
        level=level,
    )


def _step(stage: Stage, full: Value) -> Step:
    share = float(stage.value) / float(full) if full else 0.0
    width = min(WIDTH, max(WIDTH * share, 4.0)) if stage.value else 0.0
    return Step(
        label=str(stage.label),
        url=stage.url,
        x=across(0, width),
        width=place(width),
        value=number(stage.value),
        share=words_for(100 * share, percent) if full else words_for(None),
    )


def _sum_up(steps: Sequence[Step]) -> str:
    if not steps:
        return _("Nothing yet.")
    numbers = {"first": steps[0].value, "last": steps[-1].value}
    return _("%(first)s at the first step, %(last)s at the last.") % numbers
