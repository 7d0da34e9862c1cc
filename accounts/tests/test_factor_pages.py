"""The pages of second factors: setting up, signing in in two steps, taking away."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone

from accounts import services
from accounts.models import LoginSession, OutgoingMail, SignInRecord
from accounts.tests.factories import PASSWORD, prove
from accounts.tests.test_second_factor_codes import code_of, turn_on

pytestmark = pytest.mark.django_db
FACTORS = "/accounts/2fa/"
APP = f"{FACTORS}totp/activate/"
CODES = f"{FACTORS}recovery-codes/"
SECOND_STEP = f"{FACTORS}authenticate/"
AGAIN = "/accounts/reauthenticate/"
Kind = OutgoingMail.Kind


@pytest.fixture
def inside(login, student):
    """The student's browser, where the password was given again a moment ago."""
    prove(student)
    return fresh(login(student))


def fresh(client, password=PASSWORD):
    answer = client.post(AGAIN, {"password": password, "next": FACTORS})
    assert answer.status_code == 302
    return client


def first_step(person, password=PASSWORD):
    """Return a browser in which e-mail and password were right."""
    client = Client()
    answer = client.post("/accounts/login/", {"login": person.email, "password": password})
    assert answer.headers["Location"] == SECOND_STEP
    return client


def is_inside(client):
    return client.get("/settings/").status_code == 200


def test_setting_up_an_app_shows_its_codes_once_and_mails_the_owner(inside, student):
    page = inside.get(APP).content.decode()
    secret = re.search(r'id="totp-key">([A-Z2-7]{32})<', page)[1]
    assert 'src="data:image/svg+xml' in page
    answer = inside.post(APP, {"code": code_of(secret)})
    assert answer.headers["Location"] == CODES
    codes = services.factors_of(student).recovery.wrap().generate_codes()
    shown = inside.get(CODES).content.decode()
    assert all(code in shown for code in codes)
    again = inside.get(CODES).content.decode()
    assert not any(code in again for code in codes)
    assert "10 codes left" in again
    assert OutgoingMail.objects.get(kind=Kind.FACTOR_ADDED).key == "totp"


def test_the_key_is_the_same_when_the_page_is_loaded_again_and_another_later(inside):
    def key():
        return re.search(r'id="totp-key">(\w+)<', inside.get(APP).content.decode())[1]

    now = timezone.now().replace(minute=1)
    with time_machine.travel(now, tick=False):
        fresh(inside)
        first = key()
        assert key() == first
    with time_machine.travel(now + timedelta(minutes=31), tick=False):
        fresh(inside)
        assert key() != first


def test_a_wrong_first_code_turns_nothing_on(inside):
    answer = inside.post(APP, {"code": "000000"})
    assert "That code does not fit" in answer.content.decode()
    assert not Authenticator.objects.exists()


def test_who_has_not_proven_the_email_adds_nothing(login, student):
    client = fresh(login(student))
    for address in (APP, f"{FACTORS}webauthn/add/"):
        for answer in (client.get(address), client.post(address, {"code": "123456", "credential": "{}"})):
            assert answer.headers["Location"] == FACTORS
    assert "First confirm" in client.get(FACTORS).content.decode()
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize(
    "address", [APP, f"{FACTORS}totp/deactivate/", CODES, f"{CODES}generate/", f"{FACTORS}webauthn/add/"]
)
def test_the_password_is_asked_for_again_and_counts_for_five_minutes(login, student, address):
    turn_on(student)
    client = login(student)
    before = list(Authenticator.objects.values("pk", "data"))
    for ask in (client.get,) if address == CODES else (client.get, client.post):
        assert ask(address).headers["Location"] == f"{AGAIN}?next={address.replace('/', '%2F')}"
    assert list(Authenticator.objects.values("pk", "data")) == before
    fresh(client)
    assert not client.get(address).headers.get("Location", "").startswith(AGAIN)
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        assert client.get(address).headers["Location"].startswith(AGAIN)


def test_a_wrong_password_again_is_counted_and_next_stays_here(login, student):
    client = login(student)
    answer = client.post(AGAIN, {"password": "Wrong-1!", "next": APP})
    assert "not your current password" in answer.content.decode()
    assert client.get(APP).status_code == 302
    for elsewhere in ("//evil.example", "/\\evil.example", "javascript:alert(1)", "https://evil.example/"):
        answer = client.post(AGAIN, {"password": PASSWORD, "next": elsewhere})
        assert answer.headers["Location"] == FACTORS
    SignInRecord.objects.update(failures=100, succeeded_at=None)
    answer = client.post(AGAIN, {"password": PASSWORD, "next": APP})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_signing_in_takes_two_steps(student):
    secret = turn_on(student)
    client = first_step(student)
    assert not is_inside(client)
    assert client.get(SECOND_STEP).status_code == 200
    answer = client.post(SECOND_STEP, {"code": "000000"})
    assert "not right" in answer.content.decode()
    assert not is_inside(client)
    answer = client.post(SECOND_STEP, {"code": code_of(secret)})
    assert answer.headers["Location"] == "/dashboard/"
    assert is_inside(client)


def test_a_recovery_code_is_as_good(student):
    turn_on(student)
    code = services.show_recovery_codes(user=student)[0]
    client = first_step(student)
    client.post(SECOND_STEP, {"code": f"{code[:4]} {code[4:]}"})
    assert is_inside(client)
    assert OutgoingMail.objects.filter(kind=Kind.RECOVERY_CODE_USED).exists()


