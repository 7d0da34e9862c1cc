"""From the row to the words on the paper."""

from dataclasses import dataclass
from functools import lru_cache

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from certificates.models import Certificate, CertificateTemplate
from certificates.placeholders import NAME_LINE, filled_lines
from files.models import StoredFile
from lms.lib.pdf import CertificateSheet, SheetLabels, print_ready


@dataclass(frozen=True)
class Wording:
    """What the template says on one certificate: its title, and the lines above and below the holder's name."""

    title: str
    above: tuple[str, ...]
    below: tuple[str, ...]


def hours_in_words(minutes: int | None) -> str:
    """Return the workload in the active language: minutes below an hour, then whole hours, floored."""
    if not minutes:
        return ""
    if minutes < 60:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    return ngettext("%(count)d hour", "%(count)d hours", minutes // 60) % {"count": minutes // 60}


def grade_in_words(certificate: Certificate) -> str:
    """Return the grade in the active language; empty without a score, where "pass" would say nothing."""
    return "" if certificate.score_percentage is None else str(certificate.get_grade_display())


def wording_of(certificate: Certificate) -> Wording:
    """Return the template's words in the certificate's language, filled with its facts (reads the template)."""
    template = _template(certificate)
    with translation.override(certificate.language):
        values = {
            "student_name": certificate.student_name,
            "course_title": certificate.course_title,
            "instructor_name": certificate.instructor_name,
            "issuer_name": certificate.issuer_name,
            "number": certificate.number,
            "completed_on": date_format(certificate.completed_on),
            "hours": hours_in_words(certificate.duration_minutes),
            "grade": grade_in_words(certificate),
        }
    above, below = _around_name(template.body_in(certificate.language))
    return Wording(
        title=template.title_in(certificate.language),
        above=tuple(filled_lines(above, values)),
        below=tuple(filled_lines(below, values)),
    )


def sheet_of(certificate: Certificate) -> CertificateSheet:
    """Return everything printed on the paper, in the certificate's language.

    Reads the template's pictures; raises OSError when storage has lost one, RenderError for one that is broken.
    """
    template, wording = _template(certificate), wording_of(certificate)
    with translation.override(certificate.language):
        return CertificateSheet(
            language="ar" if certificate.language == "ar" else "en",
            title=wording.title,
            student_name=certificate.student_name,
            course_title=certificate.course_title,
            issuer_name=certificate.issuer_name,
            completed_on=date_format(certificate.completed_on),
            issued_on=date_format(certificate.issued_on),
            issued_at=certificate.issued_at,
            number=certificate.number,
            verification_code=certificate.code,
            verification_url=certificate.verification_url,
            labels=_labels(),
            body=wording.above,
            below=wording.below,
            instructor_name=certificate.instructor_name,
            signatory_name=certificate.signatory_name,
            signatory_title=certificate.signatory_title,
            valid_until=date_format(certificate.valid_until) if certificate.valid_until else "",
            hours=hours_in_words(certificate.duration_minutes),
            grade=grade_in_words(certificate),
            revision=certificate.revision,
            orientation="portrait" if template.orientation == template.Orientation.PORTRAIT else "landscape",
            accent=template.accent,
            ink=template.ink,
            border=template.border,
            logo=_picture(template.logo),
            signature=_picture(template.signature) if template.signs_for(certificate) else None,
        )


def _template(certificate: Certificate) -> CertificateTemplate:
    return certificate.template or CertificateTemplate()  # one from before there were templates


def _around_name(body: str) -> tuple[str, str]:
    """The lines before and after the one that is the name alone; without one, everything stands before it."""
    lines = body.splitlines()
    places = [place for place, line in enumerate(lines) if line.strip() == NAME_LINE]
    if not places:
        return body, ""
    rest = [line for line in lines[places[0] :] if line.strip() != NAME_LINE]
    return "\n".join(lines[: places[0]]), "\n".join(rest)


def _picture(file: StoredFile | None) -> bytes | None:
    return _small_picture(file) if file else None


@lru_cache(maxsize=32)
def _small_picture(file: StoredFile) -> bytes:
    # The pixels under an id never change, and thousands of certificates share one logo.
    with file.file.open("rb") as stream:
        return print_ready(stream.read())


def _labels() -> SheetLabels:
    return SheetLabels(
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
