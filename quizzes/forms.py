"""The taking page as a form: what was changed on it, by question."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django.http import QueryDict

from quizzes.exceptions import InvalidResponse
from quizzes.layout import clean_typed
from quizzes.models import Question
from quizzes.services import Sent
from quizzes.sheet import SheetQuestion

MAX_REVISION, MAX_DIGITS = 1_000_000_000, 10
Kind = Question.Type


def changed_answers(post: QueryDict, questions: Iterable[SheetQuestion]) -> dict[UUID, Sent]:
    """Return the answers that differ from what the page showed, each one revision above it.

    A question with the fields `revision_n` stood on the page; `was_n` (JSON) and `was_flagged_n` hold what it
    showed, `answer_n` and `flag_n` what was chosen. `move` ("n:place:step") moves an item of an ordering,
    `keep` (n) takes it as it stands. Raises InvalidResponse for what no page of ours sends.
    """
    sent = {}
    for question in questions:
        n = question.number
        if f"revision_{n}" not in post:
            continue
        was, response = _was(post.get(f"was_{n}", "")), _response(question, post)
        is_flagged, was_flagged = f"flag_{n}" in post, post.get(f"was_flagged_{n}") == "1"
        if response == was and is_flagged == was_flagged:
            continue
        revision = _number(str(post[f"revision_{n}"]))
        sent[question.id] = Sent(response, revision + 1, is_flagged)
    return sent


def _was(shown: str) -> Any:
    try:
        return json.loads(shown) if shown else None
    except (ValueError, RecursionError):
        raise InvalidResponse from None


def _response(question: SheetQuestion, post: QueryDict) -> dict[str, Any] | None:
    given = post.getlist(f"answer_{question.number}")
    return READERS[question.type](question, given, post)


def _choice(question: SheetQuestion, given: list[str], post: QueryDict) -> dict[str, Any] | None:
    if len(given) > 1:
        raise InvalidResponse
    return {"option": _number(given[0])} if given else None


def _choices(question: SheetQuestion, given: list[str], post: QueryDict) -> dict[str, Any] | None:
    return {"options": sorted(_number(place) for place in given)} if given else None


def _text(question: SheetQuestion, given: list[str], post: QueryDict) -> dict[str, Any] | None:
    if len(given) > 1:
        raise InvalidResponse
    text = clean_typed(given[0]) if given else ""
    return {"text": text} if text else None


def _blanks(question: SheetQuestion, given: list[str], post: QueryDict) -> dict[str, Any] | None:
    texts = [clean_typed(text) for text in given]
    return {"blanks": texts} if any(texts) else None


def _pairs(question: SheetQuestion, given: list[str], post: QueryDict) -> dict[str, Any] | None:
    pairs = {str(place): letter for place, letter in enumerate(given, start=1) if letter}
    return {"pairs": pairs} if pairs else None


def _order(question: SheetQuestion, given: list[str], post: QueryDict) -> dict[str, Any] | None:
    """An order counts once it was touched: until then it stands as it was drawn."""
    places = [_number(place) for place in given]
    moved = _moved(question, places, str(post.get("move", "")))
    drawn = [option.place for option in question.options]
    is_kept = post.get("keep") == str(question.number)
    if question.response is None and moved == drawn and not is_kept:
        return None
    return {"order": moved} if moved else None


def _moved(question: SheetQuestion, places: list[int], move: str) -> list[int]:
    n, _colon, rest = move.partition(":")
    place, _colon, step = rest.partition(":")
    if n != str(question.number) or step not in ("-1", "1") or not place.isdigit():
        return places
    item = _number(place)
    if item not in places:
        return places
    here = places.index(item)
    there = min(max(here + int(step), 0), len(places) - 1)
    moved = [*places]
    moved.insert(there, moved.pop(here))
    return moved


READERS: dict[str, Callable[[SheetQuestion, list[str], QueryDict], dict[str, Any] | None]] = {
    Kind.SINGLE_CHOICE: _choice,
    Kind.TRUE_FALSE: _choice,
    Kind.MULTIPLE_CHOICE: _choices,
    Kind.SHORT_ANSWER: _text,
    Kind.NUMERIC: _text,
    Kind.ESSAY: _text,
    Kind.FILL_BLANK: _blanks,
    Kind.MATCHING: _pairs,
    Kind.ORDERING: _order,
}


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS and int(text) < MAX_REVISION):
        raise InvalidResponse
    return int(text)