def test_half_signed_in_opens_nothing(student):
    turn_on(student)
    client = first_step(student)
    for address in ("/settings/", FACTORS, APP, CODES, AGAIN, "/dashboard/"):
        assert client.get(address).headers["Location"].startswith("/accounts/login/"), address
    for address in ("/api/v1/auth/mfa", "/api/v1/users/me", "/api/v1/auth/sessions"):
        assert client.get(address).status_code == 401, address
    answer = client.post("/api/v1/auth/refresh", {}, content_type="application/json")
    assert answer.status_code == 401
    assert not LoginSession.objects.exists()


def test_five_wrong_codes_pause_the_second_step(student):
    secret = turn_on(student)
    client = first_step(student)
    for _ in range(5):
        client.post(SECOND_STEP, {"code": "000000"})
    answer = client.post(SECOND_STEP, {"code": code_of(secret)})
    assert (answer.status_code, is_inside(client)) == (429, False)
    other = first_step(student)
    other.post(SECOND_STEP, {"code": code_of(secret)}, REMOTE_ADDR="203.0.113.9")
    assert is_inside(other)


def test_half_a_sign_in_dies_after_five_minutes_with_the_password_and_with_the_account(student):
    secret = turn_on(student)
    client = first_step(student)
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        answer = client.post(SECOND_STEP, {"code": code_of(secret)})
        assert answer.headers["Location"] == "/accounts/login/"
    client = first_step(student)
    student.set_password("Harbour-77-sea")
    student.save()
    client.post(SECOND_STEP, {"code": code_of(secret)})
    assert not is_inside(client)
    client = first_step(student, "Harbour-77-sea")
    student.is_active = False
    student.save()
    client.post(SECOND_STEP, {"code": code_of(secret, steps=1)})
    assert not is_inside(client)


def test_a_reset_skips_no_second_factor(student, sent):
    turn_on(student)
    with sent() as mails:
        services.request_password_reset(email=student.email)
    link = re.search(r"/accounts/password/reset/key/\S+", mails[0].body)[0]
    client = Client()
    form = client.get(link, follow=True).redirect_chain[-1][0]
    client.post(form, {"password1": "Harbour-77-sea"})
    assert not is_inside(client)
    assert not is_inside(first_step(student, "Harbour-77-sea"))


def test_removing_the_app_takes_the_recovery_codes_along(inside, student):
    turn_on(student)
    assert inside.get(f"{FACTORS}totp/deactivate/").status_code == 200
    assert Authenticator.objects.exists()
    inside.post(f"{FACTORS}totp/deactivate/")
    assert not Authenticator.objects.exists()
    assert OutgoingMail.objects.get(kind=Kind.FACTOR_REMOVED).key == "totp"
    assert is_inside_with_password_alone(student)


def is_inside_with_password_alone(person):
    client = Client()
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    return is_inside(client)


def test_new_recovery_codes_void_the_former(inside, student):
    turn_on(student)
    former = services.show_recovery_codes(user=student)
    assert inside.post(f"{CODES}generate/").headers["Location"] == CODES
    shown = inside.get(CODES).content.decode()
    assert not any(code in shown for code in former)
    assert services.factors_of(student).recovery_codes_left == 10
    assert OutgoingMail.objects.filter(kind=Kind.FACTOR_ADDED, key="recovery_codes").exists()


def test_recovery_codes_need_a_factor(inside):
    assert inside.post(f"{CODES}generate/").headers["Location"] == FACTORS
    assert inside.get(CODES).headers["Location"] == FACTORS
    assert not Authenticator.objects.exists()


def passkey_of(person, name="My phone"):
    return Authenticator.objects.create(user=person, type="webauthn", data={"name": name, "credential": {}})


@pytest.mark.parametrize("sent_text", ["", "{}", "null", "[]", "nonsense", '{"id": 1}', "x" * 70_000])
def test_what_is_no_passkey_is_refused(inside, student, sent_text):
    address = f"{FACTORS}webauthn/add/"
    assert 'data-passkey="create"' in inside.get(address).content.decode()
    answer = inside.post(address, {"credential": sent_text, "name": "Mine"})
    assert answer.status_code == 200
    assert not Authenticator.objects.exists()
    visitor = Client()
    assert "challenge" in visitor.get(f"{FACTORS}webauthn/login/").json()["publicKey"]
    answer = visitor.post(f"{FACTORS}webauthn/login/", {"credential": sent_text})
    assert answer.headers["Location"] == "/accounts/login/"
    assert not is_inside(visitor)


def test_a_passkey_is_renamed_and_removed_by_its_owner_alone(inside, login, student, classmate):
    passkey = passkey_of(student)
    stranger = fresh(login(classmate))
    for word in ("edit", "remove"):
        address = f"{FACTORS}webauthn/keys/{passkey.pk}/{word}/"
        assert stranger.get(address).status_code == 404
        assert stranger.post(address, {"name": "Mine now"}).status_code == 404
    inside.post(f"{FACTORS}webauthn/keys/{passkey.pk}/edit/", {"name": " Old phone "})
    assert "Old phone" in inside.get(FACTORS).content.decode()
    inside.post(f"{FACTORS}webauthn/keys/{passkey.pk}/remove/")
    assert not Authenticator.objects.exists()
    assert OutgoingMail.objects.get(kind=Kind.FACTOR_REMOVED).key == "webauthn"


def test_with_a_passkey_the_password_alone_opens_nothing(student):
    passkey_of(student)
    assert not is_inside_with_password_alone(student)
