"""What happens to an issued certificate: reissued, revoked, restored, corrected on request.

Each verb is one conditional UPDATE on the status and revision that its caller read, with the ledger's row and
the audit entry in the same transaction: of two members of staff at once, one wins.
"""

from __future__ import annotations

from datetime import date
from types import EllipsisType
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.models.audit import record
from accounts.services import refuse_erased
from certificates.credentials.status import drop_lists
from certificates.exceptions import (
    AlreadyRevoked,
    CertificateRevoked,
    NoCorrectionAsked,
    NothingToReissue,
    NotRevoked,
    OwnCertificate,
    StaleCertificate,
)
from certificates.models import Certificate, grade_for
from certificates.services.issuing import MAIL_WAITS_FOR_PDF, criteria_in, issuer_in
from certificates.services.revisions import note_revision
from lms.lib.errors import DomainError
from lms.lib.tasks import wake
from lms.lib.text import clean_name
from quizzes import services as quizzes

Status = Certificate.Status


def revoke_certificate(*, certificate: Certificate, by: User, category: str, reason: str) -> Certificate:
    """Revoke; PDF and credential are no longer handed out and the public page says so.

    `category` is one of Certificate.Category, `reason` 10 to 500 characters (checked by the doors' forms).
    Raises OwnCertificate, AlreadyRevoked, and StaleCertificate when it was reissued meanwhile.
    """
    _refuse_own(certificate, by)
    now = timezone.now()
    with transaction.atomic():
        _change(
            certificate,
            {
                "status": Status.REVOKED,
                "revoked_at": now,
                "revoked_by": by,
                "revoke_category": category,
                "revoke_reason": reason,
                "email_due_at": now,
                "email_tries": 0,
            },
            only_if=Status.ISSUED,
            refusal=AlreadyRevoked,
        )
        data = {"status": ["issued", "revoked"], "category": ["", category], "reason": ["", reason]}
        record(by=by, action="certificate.revoked", target=certificate, data=data)
        drop_lists()
        wake("certificates.send_certificate_mail", certificate.pk)
    certificate.refresh_from_db()
    return certificate


def restore_certificate(*, certificate: Certificate, by: User, reason: str) -> Certificate:
    """Make a revoked certificate valid again, as its next revision (10 to 500 characters of `reason`).

    A revoked credential is never un-revoked: the holder gets a new one. Raises OwnCertificate, NotRevoked,
    StaleCertificate when it was changed meanwhile, and AccountErased: what was withdrawn with a name stays so.
    """
    _refuse_own(certificate, by)
    refuse_erased(certificate.enrollment.student)
    data = {"status": ["revoked", "issued"], "category": [certificate.revoke_category, ""]}
    values = {
        "status": Status.ISSUED,
        "revoked_at": None,
        "revoked_by": None,
        "revoke_category": "",
        "revoke_reason": "",
    }
    _revise(certificate, values, by=by, reason=reason, action="certificate.restored", data=data)
    return certificate


def reissue_certificate(
    *,
    certificate: Certificate,
    by: User,
    reason: str,
    student_name: str = "",
    language: str = "",
    refresh_grade: bool = False,
    valid_until: date | EllipsisType | None = ...,
) -> Certificate:
    """Issue the next revision: another name, language, grade or last day; number, code, title and dates stay.

    `student_name` is the account's present name unless given; `language` stays unless given; `refresh_grade`
    takes the quiz average of today; `valid_until` is a day, None for ever, or left out. `reason` has 10 to 500
    characters. Ends a request for correction. Raises OwnCertificate, NothingToReissue when nothing differs,
    CertificateRevoked, and StaleCertificate when it was changed meanwhile.
    """
    _refuse_own(certificate, by)
    values = proposed_values(
        certificate,
        student_name=student_name,
        language=language,
        refresh_grade=refresh_grade,
        valid_until=valid_until,
    )
    data = {name: [_plain(getattr(certificate, name)), _plain(value)] for name, value in values.items()}
    data = {name: pair for name, pair in data.items() if pair[0] != pair[1]}
    if certificate.is_revoked:
        raise CertificateRevoked
    if not data:
        raise NothingToReissue
    values |= {"correction_note": "", "correction_requested_at": None}
    _revise(certificate, values, by=by, reason=reason, action="certificate.reissued", data=data)
    return certificate


