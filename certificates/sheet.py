"""From the row to the words on the paper."""

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from certificates.models import Certificate
from lms.lib.pdf import CertificateSheet, SheetLabels


def hours_in_words(minutes: int | None) -> str:
    """Return the workload in the active language: minutes below an hour, then whole hours, floored."""
    if not minutes:
        return ""
    if minutes < 60:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    return ngettext("%(count)d hour", "%(count)d hours", minutes // 60) % {"count": minutes // 60}


def sheet_of(certificate: Certificate) -> CertificateSheet:
    """Return everything printed on the paper, in the certificate's language."""
    with translation.override(certificate.language):
        return CertificateSheet(
            language="ar" if certificate.language == "ar" else "en",
            title=_("Certificate of completion"),
            student_name=certificate.student_name,
            course_title=certificate.course_title,
            issuer_name=certificate.issuer_name,
            completed_on=date_format(certificate.completed_on),
            issued_on=date_format(certificate.issued_at.date()),
            issued_at=certificate.issued_at,
            number=certificate.number,
            verification_code=certificate.code,
            verification_url=certificate.verification_url,
            labels=_labels(),
            body=(_("This is to certify that"),),
            instructor_name=certificate.instructor_name,
            valid_until=date_format(certificate.valid_until) if certificate.valid_until else "",
            hours=hours_in_words(certificate.duration_minutes),
            grade="" if certificate.score_percentage is None else str(certificate.get_grade_display()),
            revision=certificate.revision,
        )


def _labels() -> SheetLabels:
    return SheetLabels(
        completed=_("has completed every required lesson of the course"),
        completed_on=_("Completed on"),
        valid_until=_("Valid until"),
        hours=_("Workload"),
        grade=_("Grade"),
        instructor=_("Course instructor"),
        number=_("Number"),
        code=_("Code"),
        issued_on=_("Issued on"),
        revision=_("Revision"),
        verify=_("Anyone can verify this certificate at"),
    )
