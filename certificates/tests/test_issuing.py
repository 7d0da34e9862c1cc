from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models.audit import AuditEntry
from certificates import services
from certificates.exceptions import AlreadyRevoked, NotCompleted, OwnCertificate
from certificates.models import Certificate, CertificateRevision, grade_for
from certificates.services import pdfs
from certificates.tests.factories import CertificateFactory
from courses.tests.factories import CourseFactory
from enrollments.tests.factories import EnrollmentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def completed(student, instructor):
    course = CourseFactory(instructor=instructor, title="Optics for Everybody")
    return EnrollmentFactory(student=student, course=course, completed=True)


def test_a_certificate_is_a_snapshot(completed, student):
    certificate = services.issue_certificate(completed)
    student.full_name = "Another Name"
    student.save()
    completed.course.title = "Another title"
    completed.course.save()
    certificate.refresh_from_db()
    assert (certificate.student_name, certificate.course_title) == ("Salma Haddad", "Optics for Everybody")
    assert (certificate.grade, certificate.language, certificate.status) == ("pass", "en", "issued")


def test_an_arabic_course_gives_an_arabic_certificate(student, instructor):
    course = CourseFactory(instructor=instructor, title="البصريات للجميع", language="ar")
    certificate = services.issue_certificate(
        EnrollmentFactory(student=student, course=course, completed=True)
    )
    assert (certificate.language, certificate.issuer_name) == ("ar", "منارة")


