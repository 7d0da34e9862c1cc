"""Reissue, restore, revoke and corrections: each verb, each refusal, and that nothing else changed."""

from datetime import date
from decimal import Decimal

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from certificates import services
from certificates.exceptions import (
    AlreadyRevoked,
    CertificateRevoked,
    NoCorrectionAsked,
    NothingToReissue,
    NotRevoked,
    OwnCertificate,
    StaleCertificate,
)
from certificates.models import Certificate, CertificateRevision
from certificates.services import revisions
from certificates.tests.factories import CertificateFactory
from courses.tests.factories import CourseFactory
from enrollments.tests.factories import EnrollmentFactory

pytestmark = pytest.mark.django_db
WHY = "The name was misspelt."


@pytest.fixture
def certificate(student, instructor):
    course = CourseFactory(instructor=instructor, title="Optics for Everybody")
    return CertificateFactory(
        enrollment=EnrollmentFactory(student=student, course=course, completed=True), rendered=True
    )


@pytest.fixture
def revoked(certificate, instructor):
    return services.revoke_certificate(
        certificate=certificate, by=instructor, category="other", reason="Issued by mistake."
    )


def as_stored(certificate):
    return Certificate.objects.filter(pk=certificate.pk).values().get()


def ledger(certificate):
    return list(certificate.revisions.values_list("revision", flat=True))


def test_every_certificate_begins_its_ledger(certificate):
    row = certificate.revisions.get()
    assert (row.revision, row.created_by, row.reason) == (1, None, "")
    assert 0 <= row.status_index < revisions.LIST_PLACES


def test_a_reissue_takes_the_new_name_and_keeps_the_rest(certificate, instructor):
    before = as_stored(certificate)
    certificate.enrollment.student.full_name = "Salma El-Haddad"
    services.reissue_certificate(certificate=certificate, by=instructor, reason=WHY)
    after = as_stored(certificate)
    kept = ("number", "verification_code", "course_title", "issued_at", "completed_on", "grade", "language")
    assert [after[name] for name in kept] == [before[name] for name in kept]
    assert (after["student_name"], after["revision"], after["pdf_status"]) == (
        "Salma El-Haddad",
        2,
        "pending",
    )
    assert after["revised_at"] is not None and after["email_due_at"] is not None
    assert ledger(certificate) == [1, 2]
    entry = AuditEntry.objects.get(action="certificate.reissued")
    assert entry.data["student_name"] == ["Salma Haddad", "Salma El-Haddad"]
    assert entry.data["reason"] == ["", WHY]


def test_another_language_speaks_it_throughout(certificate, instructor):
    services.reissue_certificate(certificate=certificate, by=instructor, reason=WHY, language="ar")
    assert (certificate.language, certificate.issuer_name) == ("ar", "منارة")
    assert certificate.criteria != "" and not certificate.criteria.isascii()


def test_a_last_day_is_set_and_taken_away(certificate, instructor):
    services.reissue_certificate(
        certificate=certificate, by=instructor, reason=WHY, valid_until=date(2030, 1, 1)
    )
    assert certificate.valid_until == date(2030, 1, 1)
    services.reissue_certificate(certificate=certificate, by=instructor, reason=WHY, valid_until=None)
    assert (certificate.valid_until, certificate.revision) == (None, 3)


def test_the_grade_is_refreshed_on_request_only(certificate, instructor):
    Certificate.objects.update(score_percentage=Decimal("95.00"), grade="A")
    certificate.refresh_from_db()
    services.reissue_certificate(
        certificate=certificate, by=instructor, reason=WHY, student_name="Salma Said"
    )
    assert certificate.grade == "A"
    services.reissue_certificate(
        certificate=certificate, by=instructor, reason=WHY, student_name="Salma Said", refresh_grade=True
    )
    assert (certificate.grade, certificate.score_percentage) == ("pass", None)  # the course has no quiz


def test_what_a_reissue_refuses_changes_nothing(certificate, student, instructor):
    before = as_stored(certificate)
    with pytest.raises(NothingToReissue):
        services.reissue_certificate(certificate=certificate, by=instructor, reason=WHY)
    assert as_stored(certificate) == before
    seen = Certificate.objects.with_people().get(pk=certificate.pk)
    seen.revision = 7
    with pytest.raises(StaleCertificate):
        services.reissue_certificate(
            certificate=seen, by=instructor, reason=WHY, student_name="Somebody Else"
        )
    assert as_stored(certificate) == before
    assert ledger(certificate) == [1]
    assert not AuditEntry.objects.filter(action="certificate.reissued").exists()


