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
from django.utils.translation import ngettext

from accounts.models import User
from courses import services
from courses.admin.ask import ask
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
    "duplicate": (
        lambda course, by: services.duplicate_course(course=course, by=by),
        _("This is the copy, a draft of its own."),
    ),
    "bin": (
        lambda course, by: services.bin_course(course=course, by=by, force=by.is_admin),
        _("The course is in the recycle bin. An admin can restore it for 30 days."),
    ),
    "restore": (lambda course, by: services.restore(course=course, by=by), _("The course is a draft again.")),
}


def change_life(page: CourseAdmin, request: HttpRequest, course: Course) -> HttpResponse:
    """Do the verb that was sent, say how it went, and go back to where the button stood."""
    chosen = VERBS.get(request.POST.get("verb", ""))
    if chosen is None:
        raise Http404
    verb, done = chosen
    if chosen is VERBS["bin"] and "apply" not in request.POST:
        return _ask_before_binning(page, request, course)
    place = _place(request, course)
    try:
        result = verb(course, person_of(request))
    except DomainError as error:
        for sentence in dict.fromkeys(sentences(error)):
            messages.error(request, sentence)
    else:
        messages.success(request, str(done))
        if chosen is VERBS["duplicate"] and isinstance(result, Course):
            place = reverse("admin:courses_course_outline", args=[result.pk])
        if chosen is VERBS["bin"] and not person_of(request).is_admin:
            place = reverse("admin:courses_course_changelist")  # it is out of an instructor's sight now
    return redirect(place)


def _ask_before_binning(page: CourseAdmin, request: HttpRequest, course: Course) -> HttpResponse:
    count = course.enrollment_count
    people = ngettext(
        "%(count)d person is enrolled: their access rests until the course is restored.",
        "%(count)d people are enrolled: their access rests until the course is restored.",
        count,
    )
    text = _("Nobody but admins sees it then. An admin can restore it for 30 days.")
    return ask(
        page,
        request,
        title=_("Put into the recycle bin"),
        text=f"{people % {'count': count}} {text}" if count else text,
        rows=[course],
        fields={"verb": "bin", "next": request.POST.get("next", "")},
    )


def _place(request: HttpRequest, course: Course) -> str:
    place = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(place, allowed_hosts=None) and place.startswith("/"):
        return place
    return reverse("admin:courses_course_change", args=[course.pk])
