"""The layout of an attempt: drawn once, and the only names by which options travel (1…n, right-hand texts a…)."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from string import ascii_lowercase
from typing import Any
from uuid import UUID

from quizzes.exceptions import InvalidResponse
from quizzes.models import Question

_random = secrets.SystemRandom()
Kind = Question.Type
MAX_TEXT = {Kind.SHORT_ANSWER: 1000, Kind.NUMERIC: 100, Kind.ESSAY: 20_000}  # characters
MAX_BLANK = 200


@dataclass(frozen=True)
class Source:
    """A question as a draw reads it: its options as (id, text, right-hand text), in the author's order."""

    question: Question
    options: tuple[tuple[UUID, str, str], ...] = ()


@dataclass(frozen=True)
class Drawn:
    """One question of a layout: its number on the page, its type, its options in the order shown.

    A matching has the right-hand texts too, in the order of their letters; a text with blanks their number.
    """

    number: int
    question_id: UUID
    type: str
    option_ids: tuple[UUID, ...] = ()
    texts: tuple[str, ...] = ()
    blanks: int = 0

    def place_of(self, option_id: UUID) -> int | None:
        """Return the place 1…n under which an option travels."""
        return self.option_ids.index(option_id) + 1 if option_id in self.option_ids else None

    @property
    def letters(self) -> str:
        """The letters of the right-hand texts."""
        return ascii_lowercase[: len(self.texts)]

    def clean_response(self, response: Any, field: str = "response") -> dict[str, Any] | None:
        """Return `response` as it is stored; raise InvalidResponse when it has not the question's shape.

        None clears; an empty choice or text is a response too.
        """
        if response is None:
            return None
        name, clean = SHAPES[self.type]
        if not isinstance(response, dict) or set(response) != {name}:
            raise InvalidResponse(field)
        value = clean(self, response[name])
        if value is None:
            raise InvalidResponse(field)
        return {name: value}

    def is_place(self, place: Any) -> bool:
        return type(place) is int and 1 <= place <= len(self.option_ids)


# --- The shape of a response by type: its name, and what its value becomes (None: it does not fit)


def _option(drawn: Drawn, value: Any) -> int | None:
    return value if drawn.is_place(value) else None


def _places(drawn: Drawn, value: Any) -> list[int] | None:
    if not isinstance(value, list) or not all(drawn.is_place(place) for place in value):
        return None
    return value if len(set(value)) == len(value) else None


def _options(drawn: Drawn, value: Any) -> list[int] | None:
    places = _places(drawn, value)
    return None if places is None else sorted(places)


def _text(drawn: Drawn, value: Any) -> str | None:
    limit = MAX_TEXT[Kind(drawn.type)]
    if not isinstance(value, str) or len(value) > 2 * limit + 2:  # line ends of a form come as two characters
        return None
    text = clean_typed(value)
    return text if len(text) <= limit else None


def _blanks(drawn: Drawn, value: Any) -> list[str] | None:
    if not isinstance(value, list) or len(value) > drawn.blanks:
        return None
    if not all(isinstance(text, str) and len(text) <= MAX_BLANK for text in value):
        return None
    texts = [clean_typed(text) for text in value]
    return texts + [""] * (drawn.blanks - len(texts))


def _pairs(drawn: Drawn, value: Any) -> dict[str, str] | None:
    if not isinstance(value, dict) or len(value) > len(drawn.option_ids):
        return None
    places = {str(place) for place in range(1, len(drawn.option_ids) + 1)}
    if not all(isinstance(one, str) and len(one) == 1 and one in drawn.letters for one in value.values()):
        return None
    return {place: value[place] for place in sorted(value, key=int)} if set(value) <= places else None


SHAPES: dict[str, tuple[str, Callable[[Drawn, Any], Any]]] = {
    Kind.SINGLE_CHOICE: ("option", _option),
    Kind.TRUE_FALSE: ("option", _option),
    Kind.MULTIPLE_CHOICE: ("options", _options),
    Kind.SHORT_ANSWER: ("text", _text),
    Kind.NUMERIC: ("text", _text),
    Kind.ESSAY: ("text", _text),
    Kind.FILL_BLANK: ("blanks", _blanks),
    Kind.MATCHING: ("pairs", _pairs),
    Kind.ORDERING: ("order", _places),
}


def clean_typed(text: str) -> str:
    """Return typed words as they are stored: line ends `\\n`, no NUL, no other control, no half character."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = (char for char in text if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs"))
    return "".join(kept)


# --- Drawing


def draw(
    sources: Iterable[Source], *, shuffle_questions: bool, shuffle_options: bool, random: Random = _random
) -> dict[str, Any]:
    """Return a fresh layout over the questions. Items to order and right-hand texts are always shuffled."""
    drawn = [_entry(source, random, shuffle=shuffle_options) for source in sources]
    if shuffle_questions:
        random.shuffle(drawn)
    return {"questions": drawn}


def _entry(source: Source, random: Random, *, shuffle: bool) -> dict[str, Any]:
    question = source.question
    entry: dict[str, Any] = {"id": str(question.pk), "type": question.type}
    options = [str(pk) for pk, text, _match in source.options if text or question.type != Kind.MATCHING]
    if (shuffle and question.type != Kind.TRUE_FALSE) or question.type == Kind.ORDERING:
        random.shuffle(options)
    if question.type in Question.WITH_OPTIONS:
        entry["options"] = options
    if question.type == Kind.MATCHING:
        texts = sorted({match for _pk, _text, match in source.options if match})
        random.shuffle(texts)
        entry["texts"] = texts
    if question.type == Kind.FILL_BLANK:
        entry["blanks"] = len(set(question.blanks))
    return entry


def read(layout: dict[str, Any]) -> list[Drawn]:
    """Return the questions of a stored layout in the order shown."""
    return [
        Drawn(
            number,
            UUID(entry["id"]),
            entry["type"],
            tuple(UUID(option) for option in entry.get("options", ())),
            tuple(entry.get("texts", ())),
            entry.get("blanks", 0),
        )
        for number, entry in enumerate(layout.get("questions", []), start=1)
    ]


def is_answered(response: Any) -> bool:
    """Return whether a stored response says anything."""
    return isinstance(response, dict) and any(_says(value) for value in response.values())


def _says(value: Any) -> bool:
    if isinstance(value, str):
        return bool(value.strip())
    if isinstance(value, list):
        return any(_says(one) for one in value)
    return bool(value)
