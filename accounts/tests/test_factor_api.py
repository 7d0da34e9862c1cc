"""Second factors through the API: setting up, logging in with one, and the policy for staff."""

from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import services
from accounts.exceptions import MfaRequiredByPolicy
from accounts.models import AuditEntry, LoginSession, OutgoingMail
from accounts.tests.factories import PASSWORD, UserFactory, prove
from accounts.tests.test_second_factor_codes import code_of, turn_on

pytestmark = pytest.mark.django_db
AUTH = "/api/v1/auth"
MFA = f"{AUTH}/mfa"


def first_step(visitor, person, **more):
    answer = visitor.post(f"{AUTH}/login", {"email": person.email, "password": PASSWORD, **more})
    assert (answer.status_code, answer.json()["code"]) == (401, "mfa_required")
    return answer.json()


def verify(visitor, token, code):
    return visitor.post(f"{MFA}/verify", {"mfa_token": token, "code": code})


def test_an_app_is_set_up_used_and_removed(log_in, visitor, student):
    prove(student)
    client = log_in(student)
    assert client.get(MFA).json() == {
        "enabled": False, "required": False, "totp": False, "passkeys": [], "recovery_codes_left": 0
    }  # fmt: skip
    setup = client.post(f"{MFA}/totp", {"password": PASSWORD}).json()
    assert setup["otpauth_url"].startswith("otpauth://totp/student%40example.com?")
    assert setup["secret"] in setup["otpauth_url"]
    body = {"password": PASSWORD, "code": code_of(setup["secret"])}
    state = client.post(f"{MFA}/totp/confirm", body).json()
    assert (state["enabled"], state["totp"], state["recovery_codes_left"]) == (True, True, 10)
    assert len(set(state["recovery_codes"])) == 10
    assert "recovery_codes" not in client.get(MFA).json()
    answer = client.post(f"{MFA}/totp", {"password": PASSWORD})
    assert (answer.status_code, answer.json()["code"]) == (409, "mfa_already_on")
    codes = client.post(f"{MFA}/recovery-codes", {"password": PASSWORD}).json()["recovery_codes"]
    assert not set(codes) & set(state["recovery_codes"])
    step = first_step(visitor, student)
    assert verify(visitor, step["mfa_token"], codes[0]).status_code == 200
    state = client.post(f"{MFA}/totp/remove", {"password": PASSWORD}).json()
    assert (state["enabled"], state["recovery_codes_left"]) == (False, 0)
    assert not Authenticator.objects.exists()
    kinds = list(OutgoingMail.objects.order_by("created_at").values_list("kind", "key"))
    assert kinds == [
        ("factor_added", "totp"),
        ("factor_added", "recovery_codes"),
        ("recovery_code_used", "9"),
        ("factor_removed", "totp"),
    ]


@pytest.mark.parametrize("route", ["totp", "totp/confirm", "totp/remove", "recovery-codes"])
def test_nothing_changes_without_the_password(log_in, student, route):
    prove(student)
    client = log_in(student)
    code = {"code": "123456"} if route == "totp/confirm" else {}
    if route in ("totp/remove", "recovery-codes"):
        turn_on(student)
    before = list(Authenticator.objects.values())
    for password, codes in (("Wrong-1!", ["password_wrong"]), ("", ["blank"])):
        answer = client.post(f"{MFA}/{route}", {"password": password, **code})
        assert answer.status_code == 422
        assert [error["code"] for error in answer.json()["errors"]] == codes
    assert client.post(f"{MFA}/{route}", code).json()["errors"][0]["code"] == "required"
    assert client.post(f"{MFA}/{route}", {"password": PASSWORD, **code, "role": "admin"}).status_code == 422
    assert list(Authenticator.objects.values()) == before


