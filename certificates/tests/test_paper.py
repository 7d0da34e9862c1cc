"""What stands on the paper of a real certificate: its fields, its template's words, and nothing that runs."""

import unicodedata
from datetime import timedelta

import pypdfium2
import pytest
import zxingcpp
from django.core import mail
from django.utils import timezone
from django.utils.translation import override

from certificates import services
from certificates.models import Certificate
from certificates.services import pdfs
from certificates.sheet import hours_in_words, sheet_of
from certificates.tests.factories import CertificateFactory
from courses.models import Course
from courses.tests.factories import CourseFactory
from enrollments.tests.factories import EnrollmentFactory
from lms.lib.pdf import render_certificate

pytestmark = pytest.mark.django_db
HOSTILE = "\n".join(
    ['#read("/etc/passwd")', "<script>alert(1)</script> &amp;", "\\n $x$ @ref %s {% debug %}"]
)
WORDS = {"en": ("Salma Haddad", "Optics"), "ar": ("سلمى حدّاد", "البصريات")}


def plain(text):
    text = unicodedata.normalize("NFKC", text.replace("\ufffe", "-"))
    return "".join(
        sign for sign in text if unicodedata.category(sign) not in ("Mn", "Cf") and not sign.isspace()
    )


def page_of(certificate):
    [page] = pypdfium2.PdfDocument(services.read_pdf(certificate))
    return page


@pytest.fixture
def certificate(request, student, instructor):
    """With everything that can be printed."""
    language = getattr(request, "param", "en")
    services.save_template(
        by=None,
        name="Formal",
        is_default=True,
        body_en="Given on {completed_on} by {issuer_name}\n{student_name}\nfor {hours} of {course_title}\n{grade}",
        body_ar="بتاريخ {completed_on} من {issuer_name}\n{student_name}\n{hours}: {course_title}\n{grade}",
        signatory_name_en="Dr. Amal Farouk",
        signatory_name_ar="د. أمل فاروق",
        signatory_title_en="Head of Studies",
        signatory_title_ar="مديرة الدراسات",
        valid_months=12,
    )
    student.full_name, title = WORDS[language]
    student.save()
    course = CourseFactory(instructor=instructor, title=title, language=language)
    enrollment = EnrollmentFactory(student=student, course=course, completed=True)
    Course.objects.filter(pk=course.pk).update(duration_minutes=120)
    enrollment.course.refresh_from_db()
    return CertificateFactory(enrollment=enrollment, rendered=True)


@pytest.mark.parametrize("certificate", ["en", "ar"], indirect=True)
def test_paper_and_check_show_the_same_words(certificate, client):
    page = page_of(certificate)
    on_paper = plain(page.get_textpage().get_text_range())
    shown = client.get(
        f"/certificates/verify/{certificate.code}/?lang={certificate.language}"
    ).content.decode()
    sheet = sheet_of(certificate)
    assert (sheet.grade, len(sheet.body), len(sheet.below)) == ("", 1, 1)  # no score: that line is left out
    for field in (sheet.student_name, sheet.course_title, sheet.instructor_name, sheet.signatory_name,
                  sheet.signatory_title, sheet.issuer_name, sheet.completed_on, sheet.issued_on,
                  sheet.valid_until, sheet.hours, sheet.number, sheet.verification_code):  # fmt: skip
        assert plain(field) in on_paper
        assert field in shown
    for line in (*sheet.body, *sheet.below):
        assert plain(line) in on_paper and line in shown
    [code] = zxingcpp.read_barcodes(page.render(scale=150 / 72).to_pil())
    assert code.text == certificate.verification_url


def test_the_same_row_gives_the_same_bytes(certificate):
    assert render_certificate(sheet_of(certificate)) == render_certificate(sheet_of(certificate))


def test_what_looks_like_source_stays_text(certificate, client, settings):
    template = certificate.template
    template.body_en = HOSTILE.replace("{% debug %}", "{{7*7}}")  # past the form, as a row of old could be
    template.title_en = "<b>{student_name}</b> #panic()"
    template.save()
    Certificate.objects.update(student_name='</bdi><script>x</script>"#x', email_due_at=timezone.now())
    assert services.render_again(certificate)
    assert services.render(certificate.pk)
    certificate.refresh_from_db()
    on_paper = plain(page_of(certificate).get_textpage().get_text_range())
    shown = client.get(f"/certificates/verify/{certificate.code}/").content.decode()
    for line in (*template.body_en.splitlines(), template.title_en, certificate.student_name):
        assert plain(line) in on_paper
    assert "<script>" not in shown and "{{7*7}}" in shown and "&lt;script&gt;alert(1)" in shown
    mail.outbox.clear()
    services.send_mail(certificate.pk)
    html = [part for part, kind in mail.outbox[0].alternatives if kind == "text/html"]
    assert "<script>" not in "".join(html)


def test_a_letter_without_a_font_fails_at_once_and_stays_valid(certificate):
    Certificate.objects.update(student_name="Ⰰ", pdf_status="pending", pdf_not_before=timezone.now())
    assert not services.render(certificate.pk)
    certificate.refresh_from_db()
    assert (certificate.pdf_status, certificate.pdf_error, certificate.state) == (
        "failed",
        "missing_glyphs",
        "valid",
    )


def test_a_logo_that_storage_lost_is_tried_again(certificate, admin_user):
    from files.tests.factories import stored

    logo = stored(admin_user)
    services.save_template(by=None, template=certificate.template, logo=logo)
    logo.file.storage.delete(logo.file.name)
    Certificate.objects.update(pdf_status="pending", pdf_not_before=timezone.now())
    assert not services.render(certificate.pk)
    certificate.refresh_from_db()
    assert (certificate.pdf_status, certificate.pdf_error) == ("pending", "storage_unavailable")
    assert certificate.pdf_not_before - timezone.now() <= pdfs.PAUSES[0]


@pytest.mark.parametrize(
    "minutes, english, arabic",
    [
        (None, "", ""),
        (0, "", ""),
        (1, "1 minute", "دقيقة"),
        (59, "59 minutes", "59 دقيقة"),
        (60, "1 hour", "ساعة"),
        (119, "1 hour", "ساعة"),
        (120, "2 hours", "ساعتان"),
        (720, "12 hours", "12 ساعة"),
    ],
)
def test_hours_in_both_languages(minutes, english, arabic):
    with override("en"):
        assert hours_in_words(minutes) == english
    with override("ar"):
        assert arabic in hours_in_words(minutes)
        assert bool(hours_in_words(minutes)) == bool(arabic)


def test_the_61st_check_of_a_minute_waits(certificate, client, settings):
    rates = {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "verify": "2/min"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    url = f"/api/v1/certificates/verify/{certificate.code}"
    assert [client.get(url).status_code for _try in range(3)] == [200, 200, 429]
    refused = client.get(f"/certificates/verify/{certificate.code}/")
    assert refused.status_code == 429
    assert timedelta(0) < timedelta(seconds=int(refused["Retry-After"])) <= timedelta(minutes=1)
