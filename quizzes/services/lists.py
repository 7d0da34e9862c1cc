"""Figures that lists show beside each quiz, in a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count

from quizzes.marking import CENT
from quizzes.models import Answer, Attempt, Quiz
from quizzes.services.results import Graded, result_of


@dataclass(frozen=True)
class ListFigures:
    """One quiz in a list: answers that wait for a person, and students passed ÷ graded in per cent (None: nobody)."""

    waiting: int = 0
    pass_rate: Decimal | None = None


def waiting_counts(user: Any) -> dict[UUID, int]:
    """Return how many answers wait for a person, by course id, of the courses that `user` runs (one query).

    Courses without any have no entry; their sum is the length of the grading queue.
    """
    rows = Answer.objects.waiting().managed_by(user).order_by().values_list("attempt__quiz__course")
    return dict(rows.annotate(Count("pk")))


def list_figures(quizzes: Iterable[Quiz]) -> dict[UUID, ListFigures]:
    """Return the figures of several quizzes by their ids (two queries). Course staff are left out of the pass rate."""
    known = {quiz.pk: quiz for quiz in quizzes}
    waiting = Answer.objects.waiting().filter(attempt__quiz__in=known).order_by().values_list("attempt__quiz")
    counts: dict[UUID, int] = dict(waiting.annotate(Count("pk")))
    found: dict[UUID, dict[UUID, list[Graded]]] = defaultdict(lambda: defaultdict(list))
    attempts = Attempt.objects.graded().of_students().filter(quiz__in=known).order_by()
    rows: Iterable[Any] = attempts.values_list(
        "quiz_id", "enrollment_id", "number", "percentage", "is_passed"
    )
    for quiz_id, student, *graded in rows:
        found[quiz_id][student].append(Graded(*graded))
    return {
        pk: ListFigures(counts.get(pk, 0), _pass_rate(quiz, found[pk].values())) for pk, quiz in known.items()
    }


def _pass_rate(quiz: Quiz, students: Iterable[list[Graded]]) -> Decimal | None:
    results = [result_of(quiz.scoring_policy, quiz.passing_score, graded) for graded in students]
    passed = sum(result is not None and result.is_passed for result in results)
    return (Decimal(100 * passed) / len(results)).quantize(CENT, ROUND_DOWN) if results else None
