"""The PDF: a picture of the row, made by whoever claims it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import structlog
from django.conf import settings
from django.core.files.base import ContentFile
from django.db.models import Case, F, Value, When
from django.utils import timezone

from certificates.credentials.documents import credential_of
from certificates.credentials.signing import as_jws
from certificates.keys import key_ring
from certificates.models import Certificate, CertificateQuerySet, CertificateTemplate
from certificates.sheet import sheet_of
from lms.lib.ids import new_id
from lms.lib.measures import RENDER_SECONDS
from lms.lib.pdf import MissingGlyphs, RenderError, render_certificate
from lms.lib.tasks import wake

log = structlog.get_logger("certificates")
LEASE = timedelta(seconds=60)  # outlasts the hard limit of a render
PAUSES = [timedelta(seconds=30), *(timedelta(minutes=m) for m in (1, 2, 5, 15))]
LATER_PAUSE = timedelta(hours=1)
LAST_TRY = len(PAUSES) + 24  # about a day after the first: pauses of minutes, then of an hour


def render_again(certificate: Certificate) -> bool:
    """Queue a new PDF of an issued certificate, in the template that now serves its course.

    Return whether anything changed: a pending one stays as it is unless another template is due.
    """
    picked = CertificateTemplate.objects.picked_for(certificate.enrollment.course_id)
    changed = queue_renders(Certificate.objects.filter(pk=certificate.pk), picked)
    if changed:
        wake("certificates.render", certificate.pk)
    return bool(changed)


def queue_renders(rows: CertificateQuerySet, template: CertificateTemplate | None) -> int:
    """Make the issued ones of `rows` pending with this template; return how many changed. Wakes nobody.

    The fencing number grows, so that a render that runs now cannot hand in the former look.
    """
    issued = rows.filter(status=Certificate.Status.ISSUED)
    return issued.exclude(pdf_status=Certificate.PdfStatus.PENDING, template=template).update(
        template=template,
        pdf_status=Certificate.PdfStatus.PENDING,
        pdf_not_before=timezone.now(),
        pdf_claim=F("pdf_claim") + 1,
        pdf_tries=0,
        pdf_error="",
    )


def sign_again() -> int:
    """Queue a new PDF of every issued certificate, because the key inside the present ones is worth nothing.

    Return how many. The sweep makes them, 500 a minute; nobody is mailed.
    """
    return Certificate.objects.filter(status=Certificate.Status.ISSUED).update(
        pdf_status=Certificate.PdfStatus.PENDING,
        pdf_not_before=timezone.now(),
        pdf_claim=F("pdf_claim") + 1,
        pdf_tries=0,
        pdf_error="",
    )


def render(certificate_id: UUID | str) -> bool:
    """Make the PDF of one certificate if it is due; return whether it is ready now.

    Claims the row with a lease and a fencing number, renders, writes the file under a new name, and sets it
    only while claim and revision are as claimed; otherwise the own file goes. Safe twice and at once.
    """
    claimed = _claim(certificate_id)
    if claimed is None:
        return False
    try:
        sheet = replace(sheet_of(claimed), credential=_credential(claimed))
        with RENDER_SECONDS.time():
            pdf = render_certificate(sheet, font_folder=font_folder())
        name = claimed.pdf.storage.save(f"certificates/{new_id()}.pdf", ContentFile(pdf))
    except Exception as error:  # noqa: BLE001  whatever the engine raises, the row says when to try again
        _note_failure(claimed, error)
        return False
    old = claimed.pdf.name
    now = timezone.now()
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
        # In the same statement: a worker may die after any.
        email_due_at=Case(
            When(email_due_at__gt=now, email_tries=0, then=Value(now)), default=F("email_due_at")
        ),
    )
    superfluous = old if changed else name
    if superfluous:
        claimed.pdf.storage.delete(superfluous)
    if changed:
        wake("certificates.send_certificate_mail", claimed.pk)
    return bool(changed)


def _claim(certificate_id: UUID | str) -> Certificate | None:
    now = timezone.now()
    rows = Certificate.objects.with_template().with_status_index().select_related("enrollment")
    row = rows.to_render(now).filter(pk=certificate_id).first()
    if row is None:
        return None
    taken = Certificate.objects.to_render(now).filter(pk=row.pk, pdf_claim=row.pdf_claim)
    if not taken.update(pdf_not_before=now + LEASE, pdf_claim=row.pdf_claim + 1):
        return None
    row.pdf_claim += 1
    return row


def _credential(claimed: Certificate) -> str:
    """The signed credential that travels inside; without a key the PDF goes without."""
    key = key_ring().signing
    return as_jws(credential_of(claimed, claimed.status_index), key) if key else ""


def font_folder() -> Path | None:
    """Return where the site keeps fonts of more scripts, None without."""
    return Path(settings.CERTIFICATE_FONT_DIR) if settings.CERTIFICATE_FONT_DIR else None


def _note_failure(claimed: Certificate, error: Exception) -> None:
    code = _failure_code(error)
    log.error("render_failed", certificate=str(claimed.pk), code=code, exc_info=error)
    tries = claimed.pdf_tries
    is_final = isinstance(error, MissingGlyphs) or tries + 1 >= LAST_TRY
    Certificate.objects.filter(pk=claimed.pk, pdf_claim=claimed.pdf_claim).update(
        pdf_status=Certificate.PdfStatus.FAILED if is_final else Certificate.PdfStatus.PENDING,
        pdf_not_before=timezone.now() + (PAUSES[tries] if tries < len(PAUSES) else LATER_PAUSE),
        pdf_tries=tries + 1,
        pdf_error=code,
    )


def _failure_code(error: Exception) -> str:
    if isinstance(error, RenderError):
        return error.code
    return "storage_unavailable" if isinstance(error, OSError) else "render_failed"


def read_pdf(certificate: Certificate) -> bytes | None:
    """Return the PDF's bytes; None when it is not ready. A file that storage lost is made again."""
    if not certificate.is_pdf_ready:
        return None
    try:
        with certificate.pdf.storage.open(str(certificate.pdf.name)) as stream:
            data: bytes = stream.read()
            return data
    except FileNotFoundError:
        if queue_renders(Certificate.objects.filter(pk=certificate.pk), certificate.template):
            wake("certificates.render", certificate.pk)
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