def test_a_revoked_one_is_not_reissued(revoked, instructor):
    with pytest.raises(CertificateRevoked):
        services.reissue_certificate(
            certificate=revoked, by=instructor, reason=WHY, student_name="Somebody Else"
        )
    assert ledger(revoked) == [1]


def test_a_restored_one_is_a_new_revision(revoked, instructor):
    services.restore_certificate(certificate=revoked, by=instructor, reason="It was right after all.")
    after = as_stored(revoked)
    assert (after["status"], after["revision"], after["revoke_reason"]) == ("issued", 2, "")
    assert (after["revoked_at"], after["pdf_status"]) == (None, "pending")
    assert ledger(revoked) == [1, 2]
    with pytest.raises(NotRevoked):
        services.restore_certificate(certificate=revoked, by=instructor, reason="Once more, please.")
    assert ledger(revoked) == [1, 2]


def test_what_was_read_before_is_stale(certificate, instructor):
    seen = Certificate.objects.with_people().get(pk=certificate.pk)
    services.revoke_certificate(
        certificate=certificate, by=instructor, category="other", reason="Issued by mistake."
    )
    with pytest.raises(AlreadyRevoked):
        services.revoke_certificate(certificate=seen, by=instructor, category="other", reason="And again.")
    services.restore_certificate(certificate=certificate, by=instructor, reason="It was right after all.")
    with pytest.raises(StaleCertificate):
        services.revoke_certificate(certificate=seen, by=instructor, category="other", reason="And again.")
    assert as_stored(certificate)["status"] == "issued"


def test_nobody_changes_their_own(instructor, admin_user):
    enrollment = EnrollmentFactory(
        student=instructor, course=CourseFactory(instructor=instructor), completed=True
    )
    own = CertificateFactory(enrollment=enrollment)
    before = as_stored(own)
    for verb, more in (
        (services.reissue_certificate, {"student_name": "Sir Nour"}),
        (services.restore_certificate, {}),
        (services.dismiss_correction, {}),
    ):
        with pytest.raises(OwnCertificate):
            verb(certificate=own, by=instructor, reason=WHY, **more)
    assert as_stored(own) == before
    services.reissue_certificate(certificate=own, by=admin_user, reason=WHY, student_name="Sir Nour")
    assert own.student_name == "Sir Nour"


def test_a_correction_is_asked_for_and_dismissed_by_mail(certificate, student, instructor):
    services.send_mail(certificate.pk)
    mail.outbox.clear()
    services.request_correction(certificate=certificate, note="My name has one more letter.")
    services.dismiss_correction(certificate=certificate, by=instructor, reason="The passport says otherwise.")
    assert (certificate.correction_note, certificate.correction_requested_at) == ("", None)
    assert services.send_mail(certificate.pk)
    assert "The passport says otherwise." in mail.outbox[0].body
    assert mail.outbox[0].to == [student.email]
    with pytest.raises(NoCorrectionAsked):
        services.dismiss_correction(certificate=certificate, by=instructor, reason="The passport says no.")
    assert certificate.revision == 1


def test_a_reissue_answers_the_correction(certificate, instructor):
    services.send_mail(certificate.pk)
    services.request_correction(certificate=certificate, note="My name has one more letter.")
    services.reissue_certificate(
        certificate=certificate, by=instructor, reason=WHY, student_name="Salma Hadd"
    )
    assert (certificate.correction_note, certificate.correction_requested_at) == ("", None)
    services.render(certificate.pk)
    mail.outbox.clear()
    assert services.send_mail(certificate.pk)
    assert "revision 2" in mail.outbox[0].body


def test_a_revoked_one_is_not_corrected(revoked):
    with pytest.raises(CertificateRevoked):
        services.request_correction(certificate=revoked, note="My name has one more letter.")
    assert as_stored(revoked)["correction_note"] == ""


def test_the_ledger_is_append_only(certificate):
    row = certificate.revisions.get()
    with pytest.raises(TypeError):
        row.save()
    with pytest.raises(TypeError):
        row.delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        CertificateRevision.objects.create(certificate=certificate, revision=2, status_index=row.status_index)


