"""Which courses come before which; never in a circle."""

from collections.abc import Collection, Sequence
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.translation import gettext as _

from courses.models import Course

LINKS = Course.prerequisite_courses.through


def set_prerequisites(course: Course, wanted: Sequence[Course]) -> bool:
    """Make `wanted` the prerequisites of a locked course; return whether that changes anything.

    Must run inside a transaction. Raises ValidationError `prerequisite_cycle` when the course would, directly
    or through others, come before itself.
    """
    ids = {row.pk for row in wanted}
    present = set(course.prerequisite_courses.values_list("pk", flat=True))
    if ids == present:
        return False
    _lock_links()
    if _leads_to(ids - present, course.pk):
        message = _("A course cannot require itself, nor one that requires it.")
        raise ValidationError({"prerequisite_courses": ValidationError(message, code="prerequisite_cycle")})
    course.prerequisite_courses.set(list(wanted))
    return True


def _lock_links() -> None:
    """One writer of links at a time: two links that close a circle together are in different courses.

    On SQLite the immediate transaction is that lock.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f'LOCK TABLE "{LINKS._meta.db_table}" IN SHARE ROW EXCLUSIVE MODE')


def _leads_to(starts: Collection[UUID], goal: UUID) -> bool:
    """Return whether `goal` is among `starts` or what they require, however far (a query a step)."""
    known: set[UUID] = set()
    front = set(starts)
    while front:
        if goal in front:
            return True
        known |= front
        further = LINKS.objects.filter(from_course__in=front).values_list("to_course", flat=True)
        front = set(further) - known
    return False
