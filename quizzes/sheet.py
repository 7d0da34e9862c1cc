"""What a student is shown of an attempt: the open sheet, and, when it is due, the marked one.

The open sheet names its columns and none of them belongs to the key. Options carry their place, never an id.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.functional import cached_property
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from lms.lib.markdown import fill, plain_text, render_line, render_markdown
from lms.lib.text import direction_of
from quizzes import layout
from quizzes.expected import expected_words, plain
from quizzes.marking import chosen_order, chosen_places
from quizzes.models import Answer, Attempt, Question, QuestionOption
from quizzes.models.question import BLANK
from quizzes.numbers import read_number
from quizzes.pictures import ImageUrl, may_show_pictures, no_picture, of_questions

OPEN_ANSWER = (
    "question_id", "response", "revision", "is_flagged", "answered_at",
    "question__text", "question__points", "question__partial_credit", "question__min_words",
    "question__max_words", "question__needs_grader",
)  # fmt: skip
MARKED_ANSWER = (*OPEN_ANSWER, "points_max", "points_earned", "is_correct", "question__explanation",
                 "question__accepted_answers", "question__numeric_value", "question__tolerance",
                 "question__tolerance_kind", "question__scoring", "pk", "grader_note")  # fmt: skip
OPEN_OPTION = ("pk", "text")
MARKED_OPTION = (*OPEN_OPTION, "is_correct", "feedback", "match_text", "position")
WITH_PICTURES = ("question__text", "question__explanation", "text", "match_text", "feedback")
Kind = Question.Type


@dataclass(frozen=True)
class SheetOption:
    """An option as it travels: its place, its words; right and feedback only on a marked sheet.

    Of a matching `letter` is what was chosen for it and `right_letter` what fits; of an ordering `right_place`
    says where it belongs, 1…n.
    """

    place: int
    text: str
    is_chosen: bool
    language: str
    is_correct: bool | None = None
    feedback: str = ""
    letter: str = ""
    right_letter: str = ""
    right_place: int | None = None
    image_url: ImageUrl = no_picture

    @cached_property
    def html(self) -> SafeString:
        return render_line(self.text, language=self.language, image_url=self.image_url)

    @cached_property
    def feedback_html(self) -> SafeString:
        return render_line(self.feedback, language=self.language, image_url=self.image_url)


@dataclass(frozen=True)
class SheetText:
    """A right-hand text of a matching by its letter."""

    letter: str
    text: str
    language: str
    image_url: ImageUrl = no_picture

    @cached_property
    def html(self) -> SafeString:
        return render_line(self.text, language=self.language, image_url=self.image_url)

    @property
    def has_picture(self) -> bool:
        return may_show_pictures(self.text)

    @property
    def words(self) -> str:
        """What a list to choose from can show of it: a picture by its alternative text."""
        return strip_tags(self.html).strip() or plain_text(self.text)


@dataclass(frozen=True)
class SheetQuestion:
    """One question with the student's answer. The marks and what was expected are None on an open sheet."""

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
    texts: list[SheetText] = field(default_factory=list)
    blanks: int = 0
    min_words: int | None = None
    max_words: int | None = None
    needs_grader: bool = False
    points_earned: Decimal | None = None
    is_correct: bool | None = None
    is_excluded: bool = False
    explanation: str = ""
    expected: list[str] = field(default_factory=list)
    note: str = ""
    answer_id: UUID | None = None
    # What is stored, where the page shows something else: a choice that came too late.
    stored: dict[str, Any] | None = None
    is_overlaid: bool = False
    stored_flag: bool | None = None
    image_url: ImageUrl = no_picture

    @property
    def is_answered(self) -> bool:
        return layout.is_answered(self.response)

    @property
    def direction(self) -> str:
        """`rtl` or `ltr`: questions run as their course does, whatever the reader's language."""
        return direction_of(self.language)

    @property
    def has_pictured_texts(self) -> bool:
        """Whether a right-hand text shows a picture, which no list to choose from can."""
        return any(text.has_picture for text in self.texts)

    @property
    def takes_several(self) -> bool:
        return self.type == Kind.MULTIPLE_CHOICE

    @property
    def is_choice(self) -> bool:
        return self.type in Question.CHOICES

    @property
    def type_words(self) -> str:
        """What kind of question it is, in words."""
        return str(Kind(self.type).label)

    @property
    def is_partly_right(self) -> bool:
        return bool(self.points_earned) and not self.is_correct

    @property
    def is_waiting(self) -> bool:
        """Whether a person still has to mark it (on a marked sheet)."""
        return self.points_earned is None

    @property
    def typed(self) -> str:
        """The words typed into the one field of the question."""
        value = (self.response or {}).get("text")
        return value if isinstance(value, str) else ""

    @property
    def typed_blanks(self) -> list[str]:
        """The words in each blank, in the order of their numbers."""
        given = (self.response or {}).get("blanks")
        given = [text if isinstance(text, str) else "" for text in given] if isinstance(given, list) else []
        return (given + [""] * self.blanks)[: self.blanks]

    @property
    def read_as(self) -> str | None:
        """How the typed number is read; None where it is none, or nothing was typed."""
        value = read_number(self.typed) if self.type == Kind.NUMERIC and self.typed.strip() else None
        return None if value is None else plain(value)

    @property
    def words(self) -> int:
        return len(self.typed.split())

    @property
    def ordered(self) -> list[SheetOption]:
        """The items in the order given; those not placed, and all without an answer, as they were drawn."""
        given = [place for place in chosen_order(self.response) if 1 <= place <= len(self.options)]
        rest = [option.place for option in self.options if option.place not in given]
        return [self.options[place - 1] for place in [*given, *rest]]

    @property
    def was(self) -> str:
        """The stored answer as the form holds it: JSON."""
        return json.dumps(self.stored if self.is_overlaid else self.response, ensure_ascii=False)

    @property
    def was_flagged(self) -> bool:
        return self.is_flagged if self.stored_flag is None else self.stored_flag

    @cached_property
    def html(self) -> SafeString:
        return render_markdown(self.text, language=self.language, image_url=self.image_url)

    @property
    def form_html(self) -> SafeString:
        """The text with a field in the place of each blank."""
        return fill(self.html, BLANK, self._blank_field)

    @property
    def filled_html(self) -> SafeString:
        """The text with what was typed in the place of each blank."""
        return fill(self.html, BLANK, lambda n: format_html("<mark>{}</mark>", self._typed(n) or "……"))

    def _typed(self, n: int) -> str:
        return self.typed_blanks[n - 1] if n <= self.blanks else ""

    def _blank_field(self, n: int) -> SafeString:
        if n > self.blanks:
            return format_html("……")
        return format_html(
            '<input class="input blank" type="text" name="answer_{}" value="{}" maxlength="{}" aria-label="{}"'
            ' dir="auto" autocomplete="off" autocapitalize="off" spellcheck="false" data-answer>',
            self.number,
            self._typed(n),
            layout.MAX_BLANK,
            _("Blank %(n)d") % {"n": n},
        )

    @cached_property
    def explanation_html(self) -> SafeString:
        return render_markdown(self.explanation, language=self.language, image_url=self.image_url)


