"""Refreshing: one rotation whoever comes, and copies end the login."""

from datetime import timedelta

import jwt
import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import services
from accounts.exceptions import TokenReused, TokenRevoked
from accounts.models import AuditEntry, LoginSession, OutgoingMail
from accounts.tests.factories import PASSWORD, UserFactory
from accounts.tokens import TokenPair

URL = "/api/v1/auth/refresh"
LOGIN = "/api/v1/auth/login"
pytestmark = pytest.mark.django_db


def refresh(token, client=None, **body):
    return (client or APIClient()).post(URL, {"refresh_token": token, **body})


def test_rotates(log_in, student, max_queries):
    old = log_in(student).tokens["refresh_token"]
    with max_queries(3):
        answer = refresh(old)
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"access_token", "token_type", "expires_in", "refresh_token", "refresh_expires_in"}
    assert body["refresh_token"] != old
    me = APIClient(headers={"Authorization": f"Bearer {body['access_token']}"}).get("/api/v1/users/me")
    assert me.status_code == 200
    assert refresh(body["refresh_token"]).status_code == 200


def test_second_tab_within_the_grace_gets_the_same_refresh_token(log_in, student):
    old = log_in(student).tokens["refresh_token"]
    first, second, third = refresh(old), refresh(old), refresh(old)
    tokens = {answer.json()["refresh_token"] for answer in (first, second, third)}
    assert len(tokens) == 1
    session = LoginSession.objects.get()
    assert str(session.current_jti) == jwt.decode(tokens.pop(), options={"verify_signature": False})["jti"]
    assert first.json()["access_token"] != second.json()["access_token"]


def test_another_user_agent_has_no_grace(log_in, student):
    old = log_in(student, **{"User-Agent": "one"}).tokens["refresh_token"]
    refresh(old, APIClient(headers={"User-Agent": "one"}))
    answer = refresh(old, APIClient(headers={"User-Agent": "two"}))
    assert (answer.status_code, answer.json()["code"]) == (401, "token_reused")


def test_reuse_after_the_grace_kills_the_login(log_in, student, sent):
    client = log_in(student)
    old = client.tokens["refresh_token"]
    child = refresh(old).json()
    with time_machine.travel(timezone.now() + timedelta(seconds=11)), sent() as mails:
        assert refresh(old).json()["code"] == "token_reused"
        assert refresh(old).json()["code"] == "token_revoked"
        assert refresh(child["refresh_token"]).json()["code"] == "token_revoked"
    answer = client.get("/api/v1/users/me")
    assert (answer.status_code, answer.json()["code"]) == (401, "token_revoked")
    assert LoginSession.objects.get().revoked_reason == "token_reused"
    assert AuditEntry.objects.filter(action="session.token_reused").count() == 1
    assert [m.subject for m in mails] == ["We logged one of your devices out"]
    assert "127.0.0.1" in mails[0].body


def test_token_two_generations_old_is_reuse_even_at_once(log_in, student):
    first = log_in(student).tokens["refresh_token"]
    second = refresh(first).json()["refresh_token"]
    refresh(second)
    assert refresh(first).json()["code"] == "token_reused"


@pytest.mark.parametrize("token", ["", "x", None])
def test_no_token(visitor, token):
    answer = visitor.post(URL, {} if not token else {"refresh_token": token})
    assert answer.status_code == 401
    assert answer.json()["code"] == ("token_invalid" if token else "token_missing")


def test_access_token_does_not_refresh(log_in, student):
    assert refresh(log_in(student).tokens["access_token"]).json()["code"] == "token_invalid"


def test_thirty_days_without_use_and_ninety_in_all(log_in, student):
    start = timezone.now()
    token = log_in(student).tokens["refresh_token"]
    with time_machine.travel(start + timedelta(days=31)):
        assert refresh(token).json()["code"] == "token_expired"
    for day in (29, 58, 87):
        with time_machine.travel(start + timedelta(days=day)):
            token = refresh(token).json()["refresh_token"]
    with time_machine.travel(start + timedelta(days=91)):
        assert refresh(token).json()["code"] == "token_expired"


def test_deactivated_person(log_in, student):
    token = log_in(student).tokens["refresh_token"]
    type(student).objects.filter(pk=student.pk).update(is_active=False)
    answer = refresh(token)
    assert (answer.status_code, answer.json()["code"]) == (403, "account_inactive")


def test_silent_always_answers_200(log_in, student, visitor):
    token = log_in(student).tokens["refresh_token"]
    assert refresh(token, silent=True).json()["status"] == "refreshed"
    assert visitor.post(URL, {"silent": True}).json() == {"status": "no_token"}
    assert refresh("x", silent=True).json() == {"status": "expired"}


def test_cookie_travels_only_where_it_is_needed(visitor, student):
    body = {"email": student.email, "password": PASSWORD, "refresh_in_cookie": True}
    answer = visitor.post(LOGIN, body)
    assert "refresh_token" not in answer.json()
    cookie = answer.cookies["refresh"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/api/v1/auth", True, "Strict")
    again = visitor.post(URL)
    assert again.status_code == 200
    assert "refresh_token" not in again.json()
    assert again.cookies["refresh"].value != cookie.value
    visitor.cookies["refresh"] = "broken"
    failed = visitor.post(URL)
    assert failed.status_code == 401
    assert (failed.cookies["refresh"]["max-age"], failed.cookies["refresh"]["path"]) == (0, "/api/v1/auth")


def test_cookie_has_a_prefix_over_https(visitor, student, settings):
    settings.SECURE_COOKIES = True
    body = {"email": student.email, "password": PASSWORD, "refresh_in_cookie": True}
    cookie = visitor.post(LOGIN, body).cookies["__Secure-refresh"]
    assert cookie["secure"] is True


def test_body_wins_over_cookie(log_in, student, visitor):
    token = log_in(student).tokens["refresh_token"]
    visitor.cookies["refresh"] = "broken"
    answer = refresh(token, visitor)
    assert answer.status_code == 200 and "refresh_token" in answer.json()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(5))
def test_sixteen_at_once_make_one_rotation(race, _round):
    pair = services.open_session(user=UserFactory(), user_agent="tab")
    before = pair.session.current_jti

    def tab():
        return services.rotate(refresh_token=pair.refresh_token, user_agent="tab")

    results = race(*[tab] * 16)
    assert all(isinstance(r, TokenPair) for r in results), results
    assert len({r.refresh_token for r in results}) == 1
    assert len({r.access_token for r in results}) == 16
    session = LoginSession.objects.get()
    assert session.previous_jti == before
    assert session.revoked_at is None


@pytest.mark.django_db(transaction=True)
def test_without_grace_one_wins_and_the_login_ends(race, settings):
    settings.REFRESH_GRACE_SECONDS = 0
    pair = services.open_session(user=UserFactory())

    def tab():
        return services.rotate(refresh_token=pair.refresh_token)

    results = race(*[tab] * 8)
    assert sum(isinstance(r, TokenPair) for r in results) == 1
    assert sum(isinstance(r, TokenReused) for r in results) >= 1
    assert all(isinstance(r, TokenPair | TokenReused | TokenRevoked) for r in results), results
    assert LoginSession.objects.get().revoked_reason == "token_reused"
    assert OutgoingMail.objects.count() == 1
    assert AuditEntry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_refresh_against_logout_ends_revoked(race):
    pair = services.open_session(user=UserFactory())
    race(
        lambda: services.rotate(refresh_token=pair.refresh_token),
        lambda: services.revoke(session_id=pair.session.pk),
    )
    assert LoginSession.objects.get().revoked_reason == "logout"