def test_unproven_wrong_code_and_no_factor_are_refused(log_in, student):
    client = log_in(student)
    answer = client.post(f"{MFA}/totp", {"password": PASSWORD})
    assert (answer.status_code, answer.json()["code"]) == (403, "email_not_verified")
    prove(student)
    answer = client.post(f"{MFA}/totp/confirm", {"password": PASSWORD, "code": "000000"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "mfa_code_invalid")
    answer = client.post(f"{MFA}/recovery-codes", {"password": PASSWORD})
    assert (answer.status_code, answer.json()["code"]) == (409, "mfa_not_on")
    assert client.post(f"{MFA}/totp/remove", {"password": PASSWORD}).status_code == 200
    assert not Authenticator.objects.exists()
    assert not OutgoingMail.objects.exists()


def test_logging_in_takes_two_steps(visitor, student):
    secret = turn_on(student)
    step = first_step(visitor, student)
    assert step["methods"] == ["totp", "recovery_code"]
    assert not LoginSession.objects.exists()
    for path in ("/users/me", "/auth/mfa", "/auth/sessions"):
        headers = {"Authorization": f"Bearer {step['mfa_token']}"}
        assert visitor.get(f"/api/v1{path}", headers=headers).json()["code"] == "token_invalid"
    answer = visitor.post(f"{AUTH}/refresh", {"refresh_token": step["mfa_token"]})
    assert answer.json()["code"] == "token_invalid"
    answer = verify(visitor, step["mfa_token"], "000000")
    assert (answer.status_code, answer.json()["code"]) == (401, "mfa_code_invalid")
    assert answer["WWW-Authenticate"].startswith("Bearer")
    answer = verify(visitor, step["mfa_token"], code_of(secret))
    assert answer.status_code == 200
    assert answer.json()["user"]["id"] == str(student.pk)
    client = APIClient(headers={"Authorization": f"Bearer {answer.json()['access_token']}"})
    assert client.get("/api/v1/users/me").status_code == 200
    assert verify(visitor, step["mfa_token"], code_of(secret)).json()["code"] == "mfa_code_invalid"


def test_the_wish_for_a_cookie_is_remembered(visitor, student):
    secret = turn_on(student)
    step = first_step(visitor, student, refresh_in_cookie=True)
    answer = verify(visitor, step["mfa_token"], code_of(secret))
    assert "refresh_token" not in answer.json()
    assert "refresh" in answer.cookies


def test_the_mfa_token_lives_five_minutes_and_dies_with_the_password(visitor, student):
    secret = turn_on(student)
    token = first_step(visitor, student)["mfa_token"]
    other = UserFactory()
    turn_on(other)
    for broken in ("", "nonsense", token[:-1], token.swapcase()):
        assert verify(visitor, broken, code_of(secret)).status_code in (401, 422)
    with time_machine.travel(timezone.now() + timedelta(minutes=5, seconds=1)):
        answer = verify(visitor, token, code_of(secret))
        assert (answer.status_code, answer.json()["code"]) == (401, "mfa_token_invalid")
    student.set_password("Harbour-77-sea")
    student.save()
    answer = verify(visitor, token, code_of(secret))
    assert answer.json()["code"] == "mfa_token_invalid"
    assert not LoginSession.objects.exists()


def test_a_deactivated_person_does_not_finish(visitor, student):
    secret = turn_on(student)
    token = first_step(visitor, student)["mfa_token"]
    student.is_active = False
    student.save()
    assert verify(visitor, token, code_of(secret)).json()["code"] == "account_inactive"


def test_five_wrong_codes_pause_whatever_the_token_and_the_forwarded_address(visitor, student):
    secret = turn_on(student)
    for number in range(5):
        token = first_step(visitor, student)["mfa_token"]
        headers = {"X-Forwarded-For": f"203.0.113.{number}"}
        visitor.post(f"{MFA}/verify", {"mfa_token": token, "code": "000000"}, headers=headers)
    token = first_step(visitor, student)["mfa_token"]
    answer = verify(visitor, token, code_of(secret))
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_attempts")
    assert int(answer["Retry-After"]) > 0
    elsewhere = APIClient(REMOTE_ADDR="203.0.113.9")
    assert verify(elsewhere, token, code_of(secret)).status_code == 200


def test_login_with_a_second_factor_costs_few_queries(visitor, student, max_queries):
    secret = turn_on(student)
    with max_queries(12):
        token = first_step(visitor, student)["mfa_token"]
    with max_queries(14):
        assert verify(visitor, token, code_of(secret)).status_code == 200


# --- Staff


@pytest.fixture
def policy(settings):
    settings.REQUIRE_MFA_FOR_STAFF = True


@pytest.mark.parametrize("who", ["instructor", "admin_user"])
def test_staff_without_a_factor_reach_only_what_sets_one_up(policy, log_in, login, request, who):
    person = prove(request.getfixturevalue(who))
    client = log_in(person)
    for path in ("/users", "/courses", f"/users/{person.pk}", "/files"):
        answer = client.get(f"/api/v1{path}")
        assert (answer.status_code, answer.json()["code"]) == (403, "mfa_setup_required"), path
    answer = client.post("/api/v1/categories", {"name": "New"})
    assert answer.json()["code"] == "mfa_setup_required"
    for path in ("/users/me", "/auth/sessions", "/auth/mfa"):
        assert client.get(f"/api/v1{path}").status_code == 200, path
    assert client.get(MFA).json()["required"] is True
    browser = login(person)
    for path in ("/", "/dashboard/", "/admin/", "/settings/", "/courses/", "/accounts/3rdparty/"):
        assert browser.get(path).headers["Location"] == "/accounts/2fa/", path
    assert browser.get("/api/v1/courses").json()["code"] == "mfa_setup_required"
    answer = browser.get("/dashboard/", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == "/accounts/2fa/"
    assert browser.get("/accounts/2fa/").status_code == 200
    assert browser.get("/accounts/reauthenticate/").status_code == 200
    turn_on(person)
    assert client.get("/api/v1/courses").status_code == 200
    assert browser.get("/settings/").status_code == 200


def test_students_are_not_asked_and_nobody_without_the_policy(
    policy, log_in, login, student, settings, instructor
):
    assert log_in(student).get("/api/v1/courses").status_code == 200
    assert login(student).get("/settings/").status_code == 200
    settings.REQUIRE_MFA_FOR_STAFF = False
    assert log_in(instructor).get("/api/v1/courses").status_code == 200


def test_the_last_factor_of_staff_stays(policy, log_in, instructor):
    prove(instructor)
    client = log_in(instructor)
    turn_on(instructor)
    answer = client.post(f"{MFA}/totp/remove", {"password": PASSWORD})
    assert (answer.status_code, answer.json()["code"]) == (409, "mfa_required_by_policy")
    assert services.factors_of(instructor).has_totp
    Authenticator.objects.create(user=instructor, type="webauthn", data={"name": "Key", "credential": {}})
    assert client.post(f"{MFA}/totp/remove", {"password": PASSWORD}).status_code == 200
    state = client.get(MFA).json()
    assert (state["totp"], len(state["passkeys"]), state["recovery_codes_left"]) == (False, 1, 10)


@pytest.mark.django_db(transaction=True)
def test_two_factors_removed_at_once_leave_one(policy, race):
    person = UserFactory(role="instructor")
    turn_on(person)
    passkey = Authenticator.objects.create(
        user=person, type="webauthn", data={"name": "Key", "credential": {}}
    )
    results = race(
        lambda: services.remove_totp(user=person),
        lambda: services.remove_passkey(user=person, passkey_id=passkey.pk),
    )
    assert sorted(type(result) for result in results if result is not None) == [MfaRequiredByPolicy]
    assert services.factors_of(person).is_on


@pytest.mark.django_db(transaction=True)
def test_two_apps_confirmed_at_once_are_one(race):
    person = prove(UserFactory())
    secret = services.start_totp(user=person).secret
    race(*[lambda: services.confirm_totp(user=person, code=code_of(secret))] * 4)
    assert Authenticator.objects.filter(user=person, type="totp").count() == 1
    assert OutgoingMail.objects.filter(kind="factor_added").count() == 1


def test_an_admin_removes_the_factors_of_somebody_who_lost_the_phone(student, admin_user):
    turn_on(student)
    OutgoingMail.objects.all().delete()
    services.reset_mfa(user=student, by=admin_user)
    services.reset_mfa(user=student, by=admin_user)
    assert not Authenticator.objects.exists()
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.target_id) == ("user.mfa_reset", admin_user, str(student.pk))
    assert entry.data == {"factors": [["recovery_codes", "totp"], []]}
    assert OutgoingMail.objects.get().key == "all"
