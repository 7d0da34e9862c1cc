"""One course in figures, from its roll-up; titles come from the rows of today."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from analytics.models import CourseStat
from analytics.readers.reviews import newest, spread
from analytics.rounding import in_hours, in_minutes
from courses.models import Lesson
from lms.lib.sheets import Column
from quizzes.models import Question, Quiz

STATS = (
    "enrollments", "active", "completed", "dropped", "suspended", "expired", "completion_rate",
    "average_progress", "average_days_to_complete", "quiz_attempts", "average_quiz_score", "quiz_pass_rate",
    "dropout_rate", "at_risk_count", "certificates", "leaderboard_enabled",
)  # fmt: skip


def overview(stat: CourseStat) -> dict[str, Any]:
    """Return what the first tab and `GET /analytics/courses/{id}` show; the course is read.

    Two queries, and two more after a review.
    """
    return {
        **heading(stat),
        "stats": {
            "enrolled_now": stat.course.enrollment_count,
            **{name: getattr(stat, name) for name in STATS},
            "average_time_hours": in_hours(stat.average_time_seconds),
        },
        "engagement": {
            "daily_active": stat.active_1,
            "weekly_active": stat.active_7,
            "monthly_active": stat.active_30,
            "minutes_per_active_day": stat.average_minutes_per_active_day,
            "total_hours": in_hours(stat.total_time_seconds),
            "most_watched_lesson": most_watched(stat),
        },
        "histogram": stat.progress_histogram,
        "reviews": reviews(stat),
    }


def heading(stat: CourseStat) -> dict[str, Any]:
    """Return which course it is, and how old its figures are."""
    course = stat.course
    return {
        "course": {"id": course.pk, "slug": course.slug, "title": course.title},
        "refreshed_at": stat.refreshed_at,
    }


def most_watched(stat: CourseStat) -> dict[str, Any] | None:
    """Return the live lesson with most time, None while there is no time (one query)."""
    timed = [figures for figures in stat.lessons if figures["total_minutes"]]
    if not timed:
        return None
    most = max(timed, key=lambda figures: figures["total_minutes"])
    title = Lesson.objects.filter(pk=most["id"]).values_list("title", flat=True).first()
    return None if title is None else {**most, "title": title}


def reviews(stat: CourseStat) -> dict[str, Any]:
    """Return the rating, how it is spread, and the newest ten visible reviews (one query; three after a change)."""
    return {
        "average": stat.course.average_rating,
        "count": stat.course.review_count,
        "distribution": spread(stat.course),
        "newest": newest([stat.course]),
    }


def lessons(stat: CourseStat) -> list[dict[str, Any]]:
    """Return the live lessons in the order of the outline with their figures (one query)."""
    ids = [figures["id"] for figures in stat.lessons]
    titles = {str(pk): title for pk, title in Lesson.objects.filter(pk__in=ids).values_list("pk", "title")}
    return [
        {**_decimals(figures), "title": titles[figures["id"]], "number": number}
        for number, figures in enumerate((f for f in stat.lessons if f["id"] in titles), 1)
    ]


def quizzes(stat: CourseStat) -> list[dict[str, Any]]:
    """Return the quizzes by position with their statistics and hardest questions (two queries)."""
    ids = [figures["id"] for figures in stat.quizzes]
    known = {str(quiz.pk): quiz for quiz in Quiz.objects.filter(pk__in=ids).only("title", "type")}
    texts = _texts(stat)
    return [_quiz(figures, known[figures["id"]], texts) for figures in stat.quizzes if figures["id"] in known]


def _texts(stat: CourseStat) -> dict[str, str]:
    named = [q["id"] for figures in stat.quizzes for q in figures["hardest"]]
    named += [pk for figures in stat.quizzes for pk in figures["key_looks_wrong"]]
    rows = Question.objects.filter(pk__in=named).values_list("pk", "text")
    return {str(pk): text for pk, text in rows}


def question_url(quiz_id: UUID | str, question_id: str) -> str:
    """Return where staff see a question with its analysis."""
    return f"{reverse('admin:quizzes_quiz_change', args=[quiz_id])}#question-{question_id}"


def _quiz(figures: dict[str, Any], quiz: Quiz, texts: dict[str, str]) -> dict[str, Any]:
    def question(pk: str) -> dict[str, Any]:
        return {"id": pk, "text": texts[pk], "url": question_url(quiz.pk, pk)}

    return {
        **_decimals(figures),
        "title": quiz.title,
        "type": quiz.type,
        "type_label": quiz.get_type_display(),
        "hardest": [
            {**_decimals(entry), **question(entry["id"])}
            for entry in figures["hardest"]
            if entry["id"] in texts
        ],
        "key_looks_wrong": [question(pk) for pk in figures["key_looks_wrong"] if pk in texts],
    }


def exact(value: float | None) -> Decimal | None:
    """Return a number that JSON kept as the decimal it was."""
    return None if value is None else Decimal(str(value))


def _decimals(figures: Any) -> dict[str, Any]:
    """Return figures of JSON with their numbers as decimals: a table must not show 33.330000000000005."""
    return {
        name: exact(value) if isinstance(value, float) else value for name, value in dict(figures).items()
    }


def reach_of(stat: CourseStat) -> list[Decimal]:
    """Return the line of the small picture: the share of the students who got as far as each lesson, in order."""
    return [exact(figures["reach"]) or Decimal(0) for figures in stat.lessons]


def _of(name: str) -> Callable[[dict[str, Any]], Any]:
    return lambda row: row[name]


LESSON_COLUMNS = (
    Column(_("No."), _of("number"), "number"),
    Column(_("Lesson"), _of("title")),
    Column(_("Started"), _of("started"), "number"),
    Column(_("Completed"), _of("completed"), "number"),
    Column(_("Completion rate (%)"), _of("completion_rate"), "number", 2),
    Column(_("Reached by (%)"), _of("reach"), "number", 2),
    Column(_("Stopped here (%)"), _of("drop_off"), "number", 2),
    Column(_("Average minutes"), _of("average_minutes"), "number", 1),
    Column(_("Minutes to complete"), _of("average_completion_minutes"), "number", 1),
    Column(_("Minutes in all"), _of("total_minutes"), "number", 1),
)
QUIZ_COLUMNS = (
    Column(_("Quiz"), _of("title")),
    Column(_("Type"), _of("type_label")),
    Column(_("Attempts"), _of("attempts"), "number"),
    Column(_("Students"), _of("students"), "number"),
    Column(_("Average (%)"), _of("average"), "number", 2),
    Column(_("Median (%)"), _of("median"), "number", 2),
    Column(_("Pass rate (%)"), _of("pass_rate"), "number", 2),
    Column(_("Median minutes"), lambda row: in_minutes(row["median_seconds"]), "number", 1),
    Column(_("Hardest questions"), lambda row: _texts_of(row["hardest"])),
    Column(_("Keys that look wrong"), lambda row: _texts_of(row["key_looks_wrong"])),
)


def _texts_of(questions: list[dict[str, Any]]) -> str | None:
    return "\n".join(question["text"] for question in questions) or None
