"""Signing up, on the page and over the API."""

import pytest
from allauth.account.models import EmailAddress
from django.core.management import call_command
from django.test import Client

from accounts import services
from accounts.exceptions import EmailTaken
from accounts.models import OutgoingMail, User
from accounts.tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/auth/register"
PAGE = "/accounts/signup/"
BODY = {"email": "salma@example.com", "password": PASSWORD, "full_name": "Salma Haddad"}
FORM = {"email": "salma@example.com", "password1": PASSWORD, "full_name": "Salma Haddad"}


def codes(answer):
    return {(e["field"], e["code"]) for e in answer.json()["errors"]}


def test_api_makes_a_student(visitor, sent):
    with sent() as mails:
        answer = visitor.post(
            URL, {**BODY, "email": " Salma@Example.com ", "locale": "ar", "time_zone": "Africa/Cairo"}
        )
    assert answer.status_code == 201
    user = User.objects.get()
    assert answer["Location"] == f"/api/v1/users/{user.pk}"
    assert (user.email, user.role, user.locale, user.time_zone) == (
        "salma@example.com",
        "student",
        "ar",
        "Africa/Cairo",
    )
    assert not user.is_staff and not user.is_superuser and user.check_password(PASSWORD)
    assert answer.json()["email_verified"] is False
    assert EmailAddress.objects.get(user=user).verified is False
    assert len(mails) == 1 and mails[0].to == ["salma@example.com"]


def test_page_makes_a_student_and_signs_in(client):
    answer = client.post(PAGE + "?lang=ar", {**FORM, "time_zone": "Africa/Cairo", "next": "/settings/"})
    assert answer.status_code == 302 and answer["Location"] == "/settings/"
    user = User.objects.get()
    assert (user.role, user.locale, user.time_zone) == ("student", "ar", "Africa/Cairo")
    assert client.get("/settings/").status_code == 200
    assert user.last_login is not None


@pytest.mark.parametrize("zone", ["", "Not/AZone", "x" * 60])
def test_page_ignores_a_time_zone_it_does_not_know(client, zone):
    client.post(PAGE, {**FORM, "time_zone": zone})
    assert User.objects.get().time_zone == "UTC"


PRIVILEGES = {
    "role": "admin",
    "is_staff": True,
    "is_superuser": True,
    "is_active": True,
    "groups": [1],
    "user_permissions": [1],
    "id": "01890000-0000-7000-8000-000000000000",
    "email_verified": True,
    "user": {"role": "admin"},
    "verified_at": "2020-01-01",
}


@pytest.mark.parametrize("name", PRIVILEGES)
def test_api_refuses_every_privilege_field(visitor, name):
    answer = visitor.post(URL, {**BODY, name: PRIVILEGES[name]})
    assert answer.status_code == 422
    assert codes(answer) == {(name, "unknown_field")}
    assert not User.objects.exists()


def test_api_takes_no_form(visitor):
    assert visitor.post(URL, {**BODY, "role": "admin"}, format="multipart").status_code == 415
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "names", [{}, {"user[role]": "admin"}, {"user.role": "admin", "form-0-role": "admin"}]
)
def test_page_reads_no_privilege_field(client, names):
    flat = {name: "admin" if name == "role" else "1" for name in PRIVILEGES}
    client.post(PAGE, {**FORM, **flat, **names})
    user = User.objects.get()
    assert (user.role, user.is_staff, user.is_superuser) == ("student", False, False)


