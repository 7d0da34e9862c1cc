"""What picks up whatever no message reached."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.utils import timezone

from certificates.models import Certificate
from certificates.services.issuing import issue_certificate
from certificates.services.mails import send_mail
from certificates.services.pdfs import render
from enrollments.models import Enrollment

log = structlog.get_logger("certificates")


def sweep(*, everything: bool = False, batch: int = 500) -> dict[str, int]:
    """Do what no message did: issue, render and mail what is due, oldest first. Return how many of each.

    Completions of the last two days are looked at; with `everything` those of all times.
    """
    now = timezone.now()
    waiting = (
        Enrollment.objects.filter(
            status=Enrollment.Status.COMPLETED,
            certificate=None,
            course__certificate_enabled=True,
            student__erased_at=None,
        )
        .filter(completed_at__gt=now - (timedelta(days=36500) if everything else timedelta(days=2)))
        .select_related("student", "course__instructor")
        .order_by("completed_at")[: batch if settings.CERTIFICATE_AUTO_ISSUE else 0]
    )
    issued = _each(lambda enrollment: bool(issue_certificate(enrollment)), waiting)
    renders = list(
        Certificate.objects.to_render(timezone.now())
        .order_by("pdf_not_before")
        .values_list("pk", flat=True)[:batch]
    )
    ready = _each(render, renders)
    mails = list(
        Certificate.objects.to_mail(timezone.now())
        .order_by("email_due_at")
        .values_list("pk", flat=True)[:batch]
    )
    sent = _each(send_mail, mails)
    return {"issued": issued, "rendered": ready, "mailed": sent}


def _each(verb: Callable[[Any], bool], rows: Iterable[Any]) -> int:
    """Do every row, whatever becomes of one: the next sweep would stop at the same place."""
    done = 0
    for row in rows:
        try:
            done += verb(row)
        except Exception:  # of whatever kind: the row stays due
            log.exception("sweep_failed", row=str(getattr(row, "pk", row)))
    return done
