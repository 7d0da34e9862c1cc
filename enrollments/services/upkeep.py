"""What an edit or the clock leaves to be done, by the schedule's tasks, and on reading, so that no screen waits."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from uuid import UUID

from enrollments.exceptions import InvalidStatus
from enrollments.models import Enrollment
from enrollments.models.enrollment import EnrollmentQuerySet
from enrollments.services.counting import BATCH, recount, settle
from enrollments.services.membership import expire


def recount_course(course_id: UUID) -> int:
    """Recount the stale enrollments of one course, 500 at a time; return how many were written."""
    return _recount_all(Enrollment.objects.filter(course=course_id))


def recount_stale(*, seconds: float | None = None) -> int:
    """Recount whatever is stale on the site, 500 at a time; return how many were written.

    After `seconds` it stops at the end of a batch: what is left is still stale, and the next round's.
    """
    return _recount_all(Enrollment.objects.all(), seconds)


def _recount_all(scope: EnrollmentQuerySet, seconds: float | None = None) -> int:
    written, until = 0, None if seconds is None else monotonic() + seconds
    rows = scope.stale().order_by("pk")
    batch = list(rows[:BATCH])
    while batch:
        written += recount(batch)
        if until is not None and monotonic() > until:
            break
        batch = list(rows.filter(pk__gt=batch[-1].pk)[:BATCH])  # a lost swap waits for the next round
    return written


def settle_due(*, seconds: float | None = None) -> int:
    """Complete the courses whose time of grace after an edit is over; return how many were completed.

    Who still lacks something stays due. To look at a row moves its `updated_at`, so those looked at longest ago come
    first, and when a round has to stop after `seconds`, at the end of a batch, the next one goes on where it stopped.
    """
    completed, until = 0, None if seconds is None else monotonic() + seconds
    due = list(Enrollment.objects.due_to_settle().order_by("updated_at", "pk").values_list("pk", flat=True))
    for start in range(0, len(due), BATCH):
        rows = Enrollment.objects.filter(pk__in=due[start : start + BATCH])
        completed += sum(settle(row).completed_at is not None for row in rows)
        if until is not None and monotonic() >= until:
            break
    return completed


def refresh(enrollments: Sequence[Enrollment]) -> None:
    """Bring rows that a page is about to show up to date: expiry, recount, completion (courses loaded).

    No query when nothing is due; a constant number for the recount of all stale ones together.
    """
    for row in enrollments:
        if row.is_overdue:
            try:
                expire(enrollment=row)
            except InvalidStatus:
                continue  # extended or left meanwhile
    recount(row for row in enrollments if row.is_stale)
    for row in enrollments:
        if row.is_due_to_settle:
            settle(row)