def test_page_takes_no_json(client):
    client.post(PAGE, {**FORM, "role": "admin"}, content_type="application/json")
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "change, expected",
    [
        ({"password": "short1!"}, {("password", "password_too_short"), ("password", "password_no_upper")}),
        ({"password": "x" * 129}, {("password", "password_too_long")}),
        ({"password": "Password1!"}, {("password", "password_too_common")}),
        ({"password": "password"}, {("password", "password_too_common"), ("password", "password_no_upper"),
                                    ("password", "password_no_digit"), ("password", "password_no_special")}),
        ({"password": "Salma Haddad 1!"}, {("password", "password_too_similar")}),
        ({"password": ""}, {("password", "blank")}),
        ({"email": "salma"}, {("email", "invalid")}),
        ({"email": "sälma@example.com"}, {("email", "invalid")}),
        ({"email": ""}, {("email", "blank")}),
        ({"email": "a\0b@example.com"}, {("email", "null_characters_not_allowed")}),
        ({"full_name": "S"}, {("full_name", "min_length")}),
        ({"full_name": "\u202e\u200b"}, {("full_name", "blank")}),
        ({"full_name": "Win at https://evil.example"}, {("full_name", "invalid_name")}),
        ({"full_name": "WWW.evil.example"}, {("full_name", "invalid_name")}),
        ({"full_name": "x" * 256}, {("full_name", "max_length")}),
        ({"locale": "fr"}, {("locale", "invalid_choice")}),
        ({"time_zone": "Mars/Olympus"}, {("time_zone", "invalid_time_zone")}),
        ({"full_name": None}, {("full_name", "null")}),
        ({"full_name": ["a"]}, {("full_name", "invalid")}),
    ],
)  # fmt: skip
def test_api_names_what_is_wrong_and_makes_nothing(visitor, change, expected):
    answer = visitor.post(URL, {**BODY, **change})
    assert answer.status_code == 422
    assert answer.json()["code"] == "validation_error"
    assert codes(answer) == expected
    assert not User.objects.exists() and not OutgoingMail.objects.exists()


@pytest.mark.parametrize(
    "typed, stored",
    [
        ("  Salma   Haddad ", "Salma Haddad"),
        ("سلمى حدّاد", "سلمى حدّاد"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("Sal\u202ema \u2066H\u2069", "Salma H"),
        ("Zoe\u0308", "Zoë"),
        ("🦉 Owl", "🦉 Owl"),
    ],
)
def test_names_are_cleaned(visitor, typed, stored):
    assert visitor.post(URL, {**BODY, "full_name": typed}).status_code == 201
    assert User.objects.get().full_name == stored


def test_hostile_name_is_text_on_the_page(client):
    client.post(PAGE, {**FORM, "full_name": "<script>alert(1)</script>"})
    page = client.get("/settings/").content.decode()
    assert "<script>alert(1)" not in page and "&lt;script&gt;alert(1)" in page


def test_domain_is_kept_in_idna_form(visitor):
    assert visitor.post(URL, {**BODY, "email": "a@Bücher.example"}).status_code == 201
    assert User.objects.get().email == "a@xn--bcher-kva.example"


def test_page_keeps_what_was_typed_and_says_why_at_the_field(client):
    answer = client.post(PAGE, {**FORM, "password1": "weak"})
    form = answer.context["form"]
    assert answer.status_code == 200
    assert {e.code for e in form.errors.as_data()["password1"]} == {
        "password_too_short",
        "password_no_upper",
        "password_no_digit",
        "password_no_special",
    }
    page = answer.content.decode()
    assert 'value="Salma Haddad"' in page and 'value="salma@example.com"' in page and "weak" not in page
    assert not User.objects.exists()


@pytest.mark.parametrize("email", ["taken@example.com", "TAKEN@Example.com"])
def test_taken_email(visitor, client, email):
    UserFactory(email="taken@example.com")
    answer = visitor.post(URL, {**BODY, "email": email})
    assert answer.status_code == 409
    assert answer.json()["code"] == "email_taken"
    assert codes(answer) == {("email", "email_taken")}
    page = client.post(PAGE, {**FORM, "email": email})
    assert page.context["form"].errors.as_data()["email"][0].code == "email_taken"
    assert "/accounts/password/reset/" in page.content.decode()
    assert User.objects.count() == 1 and not OutgoingMail.objects.exists()


def test_trying_out_addresses_ends_in_a_pause(visitor, settings):
    UserFactory(email="taken@example.com")
    body = {**BODY, "email": "taken@example.com"}
    assert {visitor.post(URL, body).status_code for _ in range(20)} == {409}
    answer = visitor.post(URL, body)
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 3000


def test_closed_registration(visitor, client, settings):
    settings.REGISTRATION_OPEN = False
    answer = visitor.post(URL, BODY)
    assert (answer.status_code, answer.json()["code"]) == (403, "registration_closed")
    for page in (client.get(PAGE), client.post(PAGE, FORM)):
        assert page.status_code == 403
        assert "account/signup_closed.html" in [t.name for t in page.templates]
    assert not User.objects.exists()


def test_only_listed_domains(visitor, settings):
    settings.REGISTRATION_EMAIL_DOMAINS = ["school.example"]
    answer = visitor.post(URL, BODY)
    assert answer.status_code == 422
    assert codes(answer) == {("email", "email_domain_not_allowed")}
    assert visitor.post(URL, {**BODY, "email": "salma@school.example"}).status_code == 201
    assert User.objects.count() == 1


@pytest.fixture
def mandatory(settings):
    settings.EMAIL_VERIFICATION = settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.ACCOUNT_PREVENT_ENUMERATION = True


def test_mandatory_proof_hides_whether_an_address_is_known(mandatory, visitor, sent):
    owner = UserFactory(email="taken@example.com")
    new = visitor.post(URL, BODY)
    with sent() as mails:
        known = visitor.post(URL, {**BODY, "email": owner.email})
    assert new.status_code == known.status_code == 202
    assert new.content == known.content
    assert set(new.headers) == set(known.headers)
    assert [m.to for m in mails] == [[owner.email]]
    assert OutgoingMail.objects.get(user=owner).kind == "already_registered"


def test_mandatory_proof_on_the_page(mandatory):
    UserFactory(email="taken@example.com")
    answers = []
    for email in ("new@example.com", "taken@example.com"):
        client = Client()
        answers.append(client.post(PAGE, {**FORM, "email": email}))
        assert client.get("/settings/").status_code == 302  # not inside
    assert [a.status_code for a in answers] == [302, 302]
    assert answers[0]["Location"] == answers[1]["Location"] == "/accounts/confirm-email/"
    assert set(answers[0].cookies) == set(answers[1].cookies)
    assert Client().get("/accounts/confirm-email/").status_code == 200


def test_without_proof_the_first_mail_is_a_welcome(visitor, settings):
    settings.EMAIL_VERIFICATION = settings.ACCOUNT_EMAIL_VERIFICATION = "none"
    visitor.post(URL, BODY)
    assert OutgoingMail.objects.get().kind == "welcome"


@pytest.mark.django_db(transaction=True)
def test_twenty_registrations_at_once_make_one_account(race):
    def register(email):
        return lambda: services.register(email=email, password=PASSWORD, full_name="Salma Haddad")

    results = race(*[register(email) for email in ("salma@example.com", "SALMA@example.com") * 10])
    assert User.objects.count() == 1
    assert sum(isinstance(r, User) for r in results) == 1
    assert sum(isinstance(r, EmailTaken) for r in results) == 19


def test_page_counts_with_the_throttle_of_the_api(client, settings, visitor):
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_THROTTLE_RATES": {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "register": "1/hour"},
    }
    assert visitor.post(URL, BODY).status_code == 201
    answer = client.post(PAGE, {**FORM, "email": "other@example.com"})
    assert answer.status_code == 429 and "Retry-After" in answer
    assert visitor.post(URL, {**BODY, "email": "third@example.com"}).status_code == 429
    assert User.objects.count() == 1


