"""Many at once: each row its own answer, a dry run that tells the truth, and nothing half done."""

import io
from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import override_settings
from django.utils import timezone

from accounts.models import AuditEntry, OutgoingMail, User
from accounts.tests.factories import UserFactory
from courses.models import Course
from enrollments import services
from enrollments.models import Enrollment, EnrollmentEvent
from enrollments.rosters import read_addresses, read_csv, read_end
from enrollments.services import Entry
from enrollments.tests.factories import EnrollmentFactory, complete

pytestmark = pytest.mark.django_db


def entries(*emails):
    return [Entry(line, email) for line, email in enumerate(emails, 1)]


def results(rows):
    return [str(row.result) for row in rows]


@pytest.fixture
def crowd(course, lessons, instructor):
    """Somebody for each result but `course_full`."""
    people = {name: UserFactory(email=f"{name}@example.com") for name in (
        "fresh", "back", "renewing", "inside", "closed", "paused"
    )}  # fmt: skip
    rows = {
        name: EnrollmentFactory(student=people[name], course=course)
        for name in ("back", "renewing", "inside", "paused")
    }
    services.drop(enrollment=rows["back"], by=people["back"])
    complete(rows["renewing"], lessons)
    long_ago = timezone.now() - timedelta(days=9)
    Enrollment.objects.filter(pk=rows["renewing"].pk).update(
        enrolled_at=long_ago, expires_at=long_ago + timedelta(days=1)
    )
    services.suspend(enrollment=rows["paused"], by=instructor, reason="A question.")
    User.objects.filter(pk=people["closed"].pk).update(is_active=False)
    return [
        *(person.email for person in people.values()),
        "NEW@example.com",
        "no address",
        "Fresh@Example.com",
    ]


EXPECTED = [
    "enrolled", "reactivated", "renewed", "already_enrolled", "inactive_account", "enrollment_suspended",
    "invited", "invalid_email", "duplicate",
]  # fmt: skip


def counts():
    models = (Enrollment, EnrollmentEvent, User, OutgoingMail, AuditEntry)
    return [model.objects.count() for model in models] + [Course.objects.get().enrollment_count]


def test_the_dry_run_is_the_real_run_and_writes_nothing(crowd, course, instructor):
    before = counts()
    terms = {"course": course, "entries": entries(*crowd), "by": instructor, "invite": True}
    dry = services.enroll_many(**terms, dry_run=True)
    assert results(dry) == EXPECTED
    assert counts() == before
    real = services.enroll_many(**terms)
    assert results(real) == EXPECTED
    assert [row.sentence for row in dry] == [row.sentence for row in real]
    assert Enrollment.objects.current().filter(course=course).count() == 5
    assert set(Enrollment.objects.filter(source="import").values_list("student__email", flat=True)) == {
        "fresh@example.com", "back@example.com", "renewing@example.com", "new@example.com",
    }  # fmt: skip
    invited = User.objects.get(email="new@example.com")
    assert OutgoingMail.objects.filter(user=invited, kind="invitation").count() == 1
    again = services.enroll_many(**terms)
    assert results(again)[:4] == ["already_enrolled"] * 4
    assert results(again)[6] == "already_enrolled"


def test_without_invitations_unknown_addresses_are_reported(course, instructor):
    (row,) = services.enroll_many(course=course, entries=entries("new@example.com"), by=instructor)
    assert (row.result, row.is_done, row.enrollment_id) == ("unknown_email", False, None)
    assert not User.objects.filter(email="new@example.com").exists()


@override_settings(REGISTRATION_OPEN=False)
def test_an_instructor_invites_nobody_while_registration_is_closed(course, instructor, admin_user):
    terms = {"course": course, "entries": entries("new@example.com"), "invite": True}
    (row,) = services.enroll_many(by=instructor, **terms)
    assert row.result == "unknown_email"
    assert "administrator" in row.sentence
    assert results(services.enroll_many(by=admin_user, **terms)) == ["invited"]


def test_the_last_seats_in_the_dry_run_too(course, instructor):
    Course.objects.update(max_students=2)
    people = [UserFactory().email for _person in range(4)]
    expected = ["enrolled", "enrolled", "course_full", "course_full"]
    terms = {"course": course, "entries": entries(*people), "by": instructor}
    assert results(services.enroll_many(**terms, dry_run=True)) == expected
    assert Course.objects.get().enrollment_count == 0
    assert results(services.enroll_many(**terms)) == expected
    assert Course.objects.get().enrollment_count == 2


def test_price_and_draft_do_not_stop_staff(instructor, course):
    Course.objects.update(price=90, currency="EGP", status="draft")
    course.refresh_from_db()
    (row,) = services.enroll_many(course=course, entries=entries(UserFactory().email), by=instructor)
    assert row.result == "enrolled"
    assert Enrollment.objects.get().is_granted


