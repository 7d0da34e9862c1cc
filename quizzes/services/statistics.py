"""Figures of a quiz for its staff: how students did, and what each question tells. Formulas: docs/item-analysis.md.

The course's staff are left out, zeros count, None says that there is no data.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal
from statistics import median
from typing import Any
from uuid import UUID

from quizzes.marking import CENT
from quizzes.models import Attempt, Quiz
from quizzes.services.items import ItemStatistics, items_of
from quizzes.services.results import Graded, Result, mean_of, result_of

BARS = 10


@dataclass(frozen=True)
class QuizStatistics:
    """Figures of one quiz.

    `attempts` are the closed ones that are not voided, `students` who made them, `graded` how many of these have
    a result. Average, median and the ten bars (0–10 … 90–100 per cent) are of their results by the quiz's policy,
    released or not; `pass_rate` is passed ÷ graded in per cent; `median_seconds` is of the attempts, from start to
    submission. `items` stand in the order of the questions.
    """

    quiz_id: UUID
    attempts: int = 0
    students: int = 0
    graded: int = 0
    average: Decimal | None = None
    median: Decimal | None = None
    pass_rate: Decimal | None = None
    histogram: tuple[int, ...] = (0,) * BARS
    median_seconds: int | None = None
    items: tuple[ItemStatistics, ...] = field(default=())


def quiz_statistics(quiz: Quiz) -> QuizStatistics:
    """Return the figures of one quiz, released or not: for its staff alone (six queries)."""
    return quiz_statistics_of([quiz])[quiz.pk]


def quiz_statistics_of(quizzes: Iterable[Quiz]) -> dict[UUID, QuizStatistics]:
    """Return the same for several quizzes by their ids, in as many queries."""
    known = {quiz.pk: quiz for quiz in quizzes}
    if not known:
        return {}
    sat, items = _sittings(list(known)), items_of(list(known))
    return {pk: _figures(quiz, sat[pk], items[pk]) for pk, quiz in known.items()}


def _sittings(quizzes: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    rows = Attempt.objects.closed().of_students().filter(quiz__in=quizzes).order_by()
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    names = ("quiz_id", "enrollment_id", "number", "status", "percentage", "is_passed")
    for row in rows.values(*names, "started_at", "submitted_at"):
        found[row["quiz_id"]].append(row)
    return found


def _figures(quiz: Quiz, rows: list[dict[str, Any]], items: tuple[ItemStatistics, ...]) -> QuizStatistics:
    results = _results(quiz, rows)
    shown = [result.percentage for result in results]
    seconds = [(row["submitted_at"] - row["started_at"]).total_seconds() for row in rows]
    passed = sum(result.is_passed for result in results)
    return QuizStatistics(
        quiz_id=quiz.pk,
        attempts=len(rows),
        students=len({row["enrollment_id"] for row in rows}),
        graded=len(results),
        average=mean_of(shown) if shown else None,
        median=median(shown).quantize(CENT, ROUND_DOWN) if shown else None,
        pass_rate=_percent(passed, len(results)),
        histogram=histogram_of(shown),
        median_seconds=round(median(seconds)) if seconds else None,
        items=items,
    )


def _results(quiz: Quiz, rows: list[dict[str, Any]]) -> list[Result]:
    """Return each student's result, by the same rule as everywhere."""
    graded: dict[UUID, list[Graded]] = defaultdict(list)
    for row in rows:
        if row["status"] == Attempt.Status.GRADED:
            one = Graded(row["number"], row["percentage"], row["is_passed"])
            graded[row["enrollment_id"]].append(one)
    made = (result_of(quiz.scoring_policy, quiz.passing_score, of_one) for of_one in graded.values())
    return [result for result in made if result is not None]


def histogram_of(percentages: Iterable[Decimal]) -> tuple[int, ...]:
    """Return how many lie in 0–10, 10–20 … 90–100 per cent; a border belongs to the bar above it, 100 to the last."""
    bars = [0] * BARS
    for percentage in percentages:
        bars[min(int(percentage) // BARS, BARS - 1)] += 1
    return tuple(bars)


def _percent(part: int, whole: int) -> Decimal | None:
    return (Decimal(part) * 100 / whole).quantize(CENT, ROUND_DOWN) if whole else None
