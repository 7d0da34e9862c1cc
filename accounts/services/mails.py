"""Mails as rows: queued with the fact that causes them, sent by a task."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.utils import timezone

from accounts import emails
from accounts.models import OutgoingMail, User
from accounts.models.mail import MAX_TRIES
from lms.lib.tasks import wake

log = structlog.get_logger("mail")
Kind = OutgoingMail.Kind


def queue_mail(*, user: User, kind: OutgoingMail.Kind, key: str = "") -> OutgoingMail:
    """Write a mail's row in the caller's transaction; a task sends it after the commit.

    `key` says what it is about where the person alone does not (a session's id, a former address).
    """
    mail = OutgoingMail.objects.create(user=user, kind=kind, key=key)
    wake("accounts.send_mail", mail.pk)
    return mail


def sent_since(user: User, kind: OutgoingMail.Kind, since: datetime) -> int:
    """Return how many mails of a kind were queued for a person since a time."""
    return OutgoingMail.objects.filter(user=user, kind=kind, created_at__gte=since).count()


def deliver_mail(mail_id: UUID | str) -> None:
    """Send one queued mail, once: of several callers the first has it. A failure is tried again later."""
    now = timezone.now()
    mail = OutgoingMail.objects.claim(mail_id, now=now)
    if mail is None:
        return
    try:
        was_sent = emails.send_outgoing(mail)
    except Exception as error:  # noqa: BLE001  one mail's trouble, of whatever kind, must not stop the others
        log.warning("mail_failed", mail=str(mail.pk), tries=mail.tries, error=type(error).__name__)
        mail.put_off(at=timezone.now())
    else:
        state = OutgoingMail.State.SENT if was_sent else OutgoingMail.State.DROPPED
        mail.finish(state, at=timezone.now())


def due_mails(limit: int = 200) -> Sequence[OutgoingMail]:
    """Return mails that nobody sends although they are due; those out of tries are given up."""
    now = timezone.now()
    due = OutgoingMail.objects.due(now).filter(created_at__lt=now - timedelta(seconds=30))
    due.filter(tries__gte=MAX_TRIES).update(state=OutgoingMail.State.FAILED, lease_until=None)
    return list(due.order_by("created_at")[:limit])
