"""Certificates as personal data: they are withdrawn, and their link still answers, without a name."""

from base64 import b64encode
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.models.audit import record
from accounts.services import forget_traces, register_personal_data
from certificates.credentials.status import drop_lists
from certificates.models import Certificate, CertificateRevision
from certificates.services import read_pdf

Status = Certificate.Status


def register() -> None:
    """Join export and erasure; called once, when the site starts."""
    register_personal_data("certificates", export=export, erase=erase)


def export(user: User) -> list[dict[str, Any]]:
    """Return the person's certificates with the PDFs (base 64) that can be handed out."""
    own = Certificate.objects.filter(enrollment__student=user).order_by("issued_at")
    return [_certificate(certificate) for certificate in own]


def _certificate(certificate: Certificate) -> dict[str, Any]:
    shown = ["number", "code", "student_name", "course_title", "instructor_name", "issuer_name", "language"]
    shown += ["signatory_name", "signatory_title"]
    shown += ["completed_on", "score_percentage", "grade", "criteria", "valid_until", "issued_at", "revision"]
    shown += ["status", "revoked_at", "revoke_category", "revoke_reason", "verification_url"]
    shown += ["correction_note", "correction_requested_at"]
    pdf = None if certificate.is_revoked else read_pdf(certificate)
    return {
        **{name: getattr(certificate, name) for name in shown},
        "pdf": b64encode(pdf).decode() if pdf else None,
    }


def erase(*, user: User, by: User | None) -> None:
    """Revoke what is issued at the holder's request, take the name out of every row, and delete the PDFs."""
    own = Certificate.objects.filter(enrollment__student=user)
    forget_traces(own)
    CertificateRevision.objects.filter(certificate__in=own).exclude(reason="").update(reason="")
    for certificate in own.select_for_update(no_key=True).order_by("pk"):
        _withdraw(certificate, by)


def _withdraw(certificate: Certificate, by: User | None) -> None:
    with translation.override(certificate.language):
        name, reason = _("Name withdrawn"), _("The holder's personal data were erased.")
    values: dict[str, Any] = {
        "student_name": name,
        "revoke_reason": reason,
        "notes": "",
        "correction_note": "",
        "correction_requested_at": None,
        "email_due_at": None,
        "pdf": "",
        "pdf_sha256": "",
        "pdf_size": 0,
        "pdf_status": Certificate.PdfStatus.PENDING,
    }
    was_issued = not certificate.is_revoked
    if was_issued:
        values |= {
            "status": Status.REVOKED,
            "revoked_at": timezone.now(),
            "revoked_by": by,
            "revoke_category": Certificate.Category.HOLDER_REQUEST,
        }
    picture, storage = certificate.pdf.name, certificate.pdf.storage
    Certificate.objects.filter(pk=certificate.pk).update(**values)
    if was_issued:
        certificate.refresh_from_db()
        data = {"status": ["issued", "revoked"], "category": ["", certificate.revoke_category]}
        record(by=by, action="certificate.revoked", target=certificate, data=data)
        drop_lists()
    if picture:
        transaction.on_commit(lambda: storage.delete(picture), robust=True)
