"""The numbers: progress counted from the ledger, and the moment at which a course is completed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Case, Count, F, Value, When
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext as _

from courses.models import Course, Lesson
from enrollments.models import Enrollment, EnrollmentEvent, LessonProgress
from enrollments.permissions import lesson_url
from enrollments.services.history import log_event
from enrollments.services.kinds import Requirement, failed_checks
from enrollments.signals import enrollment_completed

BATCH = 500
Status = Enrollment.Status
log = structlog.get_logger("enrollments")


def percentage(done: int, total: int) -> Decimal:
    """Return done of total in per cent with two decimals, cut: 100 only when everything is done; 0 of 0 is 0."""
    return Decimal(10000 * done // total) / 100 if total else Decimal(0)


# --- One row, in the student's own step -------------------------------------------------------------------


def count_step(
    enrollment_id: UUID, *, at: datetime, own_step: bool = True, **values: Any
) -> tuple[Enrollment, bool]:
    """Count one enrollment under its row lock and write the numbers, with `values`, in one UPDATE.

    When everything is done and every check passes, the course is completed with it. `own_step` decides at
    once; otherwise the time of grace after an edit, and a draft, hold it back. Returns the row, and whether
    this call completed the course. Two queries, and one more when it does. The caller holds the row's lock
    (see `lock`) inside a transaction.
    """
    row = Enrollment.objects.with_counts().select_related("course", "student").get(pk=enrollment_id)
    if row.completed_at is not None:  # completed rows keep their three numbers
        _apply(row, updated_at=at, **values)
        return row, False
    done, total = row.done_count, row.required_count  # type: ignore[attr-defined]  # of with_counts
    values |= {
        "completed_lessons_count": done,
        "total_lessons_count": total,
        "progress_percentage": percentage(done, total),
        "counted_version": row.course.structure_version,
    }
    if own_step:
        values["completion_due_at"] = None
    finished = done == total > 0 and row.status == Status.ACTIVE and not row.is_overdue
    finished = finished and (own_step or _grace_is_over(row, at)) and not failed_checks(row)
    if finished:
        _apply(row, updated_at=at, status=Status.COMPLETED, completed_at=at, **values)
        key = "once"
        log_event(row, EnrollmentEvent.Kind.COMPLETED, from_status=Status.ACTIVE, by=None, key=key)
        transaction.on_commit(partial(_tell, row.pk), robust=True)
    else:
        _apply(row, updated_at=at, **values)
    return row, finished


def _grace_is_over(row: Enrollment, at: datetime) -> bool:
    if row.course.status == Course.Status.DRAFT or row.course.deleted_at is not None:
        return False
    if row.is_stale:
        return _grace(row.course.structure_changed_at) <= at
    return row.completion_due_at is None or row.completion_due_at <= at


def _grace(changed_at: datetime) -> datetime:
    return changed_at + timedelta(minutes=settings.COMPLETION_GRACE_MINUTES)


def _apply(row: Enrollment, **values: Any) -> None:
    Enrollment.objects.filter(pk=row.pk).update(**values)
    for name, value in values.items():
        setattr(row, name, value)


def _tell(enrollment_id: UUID) -> None:
    for receiver, answer in enrollment_completed.send_robust(Enrollment, enrollment_id=enrollment_id):
        if isinstance(answer, Exception):
            log.error("completion_receiver_failed", receiver=repr(receiver), exc_info=answer)


def lock(rows: Any, *, at: datetime) -> bool:
    """Take the row lock of the one enrollment in `rows` by writing to it: guard and lock in one UPDATE.

    Holds on both databases until the transaction ends. False: no row fits, nothing was written.
    """
    return bool(rows.update(revision=F("revision") + 1, updated_at=at))


@transaction.atomic
def check_completion(enrollment: Enrollment) -> Enrollment:
    """Count the enrollment anew and complete the course if everything is done. Return the row as it is now.

    For the apps above, when a result of theirs changes. Decides at once; not current: counts only.
    """
    return _recheck(enrollment, own_step=True)


def settle(enrollment: Enrollment) -> Enrollment:
    """As `check_completion`, after the time of grace that an edit of the course gives its author."""
    with transaction.atomic():
        fresh = _recheck(enrollment, own_step=False)
    _copy_numbers(fresh, enrollment)
    return enrollment


def _recheck(enrollment: Enrollment, *, own_step: bool) -> Enrollment:
    now = timezone.now()
    lock(Enrollment.objects.filter(pk=enrollment.pk), at=now)
    return count_step(enrollment.pk, at=now, own_step=own_step)[0]


# --- Many rows, after an edit -----------------------------------------------------------------------------


def recount(enrollments: Iterable[Enrollment]) -> int:
    """Bring the numbers of these enrollments to the course's present lessons; return how many were written.

    Completed ones keep theirs. Reads the version, then counts, then writes where the row has not moved in
    between; one that moved stays stale for the next round. Set-based: five queries, however many rows. The
    objects given carry the new numbers. Nobody completes here: a full count is marked, see `settle`.
    """
    given = {row.pk: row for row in enrollments}
    if not given:
        return 0
    rows = list(
        Enrollment.objects.filter(pk__in=given, completed_at=None).select_related("course").order_by("pk")
    )
    totals = _counts(Lesson.objects.required().filter(course__in={row.course_id for row in rows}), "course")
    done = _counts(
        LessonProgress.objects.filter(
            enrollment__in=rows,
            status=LessonProgress.Status.COMPLETED,
            lesson__in=Lesson.objects.required(),
        ),
        "enrollment",
    )
    now = timezone.now()
    for row in rows:
        _take_numbers(row, done.get(row.pk, 0), totals.get(row.course_id, 0))
        row.updated_at = now
    with transaction.atomic():
        written = _write_numbers(rows)
    for row in rows:
        _copy_numbers(row, given[row.pk])
    return written


def _counts(queryset: Any, by: str) -> dict[UUID, int]:
    return dict(queryset.order_by().values_list(by).annotate(n=Count("pk")))


def _take_numbers(row: Enrollment, done: int, total: int) -> None:
    was_full = row.progress_percentage == 100
    row.completed_lessons_count, row.total_lessons_count = done, total
    row.progress_percentage = percentage(done, total)
    row.counted_version = row.course.structure_version
    if row.progress_percentage < 100:
        row.completion_due_at = None
    elif not was_full:
        row.completion_due_at = _grace(row.course.structure_changed_at)


NUMBERS = (
    "completed_lessons_count",
    "total_lessons_count",
    "progress_percentage",
    "counted_version",
    "completion_due_at",
)


def _write_numbers(rows: Sequence[Enrollment]) -> int:
    """Write the five numbers, each row where its revision is the one that was read; return how many were."""
    if not rows:
        return 0
    # Two recounts that overlap must lock in one order, or they could wait for each other for ever.
    ids = [row.pk for row in rows]
    list(
        Enrollment.objects.filter(pk__in=ids)
        .order_by("pk")
        .select_for_update(no_key=True)
        .values_list("pk", flat=True)
    )
    unmoved = Enrollment.objects.filter(pk__in=ids, completed_at=None, revision=_by_value(rows, "revision"))
    return unmoved.update(**{name: _by_value(rows, name) for name in (*NUMBERS, "updated_at")})


def _by_value(rows: Sequence[Enrollment], name: str) -> Value | Case | Cast:
    """Return what the column is to be in each of the rows: one `WHEN` a value, not a row.

    Most rows of a batch share their values, and compiling thousands of conditions costs more than the update.
    """
    field: Any = Enrollment._meta.get_field(name)
    ids_of: dict[Any, list[UUID]] = {}
    for row in rows:
        ids_of.setdefault(getattr(row, name), []).append(row.pk)
    if len(ids_of) == 1:
        return Value(getattr(rows[0], name), output_field=field)
    whens = [When(pk__in=ids, then=Value(value, output_field=field)) for value, ids in ids_of.items()]
    case = Case(*whens, output_field=field)
    return Cast(case, field) if connection.features.requires_casted_case_in_updates else case


def _copy_numbers(source: Enrollment, target: Enrollment) -> None:
    for name in (*NUMBERS, "status", "completed_at", "revision"):
        setattr(target, name, getattr(source, name))


def missing_for_completion(enrollment: Enrollment) -> list[Requirement]:
    """Return what is left before the course is completed: lessons first, then what the checks ask for.

    One query and those of the checks; empty for a completed one.
    """
    if enrollment.completed_at is not None:
        return []
    course = enrollment.course
    done = LessonProgress.objects.filter(enrollment=enrollment, status=LessonProgress.Status.COMPLETED)
    lessons = Lesson.objects.required().filter(course=course).exclude(pk__in=done.values("lesson"))
    missing = [
        Requirement(
            "lesson_not_completed",
            _("Complete “%(title)s”.") % {"title": title},
            lesson_url(course, slug),
        )
        for title, slug in lessons.in_order().values_list("title", "slug")
    ]
    return missing + failed_checks(enrollment)
