"""The mail about a certificate. Its row says when it is due."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import structlog
from django.utils import timezone

from certificates.emails import send_certificate_mail
from certificates.models import Certificate

log = structlog.get_logger("certificates")
MAIL_LEASE = timedelta(minutes=5)
MAIL_TRIES = 5


def send_mail(certificate_id: UUID | str) -> bool:
    """Send the mail that is due for one certificate; return whether it left.

    Leased by moving `email_due_at`; after five failures it is given up. The text follows the row's present
    state; people whose account is inactive get none.
    """
    now = timezone.now()
    row = Certificate.objects.with_people().to_mail(now).filter(pk=certificate_id).first()
    if row is None:
        return False
    leased = Certificate.objects.filter(pk=row.pk, email_due_at=row.email_due_at)
    if not leased.update(email_due_at=now + MAIL_LEASE, email_tries=row.email_tries + 1):
        return False
    # What happened meanwhile has put another time there: its own mail stays due.
    held = Certificate.objects.filter(pk=row.pk, email_due_at=now + MAIL_LEASE)
    if not row.enrollment.student.is_active:
        held.update(email_due_at=None)
        return False
    try:
        send_certificate_mail(row)
    except Exception:  # one mail's trouble, of whatever kind, must not stop the others
        log.exception("mail_failed", certificate=str(row.pk))
        if row.email_tries + 1 >= MAIL_TRIES:
            held.update(email_due_at=None)
        return False
    held.update(email_due_at=None, emailed_at=now)
    return True
