"""What picks up whatever no message reached."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from certificates.models import Certificate
from certificates.services.issuing import issue_certificate
from certificates.services.mails import send_mail
from certificates.services.pdfs import render
from enrollments.models import Enrollment


def sweep(*, everything: bool = False, batch: int = 500) -> dict[str, int]:
    """Do what no message did: issue, render and mail what is due, oldest first. Return how many of each.

    Completions of the last two days are looked at; with `everything` those of all times.
    """
    now = timezone.now()
    waiting = (
        Enrollment.objects.filter(
            status=Enrollment.Status.COMPLETED, certificate=None, course__certificate_enabled=True
        )
        .filter(completed_at__gt=now - (timedelta(days=36500) if everything else timedelta(days=2)))
        .select_related("student", "course__instructor")
        .order_by("completed_at")[: batch if settings.CERTIFICATE_AUTO_ISSUE else 0]
    )
    issued = len([issue_certificate(enrollment) for enrollment in waiting])
    renders = list(
        Certificate.objects.to_render(timezone.now())
        .order_by("pdf_not_before")
        .values_list("pk", flat=True)[:batch]
    )
    ready = [render(pk) for pk in renders].count(True)
    mails = list(
        Certificate.objects.to_mail(timezone.now())
        .order_by("email_due_at")
        .values_list("pk", flat=True)[:batch]
    )
    sent = [send_mail(pk) for pk in mails].count(True)
    return {"issued": issued, "rendered": ready, "mailed": sent}
