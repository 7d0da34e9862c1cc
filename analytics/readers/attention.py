"""Where a teacher looks first: who needs help, and which lesson and questions are to blame."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, cast

from analytics.models import CourseStat
from analytics.readers.courses import question_url
from analytics.shapes import LessonFigures, QuizFigures
from courses.models import Lesson
from quizzes.models import Question

LOST_FROM = 2  # students who went no further, from which on a lesson is named
HARD_BELOW = 0.5  # mean share of the points
SHOWN = 3  # questions


def attention(stat: CourseStat) -> dict[str, Any]:
    """Return how many are at risk, the lesson that most students went no further than, and up to three questions.

    The questions whose key looks wrong come first, then the hardest that give less than half of their points; both
    have ten answers or more. One query for the titles, none when nothing is to be named.
    """
    lesson, questions = _lesson(stat.lessons), _questions(stat.quizzes)
    names = _names([lesson["id"]] if lesson else [], [question["id"] for question in questions])
    return {
        "at_risk": stat.at_risk_count,
        "lesson": {**lesson, "title": names[lesson["id"]]} if lesson and lesson["id"] in names else None,
        "questions": [{**entry, "text": names[entry["id"]]} for entry in questions if entry["id"] in names],
    }


def _lesson(lessons: list[LessonFigures]) -> dict[str, Any] | None:
    lost = [
        {"id": here["id"], "started": here["started"], "lost": here["started"] - after["started"]}
        for here, after in pairwise(lessons)
    ]
    most = max(lost, key=lambda entry: cast("int", entry["lost"]), default=None)  # the earliest of equals
    return most if most and cast("int", most["lost"]) >= LOST_FROM else None


def _questions(quizzes: list[QuizFigures]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for quiz in quizzes:
        hard = {entry["id"]: entry["difficulty"] for entry in quiz["hardest"]}
        for pk in {**dict.fromkeys(quiz["key_looks_wrong"]), **hard}:
            found[pk] = {
                "id": pk,
                "url": question_url(quiz["id"], pk),
                "difficulty": hard.get(pk),
                "key_looks_wrong": pk in quiz["key_looks_wrong"],
            }
    named = [
        entry for entry in found.values() if entry["key_looks_wrong"] or entry["difficulty"] < HARD_BELOW
    ]
    return sorted(named, key=lambda entry: (not entry["key_looks_wrong"], entry["difficulty"] or 0))[:SHOWN]


def _names(lessons: list[str], questions: list[str]) -> dict[str, str]:
    """Return titles and texts by id, of those that are still there."""
    if not lessons and not questions:
        return {}
    titles = Lesson.objects.filter(pk__in=lessons).order_by().values_list("pk", "title")
    texts = Question.objects.filter(pk__in=questions).order_by().values_list("pk", "text")
    return {str(pk): name for pk, name in titles.union(texts)}
