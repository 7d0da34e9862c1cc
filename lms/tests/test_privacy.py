"""Proof that erasure leaves no name in any table, and that the export is what the screens show."""

import json
from base64 import b64decode
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.core import mail
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import services, tasks
from accounts.exceptions import LastAdmin, OwnAccount, StaffAccount
from accounts.models import AuditEntry, OutgoingMail, User
from accounts.tests.factories import PASSWORD, UserFactory, prove
from certificates.models import Certificate
from certificates.tests.factories import CertificateFactory
from courses.exceptions import OwnsCourses
from courses.tests.factories import CourseFactory
from enrollments import services as enrollments
from enrollments.models import Enrollment
from enrollments.tests.factories import EnrollmentFactory, ReviewFactory
from files.models import StoredFile
from files.tests.factories import stored
from quizzes.tests.factories import AttemptFactory, QuizFactory

pytestmark = pytest.mark.django_db
NAME, FORMER, EMAIL, PHONE = "Zubaydah Xanthopoulou", "Zubaydah Qwerty", "zubaydah@example.com", "+20 55 5123"
TEXT = "I, Zubaydah Xanthopoulou, wrote this."
ME = "/api/v1/users/me"


@pytest.fixture
def person(admin_user, instructor):
    """Somebody who left traces in every corner: texts, files, labels of the audit trail, links, mails."""
    user = services.add_user(by=admin_user, email=EMAIL, password=PASSWORD, full_name=FORMER, role="student")
    prove(user)
    services.update_account(user=user, by=admin_user, full_name=NAME, bio=TEXT, phone=PHONE, locale="ar")
    services.set_accommodation(user=user, by=admin_user, time_factor=2, extra_attempts=1, note=TEXT)
    services.open_session(user=user, user_agent=NAME)
    services.queue_mail(user=user, kind=OutgoingMail.Kind.EMAIL_CHANGED, key="old-zubaydah@example.com")
    stored(user, name=f"{NAME}.png")
    course = CourseFactory(instructor=instructor, title="Light", modules=1, lessons=3, max_students=5)
    active = EnrollmentFactory(course=course, student=user)
    lesson = course.lessons.in_order().first()
    enrollments.save_notes(enrollment=active, lesson=lesson, notes=TEXT, revision=0)
    enrollments.suspend(enrollment=active, by=admin_user, reason=f"{NAME} asked for it.")
    enrollments.resume(enrollment=active, by=admin_user)
    Enrollment.objects.filter(pk=active.pk).update(notes=TEXT)
    attempt = AttemptFactory(quiz=QuizFactory(course=course), enrollment=active, answers="wrong")
    answered = attempt.answers.filter(pk=attempt.answers.first().pk)
    answered.update(response={"text": TEXT}, grader_note=TEXT)
    answered.update(late_response={"text": TEXT}, late_at=timezone.now())
    type(attempt).objects.filter(pk=attempt.pk).update(feedback=TEXT)
    done = EnrollmentFactory(
        course=CourseFactory(instructor=instructor, title="Done"), student=user, completed=True
    )
    review = ReviewFactory(enrollment=done, text=TEXT)
    enrollments.reply_to_review(review=review, by=instructor, text=f"Thank you, {NAME}!")
    CertificateFactory(enrollment=done, rendered=True)
    return User.objects.get(pk=user.pk)


def traces(*words):
    """Return every text of every table in which one of the words stands, letters of either case."""
    found = []
    for model in apps.get_models():
        for row in model._base_manager.values():
            for column, value in row.items():
                text = json.dumps(value, default=str, ensure_ascii=False).casefold()
                found += [f"{model._meta.label}.{column}: {w}" for w in words if w.casefold() in text]
    return found


def test_the_person_is_everywhere_before(person):
    tables = {line.split(".")[1] for line in traces("zubaydah")}
    assert {"User", "AuditEntry", "Enrollment", "LessonProgress", "Review", "Answer"} <= tables
    assert {"Certificate", "StoredFile", "EnrollmentEvent", "Accommodation", "EmailAddress"} <= tables


