"""One attempt as it is answered: open with its sheet, closed with what is due of its review."""

from __future__ import annotations

from typing import Any

from quizzes.api.shapes import (
    AttemptItemSerializer,
    LateSerializer,
    MarkedQuestionSerializer,
    NoteSerializer,
    SheetQuestionSerializer,
)
from quizzes.late import late_answers_of
from quizzes.models import Attempt
from quizzes.review import History, Level, notes_of, review_level, review_sheet
from quizzes.sheet import Sheet, open_sheet


def open_attempt_data(attempt: Attempt) -> dict[str, Any]:
    """Return an attempt in progress (two queries)."""
    sheet = open_sheet(attempt)
    return {
        **AttemptItemSerializer(attempt).data,
        "questions": _questions(sheet, SheetQuestionSerializer),
        "unanswered": [str(question.id) for question in sheet.unanswered],
    }


def closed_attempt_data(attempt: Attempt, history: History, *, by_staff: bool) -> dict[str, Any]:
    """Return result and review of a closed attempt, as far as they are due (two queries)."""
    level = review_level(attempt, history, by_staff=by_staff)
    context = {"released": by_staff or history.is_released}
    sheet = review_sheet(attempt, level)
    words: dict[str, Any] = {}
    if attempt.is_graded and context["released"]:
        notes = NoteSerializer(notes_of(attempt, sheet), many=True).data
        words = {"feedback": attempt.feedback, "notes": notes}
    data = {**AttemptItemSerializer(attempt, context=context).data, **words, "review": level.value}
    if by_staff:
        data["late"] = LateSerializer(late_answers_of(attempt), many=True).data
    if sheet is not None:
        shape = MarkedQuestionSerializer if level == Level.MARKED else SheetQuestionSerializer
        data["questions"] = _questions(sheet, shape)
        data["unanswered"] = [str(question.id) for question in sheet.unanswered]
    return data


def _questions(sheet: Sheet, shape: type[SheetQuestionSerializer]) -> Any:
    return shape(sheet.questions, many=True).data
