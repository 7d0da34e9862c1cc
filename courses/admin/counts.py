"""How much each course of a list still lacks, in a constant number of queries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from courses.checks import registered_problems_of
from courses.models import Course, Lesson


def count_blocking(courses: Sequence[Course]) -> dict[Any, int]:
    """Return for each course, by id, the number of its blocking problems, as its check list has them."""
    live: Counter[Any] = Counter()
    found: Counter[Any] = Counter()
    lessons = Lesson.objects.live().filter(course__in=[course.pk for course in courses])
    for lesson in lessons.select_related("video_file").prefetch_related("resources"):
        live[lesson.course_id] += 1
        found[lesson.course_id] += len(lesson.blocking_problems())
    for problem in registered_problems_of(courses):
        if problem.is_blocking:
            found[getattr(problem.target, "course_id", problem.target.pk)] += 1
    return {
        course.pk: found[course.pk] + len(list(course.blocking_problems(live[course.pk])))
        for course in courses
    }
