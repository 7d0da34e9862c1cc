"""The PDF: a picture of the row, made by whoever claims it."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import structlog
from django.conf import settings
from django.core.files.base import ContentFile
from django.utils import timezone

from certificates.models import Certificate
from certificates.sheet import sheet_of
from lms.lib.ids import new_id
from lms.lib.pdf import MissingGlyphs, RenderError, render_certificate
from lms.lib.tasks import wake

log = structlog.get_logger("certificates")
LEASE = timedelta(seconds=60)  # outlasts the hard limit of a render
PAUSES = [timedelta(seconds=30), *(timedelta(minutes=m) for m in (1, 2, 5, 15))]
LATER_PAUSE = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(hours=24)


def render_again(certificate: Certificate) -> bool:
    """Queue a new PDF of an issued certificate; return whether anything changed (pending ones stay)."""
    changed = (
        Certificate.objects.filter(pk=certificate.pk, status=Certificate.Status.ISSUED)
        .exclude(pdf_status=Certificate.PdfStatus.PENDING)
        .update(
            pdf_status=Certificate.PdfStatus.PENDING, pdf_not_before=timezone.now(), pdf_tries=0, pdf_error=""
        )
    )
    if changed:
        wake("certificates.render", certificate.pk)
    return bool(changed)


def render(certificate_id: UUID | str) -> bool:
    """Make the PDF of one certificate if it is due; return whether it is ready now.

    Claims the row with a lease and a fencing number, renders, writes the file under a new name, and sets it
    only while claim and revision are as claimed; otherwise the own file goes. Safe twice and at once.
    """
    claimed = _claim(certificate_id)
    if claimed is None:
        return False
    try:
        pdf = render_certificate(sheet_of(claimed), font_folder=_font_folder())
        name = claimed.pdf.storage.save(f"certificates/{new_id()}.pdf", ContentFile(pdf))
    except (RenderError, OSError) as error:
        _note_failure(claimed, error)
        return False
    old = claimed.pdf.name
    changed = Certificate.objects.filter(
        pk=claimed.pk,
        pdf_claim=claimed.pdf_claim,
        revision=claimed.revision,
        status=Certificate.Status.ISSUED,
    ).update(
        pdf=name,
        pdf_revision=claimed.revision,
        pdf_sha256=hashlib.sha256(pdf).hexdigest(),
        pdf_size=len(pdf),
        pdf_status=Certificate.PdfStatus.READY,
        pdf_error="",
    )
    superfluous = old if changed else name
    if superfluous:
        claimed.pdf.storage.delete(superfluous)
    if changed:
        Certificate.objects.filter(pk=claimed.pk, email_due_at__gt=timezone.now(), email_tries=0).update(
            email_due_at=timezone.now()
        )
        wake("certificates.send_certificate_mail", claimed.pk)
    return bool(changed)


def _claim(certificate_id: UUID | str) -> Certificate | None:
    now = timezone.now()
    row = Certificate.objects.with_people().to_render(now).filter(pk=certificate_id).first()
    if row is None:
        return None
    taken = Certificate.objects.to_render(now).filter(pk=row.pk, pdf_claim=row.pdf_claim)
    if not taken.update(pdf_not_before=now + LEASE, pdf_claim=row.pdf_claim + 1):
        return None
    row.pdf_claim += 1
    return row


def _font_folder() -> Path | None:
    return Path(settings.CERTIFICATE_FONT_DIR) if settings.CERTIFICATE_FONT_DIR else None


def _note_failure(claimed: Certificate, error: Exception) -> None:
    code = error.code if isinstance(error, RenderError) else "storage_unavailable"
    log.error("render_failed", certificate=str(claimed.pk), code=code, exc_info=error)
    tries = claimed.pdf_tries
    is_final = isinstance(error, MissingGlyphs) or timezone.now() - claimed.issued_at > GIVE_UP_AFTER
    Certificate.objects.filter(pk=claimed.pk, pdf_claim=claimed.pdf_claim).update(
        pdf_status=Certificate.PdfStatus.FAILED if is_final else Certificate.PdfStatus.PENDING,
        pdf_not_before=timezone.now() + (PAUSES[tries] if tries < len(PAUSES) else LATER_PAUSE),
        pdf_tries=tries + 1,
        pdf_error=code,
    )


def read_pdf(certificate: Certificate) -> bytes | None:
    """Return the PDF's bytes; None when it is not ready. A file that storage lost is made again."""
    if not certificate.is_pdf_ready:
        return None
    try:
        with certificate.pdf.storage.open(str(certificate.pdf.name)) as stream:
            data: bytes = stream.read()
            return data
    except FileNotFoundError:
        render_again(certificate)
        return None


def clean_pdfs() -> int:
    """Delete PDF files older than a day that no row names; return how many."""
    storage = Certificate._meta.get_field("pdf").storage
    before = timezone.now() - timedelta(days=1)
    try:
        names = [f"certificates/{name}" for name in storage.listdir("certificates")[1]]
    except FileNotFoundError:
        return 0
    named = set(Certificate.objects.filter(pdf__in=names).values_list("pdf", flat=True))
    orphans = [n for n in names if n not in named and storage.get_modified_time(n) < before]
    for name in orphans:
        storage.delete(name)
    return len(orphans)
