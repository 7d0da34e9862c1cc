"""The routes of people beyond the basics: accommodation, teachers, links, the trail; and what no write takes."""

import json

import pytest
from django.conf import settings as site
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts import services
from accounts.exceptions import RegistrationClosed
from accounts.models import Accommodation, AuditEntry, OutgoingMail, User
from accounts.tests.factories import PASSWORD, UserFactory
from files.tests.factories import png_bytes
from lms.tests.world import fingerprint

pytestmark = pytest.mark.django_db
ME, USERS, TRAIL = "/api/v1/users/me", "/api/v1/users", "/api/v1/audit-entries"
GRANTED = {"time_factor": 1.5, "extra_attempts": 1, "note": "Letter of March."}


def codes(answer):
    return {(e["field"], e["code"]) for e in answer.json().get("errors", [])}


def of(person, *rest):
    return "/".join([USERS, str(person.pk), *rest])


# --- What no write takes

READ_ONLY = [
    "id", "email_verified", "is_active", "is_staff", "is_superuser", "groups", "user_permissions", "avatar_url",
    "avatar", "last_login", "created_at", "updated_at", "erased_at", "erasure_requested_at", "mfa_enabled",
    "accommodation", "set_by", "slug", "is_verified", "verified_at", "verified_by", "actor", "at", "jti",
]  # fmt: skip


def writes(person, teacher):
    """Return every write of accounts with a body that is fine."""
    new = {"email": "new@example.com", "full_name": "New Person"}
    profile = {"headline": "I teach"}
    return [
        ("post", "/api/v1/auth/register", {**new, "password": PASSWORD}),
        ("post", "/api/v1/auth/email/change", {"new_email": "new@example.com", "password": PASSWORD}),
        ("patch", ME, {"bio": "x"}),
        ("delete", ME, {"password": PASSWORD}),
        ("patch", f"{ME}/instructor-profile", profile),
        ("post", USERS, {**new, "role": "student"}),
        ("patch", of(person), {"bio": "x"}),
        ("post", of(person, "role"), {"role": "instructor"}),
        ("put", of(person, "accommodation"), GRANTED),
        ("patch", of(teacher, "instructor-profile"), profile),
        *[
            ("post", of(target, verb), {})
            for target, verb in [
                (person, "activate"), (person, "deactivate"), (person, "sign-out"), (person, "reset-mfa"),
                (person, "send-password-link"), (person, "anonymise"), (teacher, "verify-instructor"),
                (teacher, "unverify-instructor"),
            ]
        ],
    ]  # fmt: skip


