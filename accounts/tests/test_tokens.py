"""Access tokens: what counts, what does not, and that rights act on the very next request."""

import base64
import json
import uuid
from datetime import timedelta

import jwt
import pytest
import time_machine
from django.conf import settings as django_settings
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import services
from accounts.models import LoginSession
from accounts.tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
ME = "/api/v1/users/me"
AUTH = "/api/v1/auth"


def with_token(token):
    return APIClient(headers={"Authorization": f"Bearer {token}"})


def refused(client, code, status=401):
    answer = client.get(ME)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    if status == 401:
        assert answer["WWW-Authenticate"].startswith("Bearer")
    return True


def forge(token, key=None, algorithm="HS256", **changes):
    claims = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode({**claims, **changes}, key or django_settings.SIMPLE_JWT["SIGNING_KEY"], algorithm)


def without_algorithm(token):
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    claims = jwt.decode(token, options={"verify_signature": False})
    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims)}."


def test_claims_say_no_role_and_no_email(log_in, student):
    client = log_in(student)
    claims = jwt.decode(client.tokens["access_token"], options={"verify_signature": False})
    assert set(claims) == {"sub", "sid", "jti", "iat", "exp", "iss", "aud", "token_type"}
    assert claims["sub"] == str(student.pk)
    assert claims["exp"] - claims["iat"] == 900


def test_bearer_sign_in_is_one_query(log_in, student, max_queries, django_assert_num_queries):
    client = log_in(student)
    with max_queries(3):
        assert client.get(ME).status_code == 200
    with django_assert_num_queries(1):
        client.get(f"{AUTH}/token-status")


def test_forged_tokens(log_in, student, classmate):
    token = log_in(student).tokens["access_token"]
    for bad in (
        "x",
        "a.b.c",
        "é",
        without_algorithm(token),
        forge(token, key="another key that is long enough for this test"),
        forge(token, algorithm="HS512"),
        forge(token, iss="https://evil.example"),
        forge(token, aud="https://evil.example"),
        forge(token, token_type="refresh"),
        forge(token, sid="nonsense"),
        forge(token, sub=str(classmate.pk)),
        forge(token, exp=timezone.now() - timedelta(days=1), iss="https://evil.example"),
        forge(token, exp=timezone.now() - timedelta(days=1), token_type="refresh"),
        token + "x",
    ):
        assert refused(with_token(bad), "token_invalid"), bad


def test_refresh_token_opens_nothing(log_in, student):
    assert refused(with_token(log_in(student).tokens["refresh_token"]), "token_invalid")


def test_token_of_no_session(log_in, student):
    token = log_in(student).tokens["access_token"]
    assert refused(with_token(forge(token, sid=str(uuid.uuid4()))), "token_revoked")


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "Bearer a b", "Token x"])
def test_other_headers_are_bad_tokens(header):
    assert refused(APIClient(headers={"Authorization": header}), "token_invalid")


def test_no_token(visitor):
    assert refused(visitor, "token_missing")


@pytest.mark.parametrize("name", ["access_token", "token", "jwt"])
def test_token_in_the_address_is_refused(log_in, student, name):
    client = log_in(student)
    for one in (client, APIClient()):
        answer = one.get(f"{ME}?{name}={client.tokens['access_token']}")
        assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")


def test_public_routes_take_visitors_but_no_bad_token(visitor):
    assert visitor.get("/api/v1/openapi.json").status_code == 200
    assert with_token("bad").get("/api/v1/openapi.json").status_code == 401


def test_public_auth_routes_ignore_the_header(student):
    answer = with_token("bad").post(f"{AUTH}/login", {"email": student.email, "password": PASSWORD})
    assert answer.status_code == 200


def test_expired(log_in, student):
    client = log_in(student)
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert refused(client, "token_expired")


def test_after_logout(log_in, student):
    client = log_in(student)
    other = log_in(student)
    assert client.post(f"{AUTH}/logout").status_code == 204
    assert refused(client, "token_revoked")
    assert LoginSession.objects.get(revoked_reason="logout").user == student
    assert other.get(ME).status_code == 200


@pytest.mark.parametrize("way", ["body", "cookie", "expired"])
def test_logout_by_refresh_token(log_in, student, way):
    client = log_in(student)
    visitor = APIClient()
    token = client.tokens["refresh_token"]
    body = {"refresh_token": token}
    if way == "cookie":
        visitor.cookies["refresh"] = token
        body = {}
    with time_machine.travel(timezone.now() + timedelta(days=31 if way == "expired" else 0)):
        answer = visitor.post(f"{AUTH}/logout", body)
    assert answer.status_code == 204
    assert LoginSession.objects.get().revoked_reason == "logout"
    if way == "cookie":
        assert answer.cookies["refresh"]["max-age"] == 0
        assert answer.cookies["refresh"]["path"] == AUTH


