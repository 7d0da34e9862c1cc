"""What every write to a course shares: one lock, positions without gaps, figures and versions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Case, Count, F, Max, Model, QuerySet, Sum, Value, When
from django.utils import timezone

from courses.catalogue_version import touch_catalogue
from courses.exceptions import StaleRevision, Vanished
from courses.models import Course, Lesson, Module

Row = TypeVar("Row", bound=Model)


def lock_course(course_id: UUID) -> Course:
    """Return the course, fresh, with its row locked until the transaction ends.

    The lock is the queue of a course's authors: two of them never write positions at once. It does not hold
    up enrollments, whose inserts only refer to the row. On SQLite the immediate transaction is the lock. Raises
    Vanished.
    """
    return still_there(Course.objects.select_for_update(no_key=True), course_id)


def still_there(rows: QuerySet[Row], pk: UUID) -> Row:
    """Return the row, read after the lock; raise Vanished when another author removed it before."""
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Vanished
    return row


def refuse_stale(row: Course | Module | Lesson, revision: int | None) -> None:
    """Raise StaleRevision unless the locked `row` still has the `revision` its author read (None: any)."""
    if revision is not None and row.revision != revision:
        raise StaleRevision


def raise_versions(course: Course, *, structure: bool = False, at: datetime | None = None) -> None:
    """Count one author's change of a locked course; `structure`: what counts for progress has changed."""
    at = at or timezone.now()
    course.revision += 1
    course.updated_at = at
    fields = ["revision", "updated_at"]
    if structure:
        course.structure_version += 1
        course.structure_changed_at = at
        fields += ["structure_version", "structure_changed_at"]
    course.save(update_fields=fields)
    touch_catalogue()


def recount_course(course: Course, *, save: bool = True) -> None:
    """Set `lesson_count` and `duration_minutes` from the live lessons; the author's estimate wins.

    The one writer of the two. Without `save` the row alone is set, which is how a check compares.
    """
    figures = (
        course.lessons.live().with_minutes().aggregate(lessons=Count("pk"), minutes=Sum("counted_minutes"))
    )
    course.lesson_count = figures["lessons"]
    course.duration_minutes = course.estimated_duration_minutes or figures["minutes"] or 0
    if save:
        course.save(update_fields=["lesson_count", "duration_minutes"])


def next_position(rows: QuerySet[Any]) -> int:
    """Return the position after the last of `rows`."""
    return (rows.aggregate(last=Max("position"))["last"] or 0) + 1


def place(rows: QuerySet[Any], ids: Sequence[UUID]) -> None:
    """Give `rows` the positions 1..n in the order of `ids`, which are exactly theirs.

    Two UPDATEs, first past the end: so no row ever meets another's position, on either database.
    """
    rows = rows.order_by()
    present = dict(rows.values_list("pk", "position"))
    if [present.get(pk) for pk in ids] == list(range(1, len(ids) + 1)):
        return
    rows.update(position=F("position") + max(present.values()) + len(ids))
    rows.update(position=Case(*(When(pk=pk, then=Value(n)) for n, pk in enumerate(ids, start=1))))


def close_gaps(rows: QuerySet[Any]) -> None:
    """Give `rows` the positions 1..n in their present order."""
    place(rows, list(rows.order_by("position").values_list("pk", flat=True)))


def put_at(rows: QuerySet[Any], row_id: UUID, position: int) -> None:
    """Move one of `rows` to `position` (1 is the first; beyond the end means last)."""
    ids = [pk for pk in rows.order_by("position").values_list("pk", flat=True) if pk != row_id]
    ids.insert(max(position, 1) - 1, row_id)
    place(rows, ids)
