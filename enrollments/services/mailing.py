"""Mails about enrollments. The event is the queue: its row says what waits, a task sends it, a sweep finds the rest."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from enrollments import emails
from enrollments.models import Enrollment, EnrollmentEvent
from enrollments.models.event import MAX_TRIES
from lms.lib.tasks import wake

Kind = EnrollmentEvent.Kind
MailState = EnrollmentEvent.MailState
SWEEP = 200  # mails of one sweep
BATCH = 500
WARN_DAYS = ((0, 1), (1, 7))  # more than … and at most … days before the end of access
log = structlog.get_logger("mail")


def deliver_event_mail(event_id: UUID | str) -> None:
    """Send the mail of one event, once: of several callers the first has it. A failure is tried again later."""
    event = EnrollmentEvent.objects.claim_mail(event_id, now=timezone.now())
    if event is None:
        return
    try:
        was_sent = emails.send_event_mail(event)
    except Exception as error:  # noqa: BLE001  one mail's trouble, of whatever kind, must not stop the others
        log.warning("mail_failed", mail=str(event.pk), tries=event.mail_tries, error=type(error).__name__)
        event.put_mail_off(at=timezone.now())
    else:
        event.finish_mail(MailState.SENT if was_sent else MailState.NONE)


def wake_due_mail() -> int:
    """Wake the mails whose call was lost or whose next try is due; give up those out of tries. Count them."""
    due = EnrollmentEvent.objects.with_mail_due(timezone.now())
    due.filter(mail_tries__gte=MAX_TRIES).update(mail_state=MailState.FAILED, mail_lease_until=None)
    waiting = list(due.order_by("at").values_list("pk", flat=True)[:SWEEP])
    for event_id in waiting:
        wake("enrollments.send_event_mail", event_id)
    return len(waiting)


def remindable() -> QuerySet[Enrollment]:
    """Active enrollments, not past their end, of active accounts that did not mute the course."""
    return Enrollment.objects.current().filter(
        status=Enrollment.Status.ACTIVE, is_muted=False, student__is_active=True, course__deleted_at=None
    )


def remind_inactive() -> int:
    """Queue one reminder for each silence of INACTIVE_REMINDER_DAYS; return how many.

    Its key is the time the student was last seen: whoever comes back and falls silent again is reminded again.
    """
    seen = Coalesce("last_accessed_at", "enrolled_at")
    since = timezone.now() - timedelta(days=settings.INACTIVE_REMINDER_DAYS)
    told = EnrollmentEvent.objects.filter(
        enrollment=OuterRef("pk"), kind=Kind.REMINDED, at__gte=OuterRef("seen")
    )
    silent = remindable().annotate(seen=seen).filter(~Exists(told), seen__lte=since)
    return _queue((row, Kind.REMINDED, row.seen.isoformat()) for row in silent.iterator(BATCH))


def warn_expiring() -> int:
    """Queue a warning 7 days and 1 day before access ends; return how many."""
    now, queued = timezone.now(), 0
    for more, most in WARN_DAYS:
        ending = Q(expires_at__gt=now + timedelta(days=more), expires_at__lte=now + timedelta(days=most))
        rows = remindable().filter(ending).iterator(BATCH)
        queued += _queue((row, Kind.EXPIRY_WARNED, f"{_stamp(row.expires_at)}-{most}") for row in rows)
    return queued


def queue_weekly_summaries() -> int:
    """Queue one mail a student about all their courses, on the oldest enrollment; return how many."""
    year, week, _day = timezone.localdate().isocalendar()
    key, oldest = f"{year}-W{week:02}", {}
    for row in remindable().only("student", "status").order_by("-enrolled_at", "-pk").iterator(BATCH):
        oldest[row.student_id] = row
    known = EnrollmentEvent.objects.filter(kind=Kind.WEEKLY_SUMMARY, key=key)
    told = set(known.values_list("enrollment__student", flat=True))
    return _queue((row, Kind.WEEKLY_SUMMARY, key) for student, row in oldest.items() if student not in told)


def _stamp(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def _queue(wanted: Iterable[tuple[Enrollment, str, str]]) -> int:
    """Write an event for each, once per key whoever else does it too; wake the sweep. Return how many were asked."""
    batch: list[EnrollmentEvent] = []
    count = 0
    for enrollment, kind, key in wanted:
        event = EnrollmentEvent(enrollment=enrollment, kind=kind, key=key, mail_state=MailState.PENDING)
        event.from_status = event.to_status = enrollment.status
        batch.append(event)
        count += 1
        if len(batch) >= BATCH:
            EnrollmentEvent.objects.bulk_create(batch, ignore_conflicts=True)
            batch = []
    EnrollmentEvent.objects.bulk_create(batch, ignore_conflicts=True)
    wake("enrollments.send_event_mail")
    return count
