"""The layout of an attempt: drawn once, and the only names by which options travel (1…n)."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from quizzes.exceptions import InvalidResponse
from quizzes.models import Question

_random = secrets.SystemRandom()


@dataclass(frozen=True)
class Drawn:
    """One question of a layout: its number on the page, its type, its options in the order shown."""

    number: int
    question_id: UUID
    type: str
    option_ids: tuple[UUID, ...]

    def place_of(self, option_id: UUID) -> int | None:
        """Return the place 1…n under which an option travels."""
        return self.option_ids.index(option_id) + 1 if option_id in self.option_ids else None

    def clean_response(self, response: Any, field: str = "response") -> dict[str, Any] | None:
        """Return `response` as it is stored; raise InvalidResponse when it has not the question's shape.

        None clears; no choice at all (`{"options": []}`) is a response too.
        """
        if response is None:
            return None
        name = "options" if self.type == Question.Type.MULTIPLE_CHOICE else "option"
        if not isinstance(response, dict) or set(response) != {name}:
            raise InvalidResponse(field)
        chosen = response[name] if name == "options" else [response[name]]
        if not isinstance(chosen, list) or not all(self._is_place(place) for place in chosen):
            raise InvalidResponse(field)
        if len(set(chosen)) != len(chosen):
            raise InvalidResponse(field)
        return {name: sorted(chosen)} if name == "options" else {name: chosen[0]}

    def _is_place(self, place: Any) -> bool:
        return type(place) is int and 1 <= place <= len(self.option_ids)


def draw(
    questions: Iterable[tuple[Question, list[UUID]]], *, shuffle_questions: bool, shuffle_options: bool
) -> dict[str, Any]:
    """Return a fresh layout over questions with the ids of their options, in the author's order."""
    drawn = []
    for question, option_ids in questions:
        options = list(option_ids)
        if shuffle_options and question.type != Question.Type.TRUE_FALSE:
            _random.shuffle(options)
        drawn.append({"id": str(question.pk), "type": question.type, "options": [str(o) for o in options]})
    if shuffle_questions:
        _random.shuffle(drawn)
    return {"questions": drawn}


def read(layout: dict[str, Any]) -> list[Drawn]:
    """Return the questions of a stored layout in the order shown."""
    return [
        Drawn(number, UUID(entry["id"]), entry["type"], tuple(UUID(o) for o in entry["options"]))
        for number, entry in enumerate(layout.get("questions", []), start=1)
    ]


def is_answered(response: Any) -> bool:
    """Return whether a stored response says anything."""
    return bool(response) and any(value not in (None, []) for value in response.values())
