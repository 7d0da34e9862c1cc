"""Issuing, picturing and revoking certificates."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.models.audit import record
from certificates.codes import new_code, new_number
from certificates.exceptions import AlreadyRevoked, CodesExhausted, NotCompleted, OwnCertificate
from certificates.models import Certificate, grade_for
from certificates.sheet import sheet_of
from courses.models import Course
from enrollments import services as enrollments
from enrollments.models import Enrollment
from lms.lib.errors import FieldError
from lms.lib.ids import new_id
from lms.lib.pdf import MissingGlyphs, RenderError, render_certificate
from lms.lib.tasks import wake
from lms.lib.text import clean_text
from quizzes import services as quizzes

log = structlog.get_logger("certificates")
LEASE = timedelta(seconds=60)  # outlasts the hard limit of a render
PAUSES = [timedelta(seconds=30), *(timedelta(minutes=m) for m in (1, 2, 5, 15))]
LATER_PAUSE = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(hours=24)
MAIL_WAITS_FOR_PDF = timedelta(minutes=15)
MAIL_LEASE = timedelta(minutes=5)
MAIL_TRIES = 5
DRAWS = 5


def issue_certificate(enrollment: Enrollment, by: User | None = None) -> Certificate:
    """Issue the certificate of a completed enrollment, or return the one that exists.

    `by` is the member of staff who issues by hand; None is the automatic path. Nothing is rendered or sent
    here. Raises NotCompleted with each missing thing, OwnCertificate when staff issue their own.
    """
    existing = Certificate.objects.filter(enrollment=enrollment).first()
    if existing:
        return existing
    if by is not None and by.pk == enrollment.student_id and not by.is_admin:
        raise OwnCertificate
    if enrollment.status != Enrollment.Status.COMPLETED:
        missing = enrollments.missing_for_completion(enrollment)
        raise NotCompleted(errors=[FieldError("enrollment", m.code, m.sentence) for m in missing])
    for _draw in range(DRAWS):
        certificate = _snapshot(enrollment, by)
        try:
            with transaction.atomic():
                certificate.save(force_insert=True)
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
    return Certificate(
        enrollment=enrollment,
        number=new_number(now),
        verification_code=new_code(),
        student_name=clean_text(student.full_name),
        course_title=clean_text(course.title),
        instructor_name=clean_text(course.instructor.full_name),
        issuer_name=_issuer(language),
        language=language,
        completed_on=enrollment.completed_at.astimezone(ZoneInfo(student.time_zone)).date(),
        duration_minutes=course.duration_minutes or None,
        score_percentage=score,
        grade=grade_for(score),
        criteria=_criteria(course, language),
        issued_at=now,
        issued_by=by,
        pdf_not_before=now,
        email_due_at=now + MAIL_WAITS_FOR_PDF,
    )


def _issuer(language: str) -> str:
    with translation.override(language):  # the default name of the site has an Arabic form
        return _(settings.CERTIFICATE_ISSUER_NAME)


def _criteria(course: Course, language: str) -> str:
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


def revoke_certificate(*, certificate: Certificate, by: User, category: str, reason: str) -> Certificate:
    """Revoke; the PDF is no longer handed out and the public page says so.

    `category` is one of Certificate.Category, `reason` 10 to 500 characters (checked by the doors' forms).
    Raises OwnCertificate, and AlreadyRevoked when it is revoked or changed meanwhile.
    """
    if by.pk == certificate.enrollment.student_id and not by.is_admin:
        raise OwnCertificate
    with transaction.atomic():
        changed = Certificate.objects.filter(
            pk=certificate.pk, status=Certificate.Status.ISSUED, revision=certificate.revision
        ).update(
            status=Certificate.Status.REVOKED,
            revoked_at=timezone.now(),
            revoked_by=by,
            revoke_category=category,
            revoke_reason=reason,
            email_due_at=timezone.now(),
            email_tries=0,
        )
        if not changed:
            raise AlreadyRevoked
        data = {"status": ["issued", "revoked"], "category": ["", category], "reason": ["", reason]}
        record(by=by, action="certificate.revoked", target=certificate, data=data)
        wake("certificates.send_certificate_mail", certificate.pk)
    certificate.refresh_from_db()
    return certificate


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


def send_mail(certificate_id: UUID | str) -> bool:
    """Send the mail that is due for one certificate; return whether it left.

    Leased by moving `email_due_at`; after five failures it is given up. The text follows the row's present
    state; people whose account is inactive get none.
    """
    from certificates.emails import send_certificate_mail

    now = timezone.now()
    row = Certificate.objects.with_people().to_mail(now).filter(pk=certificate_id).first()
    if row is None:
        return False
    leased = Certificate.objects.filter(pk=row.pk, email_due_at=row.email_due_at)
    if not leased.update(email_due_at=now + MAIL_LEASE, email_tries=row.email_tries + 1):
        return False
    if row.enrollment.student.is_active:
        try:
            send_certificate_mail(row)
        except OSError:
            log.exception("mail_failed", certificate=str(row.pk))
            if row.email_tries + 1 >= MAIL_TRIES:
                Certificate.objects.filter(pk=row.pk).update(email_due_at=None)
            return False
    Certificate.objects.filter(pk=row.pk, email_due_at=now + MAIL_LEASE).update(
        email_due_at=None, emailed_at=now
    )
    return True


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


def eligibility(enrollment: Enrollment) -> dict[str, Any]:
    """Return how `enrollment` stands to its certificate.

    `state` is issued, revoked, preparing, not_complete or not_offered; `missing` lists what not_complete lacks
    (code, sentence, link); `certificate` is the row or None.
    """
    certificate = Certificate.objects.filter(enrollment=enrollment).first()
    missing: list[Any] = []
    if certificate:
        state = certificate.status
    elif not may_issue_automatically(enrollment.course):
        state = "not_offered"
    elif enrollment.status == Enrollment.Status.COMPLETED:
        state = "preparing"
    else:
        state, missing = "not_complete", list(enrollments.missing_for_completion(enrollment))
    return {"state": state, "missing": missing, "certificate": certificate}
