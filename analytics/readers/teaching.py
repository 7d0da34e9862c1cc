"""What the courses of a teacher add up to. Distinct people are counted once a refresh, and cached until the next."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db.models import Count, OuterRef, Subquery

from accounts.models import User
from analytics.models import CourseStat
from analytics.readers.courses import reach_of
from analytics.readers.reviews import newest
from analytics.rounding import share
from courses.models import Course
from enrollments.models import Enrollment, Review
from enrollments.services import mean_rating
from quizzes.models import Answer

NEWEST = 10
KEPT_SECONDS = 24 * 3600
UNSEEN = ("enrollments", "active", "average_progress", "completion_rate", "average_quiz_score", "dropout_rate",
          "at_risk_count", "refreshed_at")  # fmt: skip


def teaching(person: User) -> dict[str, Any]:
    """Return totals, courses, newest enrollments and reviews of the courses that `person` owns, the bin left out.

    Four queries, and three more after a refresh or a review. Courses come with the fullest first. `refreshed_at` is
    the oldest of theirs; figures of a course that was never refreshed are None.
    """
    courses = list(
        Course.objects.filter(instructor=person, deleted_at=None)
        .select_related("stat", "category", "thumbnail")
        .defer("description", "search_text", "stat__quizzes")
        .annotate(recent_since=Subquery(_newest_first().filter(course=OuterRef("pk"))[NEWEST - 1 : NEWEST]))
        .order_by("-enrollment_count", "title_key", "id")
    )
    waiting = _waiting(courses)
    rows = [_row(course, waiting.get(course.pk, 0)) for course in courses]
    stats = [row["stat"] for row in rows if row["stat"]]
    kept = _kept(person, courses)
    return {
        "instructor": {"id": person.pk, "name": person.full_name},
        "refreshed_at": _oldest(stats) if len(stats) == len(rows) else None,
        "totals": {
            "courses": len(courses),
            "published": sum(course.status == Course.Status.PUBLISHED for course in courses),
            "students": kept["students"],
            "enrollments": sum(stat.enrollments for stat in stats),
            "active": sum(stat.active for stat in stats),
            "completion_rate": kept["completion_rate"],
            "average_rating": kept["average_rating"],
            "review_count": sum(course.review_count for course in courses),
            "waiting": sum(waiting.values()),
        },
        "courses": rows,
        "recent_enrollments": list(_recent_enrollments(courses)),
        "recent_reviews": newest(courses),
    }


def _ids(courses: Sequence[Course]) -> list[Any]:
    return [course.pk for course in courses]


def _row(course: Course, waiting: int) -> dict[str, Any]:
    stat: CourseStat | None = getattr(course, "stat", None)
    if stat is not None and stat.refreshed_at is None:
        stat = None
    return {
        "course": course,
        "stat": stat,
        "id": course.pk,
        "slug": course.slug,
        "title": course.title,
        "status": course.status,
        "enrolled_now": course.enrollment_count,
        **{name: getattr(stat, name, None) for name in UNSEEN},
        "average_rating": course.average_rating,
        "review_count": course.review_count,
        "waiting": waiting,
        "reach": reach_of(stat) if stat else [],
    }


def _oldest(stats: Sequence[CourseStat]) -> datetime | None:
    return min((stat.refreshed_at for stat in stats if stat.refreshed_at), default=None)


def _waiting(courses: Sequence[Course]) -> dict[Any, int]:
    """Return how many answers wait for a person, by course."""
    # By way of the question, whose index holds what waits and nothing else: the attempts of a course are many.
    answers = Answer.objects.waiting().filter(question__quiz__course__in=_ids(courses)).order_by()
    return dict(answers.values_list("question__quiz__course").annotate(n=Count("pk")))


def _kept(person: User, courses: Sequence[Course]) -> dict[str, Any]:
    """Return what has to look at every enrollment, from the cache unless a course was refreshed or rated since."""
    state = [
        (str(course.pk), _refreshed(course), course.review_count, course.average_rating) for course in courses
    ]
    digest = hashlib.sha256(repr(sorted(state, key=str)).encode()).hexdigest()[:32]
    key = f"analytics:teaching:{person.pk}:{digest}"
    found: dict[str, Any] | None = cache.get(key)
    if found is None:
        found = _counted(courses)
        cache.set(key, found, KEPT_SECONDS)
    return found


def _refreshed(course: Course) -> datetime | None:
    stat: CourseStat | None = getattr(course, "stat", None)
    return stat.refreshed_at if stat else None


def _counted(courses: Sequence[Course]) -> dict[str, Any]:
    people = (
        Enrollment.objects.filter(course__in=_ids(courses))
        .order_by()
        .aggregate(
            students=Count("student", distinct=True), total=Count("pk"), finished=Count("completed_at")
        )
    )
    shown = Review.objects.shown().filter(enrollment__course__in=_ids(courses))
    average, _count = mean_rating(shown)
    return {
        "students": people["students"],
        "completion_rate": share(people["finished"], people["total"]),
        "average_rating": average,
    }


def _newest_first() -> Any:
    return Enrollment.objects.order_by("-enrolled_at", "-pk").values("enrolled_at")


def _recent_enrollments(courses: Sequence[Any]) -> Any:
    """Return the newest ten.

    Each course knows when its own tenth newest came (`recent_since`). Nothing older than the latest of these can be
    among the newest of all: of each course ten rows are looked at, not all of them.
    """
    rows = Enrollment.objects.filter(course__in=_ids(courses)).select_related("student", "course")
    bounds = [course.recent_since for course in courses if course.recent_since]
    if bounds:
        rows = rows.filter(enrolled_at__gte=max(bounds))
    rows = rows.defer("notes", "course__description", "course__search_text")
    return rows.order_by("-enrolled_at", "-pk")[:NEWEST]
