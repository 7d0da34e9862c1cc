"""The account pages: which exist, how they are kept, settings, confirming the e-mail."""

import pytest
from django.test import Client
from django.urls import get_resolver
from django.utils import translation

from accounts import services
from accounts.links import confirmation_link
from accounts.models import OutgoingMail, User
from accounts.tests.factories import PASSWORD, UserFactory, prove

pytestmark = pytest.mark.django_db
OPEN = [
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/confirm-email/",
]
INSIDE = [
    "/settings/",
    "/accounts/password/change/",
    "/accounts/logout/",
    "/accounts/reauthenticate/",
    "/accounts/2fa/",
    "/accounts/3rdparty/",
]


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("path", OPEN)
def test_open_pages_are_dressed_and_kept_out_of_caches(client, path, language):
    answer = client.get(path, {"lang": language})
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"
    assert "account/door.html" in [t.name for t in answer.templates]
    assert f'<html lang="{language}"' in answer.content.decode()


@pytest.mark.parametrize("path", INSIDE)
def test_inside_pages(login, student, path):
    answer = login(student).get(path)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"
    assert Client().get(path).status_code == 302


@pytest.mark.parametrize(
    "path",
    ["", "email/", "inactive/", "password/set/", "login/code/", "login/code/confirm/", "sessions/", "2fa/trust/",
     "2fa/reauthenticate/", "2fa/webauthn/", "2fa/webauthn/signup/", "2fa/recovery-codes/download/",
     "3rdparty/signup/", "social/signup/", "password/reset/key/done/", "phone/verify/"],
)  # fmt: skip
def test_what_this_site_does_not_have_is_404(login, student, path):
    assert login(student).get(f"/accounts/{path}").status_code == 404


def test_every_page_under_accounts_is_one_of_ours():
    names = {
        name for name in get_resolver().reverse_dict if isinstance(name, str) and name.startswith("account_")
    }
    assert names == {
        "account_login",
        "account_logout",
        "account_signup",
        "account_email_verification_sent",
        "account_confirm_email",
        "account_change_password",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key",
        "account_reauthenticate",
    }


def test_logging_out_is_a_post(login, student):
    client = login(student)
    client.get("/accounts/logout/")
    assert client.get("/settings/").status_code == 200
    assert client.post("/accounts/logout/")["Location"] == "/"
    assert client.get("/settings/").status_code == 302


def test_settings_save(login, student):
    client = login(student)
    form = {
        "full_name": " Salma  H ",
        "bio": "Hi",
        "phone": "+20 10",
        "locale": "ar",
        "time_zone": "Africa/Cairo",
    }
    answer = client.post("/settings/", form)
    assert (answer.status_code, answer["Location"]) == (302, "/settings/")
    student.refresh_from_db()
    assert (student.full_name, student.locale, student.time_zone) == ("Salma H", "ar", "Africa/Cairo")
    assert '<html lang="ar" dir="rtl">' in client.get("/settings/").content.decode()


def test_settings_show_why_and_keep_what_was_typed(login, student):
    form = {
        "full_name": "www.evil.example",
        "bio": "kept words",
        "phone": "",
        "locale": "en",
        "time_zone": "UTC",
    }
    answer = login(student).post("/settings/", {**form, "role": "admin", "email": "x@example.com"})
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "A name cannot hold a web address." in page and "kept words" in page
    student.refresh_from_db()
    assert (student.full_name, student.role, student.email) == (
        "Salma Haddad",
        "student",
        "student@example.com",
    )


def test_only_teachers_have_a_public_profile(login, student, instructor):
    services.ensure_instructor_profile(user=instructor)
    form = {"headline": "I teach", "specialization": "", "website_url": "", "linkedin_url": ""}
    assert login(student).post("/settings/teaching/", form).status_code == 404
    assert "teaching-h" not in login(student).get("/settings/").content.decode()
    client = login(instructor)
    assert "teaching-h" in client.get("/settings/").content.decode()
    assert client.post("/settings/teaching/", form).status_code == 302
    instructor.instructor_profile.refresh_from_db()
    assert instructor.instructor_profile.headline == "I teach"
    bad = client.post("/settings/teaching/", {**form, "linkedin_url": "https://evil.example/x"})
    assert bad.status_code == 200 and "linkedin.com" in bad.content.decode()
    assert client.get("/settings/teaching/").status_code == 405


