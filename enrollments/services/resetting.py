"""Taking back what a student has completed: staff only, and never in a course that is completed."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from courses.models import Lesson
from enrollments.exceptions import AlreadyCompleted
from enrollments.models import Enrollment, EnrollmentEvent, LessonProgress
from enrollments.services.counting import count_step, lock
from enrollments.services.history import checked_reason, log_event

CLEARED: dict[str, Any] = {
    "status": LessonProgress.Status.NOT_STARTED,
    "started_at": None,
    "completed_at": None,
    "completed_via": "",
    "completed_by": None,
    "last_position_seconds": 0,
    "watched": [],
    "completion_percentage": 0,
}


@transaction.atomic
def reset_progress(
    *, enrollment: Enrollment, by: User, reason: str, lesson: Lesson | None = None
) -> Enrollment:
    """Clear status, position and what was watched, in one lesson or in all; time, notes and attempts stay.

    The old values go into the history. Nothing to clear: nothing happens. Raises ReasonNeeded, AlreadyCompleted.
    """
    reason = checked_reason(reason)
    now = timezone.now()
    if not lock(Enrollment.objects.filter(pk=enrollment.pk, completed_at=None), at=now):
        raise AlreadyCompleted
    touched = ~Q(status=LessonProgress.Status.NOT_STARTED) | Q(last_position_seconds__gt=0)
    rows = LessonProgress.objects.filter(touched, enrollment=enrollment)
    if lesson is not None:
        rows = rows.filter(lesson=lesson)
    old = {str(row.lesson_id): _old_values(row) for row in rows}
    if old:
        LessonProgress.objects.filter(enrollment=enrollment, lesson__in=list(old)).update(**CLEARED)
    fresh, _finished = count_step(enrollment.pk, at=now, own_step=False)
    if old:
        kind, data = EnrollmentEvent.Kind.PROGRESS_RESET, {"lessons": old}
        log_event(fresh, kind, from_status=fresh.status, by=by, reason=reason, data=data)
    return fresh


def _old_values(row: LessonProgress) -> dict[str, Any]:
    return {
        "status": row.status,
        "started_at": row.started_at and row.started_at.isoformat(),
        "completed_at": row.completed_at and row.completed_at.isoformat(),
        "completed_via": row.completed_via,
        "completed_by": row.completed_by_id and str(row.completed_by_id),
        "last_position_seconds": row.last_position_seconds,
        "watched": row.watched,
        "completion_percentage": str(row.completion_percentage),
    }
