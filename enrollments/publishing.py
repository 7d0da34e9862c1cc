"""What this app asks of a course before it is published."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext_lazy as _

from courses.models import Course, Lesson
from courses.services import Problem


def somebody_could_complete(course: Course) -> Iterator[Problem]:
    """A course without a required lesson is never completed."""
    return courses_nobody_completes([course])


def courses_nobody_completes(courses: Sequence[Course]) -> Iterator[Problem]:
    """The same for several courses (one query)."""
    required = Lesson.objects.required().filter(course__in=[course.pk for course in courses])
    fine = set(required.order_by().values_list("course", flat=True).distinct())
    for course in courses:
        if course.pk not in fine:
            yield Problem("no_required_lesson", _("Nobody could complete this course."), course)
