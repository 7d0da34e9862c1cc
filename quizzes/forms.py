"""The taking page as a form: what was changed on it, by question."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.http import QueryDict

from quizzes.exceptions import InvalidResponse
from quizzes.services import Sent
from quizzes.sheet import SheetQuestion

MAX_REVISION = 1_000_000_000


def changed_answers(post: QueryDict, questions: Iterable[SheetQuestion]) -> dict[UUID, Sent]:
    """Return the answers that differ from what the page showed, each one revision above it.

    A question with the fields `revision_n` stood on the page; `was_n` and `was_flagged_n` hold what it showed,
    `answer_n` and `flag_n` what was chosen. Raises InvalidResponse for what no page of ours sends.
    """
    sent = {}
    for question in questions:
        n = question.number
        if f"revision_{n}" not in post:
            continue
        chosen, was = post.getlist(f"answer_{n}"), post.get(f"was_{n}", "")
        is_flagged, was_flagged = f"flag_{n}" in post, post.get(f"was_flagged_{n}") == "1"
        if ",".join(chosen) == was and is_flagged == was_flagged:
            continue
        revision = _number(str(post[f"revision_{n}"]))
        sent[question.id] = Sent(_response(question, chosen), revision + 1, is_flagged)
    return sent


def _response(question: SheetQuestion, chosen: list[str]) -> dict[str, Any] | None:
    if not chosen:
        return None
    places = [_number(place) for place in chosen]
    if question.takes_several:
        return {"options": places}
    if len(places) != 1:
        raise InvalidResponse
    return {"option": places[0]}


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:11]) < MAX_REVISION):
        raise InvalidResponse
    return int(text)
