"""Signing in, and what slows down guessing, at every door."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils import timezone

from accounts import services
from accounts.exceptions import TooManyAttempts
from accounts.models import LoginSession, OutgoingMail, SignInRecord, User
from accounts.services.attempts import network_of
from accounts.tests.factories import PASSWORD, UserFactory, prove

pytestmark = pytest.mark.django_db
URL = "/api/v1/auth/login"
PAGE = "/accounts/login/"


def api_login(visitor, email, password=PASSWORD, **extra):
    return visitor.post(URL, {"email": email, "password": password}, **extra)


def test_api_gives_tokens_and_the_person(visitor, student):
    answer = visitor.post(
        URL, {"email": " STUDENT@example.com ", "password": PASSWORD}, headers={"User-Agent": "curl/8"}
    )
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"
    body = answer.json()
    assert body["token_type"] == "Bearer"
    assert 890 < body["expires_in"] <= 900
    assert body["refresh_expires_in"] > 29 * 24 * 3600
    assert body["user"]["id"] == str(student.pk)
    session = LoginSession.objects.get()
    assert (session.user, session.device, session.ip) == (student, "Desktop", "127.0.0.1")
    student.refresh_from_db()
    assert student.last_login is not None


def test_login_costs_at_most_twelve_queries(visitor, student, max_queries):
    with max_queries(12):
        api_login(visitor, student.email)


@pytest.mark.parametrize("who", ["unknown", "wrong", "unusable", "too long"])
def test_unknown_and_wrong_look_the_same(visitor, student, who):
    email, password = student.email, "Wrong-1!"
    if who == "unknown":
        email = "nobody@example.com"
    if who == "unusable":
        student.set_unusable_password()
        student.save()
    answer = api_login(visitor, email, password)
    body = answer.json()
    assert (answer.status_code, body["code"], body["errors"]) == (401, "bad_credentials", [])
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert not LoginSession.objects.exists()
    student.refresh_from_db()
    assert student.last_login is None


@pytest.mark.parametrize("exists", [True, False])
def test_exactly_one_hash_whoever_it_is(visitor, monkeypatch, exists):
    from django.contrib.auth.hashers import MD5PasswordHasher

    if exists:
        UserFactory(email="a@example.com")
    hashed = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher, "encode", lambda self, *args: hashed.append(1) or encode(self, *args)
    )
    api_login(visitor, "a@example.com", "Wrong-1!")
    assert len(hashed) == 1


@pytest.mark.parametrize(
    "body",
    [{}, {"email": "a@b.example"}, {"email": "a@b.example", "password": "x" * 129},
     {"email": "a\0@b.example", "password": "x"}, {"email": ["a"], "password": "x"},
     {"email": "a@b.example", "password": "x", "admin": True}],
)  # fmt: skip
def test_bad_shape_is_422_and_counts_nothing(visitor, body):
    assert visitor.post(URL, body).status_code == 422
    assert not SignInRecord.objects.exists()


def test_deactivated_people_learn_it_only_with_the_right_password(visitor, student):
    student.is_active = False
    student.save()
    assert api_login(visitor, student.email, "Wrong-1!").json()["code"] == "bad_credentials"
    answer = api_login(visitor, student.email)
    assert (answer.status_code, answer.json()["code"]) == (403, "account_inactive")
    assert not LoginSession.objects.exists()
    page = Client().post(PAGE, {"login": student.email, "password": PASSWORD})
    assert page.status_code == 403
    assert "deactivated" in page.content.decode()


def test_mandatory_proof_sends_a_new_link_once_a_minute(visitor, student, settings):
    settings.EMAIL_VERIFICATION = settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    for _ in range(3):
        answer = api_login(visitor, student.email)
        assert (answer.status_code, answer.json()["code"]) == (403, "email_not_verified")
    assert OutgoingMail.objects.filter(user=student, kind="verify").count() == 1
    assert Client().post(PAGE, {"login": student.email, "password": PASSWORD}).status_code == 403
    prove(student)
    assert api_login(visitor, student.email).status_code == 200


def test_ten_failures_lock_the_account_for_this_address(visitor, student):
    for _ in range(10):
        assert api_login(visitor, student.email, "Wrong-1!").status_code == 401
    answer = api_login(visitor, student.email)  # the right password included
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_attempts")
    assert 800 < int(answer["Retry-After"]) <= 900
    assert not LoginSession.objects.exists()


def test_lock_holds_on_page_and_backend_and_spares_others(visitor, client, student, classmate):
    for _ in range(10):
        client.post(PAGE, {"login": student.email, "password": "Wrong-1!"})
    page = client.post(PAGE, {"login": student.email, "password": PASSWORD})
    assert page.status_code == 429 and "Retry-After" in page
    assert "You can try again in" in page.content.decode()
    assert api_login(visitor, student.email).status_code == 429
    assert api_login(visitor, student.email, HTTP_X_FORWARDED_FOR="203.0.113.9").status_code == 429
    assert api_login(visitor, classmate.email).status_code == 200  # the class goes on
    assert (
        api_login(visitor, student.email, REMOTE_ADDR="203.0.113.9").status_code == 200
    )  # the owner elsewhere


def test_lock_ends_by_itself_and_trying_on_does_not_prolong_it(visitor, student):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(10):
            api_login(visitor, student.email, "Wrong-1!")
        clock.shift(timedelta(minutes=10))
        answer = api_login(visitor, student.email)
        assert (answer.status_code, answer["Retry-After"]) == (429, "300")
        clock.shift(timedelta(minutes=5))
        assert api_login(visitor, student.email).status_code == 200


def test_success_forgets_failures(visitor, student):
    for _ in range(9):
        api_login(visitor, student.email, "Wrong-1!")
    assert api_login(visitor, student.email).status_code == 200
    record = SignInRecord.objects.get(address="127.0.0.1", account_key__gt="0")
    assert record.failures == 0 and record.succeeded_at is not None
    assert "student" not in record.account_key


def test_unknown_addresses_are_locked_alike(visitor):
    for _ in range(10):
        api_login(visitor, "nobody@example.com", "Wrong-1!")
    assert api_login(visitor, "Nobody@example.com").status_code == 429
    assert sorted(SignInRecord.objects.values_list("failures", flat=True)) == [10, 10, 10]


@pytest.mark.django_db(transaction=True)
def test_parallel_tries_cannot_pass_the_limit(race, monkeypatch):
    student = UserFactory()
    looked = []
    check = User.check_password
    monkeypatch.setattr(User, "check_password", lambda self, raw: looked.append(1) or check(self, raw))

    def guess():
        return services.sign_in(email=student.email, password="Wrong-1!")

    results = race(*[guess] * 30)
    assert len(looked) == 10
    assert sum(isinstance(r, TooManyAttempts) for r in results) == 20
    assert set(SignInRecord.objects.values_list("failures", flat=True)) == {10}


@pytest.mark.parametrize(
    "address, counted",
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("", ""),
        ("nonsense", "nonsense"),
    ],
)
def test_how_addresses_are_counted(address, counted):
    assert network_of(address) == counted


def test_bcrypt_is_read_and_upgraded(visitor, student, settings):
    settings.PASSWORD_HASHERS = [
        *settings.PASSWORD_HASHERS,
        "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
    ]
    student.password = make_password(PASSWORD, hasher="bcrypt_sha256")
    student.save()
    assert api_login(visitor, student.email).status_code == 200
    student.refresh_from_db()
    assert student.password.startswith("md5$")
    assert api_login(visitor, student.email).status_code == 200


def test_passwords_are_compared_composed(visitor, student):
    student.set_password("Zoe\u0308-lit-42")
    student.save()
    assert api_login(visitor, student.email, "Zoë-lit-42").status_code == 200


def test_page_says_how_many_tries_are_left(client, student):
    def sentence():
        answer = client.post(PAGE, {"login": student.email, "password": "Wrong-1!"})
        assert answer.status_code == 200
        assert f'value="{student.email}"' in answer.content.decode()
        return answer.context["form"].errors["password"][0]

    assert sentence() == "Check the password."
    for _ in range(3):
        sentence()
    assert sentence() == "Check the password. 5 tries are left before a pause."
    for _ in range(3):
        sentence()
    assert sentence() == "Check the password. 1 try is left before a pause."


def test_remember_me_decides_how_long_the_session_lives(client, student):
    client.post(PAGE, {"login": student.email, "password": PASSWORD, "remember": "on"})
    assert client.cookies["session"]["max-age"] == 14 * 24 * 3600
    other = Client()
    other.post(PAGE, {"login": student.email, "password": PASSWORD})
    assert other.cookies["session"]["max-age"] == ""


def test_session_gets_a_new_id_at_sign_in(client, student):
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    client.post(PAGE, {"login": student.email, "password": PASSWORD})
    assert client.session.session_key != planted


@pytest.mark.parametrize(
    "target, stays",
    [
        ("/settings/", True),
        ("//evil.example/", False),
        ("/\\evil.example", False),
        ("https://evil.example/", False),
        ("javascript:alert(1)", False),
        ("http:///evil.example", False),
        ("https:evil.example", False),
        ("\thttps://evil.example", False),
    ],
)
def test_next_stays_on_this_host(client, student, target, stays):
    answer = client.post(PAGE, {"login": student.email, "password": PASSWORD, "next": target})
    assert answer.status_code == 302
    assert answer["Location"] == (target if stays else "/dashboard/")


def test_next_of_allowed_hosts_is_no_way_out(client, student, settings):
    settings.ALLOWED_HOSTS = ["testserver", "other.example"]
    answer = client.post(
        PAGE, {"login": student.email, "password": PASSWORD, "next": "http://other.example/"}
    )
    assert answer["Location"] == "/dashboard/"


def test_admin_uses_the_same_door(client, admin_user):
    assert client.get("/admin/", follow=True).redirect_chain[-1][0] == "/accounts/login/?next=%2Fadmin%2F"
    answer = client.post(
        PAGE + "?next=/admin/", {"login": admin_user.email, "password": PASSWORD, "next": "/admin/"}
    )
    assert answer["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_form_without_csrf_token_is_refused(student):
    client = Client(enforce_csrf_checks=True)
    assert client.post(PAGE, {"login": student.email, "password": PASSWORD}).status_code == 403
    assert "_auth_user_id" not in client.session


def test_signed_in_people_do_not_see_the_login_page(login, student):
    assert login(student).get(PAGE).status_code == 302


@pytest.mark.parametrize("door", ["page", "admin", "API", "present password"])
def test_every_door_locks_without_the_cache_whatever_the_caller_says_of_itself(
    settings, client, visitor, log_in, student, classmate, door
):
    inside = log_in(student)
    SignInRecord.objects.all().delete()
    dead = {"BACKEND": "lms.lib.cache.ForgivingRedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": dead}
    page = {"login": student.email, "password": "Wrong-1!"}
    change = {"current_password": "Wrong-1!", "new_password": "Beacon-43-lit"}

    def knock(number):
        forged = {"headers": {"X-Forwarded-For": f"203.0.113.{number}"}}
        if door == "page":
            return client.post(PAGE, page, **forged)
        if door == "admin":
            return client.post("/admin/login/", page, follow=True, **forged)
        if door == "API":
            return visitor.post(URL, {"email": student.email, "password": "Wrong-1!"}, **forged)
        return inside.post("/api/v1/auth/password/change", change, **forged)

    statuses = [knock(number).status_code for number in range(12)]
    if door == "admin":  # it only shows the way: nothing is looked at there
        assert set(statuses) == {200} and not SignInRecord.objects.exists()
        return
    assert 429 not in statuses[:10] and statuses[10:] == [429, 429]
    assert api_login(visitor, student.email).status_code == 429
    assert api_login(visitor, classmate.email).status_code == 200


def test_page_and_api_share_a_throttle_of_their_own(settings, client, visitor, student):
    rates = {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "sign_in": "2/min"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    assert visitor.post(URL, {"email": student.email}).status_code == 422  # a wrong shape counts nowhere
    assert api_login(visitor, student.email).status_code == 200
    assert client.post(PAGE, {"login": student.email, "password": "Wrong-1!"}).status_code == 200
    answer = api_login(visitor, student.email)
    assert (answer.status_code, answer.json()["code"]) == (429, "throttled")
    assert 0 < int(answer["Retry-After"]) <= 60 and answer["X-RateLimit-Limit"] == "2"
    assert client.post(PAGE, {"login": student.email, "password": PASSWORD}).status_code == 429


def test_deactivation_and_role_act_on_the_next_request_of_a_browser(client, admin_user):
    boss = UserFactory(role="admin")
    client.post(PAGE, {"login": boss.email, "password": PASSWORD})
    assert client.get("/admin/accounts/user/").status_code == 200
    services.set_role(user=boss, role="student", by=admin_user)
    assert client.get("/admin/accounts/user/").status_code in (302, 403)
    assert client.get("/settings/").status_code == 200
    services.deactivate(user=boss, by=admin_user)
    assert client.get("/settings/")["Location"].startswith(PAGE)
