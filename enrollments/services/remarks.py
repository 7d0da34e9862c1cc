"""What a student and staff set on an enrollment without moving it."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.utils import timezone

from enrollments.models import Enrollment


def set_muted(*, enrollment: Enrollment, muted: bool) -> Enrollment:
    """Let the student switch this course's reminders off or on."""
    _set(enrollment, is_muted=muted)
    return enrollment


def set_staff_notes(*, enrollment: Enrollment, notes: str) -> Enrollment:
    """Replace what staff note about the enrollment (at most 2000 characters)."""
    _set(enrollment, notes=notes)
    return enrollment


def _set(enrollment: Enrollment, **values: Any) -> None:
    values["updated_at"] = timezone.now()
    Enrollment.objects.filter(pk=enrollment.pk).update(revision=F("revision") + 1, **values)
    for name, value in values.items():
        setattr(enrollment, name, value)