@pytest.mark.parametrize("body", [{}, {"refresh_token": "x"}, {"refresh_token": 7}, {"x": 1}, []])
def test_logout_is_always_fine(visitor, body):
    assert visitor.post(f"{AUTH}/logout", body).status_code == 204
    assert visitor.post(f"{AUTH}/logout", b"{", content_type="application/json").status_code == 204


def test_logout_all_ends_api_and_browser(log_in, student, client):
    client.post("/accounts/login/", {"login": student.email, "password": PASSWORD})
    assert client.get("/settings/").status_code == 200
    one, other = log_in(student), log_in(student)
    assert one.post(f"{AUTH}/logout-all", {"keep_current": True}).status_code == 204
    assert one.get(ME).status_code == 200
    assert refused(other, "token_revoked")
    assert client.get("/settings/").status_code == 302
    assert one.post(f"{AUTH}/logout-all").status_code == 204
    assert refused(one, "token_revoked")
    assert set(LoginSession.objects.values_list("revoked_reason", flat=True)) == {"logout_all"}


def test_after_password_change_only_this_login_stays(log_in, student):
    one, other = log_in(student), log_in(student)
    answer = one.post(
        f"{AUTH}/password/change", {"current_password": PASSWORD, "new_password": "Beacon-43-lit"}
    )
    assert answer.status_code == 204
    assert one.get(ME).status_code == 200
    assert refused(other, "token_revoked")


def test_after_deactivation(log_in, student, admin_user):
    client = log_in(student)
    services.deactivate(user=student, by=admin_user)
    assert refused(client, "token_revoked")
    services.activate(user=student, by=admin_user)
    assert refused(client, "token_revoked")


def test_inactive_person_with_a_session_that_lives(log_in, student):
    client = log_in(student)
    type(student).objects.filter(pk=student.pk).update(is_active=False)
    assert refused(client, "account_inactive", 403)


def test_after_demotion(log_in, admin_user):
    boss = UserFactory(role="admin")
    client = log_in(boss)
    assert client.get("/api/v1/users").status_code == 200
    services.set_role(user=boss, role="student", by=admin_user)
    assert client.get("/api/v1/users").status_code == 403
    assert client.get(ME).json()["role"] == "student"


def test_browser_session_needs_its_csrf_token_to_write(student):
    client = APIClient(enforce_csrf_checks=True)
    client.login(email=student.email, password=PASSWORD)
    assert client.get(ME).status_code == 200
    answer = client.patch(ME, {"bio": "x"})
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
    student.refresh_from_db()
    assert student.bio == ""


def test_token_status_never_errs(log_in, student):
    client = log_in(student)
    body = client.get(f"{AUTH}/token-status").json()
    assert body["valid"] is True and body["code"] is None and body["should_refresh"] is False
    assert (body["user_id"], body["session_id"]) == (str(student.pk), str(LoginSession.objects.get().pk))
    assert 890 < body["seconds_left"] <= 900
    for headers, code in (({}, "token_missing"), ({"Authorization": "Bearer x"}, "token_invalid")):
        answer = APIClient(headers=headers).get(f"{AUTH}/token-status")
        assert answer.status_code == 200
        assert answer.json() == {
            "valid": False,
            "code": code,
            "expires_at": None,
            "seconds_left": None,
            "should_refresh": False,
            "user_id": None,
            "session_id": None,
        }
    client.post(f"{AUTH}/logout")
    assert client.get(f"{AUTH}/token-status").json()["code"] == "token_revoked"


def test_fifty_first_login_lets_the_least_used_go(student):
    pairs = [services.open_session(user=student) for _ in range(51)]
    live = LoginSession.objects.live(timezone.now())
    assert live.count() == 50
    assert LoginSession.objects.get(revoked_reason="superseded").pk == pairs[0].session.pk


@pytest.mark.parametrize(
    "agent, device",
    [
        ("Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) Mobile/15E148", "Tablet"),
        ("Mozilla/5.0 (Linux; Android 14; SM-X710) Safari/537.36", "Tablet"),
        ("Mozilla/5.0 (Linux; Android 14; Pixel 8) Mobile Safari/537.36", "Mobile"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148", "Mobile"),
        ("Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0", "Desktop"),
        ("curl/8.5", "Desktop"),
        ("", "Unknown"),
    ],
)
def test_devices(agent, device):
    assert LoginSession.Device.of(agent) == device