@dataclass(frozen=True)
class Sheet:
    """All questions of an attempt in the order shown."""

    questions: list[SheetQuestion] = field(default_factory=list)
    is_marked: bool = False

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
    """Return questions and answers without anything that tells the key.

    Two queries, three where a text shows a picture; reads quiz and course.
    """
    return _sheet_of(attempt, OPEN_ANSWER, OPEN_OPTION)


def marked_sheet(attempt: Attempt) -> Sheet:
    """Return questions, answers, marks, what was right and why; costs as `open_sheet`."""
    return _sheet_of(attempt, MARKED_ANSWER, MARKED_OPTION)


def _sheet_of(attempt: Attempt, answer_fields: tuple[str, ...], option_fields: tuple[str, ...]) -> Sheet:
    answers = Answer.objects.filter(attempt=attempt).values(*answer_fields)
    rows = {row["question_id"]: row for row in answers}
    return sheet_from(layout.read(attempt.layout), rows, option_fields, attempt.quiz.course.language)


def sheet_from(
    drawn: Iterable[layout.Drawn],
    answers: Mapping[UUID, Mapping[str, Any]],
    option_fields: tuple[str, ...],
    language: str,
) -> Sheet:
    """Return the sheet of a layout; `answers` has, by question, the columns of OPEN_ANSWER or MARKED_ANSWER."""
    options = {
        row["pk"]: row
        for row in QuestionOption.objects.filter(question__in=list(answers)).order_by().values(*option_fields)
    }
    entries = list(drawn)
    texts = [
        *(
            str(text)
            for row in (*answers.values(), *options.values())
            for text in map(row.get, WITH_PICTURES)
        ),
        *(text for entry in entries for text in entry.texts),
    ]
    is_marked = option_fields == MARKED_OPTION
    image_url = of_questions(list(answers), texts, with_review=is_marked)
    questions = [_question(one, answers[one.question_id], options, language, image_url) for one in entries]
    return Sheet(questions, is_marked)


