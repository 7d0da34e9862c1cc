"""Passing results on to enrollments: after the marking has been committed, and once."""

from __future__ import annotations

from collections.abc import Iterable

import structlog
from django.db import transaction
from django.utils import timezone

from enrollments.models import Enrollment, LessonProgress
from enrollments.services import check_completion, complete_lesson
from quizzes.models import Attempt, Quiz
from quizzes.services.results import results_for

BATCH = 500
log = structlog.get_logger("quizzes")


@transaction.atomic
def count_result(attempt: Attempt) -> bool:
    """Tell enrollments of a graded attempt; return False when that had been done, or while scores are withheld.

    A passing result completes the lesson, every result has the course's completion looked at. Both lock the
    enrollment and only then the attempt is swapped; whoever loses the swap has repeated what changes nothing.
    Seven queries, ten when the course ends.
    """
    quiz, enrollment = attempt.quiz, attempt.enrollment
    if not attempt.is_graded or not quiz.is_score_released():
        return False
    result = results_for([enrollment], quizzes=[quiz.pk]).get((enrollment.pk, quiz.pk))
    row = None
    if quiz.lesson_id is not None:
        row = LessonProgress.objects.filter(enrollment=enrollment, lesson=quiz.lesson_id).first()
    is_completed = row is not None and row.is_completed
    if quiz.lesson is not None and result is not None and result.is_passed and not is_completed:
        complete_lesson(enrollment=enrollment, lesson=quiz.lesson, via=LessonProgress.Via.QUIZ, row=row)
    else:
        check_completion(enrollment)
    swap = Attempt.objects.uncounted().filter(pk=attempt.pk)
    return bool(swap.update(counted_at=timezone.now()))


def count_seen(attempts: Iterable[Attempt], *, quiz: Quiz, enrollment: Enrollment) -> None:
    """Count what a page meets of one student's attempts and no task has counted; a fault is left to the task."""
    for attempt in attempts:
        if attempt.is_uncounted:
            attempt.quiz, attempt.enrollment = quiz, enrollment
            try:
                count_result(attempt)
            except Exception:  # the page shows the result all the same
                log.exception("count_result_failed", attempt=str(attempt.pk))


def count_results() -> int:
    """Count what was graded and never passed on; one bad attempt stops no other. Return how many were counted."""
    rows = Attempt.objects.uncounted().released().order_by("graded_at").select_related(
        "quiz__course", "quiz__lesson__module", "enrollment__course", "enrollment__student"
    )  # fmt: skip
    counted = 0
    for attempt in rows[:BATCH]:
        try:
            counted += count_result(attempt)
        except Exception:  # the next round tries it again
            log.exception("count_result_failed", attempt=str(attempt.pk))
    return counted
