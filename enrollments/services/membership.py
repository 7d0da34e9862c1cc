"""Statuses and seats: who is in a course, and how they come, go, and come back."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from courses import services as course_services
from courses.models import Course, Lesson
from courses.models.course import CourseQuerySet
from enrollments.exceptions import (
    AlreadyEnrolled,
    CourseFull,
    CourseGone,
    CourseNotOpen,
    EnrollmentSuspended,
    InvalidExpiry,
    InvalidStatus,
    PaymentRequired,
    PrerequisitesMissing,
)
from enrollments.models import Enrollment, EnrollmentEvent
from enrollments.services.counting import settle
from enrollments.services.history import checked_reason, log_event

Status = Enrollment.Status
Kind = EnrollmentEvent.Kind
UNSET: Any = object()


class _LostRace(Exception):
    """Somebody moved the row between the look and the write."""


def enroll(
    *,
    student: User,
    course: Course,
    source: str,
    by: User | None = None,
    granted: bool = False,
    expires_at: datetime | None = None,
) -> Enrollment:
    """Give `student` a seat in `course`: a new row (`is_new`), or their old one with its progress.

    `source` is the door (Enrollment.Source). `by` is who acted when it was not the student. `granted`
    (staff, payment) skips open, prerequisites and price, never the seat or a suspension. `expires_at` is an
    end of access other than now plus the course's `access_days`.

    Raises, in this order: CourseGone, EnrollmentSuspended, AlreadyEnrolled, CourseNotOpen,
    PrerequisitesMissing, PaymentRequired, CourseFull; InvalidExpiry for an end in the past.
    """
    if expires_at is not None and expires_at <= timezone.now():
        raise InvalidExpiry(_("Access must end in the future."))
    look_and_write = partial(
        _enroll, student, course, source=source, by=by, granted=granted, expires_at=expires_at
    )
    try:
        return look_and_write()
    except (IntegrityError, _LostRace, CourseFull):
        # The other click of a double click won, or no seat was left: what is due expires, and we look again.
        expire_due(course_id=course.pk)
        return look_and_write()


@transaction.atomic
def _enroll(
    student: User,
    course: Course,
    *,
    source: str,
    by: User | None,
    granted: bool,
    expires_at: datetime | None,
) -> Enrollment:
    enrollment = Enrollment.objects.filter(student=student, course=course).first()
    _refuse_unless_away(enrollment, course)
    if not granted:
        _refuse_unless_open(course)
        _refuse_without_prerequisites(student, course)
        _refuse_unless_paid(enrollment, course)
    now = timezone.now()
    actor = by or (student if source in (Enrollment.Source.WEB, Enrollment.Source.API) else None)
    end = expires_at or _end_of_access(course, enrollment, now)
    if enrollment is not None:
        enrollment.student, enrollment.course = student, course
        return _return_to(enrollment, end=end, now=now, source=source, granted=granted, by=actor)
    _take_seat(course, by_staff=granted)
    enrollment = Enrollment.objects.create(
        student=student,
        course=course,
        source=source,
        is_granted=granted,
        enrolled_at=now,
        expires_at=end,
        updated_at=now,
        # The version was read with the course, before this count: a change in between leaves the row stale.
        total_lessons_count=Lesson.objects.required().filter(course=course).count(),
        counted_version=course.structure_version,
    )
    log_event(enrollment, Kind.ENROLLED, from_status="", by=actor, data={"source": source})
    enrollment.came_by = Kind.ENROLLED
    return enrollment


def _refuse_unless_away(enrollment: Enrollment | None, course: Course) -> None:
    if course.deleted_at is not None:
        raise CourseGone
    if enrollment is None:
        return
    if enrollment.status == Status.SUSPENDED:
        raise EnrollmentSuspended
    if enrollment.is_current:
        raise AlreadyEnrolled(enrollment.pk, course)


def _refuse_unless_open(course: Course) -> None:
    if course.status != Course.Status.PUBLISHED:
        raise CourseNotOpen(next_url=course.get_absolute_url())


def _refuse_without_prerequisites(student: User, course: Course) -> None:
    if missing := list(missing_prerequisites(student, course)):
        raise PrerequisitesMissing(missing)


def missing_prerequisites(student: User, course: Course) -> CourseQuerySet:
    """Return the published prerequisites of the course that the person has not completed."""
    completed = Enrollment.objects.completed().filter(student=student).values("course")
    wanted = course.prerequisite_courses.values("pk")
    return Course.objects.published().filter(pk__in=wanted).exclude(pk__in=completed).order_by("title_key")


def _refuse_unless_paid(enrollment: Enrollment | None, course: Course) -> None:
    if not course.is_free and not (enrollment and enrollment.has_valid_grant):
        raise PaymentRequired(next_url=course.get_absolute_url())


def _end_of_access(course: Course, enrollment: Enrollment | None, now: datetime) -> datetime | None:
    if enrollment is not None and not course.is_free and enrollment.has_valid_grant:
        return enrollment.expires_at
    return now + timedelta(days=course.access_days) if course.access_days else None


def _take_seat(course: Course, *, by_staff: bool) -> None:
    """Take one seat in one UPDATE; raise what keeps the course from having one."""
    if course_services.take_seat(course.pk, by_staff=by_staff):
        return
    now = Course.objects.values("status", "deleted_at").get(pk=course.pk)
    if now["deleted_at"] is not None:
        raise CourseGone
    if not by_staff and now["status"] != Course.Status.PUBLISHED:
        raise CourseNotOpen(next_url=course.get_absolute_url())
    raise CourseFull(next_url=course.get_absolute_url())


def _return_to(
    enrollment: Enrollment,
    *,
    end: datetime | None,
    now: datetime,
    source: str,
    granted: bool,
    by: User | None,
) -> Enrollment:
    """Open an old row again: dropped and expired take a seat, completed past its end has kept its own."""
    before = enrollment.status
    if before == Status.COMPLETED:
        target, kind = Status.COMPLETED, Kind.RENEWED
    else:
        target = Status.COMPLETED if enrollment.completed_at else Status.ACTIVE
        kind = Kind.REACTIVATED
        if before == Status.ACTIVE:  # past its end, and the clock that expires it has not been round yet
            expire(enrollment=enrollment)
            before = Status.EXPIRED
        _take_seat(enrollment.course, by_staff=granted)
    _write(
        enrollment,
        {"status": before, "expires_at": enrollment.expires_at},
        status=target,
        expires_at=end,
        source=source,
        is_granted=enrollment.is_granted or granted,
        updated_at=now,
    )
    log_event(enrollment, kind, from_status=before, by=by, data={"source": source})
    enrollment.came_by = kind
    settle(enrollment)
    return enrollment


def _write(enrollment: Enrollment, where: dict[str, Any], **values: Any) -> None:
    """Change the row while it is as we saw it, and the object with it; else raise _LostRace."""
    values.setdefault("updated_at", timezone.now())
    rows = Enrollment.objects.filter(pk=enrollment.pk, **where)
    if not rows.update(revision=F("revision") + 1, **values):
        raise _LostRace
    for name, value in values.items():
        setattr(enrollment, name, value)
    enrollment.revision += 1


def _move(
    enrollment: Enrollment,
    *,
    to: str,
    origins: tuple[str, ...],
    kind: str,
    by: User | None,
    reason: str = "",
    seat: int = 0,
    **values: Any,
) -> Enrollment:
    """Move the status by compare-and-swap, with its seat and its line of history.

    Already at `to`: nothing happens. Raises InvalidStatus from any other status.
    """
    for last_try in (False, True):
        enrollment.refresh_from_db(fields=["status", "completed_at", "expires_at"])
        before = enrollment.status
        if before == to:
            return enrollment
        if before not in origins:
            raise InvalidStatus(enrollment)
        try:
            with transaction.atomic():  # the course's row first, then the enrollment's: one order everywhere
                if seat < 0:
                    course_services.free_seat(enrollment.course_id)
                elif seat > 0:
                    _take_seat(enrollment.course, by_staff=True)
                _write(enrollment, {"status": before}, status=to, **values)
                log_event(enrollment, kind, from_status=before, by=by, reason=reason)
            return enrollment
        except _LostRace:
            if last_try:
                break
    raise InvalidStatus(enrollment)


def drop(*, enrollment: Enrollment, by: User, reason: str = "") -> Enrollment:
    """Leave the course; progress is kept and the seat becomes free. Staff give a reason.

    Raises InvalidStatus (completed is never dropped; a suspended one by staff only) and ReasonNeeded.
    """
    now = timezone.now()
    if by.pk == enrollment.student_id:
        return _move(
            enrollment,
            to=Status.DROPPED,
            origins=(Status.ACTIVE,),
            kind=Kind.DROPPED,
            by=by,
            seat=-1,
            dropped_at=now,
        )
    enrollment.refresh_from_db(fields=["status", "completed_at"])
    if enrollment.completed_at is not None:
        raise InvalidStatus(enrollment)
    return _move(
        enrollment,
        to=Status.DROPPED,
        origins=(Status.ACTIVE, Status.SUSPENDED),
        kind=Kind.DROPPED,
        by=by,
        reason=checked_reason(reason),
        seat=-1,
        dropped_at=now,
        is_granted=False,
    )


def suspend(*, enrollment: Enrollment, by: User, reason: str) -> Enrollment:
    """Take access away until `resume`; the seat stays. Raises ReasonNeeded, InvalidStatus."""
    return _move(
        enrollment,
        to=Status.SUSPENDED,
        origins=Enrollment.CURRENT,
        kind=Kind.SUSPENDED,
        by=by,
        reason=checked_reason(reason),
    )


def resume(*, enrollment: Enrollment, by: User) -> Enrollment:
    """Give access back: completed if the course was completed, else active. Raises InvalidStatus."""
    enrollment.refresh_from_db(fields=["status", "completed_at"])
    target = Status.COMPLETED if enrollment.completed_at else Status.ACTIVE
    if enrollment.status == target:
        return enrollment
    _move(enrollment, to=target, origins=(Status.SUSPENDED,), kind=Kind.RESUMED, by=by)
    return settle(enrollment)


def expire(*, enrollment: Enrollment) -> Enrollment:
    """End the access of an active enrollment past its end and free its seat. Raises InvalidStatus."""
    enrollment.refresh_from_db(fields=["status", "expires_at"])
    if enrollment.status == Status.ACTIVE and not enrollment.is_overdue:
        raise InvalidStatus(enrollment)
    return _move(enrollment, to=Status.EXPIRED, origins=(Status.ACTIVE,), kind=Kind.EXPIRED, by=None, seat=-1)


def expire_due(*, course_id: UUID | None = None) -> int:
    """End the access of every active enrollment past its end (of one course), a transaction a row; count them."""
    rows = Enrollment.objects.overdue().select_related("course", "student")
    expired = 0
    for row in rows.filter(course=course_id) if course_id else rows:
        try:
            expired += expire(enrollment=row).status == Status.EXPIRED
        except InvalidStatus:
            continue  # extended or left meanwhile
    return expired


def extend(*, enrollment: Enrollment, by: User, expires_at: datetime | None) -> Enrollment:
    """Set a later end of access (None: for ever); an expired enrollment becomes current and takes a seat.

    Raises InvalidExpiry (not later than now and the present end), InvalidStatus (dropped), CourseFull.
    """
    enrollment.refresh_from_db(fields=["status", "completed_at", "expires_at"])
    present = enrollment.expires_at
    if expires_at is not None and expires_at <= timezone.now():
        raise InvalidExpiry(_("Access must end in the future."))
    if expires_at is not None and (present is None or expires_at < present):
        raise InvalidExpiry(_("The new end of access must be later than the present one."))
    if enrollment.status == Status.DROPPED:
        raise InvalidStatus(enrollment)
    if expires_at == present and enrollment.status != Status.EXPIRED:
        return enrollment
    before = enrollment.status
    target = before
    if before == Status.EXPIRED:
        target = Status.COMPLETED if enrollment.completed_at else Status.ACTIVE
    changes = {"expires_at": [_stamp(present), _stamp(expires_at)]}
    try:
        with transaction.atomic():
            if before == Status.EXPIRED:
                _take_seat(enrollment.course, by_staff=True)
            _write(
                enrollment, {"status": before, "expires_at": present}, status=target, expires_at=expires_at
            )
            log_event(enrollment, Kind.EXTENDED, from_status=before, by=by, data=changes)
    except _LostRace:
        raise InvalidStatus(enrollment) from None
    return settle(enrollment)


def _stamp(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


@transaction.atomic
def unlock(*, enrollment: Enrollment, by: User, unlocked: bool = True) -> Enrollment:
    """Open every lesson for this person, whatever its order and date; `unlocked=False` locks again."""
    rows = Enrollment.objects.filter(pk=enrollment.pk).exclude(is_unlocked=unlocked)
    if rows.update(is_unlocked=unlocked, revision=F("revision") + 1, updated_at=timezone.now()):
        enrollment.refresh_from_db(fields=["status", "is_unlocked", "revision", "updated_at"])
        log_event(
            enrollment,
            Kind.UNLOCKED,
            from_status=enrollment.status,
            by=by,
            data={"is_unlocked": [not unlocked, unlocked]},
        )
    enrollment.is_unlocked = unlocked
    return enrollment


@transaction.atomic
def recount_seats(course: Course) -> int:
    """Write the number of seats held, counted from the rows, to the course; return it."""
    Course.objects.select_for_update(no_key=True).get(
        pk=course.pk
    )  # no seat is taken between count and write
    seats = Enrollment.objects.seated().filter(course=course).count()
    course_services.set_enrollment_count(course.pk, seats)
    return seats
