"""From a completed enrollment to its certificate."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.models.audit import record
from accounts.services import refuse_erased
from certificates.codes import new_code, new_number
from certificates.exceptions import CodesExhausted, NotCompleted, OwnCertificate
from certificates.models import Certificate, CertificateTemplate, grade_for
from certificates.services.revisions import note_revision
from courses.models import Course
from enrollments import services as enrollments
from enrollments.models import Enrollment
from lms.lib.errors import FieldError
from lms.lib.tasks import wake
from lms.lib.text import clean_name
from quizzes import services as quizzes

MAIL_WAITS_FOR_PDF = timedelta(minutes=15)
DRAWS = 5


def issue_certificate(enrollment: Enrollment, by: User | None = None) -> Certificate:
    """Issue the certificate of a completed enrollment, or return the one that exists.

    `by` is the member of staff who issues by hand; None is the automatic path. Nothing is rendered or sent
    here. Raises NotCompleted with each missing thing, OwnCertificate when staff issue their own,
    AccountErased for somebody who has no name any more.
    """
    existing = Certificate.objects.filter(enrollment=enrollment).first()
    if existing:
        return existing
    if by is not None and by.pk == enrollment.student_id and not by.is_admin:
        raise OwnCertificate
    refuse_erased(enrollment.student)
    if enrollment.status != Enrollment.Status.COMPLETED:
        missing = enrollments.missing_for_completion(enrollment)
        raise NotCompleted(errors=[FieldError("enrollment", m.code, m.sentence) for m in missing])
    for _draw in range(DRAWS):
        certificate = _snapshot(enrollment, by)
        try:
            with transaction.atomic():
                certificate.save(force_insert=True)
                note_revision(certificate, by=by)
                if by is not None:
                    record(by=by, action="certificate.issued", target=certificate)
                wake("certificates.render", certificate.pk)
            return certificate
        except IntegrityError:
            # Insert-first: somebody else issued it meanwhile, or a drawn number or code is taken.
            if winner := Certificate.objects.filter(enrollment=enrollment).first():
                return winner
    raise CodesExhausted


def _snapshot(enrollment: Enrollment, by: User | None) -> Certificate:
    student, course, now = enrollment.student, enrollment.course, timezone.now()
    assert enrollment.completed_at is not None  # noqa: S101  the status says so, a constraint holds it
    score = quizzes.quiz_averages([enrollment]).get(enrollment.pk)
    language = course.language.split("-")[0]
    if language not in dict(settings.LANGUAGES):
        language = student.locale
    template = CertificateTemplate.objects.picked_for(course.pk)
    signatory = template.signatory_in(language) if template else ("", "")
    return Certificate(
        enrollment=enrollment,
        number=new_number(now),
        verification_code=new_code(),
        student_name=clean_name(student.full_name),
        course_title=clean_name(course.title),
        instructor_name=clean_name(course.instructor.full_name),
        issuer_name=issuer_in(language),
        signatory_name=clean_name(signatory[0]),
        signatory_title=clean_name(signatory[1]),
        language=language,
        completed_on=enrollment.completed_at.astimezone(ZoneInfo(student.time_zone)).date(),
        duration_minutes=course.duration_minutes or None,
        score_percentage=score,
        grade=grade_for(score),
        criteria=criteria_in(course, language),
        valid_until=template.valid_until(now.date()) if template else None,
        template=template,
        issued_at=now,
        issued_by=by,
        pdf_not_before=now,
        email_due_at=now + MAIL_WAITS_FOR_PDF,
    )


def issuer_in(language: str) -> str:
    """Return the issuer's name as a certificate in `language` prints it."""
    with translation.override(language):  # the default name of the site has an Arabic form
        return _(settings.CERTIFICATE_ISSUER_NAME)


def criteria_in(course: Course, language: str) -> str:
    """Return what the course asked for, in one sentence in `language`."""
    with translation.override(language):
        if course.min_quiz_average is None:
            return _("Completed every required lesson.")
        return _("Completed every required lesson with a quiz average of at least %(average)s%%.") % {
            "average": f"{course.min_quiz_average.normalize():f}"
        }


def may_issue_automatically(course: Course) -> bool:
    """Return whether completing `course` gives a certificate without anybody's doing."""
    return bool(settings.CERTIFICATE_AUTO_ISSUE and course.certificate_enabled)


def issue_missing(enrollments_seen: Iterable[Enrollment]) -> list[Certificate]:
    """Issue what is missing among completed enrollments of one person's page, so that it works without beat."""
    due = [
        e
        for e in enrollments_seen
        if e.status == Enrollment.Status.COMPLETED and may_issue_automatically(e.course)
    ]
    have = (
        set(Certificate.objects.filter(enrollment__in=due).values_list("enrollment_id", flat=True))
        if due
        else set()
    )
    return [issue_certificate(enrollment) for enrollment in due if enrollment.pk not in have]
