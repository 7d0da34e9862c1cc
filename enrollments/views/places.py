"""Where a person stands in a course, for the pages: read once, brought up to date, redirected when it moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from courses.models import Course
from courses.permissions import get_course_for
from enrollments import services
from enrollments.models import Enrollment
from enrollments.permissions import is_course_visible


@dataclass(frozen=True)
class Place:
    """A visible course and the person's enrollment in it, if there is one."""

    course: Course
    enrollment: Enrollment | None


def get_place_for(user: Any, slug: str) -> Place:
    """Return the course and the person's enrollment, fresh (one query; more when something is due).

    Http404 for a course that they may not know of; a course in the bin is known to those with a row.
    """
    enrollment = enrollment_in(user, slug)
    if enrollment is None:
        return Place(get_course_for(user, slug), None)
    course = enrollment.course
    if course.deleted_at is None and not is_course_visible(user, course, enrollment):
        raise Http404
    services.refresh([enrollment])
    return Place(course, enrollment)


def enrollment_in(user: Any, slug: str) -> Enrollment | None:
    """Return the person's enrollment in the course with this slug, old ones included, and its course (one query)."""
    if not user.is_authenticated:
        return None
    rows = Enrollment.objects.select_related("course__category", "course__thumbnail", "course__instructor")
    enrollment = rows.filter(student=user, course__slugs__slug=slug).first()
    if enrollment is not None:
        enrollment.student = user
    return enrollment


def moved(request: HttpRequest, course: Course, slug: str) -> HttpResponse | None:
    """Return the redirect from an old slug of the course to its present one.

    None when it is the present one, and for a POST: that is done where it stands, or what was typed would be lost.
    """
    if course.slug == slug or request.method == "POST":
        return None
    address = request.get_full_path().replace(f"/{slug}/", f"/{course.slug}/", 1)
    return redirect(address, permanent=True)