def _question(
    entry: layout.Drawn,
    answer: Mapping[str, Any],
    options: Mapping[UUID, Mapping[str, Any]],
    language: str,
    image_url: ImageUrl,
) -> SheetQuestion:
    return SheetQuestion(
        number=entry.number,
        id=entry.question_id,
        type=entry.type,
        text=answer["question__text"],
        points=answer.get("points_max", answer["question__points"]),
        partial_credit=answer["question__partial_credit"],
        options=_options(entry, options, answer["response"], language, image_url),
        texts=[
            SheetText(*pair, language, image_url) for pair in zip(entry.letters, entry.texts, strict=True)
        ],
        blanks=entry.blanks,
        min_words=answer["question__min_words"],
        max_words=answer["question__max_words"],
        needs_grader=answer["question__needs_grader"],
        response=answer["response"],
        revision=answer["revision"],
        is_flagged=answer["is_flagged"],
        answered_at=answer["answered_at"],
        language=language,
        points_earned=answer.get("points_earned"),
        is_correct=answer.get("is_correct"),
        is_excluded=answer.get("question__scoring") == Question.Scoring.EXCLUDED,
        explanation=answer.get("question__explanation", ""),
        expected=expected_words(entry.type, answer),
        note=answer.get("grader_note", ""),
        answer_id=answer.get("pk"),
        image_url=image_url,
    )


def _options(
    entry: layout.Drawn,
    rows: Mapping[UUID, Mapping[str, Any]],
    response: Any,
    language: str,
    image_url: ImageUrl,
) -> list[SheetOption]:
    chosen = chosen_places(response, multiple=entry.type == Kind.MULTIPLE_CHOICE)
    pairs = response.get("pairs") if isinstance(response, dict) else None
    pairs = pairs if isinstance(pairs, dict) else {}
    by_position = sorted(
        (pk for pk in entry.option_ids if "position" in rows.get(pk, {})), key=lambda pk: rows[pk]["position"]
    )
    made = []
    for place, pk in enumerate(entry.option_ids, start=1):
        row = rows.get(pk, {})
        option = SheetOption(
            place,
            row.get("text", ""),
            place in chosen,
            language,
            row.get("is_correct"),
            row.get("feedback", ""),
            str(pairs.get(str(place), "")),
            _letter_of(entry, row.get("match_text", "")),
            by_position.index(pk) + 1 if pk in by_position else None,
            image_url,
        )
        made.append(option)
    return made


def with_response(options: list[SheetOption], response: dict[str, Any] | None) -> list[SheetOption]:
    """Return the options with another response chosen: what was sent, where the stored one differs."""
    given = response or {}
    chosen, pairs = {*given.get("options", []), given.get("option")}, given.get("pairs", {})
    return [
        replace(option, is_chosen=option.place in chosen, letter=str(pairs.get(str(option.place), "")))
        for option in options
    ]


def _letter_of(entry: layout.Drawn, text: str) -> str:
    return entry.letters[entry.texts.index(text)] if text in entry.texts else ""
