"""The mails about enrollments: what each says, in the language of the person it goes to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core import signing
from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.services import send_templated_mail
from enrollments.models import Enrollment, EnrollmentEvent, StudyDay

Kind = EnrollmentEvent.Kind
REMINDERS = {Kind.REMINDED, Kind.EXPIRY_WARNED, Kind.WEEKLY_SUMMARY}
SALT = "enrollments.reminders"


@dataclass(frozen=True)
class Letter:
    """Subject, paragraphs, and where the button leads with its words."""

    subject: str
    paragraphs: list[str]
    url: str
    action: str


def is_mailed(kind: str, *, by_staff: bool) -> bool:
    """Return whether an event of this kind is told by mail; who leaves a course knows it."""
    return kind in _LETTERS and (kind != Kind.DROPPED or by_staff)


def send_event_mail(event: EnrollmentEvent) -> bool:
    """Send the mail of an event, now; False when it is no longer wanted. Raises OSError when it cannot leave."""
    enrollment = event.enrollment
    student = enrollment.student
    if not student.is_active or (event.kind in REMINDERS and not _is_still_wanted(enrollment)):
        return False
    with translation.override(student.locale), timezone.override(ZoneInfo(student.time_zone)):
        letter = _LETTERS[Kind(event.kind)](event)
        if letter is None:
            return False
        context: dict[str, Any] = {
            "subject": letter.subject,
            "paragraphs": letter.paragraphs,
            "action_url": settings.SITE_URL + letter.url,
            "action_text": letter.action,
        }
        if event.kind in REMINDERS:
            everything = event.kind == Kind.WEEKLY_SUMMARY
            context["mute_url"] = settings.SITE_URL + mute_path(enrollment, everything=everything)
    host = settings.SITE_URL.partition("://")[2].partition(":")[0]
    send_templated_mail(
        user=student, template="enrollment", context=context, message_id=f"<enrollment-{event.pk}@{host}>"
    )
    return True


def _is_still_wanted(enrollment: Enrollment) -> bool:
    is_active = enrollment.status == Enrollment.Status.ACTIVE and enrollment.is_current
    return is_active and not enrollment.is_muted and enrollment.course.deleted_at is None


# --- The link that ends reminders -------------------------------------------------------------------------


def mute_path(enrollment: Enrollment, *, everything: bool = False) -> str:
    """Return the path of the page that mutes this course, or all courses of its student, without signing in."""
    token = signing.dumps([str(enrollment.pk), everything], salt=SALT)
    return reverse("enrollments:mute_by_link", args=[token])


def read_mute_token(token: str) -> tuple[UUID, bool] | None:
    """Return the enrollment's id and whether all courses are meant; None for a token that is not ours."""
    try:
        enrollment_id, everything = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    return UUID(enrollment_id), bool(everything)


# --- What each says ---------------------------------------------------------------------------------------


def _home(enrollment: Enrollment) -> str:
    return enrollment.get_absolute_url()


def _title(event: EnrollmentEvent) -> dict[str, str]:
    return {"title": event.enrollment.course.title}


def _day(moment: Any) -> str:
    return date_format(timezone.localtime(moment), "DATE_FORMAT")


def _why(event: EnrollmentEvent) -> list[str]:
    return [_("The reason given: %(reason)s") % {"reason": event.reason}] if event.reason else []


def _access(enrollment: Enrollment) -> list[str]:
    if enrollment.expires_at is None:
        return []
    return [_("Your access ends on %(day)s.") % {"day": _day(enrollment.expires_at)}]


def _enrolled(event: EnrollmentEvent) -> Letter:
    enrollment = event.enrollment
    texts = [_("you are enrolled in “%(title)s”. You can start at once.") % _title(event)]
    subject = _("You are enrolled in “%(title)s”") % _title(event)
    return Letter(subject, texts + _access(enrollment), _home(enrollment), _("Go to the course"))


def _dropped(event: EnrollmentEvent) -> Letter:
    texts = [_("you were removed from “%(title)s”. Your progress is kept.") % _title(event), *_why(event)]
    subject = _("You were removed from “%(title)s”") % _title(event)
    return Letter(subject, texts, reverse("enrollments:dashboard"), _("My learning"))


def _suspended(event: EnrollmentEvent) -> Letter:
    texts = [
        _("your access to “%(title)s” was suspended. Your progress is kept.") % _title(event),
        *_why(event),
        _("Ask the teacher if you have questions."),
    ]
    subject = _("Your access to “%(title)s” was suspended") % _title(event)
    return Letter(subject, texts, reverse("enrollments:dashboard"), _("My learning"))


