import pytest
from django.urls import reverse

from certificates import services
from certificates.models import Certificate
from certificates.tests.factories import CertificateFactory
from courses.tests.factories import CourseFactory
from enrollments.tests.factories import EnrollmentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def certificate(student, instructor):
    enrollment = EnrollmentFactory(
        student=student, course=CourseFactory(instructor=instructor), completed=True
    )
    return CertificateFactory(enrollment=enrollment, rendered=True)


def test_who_sees_the_certificate(
    certificate, api, student, classmate, instructor, outsider_instructor, admin_user
):
    url = f"/api/v1/certificates/{certificate.pk}"
    people = [None, classmate, outsider_instructor, student, instructor, admin_user]
    assert [api(person).get(url).status_code for person in people] == [401, 404, 404, 200, 200, 200]
    assert "notes" not in api(student).get(url).json()
    assert "notes" in api(instructor).get(url).json()


def test_page_sends_strangers_to_the_public_check(certificate, login, classmate, student):
    for person in (None, classmate):
        response = login(person).get(certificate.get_absolute_url())
        assert response.status_code == 302
        assert response["Location"] == reverse("certificates:verify_result", args=[certificate.code])
    assert login(student).get(certificate.get_absolute_url()).status_code == 200


def test_download_in_both_doors(certificate, login, api, student, classmate):
    page = login(student).get(reverse("certificates:download", args=[certificate.code]))
    assert page.content.startswith(b"%PDF-")
    assert f"Certificate_{certificate.number}.pdf" in page["Content-Disposition"]
    answer = api(student).get(f"/api/v1/certificates/{certificate.pk}/download")
    assert answer.content == page.content
    again = api(student).get(
        f"/api/v1/certificates/{certificate.pk}/download", headers={"If-None-Match": answer["ETag"]}
    )
    assert again.status_code == 304
    assert api(classmate).get(f"/api/v1/certificates/{certificate.pk}/download").status_code == 404


