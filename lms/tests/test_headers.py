"""What every answer says to the browser: policies, cookies, and what it may keep."""

import runpy
from pathlib import Path

import pytest
from django.test import Client

from accounts.tests.factories import PASSWORD
from files.tests.factories import png_bytes, stored

pytestmark = pytest.mark.django_db
SETTINGS = Path(__file__).resolve().parent.parent / "settings.py"
PAGES = ["/", "/courses/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/settings/",
         "/settings/security/", "/dashboard/", "/no/such/page/"]  # fmt: skip
OTHERS = [
    "/api/v1/courses",
    "/api/v1/users/me",
    "/api/v1/no/such",
    "/admin/",
    "/health",
    "/static/css/tokens.css",
    "/certificates/issuer",
    "/certificates/status/0",
    "/.well-known/did.json",
]


def policy(answer):
    """Return the content security policy as {directive: [sources]}."""
    parts = [part.split() for part in answer["Content-Security-Policy"].split(";") if part.strip()]
    return {name: sources for name, *sources in parts}


@pytest.mark.parametrize("path", PAGES + OTHERS)
def test_every_answer_is_guarded(login, admin_user, path):
    answer = login(admin_user).get(path)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Server" not in answer and "X-Powered-By" not in answer


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("signed_in", [False, True])
def test_pages_run_and_dress_themselves_only_from_here(login, student, path, signed_in):
    answer = login(student if signed_in else None).get(path)
    found = policy(answer)
    assert found["default-src"] == found["object-src"] == found["base-uri"] == ["'none'"]
    assert found["frame-ancestors"] == ["'none'"] and answer["X-Frame-Options"] == "DENY"
    assert found["script-src"] == found["style-src"] == found["form-action"] == ["'self'"]
    assert "camera=()" in answer["Permissions-Policy"]


def test_only_the_admin_has_its_exception(login, admin_user):
    found = policy(login(admin_user).get("/admin/"))
    assert found["script-src"] == ["'self'", "'unsafe-eval'"]  # Alpine of the theme
    assert found["style-src"] == ["'self'", "'unsafe-inline'"]
    assert found["frame-ancestors"] == found["default-src"] == ["'none'"]
    for path in ("/admin", "/administration/", "/courses/admin/"):
        assert "unsafe" not in Client().get(path)["Content-Security-Policy"]


def test_answers_of_the_api_may_do_nothing(login, student):
    found = policy(login(student).get("/api/v1/users/me"))
    assert found["default-src"] == ["'none'"] and "unsafe" not in str(found)


def test_files_of_people_are_boxed_in(login, student):
    file = stored(student, png_bytes(), name="mine.png")
    answer = login(student).get(f"/files/{file.pk}/mine.png")
    assert "sandbox" in policy(answer)
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    ["/settings/", "/settings/security/", "/accounts/password/change/", "/accounts/login/", "/accounts/signup/",
     "/accounts/password/reset/", "/dashboard/", "/notes/", "/api/v1/users/me", "/api/v1/auth/sessions"],
)  # fmt: skip
def test_what_is_of_a_person_is_kept_nowhere(login, student, path):
    signed_out = path.startswith("/accounts/") and "change" not in path
    answer = login(None if signed_out else student).get(path)
    assert answer.status_code == 200
    assert {"private", "no-store"} <= set(answer["Cache-Control"].replace(" ", "").split(","))


def test_back_after_logout_shows_the_login_page(student):
    client = Client()
    client.post("/accounts/login/", {"login": student.email, "password": PASSWORD})
    page = client.get("/settings/")
    assert page.status_code == 200 and "no-store" in page["Cache-Control"]  # so Back asks again
    client.post("/accounts/logout/")
    assert client.get("/settings/")["Location"] == "/accounts/login/?next=/settings/"


def production(monkeypatch):
    """Return the settings of a production site."""
    for name in ("DEBUG", "DATABASE_URL", "REDIS_URL", "JWT_SIGNING_KEY", "SENTRY_DSN", "PORT"):
        monkeypatch.delenv(name, raising=False)
    secret = "Zx9aQm3vT7Lp2RkWn8YcJd5HsBf6GgUe1oViKtMrXhNqCyPzAaSbDl0123"
    host = {"ALLOWED_HOSTS": "lms.example.org", "SITE_URL": "https://lms.example.org"}
    for name, value in {"ENVIRONMENT": "production", "SECRET_KEY": secret, **host}.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(SETTINGS))


def test_cookies_over_https(monkeypatch, settings, student):
    for name, value in production(monkeypatch).items():
        if name.startswith(("SESSION_COOKIE_", "CSRF_COOKIE_", "SECURE_")):
            setattr(settings, name, value)
    client = Client(headers={"X-Forwarded-Proto": "https"})
    client.get("/accounts/login/", secure=True)
    client.post("/accounts/login/", {"login": student.email, "password": PASSWORD}, secure=True)
    session, csrf = client.cookies["__Host-session"], client.cookies["__Host-csrf"]
    for cookie in (session, csrf):
        assert (cookie["secure"], cookie["path"], cookie["domain"], cookie["samesite"]) == (
            True,
            "/",
            "",
            "Lax",
        )
    assert session["httponly"] is True
    page = client.get("/settings/", secure=True)
    assert page.status_code == 200
    assert page["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    plain = Client().get("/settings/")
    assert (plain.status_code, plain["Location"]) == (301, "https://testserver/settings/")


@pytest.mark.parametrize("token", ["", "x" * 64, "another's"])
def test_a_form_with_a_wrong_token_changes_nothing(student, classmate, token):
    client = Client(enforce_csrf_checks=True)
    client.force_login(student)
    if token == "another's":
        other = Client()
        other.force_login(classmate)
        other.get("/settings/")
        token = other.cookies["csrf"].value
    client.get("/settings/")
    answer = client.post("/settings/", {"full_name": "Other Name", "csrfmiddlewaretoken": token})
    assert answer.status_code == 403
    student.refresh_from_db()
    assert student.full_name == "Salma Haddad"
