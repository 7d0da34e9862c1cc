"""Statistics on the page of a quiz: figures, the ten bars, and what each question tells beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from lms.lib.charts import Chart, Point, histogram
from lms.lib.figures import clock, number, percent
from lms.lib.markdown import render_line
from quizzes import services
from quizzes.models import Question, Quiz

BAR = 10  # per cent


@dataclass(frozen=True)
class ShownChoice:
    """An option with its shares in per cent, and in words."""

    html: SafeString
    is_correct: bool
    share: str
    upper_share: str
    width: int


@dataclass(frozen=True)
class ShownItem:
    """What one question tells, in words."""

    item: services.ItemStatistics
    facts: list[tuple[str, str]]
    choices: list[ShownChoice]


def figures_of(quiz: Quiz, questions: Mapping[UUID, Question]) -> dict[str, Any]:
    """Return what the page shows; `questions` come with their options. Nothing where nobody sat the quiz."""
    found = services.quiz_statistics(quiz)
    if not found.attempts:
        return {}
    shown = {
        item.question_id: _shown(item, question, quiz.course.language)
        for item in found.items
        if (question := questions.get(item.question_id)) is not None
    }
    return {"figures": _tiles(found), "bars": _bars(found), "items": shown}


def _tiles(found: services.QuizStatistics) -> list[tuple[str, str]]:
    """Return label and value of each figure; "–" is no data."""
    return [
        (_("Attempts"), number(found.attempts)),
        (_("Students"), number(found.students)),
        (_("Average"), percent(found.average, 2) or "–"),
        (_("Median"), percent(found.median, 2) or "–"),
        (_("Pass rate"), percent(found.pass_rate, 2) or "–"),
        (_("Median time"), clock(found.median_seconds) or "–"),
    ]


def _bars(found: services.QuizStatistics) -> Chart | None:
    classes = [
        Point(f"{BAR * at}–{BAR * (at + 1)}%", count, short=f"{BAR * at}%")
        for at, count in enumerate(found.histogram)
    ]
    heads = (_("Result"), _("Students"))
    return histogram("quiz-results", _("Results"), classes, heads=heads) if found.graded else None


def _shown(item: services.ItemStatistics, question: Question, language: str) -> ShownItem:
    facts = [(_("Answers"), number(item.n)), (_("Left empty"), number(item.unanswered))]
    if item.difficulty is not None:
        facts.append((_("Mean share of the points"), percent(item.difficulty * 100, 1)))
    if item.discrimination is not None:
        facts.append((_("Discrimination"), number(item.discrimination, 2)))
    if item.mean_seconds is not None:
        facts.append((_("Mean time"), clock(item.mean_seconds)))
    options = {option.pk: option for option in question.options.all()}
    choices = [
        ShownChoice(
            render_line(options[choice.option_id].text, language=language),
            choice.is_correct,
            percent(choice.share * 100),
            percent(choice.upper_share * 100),
            round(choice.share * 100),
        )
        for choice in item.choices
        if choice.option_id in options
    ]
    return ShownItem(item, facts, choices)
