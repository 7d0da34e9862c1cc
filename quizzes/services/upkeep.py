"""What is stored beside the rows it is made of, compared with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Sum

from quizzes.marking import percentage_of
from quizzes.models import Attempt, Quiz
from quizzes.services.grading import settle
from quizzes.services.quizzes import counters_of, recount_questions

CHUNK = 500
log = structlog.get_logger("quizzes")


@dataclass(frozen=True)
class Drift:
    """One row whose figures are not those of its own rows: what is stored, what it should be."""

    target: Quiz | Attempt
    stored: tuple[Decimal | int | bool | None, ...]
    real: tuple[Decimal | int | bool | None, ...]


def check_quiz_drift(*, fix: bool = False) -> list[Drift]:
    """Return quizzes whose counters and graded attempts whose score or result are not what their rows say.

    Each is logged; with `fix` it is put right from the rows. A pass that a regrade kept is none of it; the check
    follows the pass mark of the attempt.
    """
    found = [*_of_quizzes(), *_of_attempts()]
    for drift in found:
        target = f"{drift.target._meta.model_name} {drift.target.pk}"
        log.warning("quiz_drift", target=target, stored=str(drift.stored), real=str(drift.real), fixed=fix)
        if fix:
            _repair(drift.target)
    return found


def _of_quizzes() -> Iterator[Drift]:
    for quiz in Quiz.objects.iterator(CHUNK):
        stored, real = (quiz.total_questions, quiz.total_points, quiz.attempt_points), counters_of(quiz)
        if stored != real:
            yield Drift(quiz, stored, real)


def _of_attempts() -> Iterator[Drift]:
    rows = Attempt.objects.graded().defer("layout").order_by("pk")
    last: UUID | None = None
    while chunk := list((rows.filter(pk__gt=last) if last else rows)[:CHUNK]):
        last = chunk[-1].pk
        ids = [attempt.pk for attempt in chunk]
        sums = Attempt.objects.filter(pk__in=ids).order_by().values_list("pk").annotate(
            Sum("answers__points_earned"), Sum("answers__points_max")
        )  # fmt: skip
        of_rows = {pk: (earned or Decimal(0), most or Decimal(0)) for pk, earned, most in sums}
        for attempt in chunk:
            score, most = of_rows[attempt.pk]
            percentage = percentage_of(score, most)
            passes = percentage >= attempt.passing_score
            kept = attempt.pass_kept and not passes
            real = (score, most, percentage, passes or kept, kept)
            stored = (
                attempt.score,
                attempt.max_score,
                attempt.percentage,
                attempt.is_passed,
                attempt.pass_kept,
            )
            if stored != real:
                yield Drift(attempt, stored, real)


@transaction.atomic
def _repair(target: Quiz | Attempt) -> None:
    if isinstance(target, Quiz):
        recount_questions(target)
        return
    attempt = Attempt.objects.graded().select_for_update(no_key=True).filter(pk=target.pk).first()
    if attempt is not None and attempt.graded_at is not None:
        settle(attempt, attempt.answers.all(), attempt.graded_at, by=attempt.graded_by)