def test_a_full_list_is_followed_by_the_next(certificate, monkeypatch):
    taken = certificate.revisions.get().status_index
    monkeypatch.setattr(revisions.secrets, "randbelow", lambda places: taken)
    certificate.revision = 2
    row = revisions.note_revision(certificate, by=None)
    assert row.status_index == revisions.LIST_PLACES + taken


@pytest.mark.django_db(transaction=True)
def test_of_two_members_of_staff_one_wins(certificate, instructor, admin_user, race):
    if connection.vendor == "postgresql":
        people = [instructor, admin_user] * 2

        def reissue(number):
            row = Certificate.objects.with_people().get(pk=certificate.pk)
            row.revision = 1
            return services.reissue_certificate(
                certificate=row, by=people[number], reason=WHY, student_name=f"Salma the {number}."
            )

        outcomes = race(*(lambda n=n: reissue(n) for n in range(4)))
        assert sum(isinstance(o, Certificate) for o in outcomes) == 1
        assert sum(isinstance(o, StaleCertificate) for o in outcomes) == 3
    else:
        seen = [Certificate.objects.with_people().get(pk=certificate.pk) for _ in range(2)]
        services.reissue_certificate(certificate=seen[0], by=instructor, reason=WHY, student_name="Salma B.")
        with pytest.raises(StaleCertificate):
            services.reissue_certificate(
                certificate=seen[1], by=admin_user, reason=WHY, student_name="Salma C."
            )
    assert ledger(certificate) == [1, 2]


# --- doors


def test_the_api_reissues_and_restores(certificate, api, student, instructor, outsider_instructor):
    url = f"/api/v1/certificates/{certificate.pk}"
    body = {"reason": WHY, "student_name": "Salma Said", "valid_until": "2031-05-01"}
    assert api(outsider_instructor).post(f"{url}/reissue", body).status_code == 404
    assert api(student).post(f"{url}/reissue", body).status_code == 403
    refused = api(instructor).post(f"{url}/reissue", {**body, "number": "CERT-1", "reason": "short"}).json()
    assert {(e["field"], e["code"]) for e in refused["errors"]} >= {("number", "unknown_field")}
    assert as_stored(certificate)["revision"] == 1
    answer = api(instructor).post(f"{url}/reissue", body)
    assert (answer.status_code, answer.json()["student_name"]) == (200, "Salma Said")
    assert (answer.json()["revision"], answer.json()["valid_until"]) == (2, "2031-05-01")
    assert api(instructor).post(f"{url}/reissue", {"reason": WHY, "student_name": "Salma Said"}).json()[
        "code"
    ] == "nothing_to_reissue"  # fmt: skip
    assert api(instructor).post(f"{url}/restore", {"reason": WHY}).json()["code"] == "not_revoked"


def test_the_api_asks_for_a_correction(certificate, api, student, classmate, instructor):
    url = f"/api/v1/certificates/{certificate.pk}"
    note = {"note": "My name has one more letter."}
    assert api(classmate).post(f"{url}/request-correction", note).status_code == 404
    assert api(instructor).post(f"{url}/request-correction", note).status_code == 403
    assert api(student).post(f"{url}/request-correction", {"note": "no"}).status_code == 422
    assert as_stored(certificate)["correction_note"] == ""
    assert api(student).post(f"{url}/request-correction", note).json()["correction_note"] == note["note"]
    asked = "/api/v1/certificates?scope=managed&correction_requested=true"
    assert api(instructor).get(asked).json()["total"] == 1
    assert api(instructor).get(asked.replace("true", "false")).json()["total"] == 0
    dismissed = api(instructor).post(f"{url}/dismiss-correction", {"reason": "The passport says so."})
    assert dismissed.json()["correction_requested_at"] is None
    again = api(instructor).post(f"{url}/dismiss-correction", {"reason": "The passport says so."})
    assert (again.status_code, again.json()["code"]) == (409, "no_correction")


