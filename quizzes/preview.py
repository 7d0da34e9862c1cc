"""Sitting a quiz without an attempt: for its authors. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from quizzes import layout
from quizzes.exceptions import NotFound
from quizzes.layout import Drawn
from quizzes.marking import NOTHING, mark, percentage_of
from quizzes.models import Question, Quiz
from quizzes.services.grading import keys_of, points_of
from quizzes.services.sitting import sources_of
from quizzes.sheet import (
    MARKED_ANSWER,
    MARKED_OPTION,
    OPEN_ANSWER,
    OPEN_OPTION,
    Sheet,
    sheet_from,
)

MAX_DRAW = 2**31 - 1
Row = dict[str, Any]


@dataclass(frozen=True)
class Preview:
    """A draw by its number, as a student would meet it, or marked. Percentage and pass are None while some wait."""

    draw_number: int
    sheet: Sheet
    is_marked: bool = False
    score: Decimal | None = None
    max_score: Decimal | None = None
    percentage: Decimal | None = None
    is_passed: bool | None = None


def preview_quiz(
    quiz: Quiz,
    draw_number: int,
    answers: Mapping[UUID, dict[str, Any] | None] | None = None,
    *,
    is_marked: bool = False,
) -> Preview:
    """Return the quiz as an attempt with the draw `draw_number` (0 … 2³¹ − 1) would have it; reads the course.

    The same number and questions give the same layout. `answers` are checked against it and, if `is_marked`,
    marked by the keys of now, as attempts are. Raises NotFound for a question that is not drawn, and
    InvalidResponse. Three queries, four to mark, one more for pictures.
    """
    drawn = _drawn(quiz, draw_number)
    responses = _clean(drawn, answers or {})
    fields = MARKED_ANSWER if is_marked else OPEN_ANSWER
    rows = _rows(drawn, responses, fields)
    if not is_marked:
        return Preview(draw_number, sheet_from(drawn, rows, OPEN_OPTION, quiz.course.language))
    _mark(drawn, rows)
    sheet = sheet_from(drawn, rows, MARKED_OPTION, quiz.course.language)
    score = sum((row["points_earned"] or NOTHING for row in rows.values()), Decimal(0))
    most = sum((row["points_max"] for row in rows.values()), Decimal(0))
    if any(row["points_earned"] is None for row in rows.values()):
        return Preview(draw_number, sheet, True, score, most)
    percentage = percentage_of(score, most)
    return Preview(draw_number, sheet, True, score, most, percentage, percentage >= quiz.passing_score)


def _drawn(quiz: Quiz, draw_number: int) -> list[Drawn]:
    random = Random(draw_number)  # noqa: S311  a preview is no secret, and has to come again
    laid_out = layout.draw(
        sources_of(quiz, random),
        shuffle_questions=quiz.shuffle_questions,
        shuffle_options=quiz.shuffle_options,
        random=random,
    )
    return layout.read(laid_out)


def _clean(drawn: list[Drawn], answers: Mapping[UUID, dict[str, Any] | None]) -> dict[UUID, Any]:
    known = {entry.question_id: entry for entry in drawn}
    if not set(answers) <= set(known):
        raise NotFound
    return {
        pk: known[pk].clean_response(response, f"answers.{n}.response")
        for n, (pk, response) in enumerate(answers.items())
    }


def _rows(drawn: list[Drawn], responses: Mapping[UUID, Any], fields: tuple[str, ...]) -> dict[UUID, Row]:
    """Return what the answers of an attempt would hold, by question (one query)."""
    of_question = [name.removeprefix("question__") for name in fields if name.startswith("question__")]
    wanted = [entry.question_id for entry in drawn]
    return {
        row["pk"]: {
            **{f"question__{name}": row[name] for name in of_question},
            "question_id": row["pk"],
            "response": responses.get(row["pk"]),
            "revision": 0,
            "is_flagged": False,
            "answered_at": None,
        }
        for row in Question.objects.filter(pk__in=wanted).values("pk", *of_question)
    }


def _mark(drawn: list[Drawn], rows: dict[UUID, Row]) -> None:
    keys = keys_of(drawn)
    for question_id, row in rows.items():
        key, _version = keys[question_id]
        given = mark(key, row["response"])
        row |= {"points_max": points_of(key), "points_earned": given.points, "is_correct": given.is_correct}
