"""The history of an enrollment, and what staff acts owe: a reason and an audit row."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from accounts.models.audit import record
from enrollments.emails import is_mailed
from enrollments.exceptions import ReasonNeeded
from enrollments.models import Enrollment, EnrollmentEvent
from lms.lib.tasks import wake

MailState = EnrollmentEvent.MailState
REASON_LENGTH = (3, 500)


def log_event(
    enrollment: Enrollment,
    kind: str,
    *,
    from_status: str,
    by: User | None,
    reason: str = "",
    key: str = "",
    data: dict[str, Any] | None = None,
) -> EnrollmentEvent:
    """Write one line of the history, in the verb's own transaction; an act of staff is audited too.

    What the student is told by mail is queued with it: the event is the mail's row.
    """
    by_staff = by is not None and by.pk != enrollment.student_id
    mailed = is_mailed(kind, by_staff=by_staff)
    event = EnrollmentEvent.objects.create(
        enrollment=enrollment,
        kind=kind,
        from_status=from_status,
        to_status=enrollment.status,
        actor=by,
        reason=reason,
        key=key,
        data=data or {},
        mail_state=MailState.PENDING if mailed else MailState.NONE,
    )
    if mailed:
        wake("enrollments.send_event_mail", event.pk)
    if by_staff:
        changes: dict[str, Any] = {"status": [from_status, enrollment.status], **(data or {})}
        if reason:
            changes["reason"] = reason
        record(by=by, action=f"enrollment.{kind}", target=enrollment, data=changes)
    return event


def checked_reason(reason: str) -> str:
    """Return the trimmed reason; raise ReasonNeeded unless it has 3 to 500 characters."""
    text = reason.strip()
    if not REASON_LENGTH[0] <= len(text) <= REASON_LENGTH[1]:
        raise ReasonNeeded
    return text
