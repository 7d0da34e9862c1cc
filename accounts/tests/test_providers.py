"""Signing in with an account elsewhere, against a provider that the test starts."""

import re
from html import unescape

import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from accounts import services
from accounts.exceptions import LastLoginMethod
from accounts.models import LoginSession, OutgoingMail, User
from accounts.tests.factories import PASSWORD, UserFactory, prove
from accounts.tests.oidc_provider import OTHER_KEY, TestProvider
from accounts.tests.test_factor_pages import SECOND_STEP, fresh, is_inside
from accounts.tests.test_second_factor_codes import code_of, turn_on

pytestmark = pytest.mark.django_db
LEAVE = "/accounts/oidc/school/login/"
BACK = f"{LEAVE}callback/"
CONNECTIONS = "/accounts/3rdparty/"
NEW = {"sub": "42", "email": "New@Example.com", "email_verified": True, "name": "Nadia Fahmy"}


@pytest.fixture(scope="module")
def running():
    provider = TestProvider()
    yield provider
    provider.close()


@pytest.fixture
def provider(running, settings):
    """The provider, as it is by default, known to the site."""
    running.claims, running.userinfo, running.token_claims, running.answers = dict(NEW), {}, {}, {}
    settings.OIDC_PROVIDERS = [running.settings()]
    return running


@pytest.fixture
def trusted(provider, settings):
    settings.OIDC_PROVIDERS = [provider.settings(trust_email=True)]
    return provider


def leave(client, **form):
    """Press the button; return the provider's address that the page leads to."""
    answer = client.post(LEAVE, form)
    assert answer.status_code == 200, answer.headers
    return unescape(re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', answer.content.decode())[1])


def come_back(client, address):
    """Agree at the provider; return what the site answers then."""
    location = requests.get(address, allow_redirects=False, timeout=5).headers["Location"]
    assert location.startswith(f"http://testserver{BACK}?")
    return client.get(location.removeprefix("http://testserver"))


def enter(client=None, **form):
    """Sign in with the provider; return the browser and the answer."""
    client = client or Client()
    return client, come_back(client, leave(client, **form))


def nothing_happened():
    return not (SocialAccount.objects.exists() or LoginSession.objects.exists())


def test_a_new_person_becomes_a_student_whatever_the_provider_claims(provider):
    provider.claims |= {"role": "admin", "is_staff": True, "is_superuser": True, "groups": ["admin"]}
    client, answer = enter(next="/courses/")
    assert answer.headers["Location"] == "/courses/"
    assert is_inside(client)
    person = User.objects.get()
    assert (person.email, person.full_name, person.role) == ("new@example.com", "Nadia Fahmy", "student")
    assert not person.has_usable_password()
    assert not person.email_verified  # the provider is not trusted with that
    assert OutgoingMail.objects.get().kind == "verify"
    assert SocialAccount.objects.get().extra_data == {"email": "New@Example.com"}


def test_the_second_time_it_is_the_same_person(provider):
    enter()
    provider.claims |= {"email": "other@example.com", "name": "Somebody Else"}
    client, _ = enter()
    assert is_inside(client)
    person = User.objects.get()
    assert (person.email, person.full_name) == ("new@example.com", "Nadia Fahmy")


def test_a_trusted_provider_proves_the_email(trusted):
    enter()
    assert User.objects.get().email_verified
    assert OutgoingMail.objects.get().kind == "welcome"


@pytest.mark.parametrize("verified", [False, None, "false", "no", 0])
def test_an_unverified_email_is_proof_of_nothing(trusted, student, verified):
    trusted.claims |= {"email": student.email, "email_verified": verified}
    assert enter()[1].status_code == 409
    trusted.claims |= {"email": "new@example.com"}
    enter()
    assert not User.objects.get(email="new@example.com").email_verified


def test_a_taken_email_is_not_linked_silently(provider, student):
    prove(student)
    provider.claims["email"] = student.email.upper()
    client, answer = enter()
    assert answer.status_code == 409
    assert "Log in to it, then connect" in answer.content.decode()
    assert not is_inside(client)
    assert nothing_happened()


def test_a_trusted_provider_links_a_verified_email(trusted, student):
    prove(student)
    trusted.claims["email"] = student.email
    client, _ = enter()
    assert is_inside(client)
    assert SocialAccount.objects.get().user == student
    student.refresh_from_db()
    assert student.check_password(PASSWORD)  # it was the owner's


def test_the_first_proof_wins_against_a_squatter(trusted, provider):
    squatter = UserFactory(email="victim@example.com")
    EmailAddress.objects.create(user=squatter, email=squatter.email, primary=True, verified=False)
    EmailAddress.objects.create(user=squatter, email="evil@example.com", primary=False, verified=False)
    SocialAccount.objects.create(user=squatter, provider="school", uid="666")
    kept = Client()
    kept.post("/accounts/login/", {"login": squatter.email, "password": PASSWORD})
    assert is_inside(kept)
    tokens = services.open_session(user=squatter)
    trusted.claims["email"] = squatter.email
    client, _ = enter()
    assert is_inside(client)
    assert not is_inside(kept)
    assert LoginSession.objects.get(pk=tokens.session.pk).revoked_at is not None
    assert list(SocialAccount.objects.values_list("uid", flat=True)) == ["42"]
    assert list(EmailAddress.objects.values_list("email", "verified")) == [(squatter.email, True)]
    squatter.refresh_from_db()
    assert not squatter.has_usable_password()


def test_the_second_factor_follows(trusted, student):
    secret = turn_on(student)
    trusted.claims["email"] = student.email
    client, answer = enter()
    assert answer.headers["Location"] == SECOND_STEP
    assert not is_inside(client)
    assert student.password not in str(dict(client.session))
    client.post(SECOND_STEP, {"code": code_of(secret)})
    assert is_inside(client)


def test_closed_registration_keeps_new_people_out_and_lets_known_ones_in(provider, settings):
    enter()
    settings.REGISTRATION_OPEN = False
    client, _ = enter()
    assert is_inside(client)
    provider.claims |= {"sub": "43", "email": "another@example.com"}
    client, answer = enter()
    assert (answer.status_code, is_inside(client)) == (403, False)
    assert User.objects.count() == 1


def test_other_domains_are_kept_out(provider, settings):
    settings.REGISTRATION_EMAIL_DOMAINS = ["school.example"]
    client, answer = enter()
    assert answer.status_code == 403
    assert "school.example" in answer.content.decode()
    assert not User.objects.exists()
    assert not is_inside(client)


def test_mandatory_proof_tells_known_and_new_apart_to_nobody(provider, settings, student):
    settings.EMAIL_VERIFICATION = "mandatory"
    known, answer_known = enter_as(provider, sub="1", email=student.email)
    new, answer_new = enter_as(provider, sub="2", email="new@example.com")
    assert answer_known.status_code == answer_new.status_code == 403
    page = re.compile(rb'csrf[^>]*|value="[^"]*"|X-CSRFToken[^}]*')
    assert page.sub(b"", answer_known.content) == page.sub(b"", answer_new.content)
    assert not is_inside(known)
    assert not is_inside(new)
    assert sorted(OutgoingMail.objects.values_list("kind", flat=True)) == ["already_registered", "verify"]


def enter_as(provider, **claims):
    provider.claims |= claims
    return enter()


def test_without_an_email_nobody_comes_in(provider):
    del provider.claims["email"]
    client, answer = enter()
    assert (answer.status_code, is_inside(client)) == (403, False)
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"name": None, "given_name": "Nadia", "family_name": "Fahmy"}, "Nadia Fahmy"),
        ({"name": "https://evil.example", "preferred_username": "nadia"}, "nadia"),
        ({"name": "x" * 400}, "x" * 255),
        ({"name": "", "email": "nf@example.com"}, "nf"),
        ({"name": "\u202e", "email": "n@example.com"}, "Student"),
    ],
)
def test_the_first_usable_name_is_taken(provider, claims, name):
    provider.claims |= claims
    enter()
    assert User.objects.get().full_name == name