def proposed_values(
    certificate: Certificate,
    *,
    student_name: str = "",
    language: str = "",
    refresh_grade: bool = False,
    valid_until: date | EllipsisType | None = ...,
) -> dict[str, Any]:
    """Return the printed fields as a reissue with these arguments would set them; nothing is written."""
    enrollment = certificate.enrollment
    language = language or certificate.language
    values: dict[str, Any] = {
        "student_name": clean_name(student_name or enrollment.student.full_name),
        "language": language,
    }
    if language != certificate.language:
        values |= {"issuer_name": issuer_in(language), "criteria": criteria_in(enrollment.course, language)}
        values |= _signatory_in(certificate, language)
    if refresh_grade:
        score = quizzes.quiz_averages([enrollment]).get(enrollment.pk)
        values |= {"score_percentage": score, "grade": grade_for(score)}
    if not isinstance(valid_until, EllipsisType):
        values["valid_until"] = valid_until
    return values


def _signatory_in(certificate: Certificate, language: str) -> dict[str, str]:
    """The printed person in another language, while the template still names them; else they stay as printed."""
    if certificate.template is None or not certificate.template.signs_for(certificate):
        return {}
    name, title = certificate.template.signatory_in(language)
    return {"signatory_name": clean_name(name), "signatory_title": clean_name(title)}


def request_correction(*, certificate: Certificate, note: str) -> Certificate:
    """Note what the holder wants corrected (10 to 500 characters); asking again replaces the note.

    Raises CertificateRevoked: what is not valid is not corrected.
    """
    changed = Certificate.objects.filter(pk=certificate.pk, status=Status.ISSUED).update(
        correction_note=note, correction_requested_at=timezone.now()
    )
    if not changed:
        raise CertificateRevoked
    certificate.refresh_from_db()
    return certificate


def dismiss_correction(*, certificate: Certificate, by: User, reason: str) -> Certificate:
    """Answer a request for correction with no (10 to 500 characters of `reason`, mailed to the holder).

    Raises OwnCertificate, and NoCorrectionAsked when there is none (any more).
    """
    _refuse_own(certificate, by)
    now = timezone.now()
    with transaction.atomic():
        asked = Certificate.objects.filter(
            pk=certificate.pk, correction_requested_at=certificate.correction_requested_at
        ).exclude(correction_requested_at=None)
        if not asked.update(
            correction_note="", correction_requested_at=None, email_due_at=now, email_tries=0
        ):
            raise NoCorrectionAsked
        data = {"note": [certificate.correction_note, ""], "reason": ["", reason]}
        record(by=by, action="certificate.correction_dismissed", target=certificate, data=data)
        wake("certificates.send_certificate_mail", certificate.pk)
    certificate.refresh_from_db()
    return certificate


def _refuse_own(certificate: Certificate, by: User) -> None:
    if by.pk == certificate.enrollment.student_id and not by.is_admin:
        raise OwnCertificate


def _revise(
    certificate: Certificate,
    values: dict[str, Any],
    *,
    by: User,
    reason: str,
    action: str,
    data: dict[str, Any],
) -> None:
    """The next revision with these values: a new picture, a new place in the list, a mail."""
    now = timezone.now()
    revision = certificate.revision + 1
    was = Status.REVOKED if action == "certificate.restored" else Status.ISSUED
    with transaction.atomic():
        _change(
            certificate,
            {
                **values,
                "revision": revision,
                "revised_at": now,
                "pdf_status": Certificate.PdfStatus.PENDING,
                "pdf_not_before": now,
                "pdf_tries": 0,
                "pdf_error": "",
                "email_due_at": now + MAIL_WAITS_FOR_PDF,
                "email_tries": 0,
            },
            only_if=was,
            refusal=NotRevoked if was == Status.REVOKED else CertificateRevoked,
        )
        certificate.refresh_from_db()
        note_revision(certificate, by=by, reason=reason)
        data = {**data, "revision": [revision - 1, revision], "reason": ["", reason]}
        record(by=by, action=action, target=certificate, data=data)
        drop_lists()
        wake("certificates.render", certificate.pk)


def _change(
    certificate: Certificate, values: dict[str, Any], *, only_if: str, refusal: type[DomainError]
) -> None:
    as_read = Certificate.objects.filter(pk=certificate.pk, status=only_if, revision=certificate.revision)
    if as_read.update(**values):
        return
    present = Certificate.objects.values_list("status", flat=True).get(pk=certificate.pk)
    raise StaleCertificate if present == only_if else refusal


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else str(value)