def test_erasure_leaves_no_name_in_any_table(person, admin_user, django_capture_on_commit_callbacks):
    certificate = Certificate.objects.get()
    pdf, blobs = certificate.pdf.name, certificate.pdf.storage
    course = person.enrollments.get(course__title="Light").course
    course.refresh_from_db()
    seats = course.enrollment_count
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        services.anonymise_user(user=person, by=admin_user)
    assert traces("zubaydah", "xanthopoulou", "qwerty", PHONE) == []
    person = User.objects.get(pk=person.pk)
    assert (person.email, person.full_name, person.is_active) == (f"erased-{person.pk}@invalid", "", False)
    assert person.erased_at and not person.has_usable_password()
    certificate.refresh_from_db()
    assert (certificate.status, certificate.revoke_category) == ("revoked", "holder_request")
    assert not certificate.pdf and not blobs.exists(pdf)
    course.refresh_from_db()
    assert course.enrollment_count == seats - 1
    assert set(person.enrollments.values_list("status", flat=True)) == {"dropped", "completed"}
    assert not StoredFile.objects.filter(owner=person).exists()
    assert [m.to for m in mail.outbox if m.to == [EMAIL]] == [[EMAIL]]
    entry = AuditEntry.objects.get(action="user.anonymised")
    assert (entry.actor, entry.target_id) == (admin_user, str(person.pk))


def test_the_link_of_the_certificate_still_answers(person, admin_user, client):
    url = Certificate.objects.get().verification_url.removeprefix("http://testserver")
    assert NAME in client.get(url).content.decode()
    services.anonymise_user(user=person, by=admin_user)
    page = client.get(url)
    assert page.status_code == 200 and "Zubaydah" not in page.content.decode()


def test_erasing_again_changes_nothing(person, admin_user):
    services.anonymise_user(user=person, by=admin_user)
    before = list(User.objects.values()), AuditEntry.objects.count()
    services.anonymise_user(user=User.objects.get(pk=person.pk), by=admin_user)
    assert (list(User.objects.values()), AuditEntry.objects.count()) == before


def test_export_holds_what_the_screens_show(person, api):
    answer = api(person).get(f"{ME}/export")
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment")
    known = answer.json()
    account = known["account"]
    assert (account["full_name"], account["email"], account["bio"], account["phone"]) == (
        NAME,
        EMAIL,
        TEXT,
        PHONE,
    )
    assert account["accommodation"] == {"time_factor": 2.0, "extra_attempts": 1}
    by_course = {row["course"]: row for row in known["enrollments"]}
    assert set(by_course) == {"Light", "Done"}
    assert [lesson["notes"] for lesson in by_course["Light"]["lessons"] if lesson["notes"]] == [TEXT]
    assert by_course["Done"]["review"]["text"] == TEXT
    assert [attempt["number"] for attempt in known["quizzes"]] == [1]
    assert [file["name"] for file in known["files"]] == [f"{NAME}.png"]
    assert b64decode(known["certificates"][0]["pdf"]).startswith(b"%PDF")
    assert person.password not in answer.content.decode()
    assert (
        "staff" not in by_course["Light"] and "notes" not in by_course["Light"]
    )  # what staff note is theirs


def test_export_names_passkeys_and_linked_accounts_but_no_key(student, api):
    passkey, totp = Authenticator.Type.WEBAUTHN, Authenticator.Type.TOTP
    Authenticator.objects.create(user=student, type=passkey, data={"name": "My phone", "credential": "k3y"})
    Authenticator.objects.create(user=student, type=totp, data={"secret": "s3cret"})
    SocialAccount.objects.create(
        user=student, provider="school", uid="17", extra_data={"email": "salma@school.example"}
    )
    answer = api(student).get(f"{ME}/export")
    tables = answer.json()["account"]["sign_in"].values()
    rows = [row for table in tables for row in table]
    assert {row["name"] for row in rows if "name" in row} == {"My phone", None}
    assert [row["email"] for row in rows if row.get("provider") == "school"] == ["salma@school.example"]
    assert not any(secret in answer.content.decode() for secret in ("k3y", "s3cret"))


def test_export_is_given_three_times_a_day(student, api, login, settings):
    rates = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_THROTTLE_RATES": {**rates, "export": "3/day"},
    }
    client, page = api(student), login(student)
    assert [client.get(f"{ME}/export").status_code for _ in range(2)] == [200, 200]
    download = page.post("/settings/privacy/export/")
    assert download.status_code == 200 and download.json()["account"]["email"] == student.email
    assert client.get(f"{ME}/export").status_code == 429
    assert page.post("/settings/privacy/export/").status_code == 429  # the page counts with the API