def test_a_deactivated_person_does_not_come_in(trusted, student):
    trusted.claims["email"] = student.email
    prove(student)
    enter()
    User.objects.update(is_active=False)
    client, answer = enter()
    assert (answer.status_code, is_inside(client)) == (403, False)


# --- What did not come from here, or makes no sense


def test_a_forged_state_signs_nobody_in(provider):
    client = Client()
    address = leave(client)
    location = requests.get(address, allow_redirects=False, timeout=5).headers["Location"]
    path = location.removeprefix("http://testserver")
    for browser, asked in (
        (Client(), path),
        (client, re.sub("state=[^&]+", "state=forged", path)),
        (client, BACK),
    ):
        assert browser.get(asked).status_code == 401
        assert not is_inside(browser)
    assert not User.objects.exists()
    assert client.get(path).status_code == 302
    assert Client().get(path).status_code == 401


def test_calling_it_off_leads_back(provider):
    client = Client()
    state = re.search(r"state=([^&]+)", leave(client))[1]
    answer = client.get(f"{BACK}?error=access_denied&state={state}")
    assert answer.headers["Location"] == "/accounts/login/"


@pytest.mark.parametrize(
    "lie",
    [
        {"iss": "https://evil.example"},
        {"aud": "another-client"},
        {"exp": 1_000_000_000},
        {"sub": None},
    ],
)
def test_an_id_token_for_somebody_else_or_too_old_is_refused(provider, lie):
    provider.token_claims = lie
    client, answer = enter()
    assert (answer.status_code, is_inside(client)) == (401, False)
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("key", "kid", "algorithm"),
    [
        (OTHER_KEY, "first", "RS256"),
        (OTHER_KEY, "second", "RS256"),
        ("k" * 40, "first", "HS256"),
        (None, "first", "none"),
    ],
)
def test_an_id_token_that_the_provider_did_not_sign_is_refused(provider, monkeypatch, key, kid, algorithm):
    monkeypatch.setattr(provider, "key", key)
    monkeypatch.setattr(provider, "kid", kid)
    monkeypatch.setattr(provider, "algorithm", algorithm)
    client, answer = enter()
    assert (answer.status_code, is_inside(client)) == (401, False)
    assert not User.objects.exists()


