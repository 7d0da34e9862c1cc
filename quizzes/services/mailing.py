"""The "graded" mail. The attempt is the queue: its row says what waits, a task sends it, a sweep finds the rest."""

from __future__ import annotations

from uuid import UUID

import structlog
from django.utils import timezone

from lms.lib.tasks import wake
from quizzes import emails
from quizzes.models import Attempt
from quizzes.models.attempt import MAX_TRIES

MailState = Attempt.MailState
SWEEP = 200  # mails of one sweep
log = structlog.get_logger("mail")


def deliver_graded_mail(attempt_id: UUID | str) -> bool:
    """Tell the student that a person has marked the attempt; return whether the mail left.

    Of several callers the first sends it. A failure is tried again later, five times in all.
    """
    attempt = Attempt.objects.claim_mail(attempt_id, now=timezone.now())
    if attempt is None:
        return False
    try:
        was_sent = emails.send_graded_mail(attempt)
    except Exception as error:  # noqa: BLE001  one mail's trouble, of whatever kind, must not stop the others
        log.warning("mail_failed", mail=str(attempt.pk), tries=attempt.mail_tries, error=type(error).__name__)
        attempt.put_mail_off(at=timezone.now())
        return False
    attempt.finish_mail(MailState.SENT if was_sent else "")
    return was_sent


def wake_due_mail() -> int:
    """Wake the mails whose call was lost, whose score is released by now, or whose next try is due; count them.

    Those out of tries are given up.
    """
    due = Attempt.objects.with_mail_due(timezone.now())
    due.filter(mail_tries__gte=MAX_TRIES).update(mail_state=MailState.FAILED, mail_lease_until=None)
    waiting = list(due.order_by("graded_at").values_list("pk", flat=True)[:SWEEP])
    for attempt_id in waiting:
        wake("quizzes.send_graded_mail", attempt_id)
    return len(waiting)