def test_closing_ones_own_account(student, client):
    api = APIClient()
    tokens = api.post("/api/v1/auth/login", {"email": student.email, "password": PASSWORD}).json()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens['access_token']}")
    assert api.delete(ME, {"password": "wrong"}).status_code == 422
    student.refresh_from_db()
    assert student.is_active and student.erasure_requested_at is None
    assert api.delete(ME, {"password": PASSWORD}).status_code == 204
    student.refresh_from_db()
    assert not student.is_active and student.erasure_requested_at
    assert api.get(ME).json()["code"] == "token_revoked"
    assert OutgoingMail.objects.get().kind == OutgoingMail.Kind.DEACTIVATED


@pytest.mark.parametrize("who", ["instructor", "admin_user"])
def test_staff_do_not_close_their_own(who, request, api):
    person = request.getfixturevalue(who)
    answer = api(person).delete(ME, {"password": PASSWORD})
    assert (answer.status_code, answer.json()["code"]) == (409, "staff_account")
    with pytest.raises(StaffAccount):
        services.request_erasure(user=person, password=PASSWORD)
    person.refresh_from_db()
    assert person.is_active and person.erasure_requested_at is None


def test_the_wish_is_fulfilled_after_its_days_and_cancelled_by_activation(
    student, classmate, admin_user, settings
):
    settings.ERASURE_AFTER_DAYS = 10
    for person in (student, classmate):
        services.request_erasure(user=person, password=PASSWORD)
    services.activate(user=classmate, by=admin_user)
    with time_machine.travel(timezone.now() + timedelta(days=9)):
        tasks.erase_requested()
        assert not User.objects.exclude(erased_at=None).exists()
    with time_machine.travel(timezone.now() + timedelta(days=11)):
        tasks.erase_requested()
        tasks.erase_requested()
    student.refresh_from_db()
    classmate.refresh_from_db()
    assert student.erased_at and student.full_name == ""
    assert classmate.is_active and classmate.erased_at is None and classmate.erasure_requested_at is None
    answer = APIClient()
    answer.force_authenticate(admin_user)
    person = f"/api/v1/users/{student.pk}"
    for refused in (
        answer.post(f"{person}/activate"),
        answer.patch(person, {"full_name": "Salma again"}),
        answer.post(f"{person}/role", {"role": "admin"}),
        answer.post(f"{person}/send-password-link"),
        answer.put(f"{person}/accommodation", {"time_factor": 2, "extra_attempts": 0}),
    ):
        assert (refused.status_code, refused.json()["code"]) == (409, "account_erased")
    student.refresh_from_db()
    assert (student.full_name, student.role, student.is_active) == ("", "student", False)


def test_owners_of_courses_are_not_erased(instructor, admin_user, api):
    CourseFactory(instructor=instructor)
    before = list(User.objects.values())
    answer = api(admin_user).post(f"/api/v1/users/{instructor.pk}/anonymise")
    assert (answer.status_code, answer.json()["code"]) == (409, "owns_courses")
    with pytest.raises(OwnsCourses):
        services.anonymise_user(user=instructor, by=admin_user)
    assert list(User.objects.values()) == before
    assert not AuditEntry.objects.filter(action="user.anonymised").exists()


def test_nobody_erases_themselves_nor_the_last_admin(admin_user):
    boss = UserFactory(role="admin", is_active=False)
    with pytest.raises(LastAdmin):
        services.anonymise_user(user=admin_user, by=boss)
    with pytest.raises(OwnAccount):
        services.anonymise_user(user=admin_user, by=admin_user)
    admin_user.refresh_from_db()
    assert admin_user.is_admin and admin_user.erased_at is None


@pytest.mark.django_db(transaction=True)
def test_the_last_admin_is_not_lost_to_three_verbs_at_once(race):
    one, two, three = (UserFactory(role="admin") for _ in range(3))

    def fresh(user):
        return User.objects.get(pk=user.pk)

    results = race(
        lambda: services.deactivate(user=fresh(one), by=two),
        lambda: services.set_role(user=fresh(two), role="student", by=three),
        lambda: services.anonymise_user(user=fresh(three), by=one),
    )
    assert User.objects.active().admins().count() == 1, results
    assert sum(isinstance(result, LastAdmin) for result in results) == 1
    assert AuditEntry.objects.count() == 2  # a row exactly where a verb committed
