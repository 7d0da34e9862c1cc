import re
from datetime import date, timedelta

import pytest
from django.utils import timezone
from django.utils.translation import override

from certificates import services
from certificates.models import Certificate
from certificates.sheet import hours_in_words
from certificates.tests.factories import CertificateFactory
from courses.tests.factories import CourseFactory
from enrollments.tests.factories import EnrollmentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def certificate(student, instructor):
    course = CourseFactory(instructor=instructor, title="Optics for Everybody")
    enrollment = EnrollmentFactory(student=student, course=course, completed=True)
    certificate = CertificateFactory(enrollment=enrollment, rendered=True)
    Certificate.objects.filter(pk=certificate.pk).update(
        verification_code="K7QX2M9DHT40", number="CERT-20261003-7F3A91C4"
    )
    certificate.refresh_from_db()
    return certificate


def test_anyone_reads_every_printed_field(certificate, client):
    page = client.get("/certificates/verify/K7QX-2M9D-HT40/").content.decode()
    for text in (
        "Salma Haddad",
        "Optics for Everybody",
        "Nour El-Masry",
        "CERT-20261003-7F3A91C4",
        "K7QX-2M9D-HT40",
    ):
        assert text in page
    assert "This certificate is genuine" in page


def test_nothing_else_leaks(certificate, client):
    response = client.get("/certificates/verify/K7QX-2M9D-HT40/")
    page = response.content.decode()
    for secret in ("student@example.com", str(certificate.pk), str(certificate.enrollment_id), "score"):
        assert secret not in page
    assert response["Referrer-Policy"] == "no-referrer"
    assert "noindex" in response["X-Robots-Tag"]


@pytest.mark.parametrize("typed", ["k7qx2m9dht4o", "K7QX 2M9D HT40", "K7QX2M9DHT40"])
def test_other_spellings_lead_to_the_canonical_address(certificate, client, typed):
    response = client.get("/certificates/verify/", {"code": typed}, follow=True)
    assert response.redirect_chain[-1][0] == "/certificates/verify/K7QX-2M9D-HT40/"
    assert response.status_code == 200


def test_the_number_has_its_own_address(certificate, client):
    response = client.get("/certificates/verify/cert-20261003-7f3a91c4/", follow=True)
    assert response.redirect_chain == [("/certificates/verify/CERT-20261003-7F3A91C4/", 302)]
    assert b"Salma Haddad" in response.content


@pytest.mark.parametrize(
    "typed", ["AAAA-AAAA-AAAA", "nothing", "<script>alert(1)</script>", "سلام", "x" * 190]
)
def test_unknown_is_a_calm_page(certificate, client, typed):
    response = client.get("/certificates/verify/", {"code": typed}, follow=True)
    assert response.status_code == 200
    assert b"No certificate has this code" in response.content
    assert b"<script>alert" not in response.content


@pytest.mark.parametrize(
    "days, state, words",
    [(1, "valid", "genuine"), (0, "valid", "genuine"), (-1, "expired", "was valid until")],
)
def test_expiry_is_read_from_the_date(certificate, client, days, state, words):
    Certificate.objects.update(valid_until=timezone.localdate() + timedelta(days=days))
    assert words in client.get("/certificates/verify/K7QX-2M9D-HT40/").content.decode()
    assert client.get("/api/v1/certificates/verify/K7QX-2M9D-HT40").json()["state"] == state


def test_revoked_shows_date_and_category_never_the_reason(certificate, client, admin_user):
    services.revoke_certificate(
        certificate=certificate, by=admin_user, category="misconduct", reason="A secret story about it."
    )
    page = client.get("/certificates/verify/K7QX-2M9D-HT40/").content.decode()
    assert "was revoked on" in page and "Misconduct" in page
    assert "secret story" not in page
    answer = client.get("/api/v1/certificates/verify/k7qx2m9dht4o").json()
    assert (answer["valid"], answer["state"]) == (False, "revoked")
    assert "secret story" not in str(answer)


def test_arabic(certificate, client):
    page = client.get("/certificates/verify/K7QX-2M9D-HT40/?lang=ar").content.decode()
    assert '<html lang="ar" dir="rtl"' in page


def test_the_sheet_keeps_its_language(certificate, client):
    Certificate.objects.filter(pk=certificate.pk).update(duration_minutes=300)
    page = client.get(
        "/certificates/verify/K7QX-2M9D-HT40/", headers={"accept-language": "ar"}
    ).content.decode()
    sheet = re.search(r"<article.*?</article>", page, re.DOTALL).group()
    with override("ar"):
        in_arabic = hours_in_words(300)
    assert "5 hours" in sheet and in_arabic not in sheet
    assert in_arabic in page.replace(sheet, "")


def test_walking_codes_is_stopped_everywhere(certificate, client, settings):
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_THROTTLE_RATES": {
            **settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"],
            "verify_unknown": "20/hour",
        },
    }
    for number in range(10):
        assert client.get(f"/certificates/verify/AAAA-AAAA-AA{number:02d}/").status_code == 200
        assert client.get(f"/api/v1/certificates/verify/BBBB-BBBB-BB{number:02d}").status_code == 200
    for url in ("/certificates/verify/K7QX-2M9D-HT40/", "/api/v1/certificates/verify/K7QX-2M9D-HT40"):
        refused = client.get(url)
        assert refused.status_code == 429
        assert int(refused["Retry-After"]) > 0


def test_verifying_is_one_query(certificate, client, max_queries):
    with max_queries(1):
        client.get("/api/v1/certificates/verify/K7QX-2M9D-HT40")
    with max_queries(1):
        client.get("/certificates/verify/K7QX-2M9D-HT40/")


def test_paper_and_page_say_the_same(certificate, client):
    import pypdfium2

    text = pypdfium2.PdfDocument(services.read_pdf(certificate))[0].get_textpage().get_text_bounded()
    page = client.get("/certificates/verify/K7QX-2M9D-HT40/").content.decode()
    assert re.search(r"Optics\s+for\s+Everybody", text)
    for field in (certificate.student_name, certificate.instructor_name, certificate.number[:4]):
        assert field in text and field in page
    assert isinstance(certificate.completed_on, date)