def test_the_end_of_access_of_a_line_and_of_all(course, instructor):
    first, second = UserFactory(), UserFactory()
    soon, late = timezone.now() + timedelta(days=2), timezone.now() + timedelta(days=9)
    rows = [Entry(1, first.email, "", soon), Entry(2, second.email)]
    services.enroll_many(course=course, entries=rows, by=instructor, expires_at=late)
    assert Enrollment.objects.get(student=first).expires_at == soon
    assert Enrollment.objects.get(student=second).expires_at == late


def test_killed_half_way_and_repeated(course, instructor, monkeypatch):
    people = [UserFactory().email for _person in range(3)]
    real, calls = services.bulk.enroll, []

    def dying(**terms):
        calls.append(terms)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(**terms)

    monkeypatch.setattr(services.bulk, "enroll", dying)
    with pytest.raises(KeyboardInterrupt):
        services.enroll_many(course=course, entries=entries(*people), by=instructor)
    assert Enrollment.objects.count() == 2
    rows = services.enroll_many(course=course, entries=entries(*people), by=instructor)
    assert results(rows) == ["already_enrolled", "already_enrolled", "enrolled"]
    assert Course.objects.get().enrollment_count == 3


# --- Lists


def test_pasted_addresses():
    read = read_addresses("a@example.com, b@example.com\n\n<c@example.com>;d@example.com\n")
    assert [(entry.line, entry.email) for entry in read] == [
        (1, "a@example.com"), (1, "b@example.com"), (3, "c@example.com"), (3, "d@example.com"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "email,full_name,expires_at\na@example.com,Salma Haddad,2099-01-31\n",
        "full_name;email;expires_at\r\nSalma Haddad;a@example.com;2099-01-31\r\n",
        "a@example.com,Salma Haddad,2099-01-31",
        "Email,Full_name,expires_at\n\n a@example.com , Salma Haddad , 2099-01-31T23:59:59Z \n",
    ],
)
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_tables(text, mark):
    (entry,) = read_csv((mark + text).encode())
    assert (entry.email, entry.full_name) == ("a@example.com", "Salma Haddad")
    assert entry.expires_at.isoformat() == "2099-01-31T23:59:59+00:00"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe\x00", "UTF-8"),
        (b"a@example.com\x00", "no CSV"),
        (b"email,full_name,expires_at\na@example.com,,tomorrow\nb@example.com,,2001-01-01", "Line 2"),
        (b"x" * 1_000_001, "too large"),
        (b'"' + b"x" * 200_000, "no CSV"),
        (("a@example.com," + "x" * 151).encode(), "Line 1"),
    ],
)
def test_lists_that_cannot_be_read(content, said):
    with pytest.raises(ValidationError) as caught:
        read_csv(content)
    assert said in " ".join(caught.value.messages)


def test_an_impossible_day_is_a_sentence():
    with pytest.raises(ValidationError):
        read_end("2027-02-31")


# --- Doors


def test_the_api(course, instructor, api, max_queries):
    person = UserFactory()
    path = f"/api/v1/courses/{course.slug}/enrollments"
    body = {"emails": [person.email, "nobody@example.com"], "dry_run": True}
    answer = api(instructor).post(path, body)
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "dry_run": True,
            "rows": [
                {"line": 1, "email": person.email, "result": "enrolled", "sentence": "Enrolled",
                 "enrollment": None},
                {"line": 2, "email": "nobody@example.com", "result": "unknown_email",
                 "sentence": "No account with this address", "enrollment": None},
            ],
        },
    )  # fmt: skip
    assert not Enrollment.objects.exists()
    answer = api(instructor).post(path, body | {"dry_run": False})
    assert answer.json()["rows"][0]["enrollment"] == str(Enrollment.objects.get().pk)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"emails": []},
        {"emails": "a@example.com"},
        {"emails": ["a@example.com"], "expires_at": "2001-01-01T00:00:00Z"},
        {"emails": ["a@example.com"], "status": "completed"},
        {"emails": [f"p{number}@example.com" for number in range(501)]},
    ],
)
def test_the_api_refuses(body, course, instructor, api):
    answer = api(instructor).post(f"/api/v1/courses/{course.slug}/enrollments", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_error")
    assert not Enrollment.objects.exists()


def test_the_command(course, instructor, tmp_path, student):
    file = tmp_path / "class.csv"
    file.write_text(f"email\n{student.email}\nnobody@example.com\n")
    out = io.StringIO()
    with override_settings(BULK_ENROLL_MAX=1):  # longer lists go in parts
        call_command("enroll_from_csv", course.slug, str(file), "--by", instructor.email, stdout=out)
    assert "enrolled" in out.getvalue() and "1 of 2 are in the course." in out.getvalue()
    assert Enrollment.objects.get().student == student
    for wrong in (["nothing", str(file), "--by", instructor.email], [course.slug, "no.csv", "--by", instructor.email],
                  [course.slug, str(file), "--by", student.email]):  # fmt: skip
        with pytest.raises(CommandError):
            call_command("enroll_from_csv", *wrong)
    assert mail.outbox == []