def test_both_doors_share_thirty_downloads_a_minute(certificate, login, api, student, classmate, settings):
    rates = {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "download": "2/min"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    page = reverse("certificates:download", args=[certificate.code])
    program = f"/api/v1/certificates/{certificate.pk}/download"
    assert (login(student).get(page).status_code, api(student).get(program).status_code) == (200, 200)
    refused = login(student).get(page)
    assert (refused.status_code, api(student).get(program).status_code) == (429, 429)
    assert 0 < int(refused["Retry-After"]) <= 60
    text = refused.content.decode()
    assert "One moment, please" in text and "Wait a moment and try again." in text
    teacher = certificate.enrollment.course.instructor
    assert [login(person).get(page).status_code for person in (classmate, teacher)] == [302, 200]


@pytest.mark.parametrize(
    "accepts, status", [("application/pdf", 200), ("application/*", 200), ("image/png", 406)]
)
def test_a_program_may_ask_for_the_pdf_by_its_type(certificate, api, student, accepts, status):
    url = f"/api/v1/certificates/{certificate.pk}/download"
    answer = api(student).get(url, headers={"Accept": accepts})
    kind = {200: "application/pdf", 406: "application/problem+json"}[status]
    assert (answer.status_code, answer["Content-Type"]) == (status, kind)
    assert (
        api(student)
        .get(f"/api/v1/certificates/{certificate.pk}", headers={"Accept": "application/pdf"})
        .status_code
        == 406
    )


def test_download_while_it_is_being_made(certificate, api, login, student):
    Certificate.objects.update(pdf_status="pending")
    answer = api(student).get(f"/api/v1/certificates/{certificate.pk}/download")
    assert (answer.status_code, answer.json(), answer["Retry-After"]) == (202, {"pdf_status": "pending"}, "3")
    assert "being prepared" in login(student).get(certificate.get_absolute_url()).content.decode()
    Certificate.objects.update(pdf_status="failed")
    assert api(student).get(f"/api/v1/certificates/{certificate.pk}/download").json()["code"] == "pdf_failed"


def test_revoke_over_the_api(certificate, api, student, instructor, outsider_instructor):
    url = f"/api/v1/certificates/{certificate.pk}/revoke"
    body = {"category": "other", "reason": "Issued to the wrong person."}
    assert api(outsider_instructor).post(url, body).status_code == 404
    assert api(student).post(url, body).status_code == 403
    refused = api(instructor).post(url, {"category": "because", "reason": "short"})
    assert {e["field"] for e in refused.json()["errors"]} == {"category", "reason"}
    certificate.refresh_from_db()
    assert certificate.status == "issued"
    assert api(instructor).post(url, body).json()["status"] == "revoked"
    assert api(instructor).post(url, body).json()["code"] == "already_revoked"
    assert api(student).get(f"/api/v1/certificates/{certificate.pk}/download").status_code == 409


def test_issue_by_hand(api, student, classmate, instructor, outsider_instructor):
    enrollment = EnrollmentFactory(
        student=student,
        course=CourseFactory(instructor=instructor, certificate_enabled=False),
        completed=True,
    )
    body = {"enrollment": str(enrollment.pk)}
    assert api(classmate).post("/api/v1/certificates", body).status_code == 404
    assert api(outsider_instructor).post("/api/v1/certificates", body).status_code == 404
    assert api(student).post("/api/v1/certificates", body).status_code == 403
    smuggled = api(instructor).post("/api/v1/certificates", {**body, "grade": "A"})
    assert smuggled.json()["errors"][0]["code"] == "unknown_field"
    assert not Certificate.objects.exists()
    created = api(instructor).post("/api/v1/certificates", body)
    assert created.status_code == 201
    assert api(instructor).get(created["Location"]).status_code == 200
    assert api(instructor).post("/api/v1/certificates", body).status_code == 200
    assert Certificate.objects.count() == 1


def test_only_notes_change(certificate, api, instructor, student):
    url = f"/api/v1/certificates/{certificate.pk}"
    assert api(instructor).patch(url, {"notes": "Called on Monday."}).json()["notes"] == "Called on Monday."
    for field in ("student_name", "status", "grade", "number", "pdf"):
        refused = api(instructor).patch(url, {field: "x"})
        assert refused.json()["errors"][0]["code"] == "unknown_field"
    assert api(student).patch(url, {"notes": "mine"}).status_code == 403
    certificate.refresh_from_db()
    assert (certificate.student_name, certificate.notes) == ("Salma Haddad", "Called on Monday.")


def test_two_staff_at_one_note_overwrite_nothing_unseen(certificate, login, api, instructor, admin_user):
    page = reverse("admin:certificates_certificate_change", args=[certificate.pk])
    rows = {"revisions-TOTAL_FORMS": 0, "revisions-INITIAL_FORMS": 0}
    mine, theirs = login(instructor), login(admin_user)
    opened = mine.get(page)
    seen = opened.context["adminform"].form.fingerprint
    assert f'name="seen" value="{seen}"' in opened.text
    assert theirs.post(page, {"notes": "Theirs", "seen": seen} | rows).status_code == 302
    Certificate.objects.update(pdf_tries=2)  # what the system does makes no note stale
    refused = mine.post(page, {"notes": "Mine", "seen": seen} | rows)
    for said in ("Amal Farouk saved this in the meantime", "Now stands here: Theirs", "Mine"):
        assert said in refused.text
    assert Certificate.objects.get().notes == "Theirs"
    seen = refused.context["adminform"].form.fingerprint  # now it is a decision
    assert mine.post(page, {"notes": "Mine", "seen": seen} | rows).status_code == 302

    url = f"/api/v1/certificates/{certificate.pk}"
    tag = {"If-Match": api(instructor).get(url)["ETag"]}
    Certificate.objects.update(pdf_status="failed")
    assert api(admin_user).patch(url, {"notes": "Theirs"}, headers=tag).status_code == 200
    assert api(instructor).patch(url, {"notes": "Mine"}, headers=tag).status_code == 412
    assert Certificate.objects.get().notes == "Theirs"


def test_eligibility_says_what_is_missing(api, student, classmate, instructor):
    enrollment = EnrollmentFactory(student=student, course=CourseFactory(instructor=instructor), completed=5)
    url = f"/api/v1/certificates/eligibility?enrollment={enrollment.pk}"
    answer = api(student).get(url).json()
    assert (answer["state"], len(answer["missing"]), answer["certificate"]) == ("not_complete", 1, None)
    assert answer["missing"][0]["link"].startswith("/learn/")
    assert api(classmate).get(url).status_code == 404
    assert api(student).get("/api/v1/certificates/eligibility?enrollment=x").status_code == 400


def test_lists_are_own_or_managed(certificate, api, student, classmate, instructor, outsider_instructor):
    def total(person, **query):
        return api(person).get("/api/v1/certificates", query).json()["total"]

    assert (total(student), total(classmate), total(instructor)) == (1, 0, 0)
    assert (total(instructor, scope="managed"), total(outsider_instructor, scope="managed")) == (1, 0)
    assert total(student, scope="managed") == 0
    assert total(instructor, scope="managed", search=certificate.number) == 1
    assert api(student).get("/api/v1/certificates?scope=all").json()["code"] == "invalid_filter"


def test_box_appears_and_issues_on_the_spot(login, student, instructor):
    enrollment = EnrollmentFactory(
        student=student, course=CourseFactory(instructor=instructor), completed=True
    )
    page = login(student).get(reverse("certificates:box", args=[enrollment.pk])).content.decode()
    assert "being prepared" in page and "hx-trigger" in page
    services.render(Certificate.objects.get().pk)
    page = login(student).get(reverse("certificates:box", args=[enrollment.pk])).content.decode()
    assert "Your certificate is ready" in page and "hx-trigger" not in page


def test_the_box_is_nobody_elses(login, classmate, certificate):
    assert (
        login(classmate).get(reverse("certificates:box", args=[certificate.enrollment_id])).status_code == 404
    )


def test_admin_shows_own_courses_only(
    certificate, login, student, instructor, outsider_instructor, admin_user
):
    changelist = reverse("admin:certificates_certificate_changelist")
    change = reverse("admin:certificates_certificate_change", args=[certificate.pk])
    assert login(student).get(changelist).status_code == 302
    assert certificate.number.encode() in login(instructor).get(changelist).content
    assert certificate.number.encode() not in login(outsider_instructor).get(changelist).content
    assert login(outsider_instructor).get(change).status_code == 404
    assert login(instructor).get(change).status_code == 200
    assert login(admin_user).get(change).status_code == 200


def test_admin_revokes_with_a_reason(certificate, login, instructor):
    changelist = reverse("admin:certificates_certificate_changelist")
    body = {"action": "revoke", "_selected_action": [str(certificate.pk)]}
    assert b"Revoke certificates" in login(instructor).post(changelist, body).content
    login(instructor).post(changelist, {**body, "apply": "1", "category": "other", "reason": "short"})
    certificate.refresh_from_db()
    assert certificate.status == "issued"
    login(instructor).post(
        changelist, {**body, "apply": "1", "category": "other", "reason": "Issued by mistake."}
    )
    certificate.refresh_from_db()
    assert certificate.status == "revoked"


def test_pages_stay_in_budget(certificate, login, api, student, instructor, max_queries):
    client = login(student)
    with max_queries(2 + 4):
        client.get(certificate.get_absolute_url())
    with max_queries(4):
        api(student).get("/api/v1/certificates")
    with max_queries(2):
        api(student).get(f"/api/v1/certificates/{certificate.pk}/download")
