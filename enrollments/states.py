"""What the one button of a course says to this person: the course page, the API, nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from courses.models import Course, Module
from enrollments.exceptions import CourseFull, CourseNotOpen, EnrollmentSuspended, PaymentRequired
from enrollments.models import Enrollment
from enrollments.permissions import opens_at
from enrollments.services import missing_prerequisites


@dataclass(frozen=True)
class ButtonState:
    """Code, the words of the button, a sentence below it, and where it leads.

    `posts` tells a form (enroll, renew) from a link. Without `url` there is nothing to press.
    """

    code: str
    label: str
    sentence: str = ""
    url: str = ""
    posts: bool = False
    enrollment: Enrollment | None = None


def button_state(user: Any, course: Course, enrollment: Enrollment | None) -> ButtonState:
    """Return what the button of a visible course says (one query, only for people without an enrollment)."""
    if enrollment is not None and enrollment.status == Enrollment.Status.SUSPENDED:
        return ButtonState(
            "enrollment_suspended", _("Suspended"), str(EnrollmentSuspended.message), enrollment=enrollment
        )
    if enrollment is not None and enrollment.is_current:
        return _go_on(course, enrollment)
    closed = _closed(user, course, enrollment)
    if closed is not None:
        return closed
    url = reverse("enrollments:enroll", args=[course.slug])
    if enrollment is None:
        return ButtonState("enroll", _("Enroll"), url=url, posts=True)
    if enrollment.status == Enrollment.Status.DROPPED:
        text = _("You left this course. Your progress is kept.")
        return ButtonState("enroll_again", _("Enroll again"), text, url, True, enrollment)
    text = _("Your access has ended. Your progress is kept.")
    return ButtonState("renew", _("Renew"), text, url, True, enrollment)


def _go_on(course: Course, enrollment: Enrollment) -> ButtonState:
    home = enrollment_home(course)
    if enrollment.completed_at is not None:
        return ButtonState(
            "open_again", _("Open again"), _("You completed this course."), home, False, enrollment
        )
    if enrollment.started_at is not None:
        return ButtonState("continue", _("Continue"), url=home, enrollment=enrollment)
    opens = _first_opening(course, enrollment)
    if opens is not None:
        text = _("Opens on %(date)s") % {"date": date_format(localtime(opens), "DATE_FORMAT")}
        return ButtonState("not_released", text, _("You are enrolled."), home, False, enrollment)
    return ButtonState("start", _("Start"), url=home, enrollment=enrollment)


def enrollment_home(course: Course) -> str:
    """Return the course home's address."""
    return reverse("enrollments:course_home", args=[course.slug])


def _first_opening(course: Course, enrollment: Enrollment) -> Any:
    """Return when the first module opens if all of them are still closed, else None (one query)."""
    if enrollment.is_unlocked:
        return None
    modules = Module.objects.shown().filter(course=course).order_by("position")
    times = [opens_at(module, enrollment.enrolled_at) for module in modules]
    closed = [time for time in times if time is not None and time > timezone.now()]
    return min(closed) if closed and len(closed) == len(times) else None


def _closed(user: Any, course: Course, enrollment: Enrollment | None) -> ButtonState | None:
    """Return why this person cannot enroll now, None when they can; visitors enroll by signing in first."""
    if course.status != Course.Status.PUBLISHED or course.deleted_at is not None:
        return ButtonState("course_not_open", _("Closed"), str(CourseNotOpen.message), enrollment=enrollment)
    if user.is_authenticated and not _is_known_to_need_nothing(course):
        missing = missing_prerequisites(user, course).first()
        if missing is not None:
            text = _("Prerequisite: %(title)s") % {"title": missing.title}
            sentence = _("Complete that course first.")
            return ButtonState(
                "prerequisites_missing", text, sentence, missing.get_absolute_url(), False, enrollment
            )
    if not course.is_free and not (enrollment and enrollment.has_valid_grant):
        return ButtonState(
            "payment_required", _("Ask an administrator"), str(PaymentRequired.message), enrollment=enrollment
        )
    if course.max_students is not None and course.enrollment_count >= course.max_students:
        return ButtonState("course_full", _("Full"), str(CourseFull.message), enrollment=enrollment)
    return None


def _is_known_to_need_nothing(course: Course) -> bool:
    """Return whether the page has read the course's prerequisites already, and there are none."""
    known = getattr(course, "_prefetched_objects_cache", {}).get("prerequisite_courses")
    return known is not None and not known
