"""Marking: a pure function of a key and a response. Nothing here touches the database or the clock.

The rules, with worked examples that the tests read: docs/grading.md.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from lms.lib.text import normalise_for_search
from quizzes.models import Question
from quizzes.numbers import read_number

CENT = Decimal("0.01")
NOTHING = Decimal("0.00")
FULL = Decimal("100.00")
NONE, ALL = Decimal(0), Decimal(1)
PRECISION = 400  # digits; more than any number that `read_number` lets through
Kind, Scoring = Question.Type, Question.Scoring


@dataclass(frozen=True)
class Key:
    """What is right in one drawn question; options are named by their place (1…n) in the attempt's layout.

    `accepted` has one list of spellings for each blank (one list in all for a short answer); `letters` the
    letters that fit each place of a matching, `order` the places in the right order.
    """

    type: str
    points: Decimal
    size: int = 0
    right: frozenset[int] = frozenset()
    partial_credit: bool = False
    accepted: tuple[tuple[str, ...], ...] = ()
    case_sensitive: bool = False
    value: Decimal | None = None
    tolerance: Decimal = Decimal(0)
    in_percent: bool = False
    letters: Mapping[int, frozenset[str]] = field(default_factory=dict)
    order: tuple[int, ...] = ()
    needs_grader: bool = False
    scoring: str = Scoring.NORMAL

    @property
    def is_whole(self) -> bool:
        """Whether a machine can mark by it."""
        if self.type in Question.CHOICES:
            return bool(self.right) and self.right <= set(range(1, self.size + 1))
        if self.type == Kind.NUMERIC:
            return self.value is not None
        if self.type == Kind.MATCHING:
            return self.size > 0 and len(self.letters) == self.size and all(self.letters.values())
        if self.type == Kind.ORDERING:
            return self.size > 1 and sorted(self.order) == list(range(1, self.size + 1))
        return self.type in RULES and bool(self.accepted) and all(self.accepted)


@dataclass(frozen=True)
class Mark:
    """Points for one answer; both None: a person must look."""

    points: Decimal | None
    is_correct: bool | None


def mark(key: Key, response: Any) -> Mark:
    """Return the marks of `response` (JSON as it was saved, or anything else): 0 … key.points, empty 0.

    Never raises; what has not the shape of the key's type is wrong. None for what a person marks, and where the
    key is damaged.
    """
    if key.scoring == Scoring.FULL_MARKS:
        return Mark(key.points.quantize(CENT), True)
    if key.scoring == Scoring.EXCLUDED:
        return Mark(NOTHING, None)
    if key.needs_grader and key.type in (Kind.ESSAY, Kind.SHORT_ANSWER):
        return Mark(None, None) if _text(response).strip() else Mark(NOTHING, False)
    if not key.is_whole:
        return Mark(None, None)
    share = RULES[key.type](key, response if isinstance(response, dict) else {})
    if not key.partial_credit and share != ALL:
        share = NONE
    return Mark((key.points * share).quantize(CENT, ROUND_HALF_UP), share == ALL)


# --- One rule for each type: which share of the points, from 0 to 1


def _choice(key: Key, response: dict[str, Any]) -> Decimal:
    chosen = chosen_places(response, multiple=False)
    return ALL if chosen and chosen <= key.right else NONE


def _choices(key: Key, response: dict[str, Any]) -> Decimal:
    chosen = chosen_places(response, multiple=True)
    if not chosen or not chosen <= set(range(1, key.size + 1)):
        return NONE
    balance = len(chosen & key.right) - len(chosen - key.right)
    return Decimal(max(balance, 0)) / len(key.right)


def _short_answer(key: Key, response: dict[str, Any]) -> Decimal:
    return ALL if _fits(_text(response), key.accepted[0], exact=key.case_sensitive) else NONE


def _blanks(key: Key, response: dict[str, Any]) -> Decimal:
    given = response.get("blanks")
    given = given if isinstance(given, list) else []
    right = sum(
        isinstance(text, str) and _fits(text, accepted, exact=key.case_sensitive)
        for text, accepted in zip(given, key.accepted, strict=False)
    )
    return Decimal(right) / len(key.accepted)


def _number(key: Key, response: dict[str, Any]) -> Decimal:
    given = read_number(_text(response))
    if given is None or key.value is None:
        return NONE
    with localcontext() as context:
        context.prec = PRECISION
        reach = abs(key.value) * key.tolerance / 100 if key.in_percent else key.tolerance
        return ALL if abs(given - key.value) <= reach else NONE


def _pairs(key: Key, response: dict[str, Any]) -> Decimal:
    given = response.get("pairs")
    given = given if isinstance(given, dict) else {}
    right = sum(
        isinstance(letter := given.get(str(place)), str) and letter in letters
        for place, letters in key.letters.items()
    )
    return Decimal(right) / key.size


def _order(key: Key, response: dict[str, Any]) -> Decimal:
    given = chosen_order(response)
    if not given or not set(given) <= set(key.order):
        return NONE
    rank = {place: n for n, place in enumerate(key.order)}
    return Decimal(max(longest_run([rank[place] for place in given]) - 1, 0)) / (key.size - 1)


RULES: dict[str, Callable[[Key, dict[str, Any]], Decimal]] = {
    Kind.SINGLE_CHOICE: _choice,
    Kind.TRUE_FALSE: _choice,
    Kind.MULTIPLE_CHOICE: _choices,
    Kind.SHORT_ANSWER: _short_answer,
    Kind.NUMERIC: _number,
    Kind.MATCHING: _pairs,
    Kind.ORDERING: _order,
    Kind.FILL_BLANK: _blanks,
}


# --- Reading a response


def chosen_places(response: Any, *, multiple: bool) -> set[int]:
    """Return the places that a response names; empty when it has another shape."""
    if not isinstance(response, dict):
        return set()
    named = response.get("options") if multiple else [response.get("option")]
    if not isinstance(named, list) or any(type(place) is not int for place in named):
        return set()
    return set(named)


def chosen_order(response: Any) -> list[int]:
    """Return the places in the order given; empty when it has another shape or names one twice."""
    named = response.get("order") if isinstance(response, dict) else None
    if not isinstance(named, list) or any(type(place) is not int for place in named):
        return []
    return named if len(set(named)) == len(named) else []


def longest_run(ranks: list[int]) -> int:
    """Return how many items can stay where they are: the longest rising subsequence (patience sorting)."""
    ends: list[int] = []
    for rank in ranks:
        place = bisect_left(ends, rank)
        ends[place : place + 1] = [rank]
    return len(ends)


def _text(response: Any) -> str:
    text = response.get("text") if isinstance(response, dict) else None
    return text if isinstance(text, str) else ""


def _fits(text: str, accepted: tuple[str, ...], *, exact: bool) -> bool:
    given = spelling(text, exact=exact)
    return bool(given) and any(spelling(one, exact=exact) == given for one in accepted)


def spelling(text: str, *, exact: bool) -> str:
    """Return the form in which typed words are compared: as search does, or NFC alone; blanks collapsed."""
    if not exact:
        return " ".join(normalise_for_search(text).split())
    visible = "".join(
        char for char in text if char.isspace() or unicodedata.category(char) not in ("Cc", "Cf", "Cs")
    )
    return " ".join(unicodedata.normalize("NFC", visible).split())


def percentage_of(score: Decimal, max_score: Decimal) -> Decimal:
    """Return score ÷ max_score in per cent, rounded down to 0.01: 60.00 shown is a pass. Maximum 0 gives 100."""
    if not max_score:
        return FULL
    return (score * 100 / max_score).quantize(CENT, ROUND_DOWN)