def test_user_info_about_somebody_else_is_refused(provider):
    provider.userinfo = {"sub": "43", "email": "victim@example.com"}
    client, answer = enter()
    assert (answer.status_code, is_inside(client)) == (401, False)


@pytest.mark.parametrize("what", ["token", "userinfo", "jwks"])
@pytest.mark.parametrize(
    "answer",
    [(500, {}), (200, b"<html>"), (200, []), (302, {}), (200, b"{" + b" " * 1_100_000 + b"}")],
)
def test_nonsense_of_the_provider_is_a_refusal(provider, what, answer):
    provider.answers[what] = answer
    client, said = enter()
    assert (said.status_code, is_inside(client)) == (401, False)
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "answer", [(500, {}), (200, b"no json"), (200, {}), (200, {"issuer": "https://evil.example"})]
)
def test_a_provider_that_does_not_describe_itself_is_a_refusal(provider, answer):
    provider.answers["configuration"] = answer
    assert Client().post(LEAVE).headers["Location"] == "/accounts/login/"
    assert Client().get(f"{BACK}?code=1&state=2").status_code == 401


def test_a_provider_that_is_away_is_a_refusal(provider, settings):
    settings.OIDC_PROVIDERS = [provider.settings(server_url="http://127.0.0.1:9")]
    said = Client().post(LEAVE, follow=True)
    assert "did not work" in said.content.decode()


def test_unknown_providers_and_plain_links_lead_nowhere(provider):
    for address in (LEAVE, BACK):
        assert Client().post(address.replace("school", "other")).status_code in (404, 405)
    assert Client().get(BACK.replace("school", "other")).status_code == 404
    assert Client().get(LEAVE).status_code == 405
    assert Client(enforce_csrf_checks=True).post(LEAVE).status_code == 403


@pytest.mark.parametrize("next_url", ["//evil.example", "/\\evil.example", "https://evil.example/"])
def test_next_stays_here(provider, next_url):
    _client, answer = enter(next=next_url)
    assert answer.headers["Location"] == "/dashboard/"


# --- Connecting


def test_somebody_inside_connects_and_disconnects(provider, login, student):
    client = login(student)
    assert "Nothing is connected" in client.get(CONNECTIONS).content.decode()
    assert (
        client.post(LEAVE, {"process": "connect"}).headers["Location"].startswith("/accounts/reauthenticate/")
    )
    fresh(client)
    _client, answer = enter(client, process="connect")
    assert answer.headers["Location"] == CONNECTIONS
    account = SocialAccount.objects.get()
    assert (account.user, account.uid) == (student, "42")
    assert "New@Example.com" in client.get(CONNECTIONS).content.decode()
    assert enter(client, process="connect")[1].headers["Location"] == CONNECTIONS
    visitor, _ = enter()
    assert is_inside(visitor)
    client.post(CONNECTIONS, {"account": account.pk})
    assert nothing_happened()


def test_connecting_needs_somebody_inside(provider):
    assert Client().post(LEAVE, {"process": "connect"}).headers["Location"].startswith("/accounts/login/")


def test_what_somebody_else_has_connected_stays_theirs(provider, login, student, classmate):
    SocialAccount.objects.create(user=classmate, provider="school", uid="42")
    client = fresh(login(student))
    enter(client, process="connect")
    assert "connected to another person" in client.get(CONNECTIONS).content.decode()
    assert SocialAccount.objects.get().user == classmate
    for account in (SocialAccount.objects.get().pk, 0, "x", "", "٣", "9" * 30):
        assert client.post(CONNECTIONS, {"account": account}).status_code == 404
    assert SocialAccount.objects.exists()


def test_the_last_way_to_log_in_stays(provider):
    client, _ = enter()
    account = SocialAccount.objects.get()
    answer = client.post(CONNECTIONS, {"account": account.pk}, follow=True)
    assert "only way to log in" in answer.content.decode()
    assert SocialAccount.objects.exists()
    Authenticator.objects.create(user=account.user, type="webauthn", data={"name": "Key", "credential": {}})
    client.post(CONNECTIONS, {"account": account.pk})
    assert not SocialAccount.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_last_two_disconnected_at_once_leave_one(race):
    person = UserFactory()
    person.set_unusable_password()
    person.save()
    accounts = [SocialAccount.objects.create(user=person, provider="school", uid=uid) for uid in "12"]
    results = race(
        *[lambda pk=a.pk: services.disconnect_provider(user=person, account_id=pk) for a in accounts]
    )
    assert [type(result) for result in results if result is not None] == [LastLoginMethod]
    assert SocialAccount.objects.count() == 1


def test_buttons_are_there_when_providers_are(provider, settings, login, student):
    for address in ("/accounts/login/", "/accounts/signup/"):
        assert "Continue with School account" in Client().get(address).content.decode()
    settings.OIDC_PROVIDERS = []
    for address in ("/accounts/login/", "/accounts/signup/"):
        assert "Continue with" not in Client().get(address).content.decode()
    assert login(student).get(CONNECTIONS).status_code == 200
