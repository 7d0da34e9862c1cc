"""The verbs of a course's life, as buttons."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from courses import services
from courses.models import Course
from lms.lib.admin import sentences
from lms.lib.errors import DomainError
from lms.lib.requests import person_of

if TYPE_CHECKING:
    from courses.admin.courses import CourseAdmin

Verb = Callable[[Course, User], object]

VERBS: dict[str, tuple[Verb, str | Promise]] = {
    "publish": (lambda course, by: services.publish(course=course, by=by), _("The course is published.")),
    "publish_all": (
        lambda course, by: services.publish(course=course, by=by, publish_content=True),
        _("The course is published, with every lesson that was ready."),
    ),
    "unpublish": (
        lambda course, by: services.unpublish(course=course, by=by),
        _("The course is a draft again. Who is enrolled keeps access."),
    ),
    "archive": (
        lambda course, by: services.archive(course=course, by=by),
        _("The course is archived: closed to new students."),
    ),
    "restore": (lambda course, by: services.restore(course=course, by=by), _("The course is a draft again.")),
}


def change_life(page: CourseAdmin, request: HttpRequest, course: Course) -> HttpResponse:
    """Do the verb that was sent, say how it went, and go back to where the button stood."""
    chosen = VERBS.get(request.POST.get("verb", ""))
    if chosen is None:
        raise Http404
    verb, done = chosen
    try:
        verb(course, person_of(request))
    except DomainError as error:
        for sentence in dict.fromkeys(sentences(error)):
            messages.error(request, sentence)
    else:
        messages.success(request, str(done))
    return redirect(_place(request, course))


def _place(request: HttpRequest, course: Course) -> str:
    place = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(place, allowed_hosts=None) and place.startswith("/"):
        return place
    return reverse("admin:courses_course_change", args=[course.pk])
