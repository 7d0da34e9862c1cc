"""What a student is shown of an attempt: the open sheet, and, when it is due, the marked one.

The open sheet names its columns and none of them belongs to the key. Options carry their place, never an id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.functional import cached_property
from django.utils.safestring import SafeString

from lms.lib.markdown import render_line, render_markdown
from lms.lib.text import direction_of
from quizzes import layout
from quizzes.marking import chosen_places
from quizzes.models import Answer, Attempt, Question, QuestionOption

OPEN_ANSWER = (
    "question_id", "response", "revision", "is_flagged", "answered_at",
    "question__text", "question__points", "question__partial_credit",
)  # fmt: skip
MARKED_ANSWER = (*OPEN_ANSWER, "points_max", "points_earned", "is_correct", "question__explanation")


@dataclass(frozen=True)
class SheetOption:
    """An option as it travels: its place, its words; right and feedback only on a marked sheet."""

    place: int
    text: str
    is_chosen: bool
    language: str
    is_correct: bool | None = None
    feedback: str = ""

    @cached_property
    def html(self) -> SafeString:
        return render_line(self.text, language=self.language)

    @cached_property
    def feedback_html(self) -> SafeString:
        return render_line(self.feedback, language=self.language)


@dataclass(frozen=True)
class SheetQuestion:
    """One question with the student's answer. The marks are None on an open sheet."""

    number: int
    id: UUID
    type: str
    text: str
    points: Decimal
    partial_credit: bool
    options: list[SheetOption]
    response: dict[str, Any] | None
    revision: int
    is_flagged: bool
    answered_at: datetime | None
    language: str
    points_earned: Decimal | None = None
    is_correct: bool | None = None
    explanation: str = ""
    # What is stored, where the page shows something else: a choice that came too late.
    stored_choice: str | None = None
    stored_flag: bool | None = None

    @property
    def is_answered(self) -> bool:
        return layout.is_answered(self.response)

    @property
    def direction(self) -> str:
        """`rtl` or `ltr`: questions run as their course does, whatever the reader's language."""
        return direction_of(self.language)

    @property
    def takes_several(self) -> bool:
        return self.type == Question.Type.MULTIPLE_CHOICE

    @property
    def is_partly_right(self) -> bool:
        return bool(self.points_earned) and not self.is_correct

    @property
    def chosen(self) -> str:
        """The chosen places as a form field holds them."""
        return ",".join(str(option.place) for option in self.options if option.is_chosen)

    @property
    def was(self) -> str:
        """The stored choice in the same form."""
        return self.chosen if self.stored_choice is None else self.stored_choice

    @property
    def was_flagged(self) -> bool:
        return self.is_flagged if self.stored_flag is None else self.stored_flag

    @cached_property
    def html(self) -> SafeString:
        return render_markdown(self.text, language=self.language)

    @cached_property
    def explanation_html(self) -> SafeString:
        return render_markdown(self.explanation, language=self.language)


@dataclass(frozen=True)
class Sheet:
    """All questions of an attempt in the order shown."""

    questions: list[SheetQuestion] = field(default_factory=list)

    @property
    def answered(self) -> int:
        return sum(question.is_answered for question in self.questions)

    @property
    def unanswered(self) -> list[SheetQuestion]:
        return [question for question in self.questions if not question.is_answered]

    @property
    def flagged(self) -> list[SheetQuestion]:
        return [question for question in self.questions if question.is_flagged]

    @property
    def saved_at(self) -> datetime | None:
        """When something was saved last."""
        return max((q.answered_at for q in self.questions if q.answered_at), default=None)


def open_sheet(attempt: Attempt) -> Sheet:
    """Return questions and answers without anything that tells the key (two queries; reads quiz and course)."""
    return _sheet(attempt, OPEN_ANSWER, ("pk", "text"))


def marked_sheet(attempt: Attempt) -> Sheet:
    """Return questions, answers, marks, what was right and why (two queries; reads quiz and course)."""
    return _sheet(attempt, MARKED_ANSWER, ("pk", "text", "is_correct", "feedback"))


def _sheet(attempt: Attempt, answer_fields: tuple[str, ...], option_fields: tuple[str, ...]) -> Sheet:
    drawn = layout.read(attempt.layout)
    answers = {
        row["question_id"]: row for row in Answer.objects.filter(attempt=attempt).values(*answer_fields)
    }
    options = {
        row["pk"]: row
        for row in QuestionOption.objects.filter(question__in=list(answers)).order_by().values(*option_fields)
    }
    language = attempt.quiz.course.language
    return Sheet([_question(entry, answers[entry.question_id], options, language) for entry in drawn])


def _question(
    entry: layout.Drawn, answer: Mapping[str, Any], options: Mapping[UUID, Mapping[str, Any]], language: str
) -> SheetQuestion:
    several = entry.type == Question.Type.MULTIPLE_CHOICE
    chosen = chosen_places(answer["response"], multiple=several)
    return SheetQuestion(
        number=entry.number,
        id=entry.question_id,
        type=entry.type,
        text=answer["question__text"],
        points=answer.get("points_max", answer["question__points"]),
        partial_credit=answer["question__partial_credit"],
        options=list(_options(entry.option_ids, options, chosen, language)),
        response=answer["response"],
        revision=answer["revision"],
        is_flagged=answer["is_flagged"],
        answered_at=answer["answered_at"],
        language=language,
        points_earned=answer.get("points_earned"),
        is_correct=answer.get("is_correct"),
        explanation=answer.get("question__explanation", ""),
    )


def _options(
    ids: Iterable[UUID], rows: Mapping[UUID, Mapping[str, Any]], chosen: set[int], language: str
) -> Iterable[SheetOption]:
    for place, option_id in enumerate(ids, start=1):
        row = rows.get(option_id, {})
        yield SheetOption(
            place,
            row.get("text", ""),
            place in chosen,
            language,
            row.get("is_correct"),
            row.get("feedback", ""),
        )