def test_the_page_asks_for_a_correction(certificate, login, student, classmate):
    url = reverse("certificates:request_correction", args=[certificate.code])
    assert login(classmate).post(url, {"note": "My name has one more letter."}).status_code == 404
    refused = login(student).post(url, {"note": "no"})
    assert refused.status_code == 422 and "10 characters" in refused.content.decode()
    assert as_stored(certificate)["correction_note"] == ""
    login(student).post(url, {"note": "My name has one more letter."})
    page = login(student).get(certificate.get_absolute_url()).content.decode()
    assert "You asked for a correction on" in page and "linkedin.com/profile/add" in page


def test_the_admin_reissues_side_by_side(certificate, login, instructor, outsider_instructor):
    url = reverse("admin:certificates_certificate_reissue", args=[certificate.pk])
    assert login(outsider_instructor).get(url).status_code == 404
    assert "Printed now" in login(instructor).get(url).content.decode()
    body = {"student_name": "Salma Haddad", "language": "en", "reason": WHY}
    assert "Nothing on the certificate would change." in login(instructor).post(url, body).content.decode()
    assert as_stored(certificate)["revision"] == 1
    login(instructor).post(url, {**body, "student_name": "Salma Said"})
    assert as_stored(certificate)["student_name"] == "Salma Said"


def test_the_admin_restores_and_dismisses(revoked, login, instructor):
    changelist = reverse("admin:certificates_certificate_changelist")
    body = {"_selected_action": [str(revoked.pk)], "apply": "1", "reason": "It was right after all."}
    login(instructor).post(changelist, {**body, "action": "restore"})
    assert as_stored(revoked)["status"] == "issued"
    Certificate.objects.update(correction_note="One more letter.", correction_requested_at=timezone.now())
    login(instructor).post(changelist, {**body, "action": "dismiss_correction"})
    assert as_stored(revoked)["correction_note"] == ""


def test_the_admin_issues_by_hand(login, student, instructor, outsider_instructor, certificate):
    course = CourseFactory(instructor=instructor, certificate_enabled=False, title="An exam outside")
    enrollment = EnrollmentFactory(student=student, course=course, completed=True)
    own = EnrollmentFactory(student=instructor, course=course, completed=True)
    url = reverse("admin:certificates_certificate_issue")
    assert "An exam outside" in login(instructor).get(url).content.decode()
    assert "An exam outside" not in login(outsider_instructor).get(url).content.decode()
    login(outsider_instructor).post(url, {"enrollment": [str(enrollment.pk), "nonsense"]})
    assert Certificate.objects.count() == 1
    page = login(instructor).post(url, {"enrollment": [str(enrollment.pk), str(own.pk)]}, follow=True)
    text = page.content.decode()
    assert "1 certificate issued." in text and "nobody issues or changes their own" in text
    assert Certificate.objects.get(enrollment=enrollment).issued_by == instructor


def test_the_list_says_how_the_pdfs_stand(certificate, login, instructor, outsider_instructor, max_queries):
    Certificate.objects.update(pdf_status="failed", pdf_error="missing_glyphs")
    url = reverse("admin:certificates_certificate_changelist")
    client = login(instructor)
    with max_queries(2 + 8):
        page = client.get(url).content.decode()
    assert "missing_glyphs" in page
    assert "missing_glyphs" not in login(outsider_instructor).get(url).content.decode()


def test_a_page_that_is_older_than_the_last_revision_changes_nothing(
    certificate, login, instructor, admin_user
):
    url = reverse("admin:certificates_certificate_reissue", args=[certificate.pk])
    client = login(instructor)
    shown = client.get(url)
    assert 'name="revision" value="1"' in shown.text
    sent = {
        "revision": "1",
        "student_name": "Salma A. Haddad",
        "language": "en",
        "valid_until": "",
        "reason": WHY,
    }
    services.reissue_certificate(
        certificate=certificate, by=admin_user, reason=WHY, valid_until=date(2040, 1, 31)
    )
    refused = client.post(url, sent)
    assert refused.status_code == 200 and "Somebody else has just changed this certificate" in refused.text
    row = Certificate.objects.get(pk=certificate.pk)
    assert (row.revision, row.valid_until, row.student_name) == (2, date(2040, 1, 31), "Salma Haddad")
    assert 'name="revision" value="2"' in refused.text and "Salma A. Haddad" in refused.text
    assert client.post(url, sent | {"revision": "2"}).status_code == 302
    assert Certificate.objects.get(pk=certificate.pk).student_name == "Salma A. Haddad"