def test_completing_issues_renders_and_mails(student, instructor, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        EnrollmentFactory(student=student, course=CourseFactory(instructor=instructor), completed=True)
    certificate = Certificate.objects.get()
    assert certificate.is_pdf_ready
    assert certificate.emailed_at is not None
    assert services.read_pdf(certificate).startswith(b"%PDF-")
    ours = [m for m in mail.outbox if "certificate" in m.subject.lower()]
    assert [m.to for m in ours] == [[student.email]]
    assert certificate.code in ours[0].body


def test_issuing_twice_gives_the_same_row(completed):
    first = services.issue_certificate(completed)
    assert services.issue_certificate(completed) == first
    assert Certificate.objects.count() == 1


def test_an_unfinished_course_says_what_is_missing(student, instructor):
    enrollment = EnrollmentFactory(student=student, course=CourseFactory(instructor=instructor), completed=4)
    with pytest.raises(NotCompleted) as refused:
        services.issue_certificate(enrollment, by=instructor)
    assert len(refused.value.errors) == 2
    assert not Certificate.objects.exists()


def test_nobody_issues_their_own(instructor, admin_user):
    enrollment = EnrollmentFactory(
        student=instructor, course=CourseFactory(instructor=instructor), completed=True
    )
    with pytest.raises(OwnCertificate):
        services.issue_certificate(enrollment, by=instructor)
    assert not Certificate.objects.exists()
    assert services.issue_certificate(enrollment, by=admin_user).issued_by == admin_user
    assert AuditEntry.objects.filter(action="certificate.issued").count() == 1


@pytest.mark.parametrize(
    "score, grade",
    [(None, "pass"), ("0", "pass"), ("69.99", "pass"), ("70", "C"), ("79.99", "C"), ("80", "B"), ("89.99", "B"),
     ("90", "A"), ("100", "A")],
)  # fmt: skip
def test_grades_and_the_constraint_agree(completed, score, grade):
    value = None if score is None else Decimal(score)
    assert grade_for(value) == grade
    certificate = services.issue_certificate(completed)
    Certificate.objects.filter(pk=certificate.pk).update(score_percentage=value, grade=grade)
    wrong = "A" if grade != "A" else "B"
    with pytest.raises(IntegrityError), transaction.atomic():
        Certificate.objects.filter(pk=certificate.pk).update(grade=wrong)


def test_the_sweep_finds_what_no_message_reached(completed):
    assert services.sweep() == {"issued": 1, "rendered": 1, "mailed": 1}
    assert services.sweep() == {"issued": 0, "rendered": 0, "mailed": 0}


def test_the_sweep_respects_the_switches(completed, settings):
    settings.CERTIFICATE_AUTO_ISSUE = False
    assert services.sweep(everything=True)["issued"] == 0
    settings.CERTIFICATE_AUTO_ISSUE = True
    completed.course.certificate_enabled = False
    completed.course.save()
    assert services.sweep(everything=True)["issued"] == 0
    assert services.eligibility(completed)["state"] == "not_offered"


def test_old_completions_wait_for_the_hourly_sweep(completed):
    long_ago = timezone.now() - timedelta(days=10)
    type(completed).objects.filter(pk=completed.pk).update(completed_at=long_ago, enrolled_at=long_ago)
    assert services.sweep()["issued"] == 0
    assert services.sweep(everything=True)["issued"] == 1


def test_a_leased_pdf_is_left_alone_and_taken_over_later(time_machine):
    time_machine.move_to(timezone.now())
    certificate = CertificateFactory()
    claimed = pdfs._claim(certificate.pk)
    assert claimed is not None
    assert services.render(certificate.pk) is False
    time_machine.shift(timedelta(seconds=61))
    assert services.render(certificate.pk) is True


def test_a_slow_worker_that_lost_its_claim_leaves_no_file(time_machine, monkeypatch):
    time_machine.move_to(timezone.now())
    certificate = CertificateFactory()
    slow = pdfs._claim(certificate.pk)
    time_machine.shift(timedelta(seconds=61))
    assert services.render(certificate.pk) is True
    monkeypatch.setattr(pdfs, "_claim", lambda pk: slow)  # it wakes up after the other has finished
    assert services.render(certificate.pk) is False
    certificate.refresh_from_db()
    assert services.read_pdf(certificate) is not None
    assert len(default_storage.listdir("certificates")[1]) == 1


def test_missing_glyphs_fail_at_once_and_stay_valid(completed, student, instructor):
    student.full_name = "漢字"
    student.save()
    completed.student.refresh_from_db()
    certificate = services.issue_certificate(completed)
    assert services.render(certificate.pk) is False
    certificate.refresh_from_db()
    assert (certificate.pdf_status, certificate.pdf_error, certificate.state) == (
        "failed",
        "missing_glyphs",
        "valid",
    )


def test_a_lost_file_is_made_again():
    certificate = CertificateFactory(rendered=True)
    default_storage.delete(certificate.pdf.name)
    assert services.read_pdf(certificate) is None
    certificate.refresh_from_db()
    assert certificate.pdf_status == "pending"
    assert services.render(certificate.pk) is True


def test_rendering_again_gives_the_same_bytes_and_removes_the_old_file():
    certificate = CertificateFactory(rendered=True)
    before = services.read_pdf(certificate)
    assert services.render_again(certificate) is True
    assert services.render_again(certificate) is False
    services.render(certificate.pk)
    certificate.refresh_from_db()
    assert services.read_pdf(certificate) == before
    assert len(default_storage.listdir("certificates")[1]) == 1


def test_clean_pdfs_removes_old_orphans_only(time_machine):
    certificate = CertificateFactory(rendered=True)
    default_storage.save("certificates/orphan.pdf", certificate.pdf.file)
    assert services.clean_pdfs() == 0
    time_machine.move_to(timezone.now() + timedelta(days=2))
    assert services.clean_pdfs() == 1
    assert services.read_pdf(certificate) is not None


def test_revoking(student, instructor, admin_user):
    certificate = CertificateFactory(rendered=True)
    revoked = services.revoke_certificate(
        certificate=certificate, by=admin_user, category="misconduct", reason="Somebody else sat the quiz."
    )
    assert (revoked.state, revoked.revoked_by) == ("revoked", admin_user)
    assert AuditEntry.objects.get(action="certificate.revoked").data["category"] == ["", "misconduct"]
    with pytest.raises(AlreadyRevoked):
        services.revoke_certificate(
            certificate=certificate, by=admin_user, category="other", reason="Once more, please"
        )
    assert services.render_again(revoked) is False
    assert services.send_mail(revoked.pk) is True
    assert "revoked" in mail.outbox[-1].subject


def test_inactive_people_get_no_mail():
    certificate = CertificateFactory(rendered=True)
    student = certificate.enrollment.student
    student.is_active = False
    student.save()
    Certificate.objects.update(email_due_at=timezone.now())
    mail.outbox.clear()
    services.sweep()
    assert mail.outbox == []
    assert not Certificate.objects.filter(email_due_at__isnull=False).exists()


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_issue_one(student, instructor, race):
    enrollment = EnrollmentFactory(
        student=student, course=CourseFactory(instructor=instructor), completed=True
    )
    CertificateRevision.objects.all().delete()
    Certificate.objects.all().delete()
    found = race(*[lambda: services.issue_certificate(enrollment) for _try in range(20)])
    assert {getattr(certificate, "pk", certificate) for certificate in found} == {
        Certificate.objects.get().pk
    }


@pytest.mark.django_db(transaction=True)
def test_ten_renders_at_once_leave_one_file(race):
    certificate = CertificateFactory()
    Certificate.objects.filter(pk=certificate.pk).update(pdf_status="pending", pdf_not_before=timezone.now())
    found = race(*[lambda: services.render(certificate.pk) for _try in range(10)])
    assert found.count(True) == 1
    certificate.refresh_from_db()
    assert services.read_pdf(certificate) is not None


def test_issuing_stays_in_budget(completed, max_queries):
    with max_queries(8):
        services.issue_certificate(completed)
