"""Results: one fact for every door, made of graded attempts by the quiz's policy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Any, NamedTuple
from uuid import UUID

from courses.models import Course
from enrollments.models import Enrollment
from quizzes.marking import CENT
from quizzes.models import Attempt, Quiz


class Graded(NamedTuple):
    """What a result reads of one graded attempt."""

    number: int
    percentage: Decimal
    is_passed: bool


@dataclass(frozen=True)
class Result:
    """One student's result in one quiz; `attempts` is the number of graded ones it is made of."""

    percentage: Decimal
    is_passed: bool
    attempts: int


def result_of(policy: str, passing_score: Decimal, graded: Sequence[Graded]) -> Result | None:
    """Return the result by policy, None without a graded attempt.

    Best: the highest percentage, passed if any attempt passed. Last: the highest number. Average: the mean,
    rounded down, against the present pass mark.
    """
    if not graded:
        return None
    if policy == Quiz.ScoringPolicy.LAST:
        last = max(graded, key=lambda attempt: attempt.number)
        return Result(last.percentage, last.is_passed, len(graded))
    if policy == Quiz.ScoringPolicy.AVERAGE:
        mean = mean_of([attempt.percentage for attempt in graded])
        return Result(mean, mean >= passing_score, len(graded))
    best = max(attempt.percentage for attempt in graded)
    return Result(best, any(attempt.is_passed for attempt in graded), len(graded))


def mean_of(percentages: Sequence[Decimal]) -> Decimal:
    """Return the mean, rounded down to 0.01."""
    return (sum(percentages, Decimal(0)) / len(percentages)).quantize(CENT, ROUND_DOWN)


def result_from(quiz: Quiz, attempts: Iterable[Attempt]) -> Result | None:
    """Return the result that a student's attempts at `quiz` make; open ones are left out."""
    graded = [
        Graded(a.number, a.percentage, bool(a.is_passed))
        for a in attempts
        if a.is_graded and a.percentage is not None
    ]
    return result_of(quiz.scoring_policy, quiz.passing_score, graded)


def results_for(
    enrollments: Iterable[Enrollment | UUID] | None = None,
    *,
    courses: Iterable[Course | UUID] | None = None,
    quizzes: Any = None,
) -> dict[tuple[UUID, UUID], Result]:
    """Return results by (enrollment id, quiz id), of the enrollments or of everybody in the courses (one query).

    `quizzes` (a queryset) narrows them. Whoever has no graded and released attempt has no entry.
    """
    rows = Attempt.objects.graded().released()
    if enrollments is not None:
        rows = rows.filter(enrollment__in=_ids(enrollments))
    if courses is not None:
        rows = rows.filter(quiz__course__in=_ids(courses))
    if quizzes is not None:
        rows = rows.filter(quiz__in=quizzes)
    found: dict[tuple[UUID, UUID], list[Graded]] = defaultdict(list)
    rules: dict[UUID, tuple[str, Decimal]] = {}
    fields: Any = rows.order_by().values_list(
        "enrollment_id", "quiz_id", "quiz__scoring_policy", "quiz__passing_score",
        "number", "percentage", "is_passed",
    )  # fmt: skip
    for enrollment_id, quiz_id, policy, passing_score, *graded in fields:
        found[enrollment_id, quiz_id].append(Graded(*graded))
        rules[quiz_id] = policy, passing_score
    made = {key: result_of(*rules[key[1]], graded) for key, graded in found.items()}
    return {key: result for key, result in made.items() if result is not None}


def quiz_averages(enrollments: Iterable[Enrollment | UUID]) -> dict[UUID, Decimal | None]:
    """Return the quiz average of each enrollment by its id (one query; one more for a queryset of enrollments).

    The mean result over offered graded and final quizzes with a result, rounded down; None without any.
    """
    ids = _ids(enrollments)
    known = averages_of(results_for(ids, quizzes=Quiz.objects.counted()))
    return {pk: known.get(pk) for pk in ids}


def averages_of(results: Mapping[tuple[UUID, UUID], Result]) -> dict[UUID, Decimal]:
    """Return the quiz average by enrollment id from results of counted quizzes; who has none has no entry."""
    found: dict[UUID, list[Decimal]] = defaultdict(list)
    for (enrollment_id, _quiz_id), result in results.items():
        found[enrollment_id].append(result.percentage)
    return {pk: mean_of(percentages) for pk, percentages in found.items()}


def _ids(rows: Iterable[Any]) -> list[UUID]:
    return [getattr(row, "pk", row) for row in rows]
