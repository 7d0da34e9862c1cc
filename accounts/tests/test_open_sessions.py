"""Where one is logged in: the list of the API and of the settings, and ending one or all others."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts import services
from accounts.models import LoginSession
from accounts.models.open_sessions import browser_id, open_sessions_of
from accounts.tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/auth/sessions"
PAGE = "/settings/security/"
ME = "/api/v1/users/me"
PHONE = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/128.0.0.0 Mobile Safari/537.36"
LAPTOP = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0"


@pytest.fixture
def browser():
    """Sign in on the page, as a browser with this user agent."""

    def enter(person, agent=LAPTOP):
        client = Client(headers={"User-Agent": agent})
        answer = client.post(
            "/accounts/login/", {"login": person.email, "password": PASSWORD, "remember": "on"}
        )
        assert answer.status_code == 302
        return client

    return enter


def key_of(client):
    return client.session.session_key


def test_lists_both_kinds_with_the_one_that_asks_first(log_in, browser, student, max_queries):
    laptop = browser(student)
    app, _other = log_in(student, **{"User-Agent": PHONE}), log_in(student, **{"User-Agent": ""})
    with max_queries(3):
        body = app.get(URL).json()
    assert (body["total"], body["page_size"]) == (3, 20)
    first = body["items"][0]
    assert first.pop("created_at").endswith("Z") and first.pop("last_used_at").endswith("Z")
    assert first == {
        "id": str(LoginSession.objects.get(device="Mobile").pk),
        "kind": "api",
        "device": "Mobile",
        "user_agent": PHONE,
        "ip": "127.0.0.1",
        "is_current": True,
    }
    assert {(i["kind"], i["device"], i["is_current"]) for i in body["items"][1:]} == {
        ("browser", "Desktop", False),
        ("api", "Unknown", False),
    }
    assert key_of(laptop) not in app.get(URL).content.decode()
    own = laptop.get(URL).json()["items"]
    assert (own[0]["kind"], [i["is_current"] for i in own]) == ("browser", [True, False, False])


def test_the_list_costs_the_same_for_fifty(log_in, student, max_queries):
    for _ in range(50):
        services.open_session(user=student)
        session = Session.objects.create(
            session_key=uuid.uuid4().hex, expire_date=timezone.now() + timedelta(days=1)
        )
        UserSession.objects.create(
            user=student, session_key=session.session_key, ip="192.0.2.1", user_agent=LAPTOP
        )
    client = log_in(student)
    with max_queries(3):
        assert client.get(URL, {"page_size": 100}).json()["total"] == 100
    assert client.get(URL, {"page": 99}).status_code == 400


def test_what_is_over_is_not_listed(log_in, browser, student):
    gone = browser(student)
    gone.post("/accounts/logout/")
    over = log_in(student)
    over.post("/api/v1/auth/logout")
    expired = browser(student)
    Session.objects.filter(session_key=key_of(expired)).update(expire_date=timezone.now())
    client = log_in(student)
    assert [i["is_current"] for i in client.get(URL).json()["items"]] == [True]


def test_ends_one_of_either_kind(log_in, browser, student):
    client, app, laptop = log_in(student), log_in(student), browser(student)
    for one in client.get(URL).json()["items"][1:]:
        assert client.delete(f"{URL}/{one['id']}").status_code == 204
        assert client.delete(f"{URL}/{one['id']}").status_code == 404  # over by now
    assert app.get(ME).json()["code"] == "token_revoked"
    assert laptop.get("/settings/")["Location"].startswith("/accounts/login/")
    assert client.get(ME).status_code == 200
    assert LoginSession.objects.filter(revoked_reason="logout").count() == 1


def test_others_sessions_do_not_exist(log_in, browser, student, classmate):
    theirs, page = log_in(classmate), browser(classmate)
    client = log_in(student)
    ids = [LoginSession.objects.get(user=classmate).pk, browser_id(key_of(page)), uuid.uuid4()]
    for pk in [*ids, "nonsense", UserSession.objects.get().pk]:
        assert client.delete(f"{URL}/{pk}").status_code == 404
    assert browser(student).post(f"{PAGE}sessions/{ids[0]}/end/").status_code == 302
    assert theirs.get(ME).status_code == 200
    assert page.get("/settings/").status_code == 200


def test_logout_all_from_a_browser_keeps_it_when_asked(log_in, browser, student):
    here, there, app = browser(student), browser(student, PHONE), log_in(student)
    body = {"keep_current": True}
    assert here.post("/api/v1/auth/logout-all", body, content_type="application/json").status_code == 204
    assert here.get("/settings/").status_code == 200
    assert there.get("/settings/").status_code == 302
    assert app.get(ME).status_code == 401
    assert [i["is_current"] for i in here.get(URL).json()["items"]] == [True]


def test_page_shows_where_one_is_logged_in(log_in, browser, student, max_queries):
    log_in(student, **{"User-Agent": PHONE})
    here = browser(student)
    with max_queries(12):
        page = here.get(PAGE).content.decode()
    assert "Chrome, Android" in page and "Firefox, Windows" in page
    assert page.count("This one") == 1 and page.count("/end/") == 1
    assert student.email in page and "Not confirmed" in page
    assert 'href="/settings/security/"' in here.get("/settings/").content.decode()


def test_page_ends_one_and_all_others(log_in, browser, student):
    here, app, there = browser(student), log_in(student), browser(student, PHONE)
    pk = LoginSession.objects.get().pk
    assert here.get(f"{PAGE}sessions/{pk}/end/").status_code == 405
    answer = here.post(f"{PAGE}sessions/{pk}/end/", follow=True)
    assert "That session is ended." in answer.content.decode()
    assert app.get(ME).status_code == 401
    assert "was over already" in here.post(f"{PAGE}sessions/{pk}/end/", follow=True).content.decode()
    answer = here.post(f"{PAGE}sessions/end-others/", follow=True)
    assert "All other sessions are ended." in answer.content.decode()
    assert "Log out everywhere else" not in answer.content.decode()
    assert there.get("/settings/").status_code == 302


def test_ending_needs_the_csrf_token(browser, student, log_in):
    log_in(student)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser(student).cookies
    for path in (f"{PAGE}sessions/{LoginSession.objects.get().pk}/end/", f"{PAGE}sessions/end-others/"):
        assert strict.post(path).status_code == 403
        foreign = {"csrfmiddlewaretoken": "x" * 64}
        assert strict.post(path, foreign).status_code == 403
    assert LoginSession.objects.get().revoked_at is None


def test_last_use_of_a_browser_moves_at_most_every_ten_minutes(browser, student, max_queries):
    from django.core.cache import cache

    def seen():
        return UserSession.objects.get().last_seen_at

    with time_machine.travel(timezone.now(), tick=False) as clock:
        start, client = timezone.now(), browser(student)
        client.get("/settings/")
        clock.shift(timedelta(minutes=9))
        cache.clear()  # a restart: the row still knows
        client.get("/settings/")
        assert seen() == start
        clock.shift(timedelta(minutes=2))
        cache.clear()
        client.get("/settings/")
        assert seen() == timezone.now()
        moved = timezone.now()
        clock.shift(timedelta(minutes=5))
        client.get("/settings/")
        assert seen() == moved


def test_a_busy_database_does_not_fail_the_page(browser, student, monkeypatch):
    from django.db import OperationalError

    def busy(**row):
        raise OperationalError("database is locked")

    client = browser(student)
    monkeypatch.setattr(services, "note_browser", busy)
    assert client.get("/settings/").status_code == 200


def test_signing_in_costs_the_same_for_one_and_fifty_browsers(student, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def cost():
        with CaptureQueriesContext(connection) as captured:
            Client().post("/accounts/login/", {"login": student.email, "password": PASSWORD})
        return len(captured)

    cost()
    few = cost()
    for _ in range(20):
        UserSession.objects.create(
            user=student, session_key=uuid.uuid4().hex, ip="192.0.2.1", user_agent=LAPTOP
        )
    assert cost() == few


@pytest.mark.parametrize(
    "agent, software",
    [
        (PHONE, "Chrome, Android"),
        (LAPTOP, "Firefox, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) Version/17.0 Safari/604.1", "Safari, iOS"),
        ("Mozilla/5.0 (X11; CrOS x86_64) Chrome/128.0 Safari/537.36 Edg/128.0", "Edge, ChromeOS"),
        ("curl/8.5", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_names_the_software(agent, software):
    person = UserFactory()
    services.open_session(user=person, user_agent=agent)
    assert open_sessions_of(person, now=timezone.now())[0].software == software