def _resumed(event: EnrollmentEvent) -> Letter:
    texts = [_("your access to “%(title)s” is open again. Go on where you stopped.") % _title(event)]
    subject = _("Your access to “%(title)s” is open again") % _title(event)
    return Letter(subject, texts + _access(event.enrollment), _home(event.enrollment), _("Go to the course"))


def _expired(event: EnrollmentEvent) -> Letter | None:
    if event.enrollment.is_current:
        return None  # renewed or extended meanwhile, perhaps in the same breath
    texts = [
        _("your access to “%(title)s” has ended. Your progress is kept.") % _title(event),
        _("You can renew it on the course page."),
    ]
    subject = _("Your access to “%(title)s” has ended") % _title(event)
    return Letter(subject, texts, event.enrollment.course.get_absolute_url(), _("Go to the course page"))


def _extended(event: EnrollmentEvent) -> Letter:
    enrollment = event.enrollment
    texts = [_("your access to “%(title)s” was extended.") % _title(event), *_access(enrollment)]
    if enrollment.expires_at is None:
        texts.append(_("It no longer ends."))
    subject = _("Your access to “%(title)s” was extended") % _title(event)
    return Letter(subject, texts, _home(enrollment), _("Go to the course"))


def _reminded(event: EnrollmentEvent) -> Letter:
    enrollment = event.enrollment
    texts = [
        _("you have not opened “%(title)s” for some time.") % _title(event),
        _("You have completed %(done)d of %(total)d lessons. A few minutes are enough for the next step.")
        % {"done": enrollment.completed_lessons_count, "total": enrollment.total_lessons_count},
    ]
    subject = _("Go on with “%(title)s”") % _title(event)
    return Letter(subject, texts + _access(enrollment), _home(enrollment), _("Continue"))


def _warned(event: EnrollmentEvent) -> Letter | None:
    enrollment = event.enrollment
    days = enrollment.days_left
    if (
        days is None
        or enrollment.expires_at is None
        or not event.key.startswith(enrollment.expires_at.isoformat())
    ):
        return None  # extended meanwhile
    text = ngettext(
        "%(days)d day of access to “%(title)s” is left.",
        "%(days)d days of access to “%(title)s” are left.",
        days,
    ) % {"days": days, **_title(event)}
    left = enrollment.total_lessons_count - enrollment.completed_lessons_count
    lessons = ngettext("%(count)d lesson is still to do.", "%(count)d lessons are still to do.", left)
    subject = _("Your access to “%(title)s” ends soon") % _title(event)
    texts = [text, *_access(enrollment), lessons % {"count": left}]
    return Letter(subject, texts, _home(enrollment), _("Continue"))


def _weekly(event: EnrollmentEvent) -> Letter | None:
    """What was done in the last seven days, course by course; None when nothing is left to tell of."""
    student = event.enrollment.student
    rows = Enrollment.objects.current().filter(
        student=student, status=Enrollment.Status.ACTIVE, is_muted=False, course__deleted_at=None
    )
    lines = [
        _("“%(title)s”: %(done)d of %(total)d lessons")
        % {"title": row.course.title, "done": row.completed_lessons_count, "total": row.total_lessons_count}
        for row in rows.select_related("course").order_by("-last_accessed_at", "-enrolled_at")
    ]
    if not lines:
        return None
    since = timezone.localdate(event.at) - timedelta(days=7)
    days = StudyDay.objects.filter(enrollment__student=student, day_on__gte=since)
    minutes = (days.aggregate(total=Sum("seconds"))["total"] or 0) // 60
    studied = ngettext(
        "in the last seven days you studied for %(count)d minute.",
        "in the last seven days you studied for %(count)d minutes.",
        minutes,
    ) % {"count": minutes}
    return Letter(_("Your week"), [studied, *lines], reverse("enrollments:dashboard"), _("My learning"))


_LETTERS: dict[Kind, Callable[[EnrollmentEvent], Letter | None]] = {
    Kind.ENROLLED: _enrolled,
    Kind.DROPPED: _dropped,
    Kind.SUSPENDED: _suspended,
    Kind.RESUMED: _resumed,
    Kind.EXPIRED: _expired,
    Kind.EXTENDED: _extended,
    Kind.REMINDED: _reminded,
    Kind.EXPIRY_WARNED: _warned,
    Kind.WEEKLY_SUMMARY: _weekly,
}
