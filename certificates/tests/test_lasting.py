"""What must stay the same wherever and whenever one looks: the day of issue, the state, and a PDF that failed once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.services import anonymise_user
from certificates import services, tasks
from certificates.models import Certificate, CertificateTemplate
from certificates.services import mails, pdfs
from certificates.tests.factories import CertificateFactory
from enrollments.models import Enrollment
from enrollments.tests.factories import EnrollmentFactory
from lms.lib.errors import DomainError

pytestmark = pytest.mark.django_db
LATE_AT_NIGHT = datetime(2030, 5, 6, 22, 30, tzinfo=UTC)  # the next day has begun in Cairo


def live_in_cairo(student):
    student.time_zone = "Africa/Cairo"
    student.save()


def test_the_day_of_issue_is_the_papers_in_every_time_zone(login, client, settings, time_machine):
    time_machine.move_to(LATE_AT_NIGHT)
    certificate = CertificateFactory(rendered=True)
    holder = certificate.enrollment.student
    live_in_cairo(holder)
    settings.DEFAULT_TIME_ZONE = "Africa/Cairo"
    assert "-20300506-" in certificate.number
    browser = login(holder)
    pages = [
        client.get(reverse("certificates:verify_result", args=[certificate.code])).text,
        browser.get(certificate.get_absolute_url()).text,
        browser.get(reverse("certificates:certificate_list")).text,
        browser.get(reverse("enrollments:dashboard")).text,
    ]
    for page in pages:
        assert "6 May 2030" in page
    assert all('datetime="2030-05-06">6 May 2030' in page for page in pages[:2])


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"])
def test_the_last_day_ends_for_everybody_at_once(time_machine, zone):
    certificate = Certificate(valid_until=LATE_AT_NIGHT.date())
    with timezone.override(zone):
        time_machine.move_to(datetime(2030, 5, 6, 23, 59, tzinfo=UTC))
        assert certificate.state == "valid"
        time_machine.move_to(datetime(2030, 5, 7, 0, 1, tzinfo=UTC))
        assert certificate.state == "expired"


def broken(*args, **kwargs):
    raise OSError("no space left")


def test_an_old_certificate_is_tried_again_for_a_day_too(monkeypatch, time_machine):
    time_machine.move_to(LATE_AT_NIGHT)
    certificate = CertificateFactory(rendered=True)
    time_machine.move_to(begun := LATE_AT_NIGHT + timedelta(days=60))
    assert services.render_again(certificate)
    monkeypatch.setattr(pdfs, "render_certificate", broken)
    tries = 0
    while (row := Certificate.objects.get(pk=certificate.pk)).pdf_status == "pending":
        time_machine.move_to(row.pdf_not_before)
        assert not services.render(certificate.pk)
        tries += 1
    assert row.pdf_status == "failed"
    assert timedelta(hours=23) < timezone.now() - begun <= timedelta(hours=25)
    assert (tries, row.state) == (29, "valid")


def test_a_lost_file_is_made_again_in_the_look_it_had():
    services.save_template(by=None, name="First look", is_default=True)
    certificate = CertificateFactory(rendered=True)
    look = certificate.template
    services.save_template(by=None, name="New look", is_default=True)
    default_storage.delete(certificate.pdf.name)
    assert services.read_pdf(certificate) is None
    certificate.refresh_from_db()
    assert (certificate.pdf_status, certificate.template) == ("pending", look)
    assert CertificateTemplate.objects.picked_for(certificate.enrollment.course_id) != look


def test_a_mail_that_cannot_be_made_is_given_up_after_five_tries(monkeypatch, time_machine):
    time_machine.move_to(LATE_AT_NIGHT)
    certificate = CertificateFactory(rendered=True)
    Certificate.objects.update(email_due_at=timezone.now(), emailed_at=None, email_tries=0)

    def fails(row):
        raise ValueError("a template that does not render")

    monkeypatch.setattr(mails, "send_certificate_mail", fails)
    for _try in range(5):
        assert not services.send_mail(certificate.pk)
        time_machine.shift(mails.MAIL_LEASE)
    row = Certificate.objects.get()
    assert (row.email_due_at, row.emailed_at, row.email_tries) == (None, None, 5)


def test_a_mail_that_nobody_got_was_not_sent():
    certificate = CertificateFactory(rendered=True)
    student = certificate.enrollment.student
    student.is_active = False
    student.save()
    Certificate.objects.update(email_due_at=timezone.now(), emailed_at=None)
    mail.outbox.clear()
    assert not services.send_mail(certificate.pk)
    row = Certificate.objects.get()
    assert (row.email_due_at, row.emailed_at, mail.outbox) == (None, None, [])


def test_the_database_asks_for_a_reason_of_ten_characters(admin_user):
    certificate = CertificateFactory()
    facts = {"status": "revoked", "revoked_at": timezone.now(), "revoke_category": "other"}
    with pytest.raises(IntegrityError), transaction.atomic():
        Certificate.objects.filter(pk=certificate.pk).update(**facts, revoke_reason="too short")
    assert Certificate.objects.filter(pk=certificate.pk).update(**facts, revoke_reason="ten to 500") == 1


@pytest.mark.parametrize("typed", ["as shown", "small, with blanks", "stored"])
def test_staff_find_a_certificate_by_the_code_as_it_is_shown(login, api, typed):
    certificate, _other = CertificateFactory(), CertificateFactory()
    staff = certificate.enrollment.course.instructor
    shown = {
        "as shown": certificate.code,
        "small, with blanks": certificate.code.replace("-", " ").lower(),
        "stored": certificate.verification_code,
    }[typed]
    found = api(staff).get("/api/v1/certificates", {"scope": "managed", "search": shown}).json()
    assert [item["number"] for item in found["items"]] == [certificate.number]
    url = reverse("admin:certificates_certificate_changelist")
    assert certificate.number in login(staff).get(url, {"q": shown}).text
    assert certificate.number not in login(staff).get(url, {"q": "nobody at all"}).text


def test_the_page_shows_the_pdf_without_a_reload(login):
    certificate = CertificateFactory()
    browser, url = login(certificate.enrollment.student), certificate.get_absolute_url()
    waiting = browser.get(url).text
    assert f'hx-get="{url}"' in waiting and 'hx-select="#pdf"' in waiting
    services.render(certificate.pk)
    ready = browser.get(url).text
    assert "hx-get" not in ready and 'id="pdf"' in ready


@pytest.mark.parametrize("sent", ['"{}"', 'W/"{}"', '"another", W/"{}"'])
def test_an_unchanged_pdf_is_not_sent_again(api, login, sent):
    """Compressed on its way, the tag comes back as a weak one."""
    certificate = CertificateFactory(rendered=True)
    holder, tag = certificate.enrollment.student, sent.format(certificate.pdf_sha256)
    pages = [
        (api(holder), f"/api/v1/certificates/{certificate.pk}/download"),
        (login(holder), reverse("certificates:download", args=[certificate.code])),
    ]
    for browser, url in pages:
        same = browser.get(url, headers={"If-None-Match": tag})
        assert (same.status_code, same.content) == (304, b"")
        assert browser.get(url, headers={"If-None-Match": '"another"'}).status_code == 200


def test_nobody_erased_gets_a_certificate_again(admin_user):
    certificate = CertificateFactory(rendered=True)
    waiting = EnrollmentFactory(completed=True)
    for row in (certificate.enrollment, waiting):
        anonymise_user(user=row.student, by=admin_user)
    certificate = Certificate.objects.with_people().get(pk=certificate.pk)
    with pytest.raises(DomainError) as refused:
        services.restore_certificate(
            certificate=certificate, by=admin_user, reason="They asked for it again."
        )
    assert refused.value.code == "account_erased"
    with pytest.raises(DomainError):
        services.issue_certificate(Enrollment.objects.select_related("student", "course").get(pk=waiting.pk))
    tasks.issue(str(waiting.pk))
    assert services.sweep(everything=True)["issued"] == 0
    assert list(Certificate.objects.values_list("status", flat=True)) == ["revoked"]
