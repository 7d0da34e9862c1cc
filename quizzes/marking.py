"""Marking: a pure function of a key and a response. Nothing here touches the database or the clock."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

from quizzes.models import Question

CENT = Decimal("0.01")
NOTHING = Decimal("0.00")
FULL = Decimal("100.00")


@dataclass(frozen=True)
class Key:
    """What is right in one drawn question; options are named by their place (1…n) in the attempt's layout."""

    type: str
    points: Decimal
    size: int
    right: frozenset[int]
    partial_credit: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether a machine can mark by it."""
        return (
            self.type in Question.Type.values
            and bool(self.right)
            and self.right <= set(range(1, self.size + 1))
        )


@dataclass(frozen=True)
class Mark:
    """Points for one answer; both None: the key is damaged and a person must look."""

    points: Decimal | None
    is_correct: bool | None


def mark(key: Key, response: Any) -> Mark:
    """Return the marks of `response` (JSON as it was saved, or anything else): 0 … key.points, empty 0.

    Never raises; what has not the shape of the key's type is wrong.
    """
    if not key.is_whole:
        return Mark(None, None)
    chosen = chosen_places(response, multiple=key.type == Question.Type.MULTIPLE_CHOICE)
    share = _share(key, chosen & set(range(1, key.size + 1)), chosen)
    points = (key.points * share).quantize(CENT, ROUND_HALF_UP)
    return Mark(points, share == 1)


def _share(key: Key, known: set[int], chosen: set[int]) -> Decimal:
    if not chosen or known != chosen:
        return Decimal(0)
    if key.type != Question.Type.MULTIPLE_CHOICE:
        return Decimal(1 if chosen <= key.right else 0)
    if not key.partial_credit:
        return Decimal(1 if chosen == key.right else 0)
    balance = len(chosen & key.right) - len(chosen - key.right)
    return Decimal(max(balance, 0)) / len(key.right)


def chosen_places(response: Any, *, multiple: bool) -> set[int]:
    """Return the places that a response names; empty when it has another shape."""
    if not isinstance(response, dict):
        return set()
    named = response.get("options") if multiple else [response.get("option")]
    if not isinstance(named, list) or any(type(place) is not int for place in named):
        return set()
    return set(named)


def percentage_of(score: Decimal, max_score: Decimal) -> Decimal:
    """Return score ÷ max_score in per cent, rounded down to 0.01: 60.00 shown is a pass. Maximum 0 gives 100."""
    if not max_score:
        return FULL
    return (score * 100 / max_score).quantize(CENT, ROUND_DOWN)
