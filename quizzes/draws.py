"""Which questions an attempt is made of: all of them, some at random, or so many from each pool."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any, Protocol, TypeVar

from lms.lib.text import normalise_for_search

MAX_RULES = 20
_random = secrets.SystemRandom()


class Tagged(Protocol):
    """What a draw reads of a question."""

    tags: Any
    points: Any


T = TypeVar("T", bound=Tagged)


@dataclass(frozen=True)
class Pool:
    """The questions of one rule, in their order, and how many of them are drawn."""

    tag: str | None
    count: int
    members: tuple[Any, ...]

    @property
    def points(self) -> Decimal:
        """What its part of an attempt is worth, as far as every member has the same points."""
        most = max((Decimal(member.points) for member in self.members), default=Decimal(0))
        if self.count >= len(self.members):
            return sum((Decimal(member.points) for member in self.members), Decimal(0))
        return most * self.count


def pools_of(questions: Sequence[T], per_attempt: int | None, rules: Sequence[dict[str, Any]]) -> list[Pool]:
    """Return the pools: a question falls under the first rule that names one of its tags, so none overlap.

    Without rules all are one pool, of which `per_attempt` (None: all) are drawn. A rule whose tag is None takes
    the rest, wherever it stands.
    """
    if per_attempt is None or not rules:
        return [Pool(None, len(questions) if per_attempt is None else per_attempt, tuple(questions))]
    tags = [None if rule["tag"] is None else normalise_for_search(rule["tag"]) for rule in rules]
    members: list[list[T]] = [[] for _rule in rules]
    for question in questions:
        own = {normalise_for_search(tag) for tag in question.tags}
        place = next((n for n, tag in enumerate(tags) if tag is not None and tag in own), None)
        if place is None and None in tags:
            place = tags.index(None)
        if place is not None:
            members[place].append(question)
    return [Pool(rule["tag"], rule["count"], tuple(pool)) for rule, pool in zip(rules, members, strict=True)]


def draw_questions(
    questions: Sequence[T],
    per_attempt: int | None,
    rules: Sequence[dict[str, Any]],
    random: Random = _random,
) -> list[T]:
    """Return those of one attempt, in the author's order; each pool is one fair draw, by `random`."""
    chosen: set[int] = set()
    for pool in pools_of(questions, per_attempt, rules):
        chosen |= {id(one) for one in random.sample(pool.members, min(pool.count, len(pool.members)))}
    return [question for question in questions if id(question) in chosen]