def test_no_write_takes_what_is_read_only(api, admin_user, student, instructor):
    services.ensure_instructor_profile(user=instructor)
    clients = {"admin": api(admin_user), "student": api(student), "teacher": api(instructor)}
    before, wrong = fingerprint(), []
    for method, path, body in writes(student, instructor):
        who = "admin" if path.startswith(f"{USERS}/0") or path == USERS else "student"
        who = "teacher" if path.endswith("me/instructor-profile") else who
        for name in READ_ONLY:
            answer = getattr(clients[who], method)(path, {**body, name: "x"})
            if answer.status_code != 422 or codes(answer) != {(name, "unknown_field")}:
                wrong.append(f"{method} {path} took {name}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)
    assert fingerprint() == before


def test_a_picture_takes_nothing_along(api, student):
    picture = SimpleUploadedFile("me.png", png_bytes(), content_type="image/png")
    answer = api(student).put(f"{ME}/avatar", {"file": picture, "role": "admin"}, format="multipart")
    assert codes(answer) == {("role", "unknown_field")}
    student.refresh_from_db()
    assert (student.role, student.avatar.name) == ("student", "")


PRIVILEGES = {"role": "admin", "is_staff": True, "is_superuser": True, "groups": [1], "is_active": True}
NEW = {"email": "squatter@example.com", "password": PASSWORD, "full_name": "Squatter"}


@pytest.mark.parametrize("name", PRIVILEGES)
def test_registering_with_a_privilege_is_refused(visitor, name):
    register = "/api/v1/auth/register"
    flat = visitor.post(register, {**NEW, name: PRIVILEGES[name]})
    nested = visitor.post(register, {**NEW, "user": {name: PRIVILEGES[name]}})
    repeated = visitor.generic(
        "POST",
        register,
        json.dumps(NEW)[:-1] + f', "{name}": 1, "{name}": 2}}',
        content_type="application/json",
    )
    in_a_field = visitor.post(register, {**NEW, "full_name": {name: PRIVILEGES[name]}})
    as_a_form = visitor.post(register, {**NEW, name: str(PRIVILEGES[name])}, format="multipart")
    assert codes(flat) == {(name, "unknown_field")} and codes(nested) == {("user", "unknown_field")}
    answers = (flat, nested, repeated, in_a_field, as_a_form)
    assert [a.status_code for a in answers] == [422, 422, 400, 422, 415]
    assert not User.objects.exists()


def test_the_page_makes_a_student_whatever_comes_along(client):
    form = {"email": NEW["email"], "full_name": NEW["full_name"], "password1": PASSWORD, **PRIVILEGES}
    client.post("/accounts/signup/", {**form, "user.role": "admin", "role": ["student", "admin"]})
    made = User.objects.get()
    assert (made.role, made.is_staff, made.is_superuser) == ("student", False, False)


# --- Accommodation


def test_accommodation_is_set_read_and_cleared(api, admin_user, student, max_queries):
    client = api(admin_user)
    assert client.get(of(student, "accommodation")).status_code == 404
    body = client.put(of(student, "accommodation"), GRANTED).json()
    assert (body["time_factor"], body["extra_attempts"], body["note"]) == (1.5, 1, "Letter of March.")
    assert body["set_by"] == str(admin_user.pk)
    mine = api(student).get(ME)
    assert mine.json()["accommodation"] == {"time_factor": 1.5, "extra_attempts": 1}
    assert "Letter of March" not in mine.content.decode()
    client.put(of(student, "accommodation"), GRANTED)  # the same again is nothing to tell
    client.put(of(student, "accommodation"), {**GRANTED, "time_factor": 2})
    assert client.delete(of(student, "accommodation")).status_code == 204
    assert client.delete(of(student, "accommodation")).status_code == 204
    assert not Accommodation.objects.exists() and api(student).get(ME).json()["accommodation"] is None
    assert list(AuditEntry.objects.order_by("at").values_list("action", "data")) == [
        ("user.accommodation_set",
         {"time_factor": [None, "1.50"], "extra_attempts": [None, 1], "note": [None, "Letter of March."]}),
        ("user.accommodation_set", {"time_factor": ["1.50", "2.00"]}),
        ("user.accommodation_cleared",
         {"time_factor": ["2.00", None], "extra_attempts": [1, None], "note": ["Letter of March.", None]}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "change, field",
    [
        ({"time_factor": 0.99}, "time_factor"),
        ({"time_factor": 3.01}, "time_factor"),
        ({"time_factor": "x"}, "time_factor"),
        ({"extra_attempts": 21}, "extra_attempts"),
        ({"extra_attempts": -1}, "extra_attempts"),
        ({"note": "x" * 1001}, "note"),
        ({"note": "a\u202eb"}, "note"),
    ],
)
def test_accommodation_has_bounds(api, admin_user, student, change, field):
    answer = api(admin_user).put(of(student, "accommodation"), {**GRANTED, **change})
    assert answer.status_code == 422 and {f for f, _code in codes(answer)} == {field}
    assert not Accommodation.objects.exists() and not AuditEntry.objects.exists()


def test_without_a_row_nobody_has_more(student):
    granted = services.accommodation_of(student)
    assert (granted.time_factor, granted.extra_attempts, granted.in_words) == (1, 0, "")
    assert not Accommodation.objects.exists()


@pytest.mark.parametrize(
    "factor, attempts, words",
    [
        ("1.50", 1, "quiz time × 1.5, 1 extra attempt"),
        ("1.00", 2, "2 extra attempts"),
        ("3.00", 0, "quiz time × 3"),
    ],
)
def test_accommodation_in_words(login, student, admin_user, factor, attempts, words):
    services.set_accommodation(
        user=student, by=admin_user, time_factor=factor, extra_attempts=attempts, note="secret"
    )
    page = login(student).get("/settings/").content.decode()
    assert words in page and "secret" not in page


# --- Teachers


def test_teachers_are_vouched_for(api, admin_user, instructor):
    services.ensure_instructor_profile(user=instructor)
    client = api(admin_user)
    for _twice in range(2):
        assert client.post(of(instructor, "verify-instructor")).json()["is_verified"] is True
    profile = instructor.instructor_profile
    profile.refresh_from_db()
    assert profile.verified_by == admin_user
    assert (
        client.patch(of(instructor, "instructor-profile"), {"headline": "Optics"}).json()["headline"]
        == "Optics"
    )
    for _twice in range(2):
        assert client.post(of(instructor, "unverify-instructor")).json()["is_verified"] is False
    assert list(AuditEntry.objects.order_by("at").values_list("action", flat=True)) == [
        "instructor_profile.verified",
        "instructor_profile.updated",
        "instructor_profile.unverified",
    ]


# --- Links, logins, factors


def test_signing_somebody_out(api, admin_user, student, log_in, sent):
    client = log_in(student)
    with sent() as mails:
        assert api(admin_user).post(of(student, "sign-out")).status_code == 204
    assert client.get(ME).json()["code"] == "token_revoked"
    assert [m.subject for m in mails] == ["You were logged out everywhere"]
    assert AuditEntry.objects.get().action == "user.signed_out"


def test_a_password_link_is_an_invitation_until_there_is_a_password(api, admin_user, student, sent):
    invited = services.invite_user(by=admin_user, email="new@example.com", full_name="New Person")
    OutgoingMail.objects.all().delete()
    with sent() as mails:
        for person in (invited, student):
            assert api(admin_user).post(of(person, "send-password-link")).status_code == 202
    assert [row.kind for row in OutgoingMail.objects.order_by("created_at")] == [
        "invitation",
        "password_reset",
    ]
    assert len(mails) == 2
    services.deactivate(user=student, by=admin_user)
    answer = api(admin_user).post(of(student, "send-password-link"))
    assert (answer.status_code, answer.json()["code"]) == (409, "account_inactive")


def test_forgot_does_the_same_for_the_invited(visitor, admin_user, sent):
    services.add_user(
        by=admin_user, email="new@example.com", full_name="New Person", role="student", invite=False
    )
    with sent() as mails:
        assert visitor.post("/api/v1/auth/password/forgot", {"email": "new@example.com"}).status_code == 202
    token = mails[0].body.split("/accounts/password/reset/key/")[1].split("/")[0]
    body = {"token": token, "new_password": "Harbour-77-sea"}
    assert visitor.post("/api/v1/auth/password/reset", body).status_code == 204
    user = User.objects.get(email="new@example.com")
    assert user.check_password("Harbour-77-sea") and user.email_verified


@pytest.mark.parametrize("state, allowed", [({}, True), ({"REGISTRATION_OPEN": False}, False)])
def test_instructors_invite_students_while_registration_is_open(instructor, settings, state, allowed):
    for name, value in state.items():
        setattr(settings, name, value)
    invite = {"by": instructor, "email": "new@example.com", "full_name": "New Person"}
    if allowed:
        assert services.invite_user(**invite).role == "student"
        return
    with pytest.raises(RegistrationClosed):
        services.invite_user(**invite)
    assert not User.objects.filter(email="new@example.com").exists() and not OutgoingMail.objects.exists()


def test_invitations_keep_to_roles_and_domains(instructor, student, admin_user, settings):
    settings.REGISTRATION_EMAIL_DOMAINS = ["school.example"]
    new = {"email": "new@example.com", "full_name": "New Person"}
    for by, more in (
        (instructor, {}),
        (instructor, {"email": "a@school.example", "role": "admin"}),
        (student, {}),
    ):
        with pytest.raises(Exception):  # noqa: B017  refused, each for its own reason
            services.invite_user(by=by, **{**new, **more})
    assert User.objects.count() == 3 and not AuditEntry.objects.exists()
    assert services.invite_user(by=admin_user, role="instructor", **new).role == "instructor"


def test_reset_mfa_is_audited_and_harmless_without_a_factor(api, admin_user, student):
    assert api(admin_user).post(of(student, "reset-mfa")).json()["mfa_enabled"] is False


def test_list_filters_by_second_factor(api, admin_user, student):
    from allauth.mfa.models import Authenticator

    Authenticator.objects.create(user=student, type="totp", data={"secret": "x"})
    rows = api(admin_user).get(f"{USERS}?mfa_enabled=true").json()["items"]
    assert [(row["email"], row["mfa_enabled"]) for row in rows] == [(student.email, True)]


# --- The trail


def test_the_trail_filters_and_stays_as_it_is(api, admin_user, student, classmate, instructor, max_queries):
    client = api(admin_user)
    client.post(of(student, "deactivate"), headers={"X-Request-ID": "trace-7"})
    client.post(of(classmate, "role"), {"role": "instructor"})
    services.set_role(user=User.objects.get(pk=classmate.pk), role="student", by=None)

    def actions(query):
        return [row["action"] for row in client.get(f"{TRAIL}?{query}").json()["items"]]

    with max_queries(2):
        assert actions("") == ["user.role_changed", "user.role_changed", "user.deactivated"]
    assert actions("action=user.deactivated") == ["user.deactivated"]
    assert actions(f"actor={admin_user.pk}") == ["user.role_changed", "user.deactivated"]
    assert actions(f"target={student.pk}&target_type=accounts.user") == ["user.deactivated"]
    assert actions("request_id=trace-7") == ["user.deactivated"]
    today = AuditEntry.objects.first().at.date().isoformat()
    assert len(actions(f"date={today}")) == 3 and actions("date=2001-01-01") == []
    assert (
        actions("at_after=2999-01-01T00:00:00Z") == [] and len(actions("at_before=2999-01-01T00:00:00Z")) == 3
    )
    assert actions("search=salma") == ["user.deactivated"]
    for bad in ("ip=1", "ordering=ip", "actor=x", "date=x", "target__in=x"):
        assert client.get(f"{TRAIL}?{bad}").status_code == 400
    for method in ("post", "put", "patch", "delete"):
        assert getattr(client, method)(TRAIL).status_code == 405
    for verb in (lambda rows: rows.update(action="x"), lambda rows: rows.delete()):
        with pytest.raises(TypeError):
            verb(AuditEntry.objects.all())
    assert api(instructor).get(TRAIL).status_code == 403


def test_a_verb_that_fails_leaves_no_audit_row(api, admin_user, student, monkeypatch):
    from accounts.services import people

    def broken(**_values):
        raise RuntimeError

    monkeypatch.setattr(people, "end_sessions", broken)
    with pytest.raises(RuntimeError):
        services.deactivate(user=student, by=admin_user)
    student.refresh_from_db()
    assert student.is_active and not AuditEntry.objects.exists() and not OutgoingMail.objects.exists()


# --- Changing one's own e-mail

CHANGE = "/api/v1/auth/email/change"


def ask(api, person, email="new@example.com", password=PASSWORD):
    return api(person).post(CHANGE, {"new_email": email, "password": password})


def key_of(message):
    return message.body.split("/confirm-email/")[1].split("/")[0]


def test_the_old_email_stays_until_the_link_is_opened(api, student, visitor, sent):
    services.prove_email(user=student)
    with sent() as mails:
        assert ask(api, student, "New@Example.com").json() == {"status": "verification_sent"}
    assert [m.to for m in mails] == [["new@example.com"], ["student@example.com"]]
    assert "new@example.com" in mails[1].body and "/confirm-email/" not in mails[1].body
    key = key_of(mails[0])
    student.refresh_from_db()
    assert student.email == "student@example.com"
    assert (
        visitor.post("/api/v1/auth/login", {"email": student.email, "password": PASSWORD}).status_code == 200
    )
    with sent() as mails:
        body = visitor.post("/api/v1/auth/email/verify", {"key": key}).json()
    assert (body["email"], body["email_verified"]) == ("new@example.com", True)
    assert [m.to for m in mails] == [["student@example.com"]]
    assert visitor.post("/api/v1/auth/email/verify", {"key": key}).json()["code"] == "already_verified"
    login = {"email": "new@example.com", "password": PASSWORD}
    assert visitor.post("/api/v1/auth/login", login).status_code == 200


def test_only_the_last_link_counts_and_only_while_the_address_is_free(api, student, visitor, sent):
    with sent() as mails:
        ask(api, student, "first@example.com")
    first = key_of(mails[0])
    with sent() as mails:
        ask(api, student, "second@example.com")
    second = key_of(mails[0])
    verify = "/api/v1/auth/email/verify"
    assert codes(visitor.post(verify, {"key": first})) == {("key", "link_invalid")}
    UserFactory(email="second@example.com")
    assert visitor.post(verify, {"key": second}).json()["code"] == "email_taken"
    student.refresh_from_db()
    assert student.email == "student@example.com"


@pytest.mark.parametrize(
    "email, password, status, code",
    [
        ("classmate@example.com", PASSWORD, 409, "email_taken"),
        ("student@example.com", PASSWORD, 422, "email_unchanged"),
        ("nonsense", PASSWORD, 422, "invalid"),
        ("né@example.com", PASSWORD, 422, "invalid"),
        ("new@example.com", "wrong", 422, "password_wrong"),
    ],
)
def test_a_change_that_is_refused_changes_nothing(api, student, classmate, email, password, status, code):
    answer = ask(api, student, email, password)
    assert answer.status_code == status and {c for _f, c in codes(answer)} == {code}
    student.refresh_from_db()
    assert student.email == "student@example.com" and not OutgoingMail.objects.exists()


def test_five_changes_a_day(api, student):
    assert [ask(api, student, f"n{n}@example.com").status_code for n in range(6)] == [202] * 5 + [429]


def test_without_proof_the_email_changes_at_once(api, student, settings, sent):
    settings.EMAIL_VERIFICATION = "none"
    with sent() as mails:
        assert ask(api, student).json() == {"status": "changed"}
    student.refresh_from_db()
    assert student.email == "new@example.com" and [m.to for m in mails] == [["student@example.com"]]


def test_a_reset_cancels_the_change(api, student, visitor, sent):
    with sent() as mails:
        ask(api, student)
        visitor.post("/api/v1/auth/password/forgot", {"email": student.email})
    token = mails[2].body.split("/password/reset/key/")[1].split("/")[0]
    body = {"token": token, "new_password": "Harbour-77-sea"}
    assert visitor.post("/api/v1/auth/password/reset", body).status_code == 204
    answer = visitor.post("/api/v1/auth/email/verify", {"key": key_of(mails[0])})
    assert codes(answer) == {("key", "link_invalid")}


def test_the_page_changes_the_email_too(login, student):
    client = login(student)
    assert (
        client.post("/settings/email/", {"new_email": "new@example.com", "password": "x"}).status_code == 200
    )
    answer = client.post(
        "/settings/email/", {"new_email": "new@example.com", "password": PASSWORD}, follow=True
    )
    assert "new@example.com" in answer.content.decode()
    assert "new@example.com" in client.get("/settings/email/").content.decode()  # it waits


@pytest.mark.django_db(transaction=True)
def test_two_links_to_one_address_make_one_owner(race):
    from accounts.links import confirmation_link
    from accounts.services.email_proof import expect_new_email, pending_email

    people = [UserFactory(), UserFactory()]
    for person in people:
        expect_new_email(person, "wanted@example.com")
    keys = [confirmation_link(pending_email(person)).rstrip("/").rpartition("/")[2] for person in people]
    results = race(*[lambda key=key: services.confirm_email(key=key) for key in keys])
    assert sum(isinstance(result, Exception) for result in results) == 1
    assert User.objects.filter(email="wanted@example.com").count() == 1
    assert site.EMAIL_VERIFICATION == "optional"