def path_of(user):
    return confirmation_link(user.emailaddress_set.get()).removeprefix("http://testserver")


@pytest.fixture
def unproven():
    return services.register(email="new@example.com", password=PASSWORD, full_name="New Person")


def test_opening_the_link_confirms_nothing_the_button_does(client, unproven):
    path = path_of(unproven)
    assert client.get(path).status_code == 200
    assert not User.objects.with_email_verified().get().email_verified
    assert client.post(path)["Location"] == "/accounts/login/"
    assert User.objects.with_email_verified().get().email_verified
    assert "Confirmed already" in client.get(path).content.decode()
    assert "Your e-mail is confirmed already." in client.post(path, follow=True).content.decode()


def test_old_broken_and_stale_links(client, unproven, admin_user, visitor):
    path = path_of(unproven)
    for dead in ("/accounts/confirm-email/x/", path[:-5] + "xxxx/"):
        assert client.get(dead).status_code == client.post(dead).status_code == 404
    answer = visitor.post("/api/v1/auth/email/verify", {"key": "x"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "link_invalid")
    services.change_email(user=unproven, email="other@example.com", by=admin_user)
    assert client.post(path).status_code == 404
    assert not User.objects.with_email_verified().get(pk=unproven.pk).email_verified


def test_link_lives_a_day(client, unproven):
    from datetime import timedelta

    import time_machine
    from django.utils import timezone

    path = path_of(unproven)
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        assert client.post(path).status_code == 404
    with time_machine.travel(timezone.now() + timedelta(hours=23)):
        assert client.post(path).status_code == 302


def test_api_confirms_and_resends(api, unproven, visitor):
    assert api(unproven).post("/api/v1/auth/email/resend").status_code == 429  # the first one just went
    OutgoingMail.objects.all().delete()
    assert api(unproven).post("/api/v1/auth/email/resend").status_code == 202
    key = path_of(unproven).rstrip("/").rpartition("/")[2]
    assert visitor.post("/api/v1/auth/email/verify", {"key": key}).json()["email_verified"] is True
    assert visitor.post("/api/v1/auth/email/verify", {"key": key}).json()["code"] == "already_verified"
    fresh = User.objects.get(pk=unproven.pk)
    assert api(fresh).post("/api/v1/auth/email/resend").json()["code"] == "already_verified"


def test_five_links_a_day_beside_the_first(unproven):
    from datetime import timedelta

    import time_machine
    from django.utils import timezone

    from accounts.exceptions import Throttled

    start = timezone.now()
    for minute in range(2, 12, 2):
        with time_machine.travel(start + timedelta(minutes=minute)):
            services.resend_confirmation(user=unproven)
    with time_machine.travel(start + timedelta(minutes=30)), pytest.raises(Throttled):
        services.resend_confirmation(user=unproven)
    assert OutgoingMail.objects.filter(kind="verify").count() == 6


def test_banner_asks_only_the_unproven(login, student, unproven, settings):
    assert "Confirm your e-mail: open the link" in login(unproven).get("/settings/").content.decode()
    assert (
        "Confirm your e-mail: open the link" not in login(prove(student)).get("/settings/").content.decode()
    )
    settings.EMAIL_VERIFICATION = "none"
    assert "Confirm your e-mail: open the link" not in login(unproven).get("/settings/").content.decode()


def test_banner_sends_again(login, unproven):
    OutgoingMail.objects.all().delete()
    client = login(unproven)
    page = client.post("/settings/confirm-email/", follow=True).content.decode()
    assert "We have sent a new link to new@example.com." in page
    assert OutgoingMail.objects.get().kind == "verify"
    client.post("/settings/confirm-email/")
    assert OutgoingMail.objects.count() == 1


def test_hostile_names_are_text_everywhere(login):
    user = UserFactory(full_name='"><img src=x onerror=alert(1)>')
    for path in ("/settings/", "/accounts/password/change/"):
        assert "<img src=x" not in login(user).get(path).content.decode()


def test_pages_speak_the_language_of_the_person(login):
    user = UserFactory(locale="ar")
    assert '<html lang="ar" dir="rtl">' in login(user).get("/settings/").content.decode()
    with translation.override("en"):
        assert '<html lang="en" dir="ltr">' in login(user).get("/settings/?lang=en").content.decode()