def test_create_admin(monkeypatch, capsys):
    monkeypatch.setenv("ADMIN_PASSWORD", PASSWORD)
    call_command("create_admin", email="Root@Example.com", name="Amal Farouk")
    user = User.objects.get()
    assert (user.email, user.role, user.email_verified) == ("root@example.com", "admin", True)
    call_command("create_admin", email="root@example.com", name="Somebody Else")
    user.refresh_from_db()
    assert user.full_name == "Amal Farouk"
    assert "already" in capsys.readouterr().out


def test_create_admin_refuses_weak_passwords_and_strangers(monkeypatch):
    from django.core.management import CommandError

    monkeypatch.setenv("ADMIN_PASSWORD", "weak")
    with pytest.raises(CommandError, match="password_too_short"):
        call_command("create_admin", email="root@example.com", name="Amal Farouk")
    assert not User.objects.exists()
    student = UserFactory()
    with pytest.raises(CommandError, match="--promote"):
        call_command("create_admin", email=student.email, name="x")
    student.refresh_from_db()
    assert student.role == "student"
    call_command("create_admin", email=student.email, name="x", promote=True)
    student.refresh_from_db()
    assert student.role == "admin"
    assert student.email_verified
    barred = UserFactory(is_active=False)
    with pytest.raises(CommandError, match="deactivated"):
        call_command("create_admin", email=barred.email, name="x", promote=True)
    barred.refresh_from_db()
    assert barred.role == "student"


def test_create_admin_reads_the_password_from_standard_input(monkeypatch):
    import io

    monkeypatch.delenv("ADMIN_PASSWORD", raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    call_command("create_admin", email="root@example.com", name="Amal Farouk")
    assert User.objects.get().check_password(PASSWORD)
