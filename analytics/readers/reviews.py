"""Reviews of courses: which are the newest, and how ratings are spread. Both are looked for when a rating has changed.

To find them every review of a course has to be looked at, so what was found is kept; a course's own row says whether a
review came, went or changed the mean. What is shown is read anew each time, so nothing hidden is ever shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.core.cache import cache
from django.db.models import Count

from courses.models import Course
from enrollments.models import Review

NEWEST = 10
KEPT_SECONDS = 600  # a change that moves no mean of two decimals is told after that
T = TypeVar("T")


def newest(courses: Sequence[Course]) -> list[Review]:
    """Return the newest ten visible reviews of the courses, with who wrote them of what.

    One query; one more after a review came or went.
    """
    shown = Review.objects.shown()

    def find() -> list[Any]:
        rows = shown.filter(enrollment__course__in=[course.pk for course in courses])
        return list(rows.order_by("-created_at", "-pk").values_list("pk", flat=True)[:NEWEST])

    rows = shown.filter(pk__in=_kept("newest", courses, find))
    people = rows.select_related("enrollment__student", "enrollment__course")
    people = people.defer("enrollment__course__description", "enrollment__notes")
    return list(people.order_by("-created_at", "-pk"))


def spread(course: Course) -> dict[str, int]:
    """Return how many visible ratings there are of each number of stars (no query, or one after a review changed)."""

    def find() -> dict[int, int]:
        rows = Review.objects.shown().filter(enrollment__course=course.pk).order_by()
        return dict(rows.values_list("rating").annotate(n=Count("pk")))

    counts = _kept("spread", [course], find)
    return {str(stars): counts.get(stars, 0) for stars in range(1, 6)}


def _kept(what: str, courses: Sequence[Course], find: Callable[[], T]) -> T:
    state = sorted((str(course.pk), course.review_count, str(course.average_rating)) for course in courses)
    key = f"analytics:{what}:{hashlib.sha256(repr(state).encode()).hexdigest()[:32]}"
    found: T | None = cache.get(key)
    if found is None:
        found = find()
        cache.set(key, found, KEPT_SECONDS)
    return found
