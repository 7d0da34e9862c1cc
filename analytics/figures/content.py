"""What a course is made of, in figures: its live lessons and its quizzes."""

from __future__ import annotations

from fractions import Fraction
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, Sum

from analytics.rounding import SECONDS_PER_MINUTE, mean, rounded, share
from analytics.shapes import HardQuestion, LessonFigures, QuizFigures
from courses.models import Lesson
from enrollments.models import LessonProgress
from quizzes.models import Attempt, Quiz
from quizzes.services import quiz_statistics_of
from quizzes.services.statistics import QuizStatistics

HARDEST = 3
ENOUGH = 10  # answers, before a question is called hard
NOTHING = {"started": 0, "completed": 0, "seconds": 0, "timed": 0, "completed_seconds": 0}


def lesson_figures(course_id: UUID, enrollments: int) -> list[LessonFigures]:
    """Return the live lessons in the order of the outline (two queries); `enrollments` is how many there are."""
    ids = list(Lesson.objects.live().filter(course=course_id).in_order().values_list("pk", flat=True))
    counted = _by_lesson(course_id)
    rows = [counted.get(pk, NOTHING) for pk in ids]
    after = [row["started"] for row in rows[1:]]
    return [
        _lesson(pk, row, enrollments, after[place] if place < len(after) else None)
        for place, (pk, row) in enumerate(zip(ids, rows, strict=True))
    ]


def _by_lesson(course_id: UUID) -> dict[UUID, dict[str, int]]:
    done = Q(status=LessonProgress.Status.COMPLETED)
    rows: Any = LessonProgress.objects.filter(lesson__course=course_id).order_by().values("lesson")
    rows = rows.annotate(
        started=Count("pk", filter=~Q(status=LessonProgress.Status.NOT_STARTED)),
        completed=Count("pk", filter=done),
        seconds=Sum("time_spent_seconds"),
        timed=Count("pk", filter=Q(time_spent_seconds__gt=0)),
        completed_seconds=Sum("time_spent_seconds", filter=done, default=0),
    )
    return {row.pop("lesson"): row for row in rows}


def _lesson(pk: UUID, row: dict[str, int], enrollments: int, started_next: int | None) -> LessonFigures:
    started, completed = row["started"], row["completed"]
    lost = None if started_next is None else max(started - started_next, 0)
    return {
        "id": str(pk),
        "started": started,
        "completed": completed,
        "completion_rate": _number(share(completed, started)),
        "reach": _number(share(started, enrollments)),
        "drop_off": None if lost is None else _number(share(lost, started)),
        "average_minutes": _minutes(row["seconds"], row["timed"]),
        "average_completion_minutes": _minutes(row["completed_seconds"], completed),
        "total_minutes": float(rounded(Fraction(row["seconds"], SECONDS_PER_MINUTE), 1)),
    }


def _minutes(seconds: int, count: int) -> float | None:
    return _number(mean(Fraction(seconds, SECONDS_PER_MINUTE), count, 1))


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def quiz_figures(course_id: UUID) -> list[QuizFigures]:
    """Return published quizzes and those with attempts, by position, as the quizzes' own statistics say."""
    sat = Exists(Attempt.objects.filter(quiz=OuterRef("pk")))
    quizzes = list(
        Quiz.objects.filter(Q(is_published=True) | sat, course=course_id).order_by("position", "pk")
    )
    found = quiz_statistics_of(quizzes)
    return [_quiz(found[quiz.pk]) for quiz in quizzes]


def _quiz(found: QuizStatistics) -> QuizFigures:
    known = [item for item in found.items if item.n >= ENOUGH and item.difficulty is not None]
    return {
        "id": str(found.quiz_id),
        "attempts": found.attempts,
        "students": found.students,
        "average": _number(found.average),
        "median": _number(found.median),
        "pass_rate": _number(found.pass_rate),
        "histogram": list(found.histogram),
        "median_seconds": found.median_seconds,
        "hardest": [_question(item) for item in sorted(known, key=attrgetter("difficulty"))[:HARDEST]],
        "key_looks_wrong": [str(item.question_id) for item in found.items if item.key_looks_wrong],
    }


def _question(item: Any) -> HardQuestion:
    return {
        "id": str(item.question_id),
        "n": item.n,
        "difficulty": float(item.difficulty),
        "key_looks_wrong": item.key_looks_wrong,
    }
