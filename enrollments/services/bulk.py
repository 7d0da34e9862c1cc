"""Many people into one course: a transaction a row, safe to repeat, and a dry run that gives the same answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import models, transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.services import invite_user
from courses.models import Course
from enrollments.exceptions import AlreadyEnrolled, CourseFull, EnrollmentSuspended, TooManyAddresses
from enrollments.models import Enrollment, EnrollmentEvent
from enrollments.services.membership import enroll, expire_due
from lms.lib.errors import DomainError


class Result(models.TextChoices):
    """What became of a row."""

    ENROLLED = "enrolled", gettext_lazy("Enrolled")
    REACTIVATED = "reactivated", gettext_lazy("Came back")
    RENEWED = "renewed", gettext_lazy("Renewed")
    ALREADY_ENROLLED = "already_enrolled", gettext_lazy("Was enrolled before")
    INVITED = "invited", gettext_lazy("Invited and enrolled")
    UNKNOWN_EMAIL = "unknown_email", gettext_lazy("No account with this address")
    INVALID_EMAIL = "invalid_email", gettext_lazy("Not an e-mail address")
    DUPLICATE = "duplicate", gettext_lazy("Stands above already")
    INACTIVE_ACCOUNT = "inactive_account", gettext_lazy("The account is closed")
    ENROLLMENT_SUSPENDED = "enrollment_suspended", gettext_lazy("Suspended in this course")
    COURSE_FULL = "course_full", gettext_lazy("No seat left")


MADE = {Result.ENROLLED, Result.INVITED}
SEATED = MADE | {Result.REACTIVATED}  # rows that take a seat
DONE = SEATED | {Result.RENEWED, Result.ALREADY_ENROLLED}


@dataclass(frozen=True)
class Entry:
    """One line of a list: `line` counts from 1; the name is for an invitation."""

    line: int
    email: str
    full_name: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Row:
    """What became of one line. `sentence` says more where the result alone does not."""

    line: int
    email: str
    result: Result
    sentence: str
    enrollment_id: UUID | None = None

    @property
    def is_done(self) -> bool:
        return self.result in DONE


def enroll_many(
    *,
    course: Course,
    entries: Sequence[Entry],
    by: User,
    invite: bool = False,
    dry_run: bool = False,
    expires_at: datetime | None = None,
) -> list[Row]:
    """Enroll everybody on the list as staff do: no price, no prerequisites, but never a seat too many.

    `invite` makes accounts for unknown addresses, as far as `by` may. `expires_at` is the end of access of
    those whose entry has none. `dry_run` writes nothing and answers what the run would. A row that fails stops
    no other. Raises TooManyAddresses above BULK_ENROLL_MAX.
    """
    if len(entries) > settings.BULK_ENROLL_MAX:
        raise TooManyAddresses(settings.BULK_ENROLL_MAX)
    expire_due(course_id=course.pk)
    emails = [User.clean_email(entry.email) for entry in entries]
    people = {user.email: user for user in User.objects.filter(email__in=set(emails))}
    return list(_rows(course, entries, people, by, invite, dry_run, expires_at))


def _rows(
    course: Course,
    entries: Sequence[Entry],
    people: dict[str, User],
    by: User,
    invite: bool,
    dry_run: bool,
    expires_at: datetime | None,
) -> Iterator[Row]:
    seen: set[str] = set()
    taken = 0  # seats that this dry run would have taken by now
    for entry in entries:
        email = User.clean_email(entry.email)
        result, sentence, enrollment_id = Result.DUPLICATE, "", None
        if email not in seen:
            seen.add(email)
            end = entry.expires_at or expires_at
            with transaction.atomic():
                if dry_run and taken:
                    Course.objects.filter(pk=course.pk).update(enrollment_count=F("enrollment_count") + taken)
                result, sentence, enrollment_id = _one(
                    course, entry, email, people.get(email), by, invite, end
                )
                if dry_run:
                    transaction.set_rollback(True)
                    taken += result in SEATED
        kept = None if dry_run and result in MADE else enrollment_id
        yield Row(entry.line, entry.email.strip(), result, sentence or str(result.label), kept)


def _one(
    course: Course,
    entry: Entry,
    email: str,
    user: User | None,
    by: User,
    invite: bool,
    end: datetime | None,
) -> tuple[Result, str, UUID | None]:
    """Bring one person in; return the result, a sentence where there is more to say, and the enrollment's id."""
    try:
        validate_email(email)
    except ValidationError:
        return Result.INVALID_EMAIL, "", None
    if user is not None and not user.is_active:
        return Result.INACTIVE_ACCOUNT, "", None
    try:
        with transaction.atomic():  # an account without its enrollment is not left behind
            invited = user is None and invite
            if invited:
                name = entry.full_name or email.partition("@")[0]
                user = invite_user(by=by, email=email, full_name=name)
            if user is None:
                return Result.UNKNOWN_EMAIL, "", None
            enrollment = enroll(
                student=user,
                course=course,
                source=Enrollment.Source.IMPORT,
                by=by,
                granted=True,
                expires_at=end,
            )
    except AlreadyEnrolled as refusal:
        return Result.ALREADY_ENROLLED, "", refusal.enrollment_id
    except EnrollmentSuspended:
        return Result.ENROLLMENT_SUSPENDED, "", None
    except CourseFull:
        return Result.COURSE_FULL, "", None
    except PermissionDenied:
        return Result.UNKNOWN_EMAIL, _("There is no account, and you may not invite people."), None
    except DomainError as refusal:  # the invitation was refused
        said = " ".join(str(error.message) for error in refusal.errors) or str(refusal)
        return Result.UNKNOWN_EMAIL, said, None
    return Result.INVITED if invited else _result_of(enrollment), "", enrollment.pk


def _result_of(enrollment: Enrollment) -> Result:
    came = {
        EnrollmentEvent.Kind.REACTIVATED: Result.REACTIVATED,
        EnrollmentEvent.Kind.RENEWED: Result.RENEWED,
    }
    return came.get(EnrollmentEvent.Kind(enrollment.came_by), Result.ENROLLED)
