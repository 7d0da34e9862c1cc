"""Changing, forgetting and resetting passwords; the rules; the hasher."""

from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import hashers, services
from accounts.exceptions import Busy, LinkInvalid
from accounts.links import invitation_link, reset_link
from accounts.models import LoginSession, OutgoingMail, SignInRecord, User
from accounts.tests.factories import PASSWORD, UserFactory, prove

pytestmark = pytest.mark.django_db
AUTH = "/api/v1/auth"
NEW = "Beacon-43-lit"


def token_of(link):
    return link.rstrip("/").rpartition("/")[2]


def change(client, current=PASSWORD, new=NEW):
    return client.post(f"{AUTH}/password/change", {"current_password": current, "new_password": new})


def reset(token, new=NEW):
    return APIClient().post(f"{AUTH}/password/reset", {"token": token, "new_password": new})


def test_change_tells_the_owner(log_in, student, sent):
    client = log_in(student)
    with sent() as mails:
        assert change(client).status_code == 204
    student.refresh_from_db()
    assert student.check_password(NEW)
    assert [m.subject for m in mails] == ["Your password was changed"]


@pytest.mark.parametrize(
    "current, new, expected",
    [
        ("Wrong-1!", NEW, {("current_password", "password_wrong")}),
        (PASSWORD, PASSWORD, {("new_password", "password_unchanged")}),
        (PASSWORD, "weak", {("new_password", "password_too_short"), ("new_password", "password_no_upper"),
                            ("new_password", "password_no_digit"), ("new_password", "password_no_special")}),
        (PASSWORD, "Salma-Haddad-1", {("new_password", "password_too_similar")}),
    ],
)  # fmt: skip
def test_refused_changes_change_nothing(log_in, student, current, new, expected):
    client, other = log_in(student), log_in(student)
    before = student.password
    answer = change(client, current, new)
    assert answer.status_code == 422
    assert {(e["field"], e["code"]) for e in answer.json()["errors"]} == expected
    student.refresh_from_db()
    assert student.password == before
    assert other.get("/api/v1/users/me").status_code == 200
    assert not OutgoingMail.objects.exists()


def test_guessing_the_current_password_is_locked(log_in, student):
    client = log_in(student)
    assert {change(client, "Wrong-1!").status_code for _ in range(10)} == {422}
    answer = change(client)
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_attempts")
    student.refresh_from_db()
    assert student.check_password(PASSWORD)


def test_change_on_the_page_keeps_this_browser_and_ends_the_others(student, log_in):
    here, there, api = Client(), Client(), log_in(student)
    for browser in (here, there):
        browser.post("/accounts/login/", {"login": student.email, "password": PASSWORD})
    answer = here.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW})
    assert (answer.status_code, answer["Location"]) == (302, "/settings/")
    assert here.get("/settings/").status_code == 200
    assert there.get("/settings/").status_code == 302
    assert api.get("/api/v1/users/me").status_code == 401


def test_change_page_shows_why_at_the_field(student):
    client = Client()
    client.force_login(student)
    answer = client.post("/accounts/password/change/", {"oldpassword": "Wrong-1!", "password1": NEW})
    assert answer.status_code == 200
    assert answer.context["form"].errors.as_data()["oldpassword"][0].code == "password_wrong"
    answer = client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": "weak"})
    assert "password_too_short" in {e.code for e in answer.context["form"].errors.as_data()["password1"]}


def test_change_through_the_browser_session_of_the_api(student):
    here, there = Client(), Client()
    for browser in (here, there):
        browser.post("/accounts/login/", {"login": student.email, "password": PASSWORD})
    body = {"current_password": PASSWORD, "new_password": NEW}
    assert here.post(f"{AUTH}/password/change", body, content_type="application/json").status_code == 204
    assert here.get("/settings/").status_code == 200
    assert there.get("/settings/").status_code == 302
    here.post(f"{AUTH}/logout-all", {}, content_type="application/json")
    assert here.get("/settings/").status_code == 302


def test_forgot_answers_alike_and_mails_by_task(student, visitor, sent):
    with sent() as mails:
        known = visitor.post(f"{AUTH}/password/forgot", {"email": "Student@example.com"})
        unknown = visitor.post(f"{AUTH}/password/forgot", {"email": "nobody@example.com"})
        assert mails == []  # not on the request's thread
    assert known.status_code == unknown.status_code == 202
    assert known.content == unknown.content
    assert [m.to for m in mails] == [["student@example.com"]]


def test_link_in_the_mail_is_on_the_site_whatever_the_host_header_says(student, client, sent, settings):
    settings.ALLOWED_HOSTS = ["*"]
    with sent() as mails:
        answer = client.post(
            "/accounts/password/reset/", {"email": student.email}, headers={"Host": "evil.example"}
        )
    assert answer["Location"] == "/accounts/password/reset/done/"
    assert "http://testserver/accounts/password/reset/key/" in mails[0].body
    assert "evil.example" not in mails[0].body + mails[0].alternatives[0][0]


def test_deactivated_people_get_no_link(visitor, student):
    User.objects.filter(pk=student.pk).update(is_active=False)
    assert visitor.post(f"{AUTH}/password/forgot", {"email": student.email}).status_code == 202
    assert not OutgoingMail.objects.exists()


def test_at_most_five_links_an_hour(visitor, student):
    for _ in range(7):
        visitor.post(f"{AUTH}/password/forgot", {"email": student.email})
    assert OutgoingMail.objects.count() == 5


def test_hundred_requests_from_one_address(visitor):
    statuses = [
        visitor.post(f"{AUTH}/password/forgot", {"email": "a@b.example"}).status_code for _ in range(101)
    ]
    assert statuses == [202] * 100 + [429]


def test_reset_works_once_and_ends_every_login(log_in, student):
    client = log_in(student)
    student.refresh_from_db()
    token = token_of(reset_link(student))
    assert reset(token).status_code == 204
    student.refresh_from_db()
    assert student.check_password(NEW)
    assert student.email_verified is True  # the mail reached its owner
    assert client.get("/api/v1/users/me").json()["code"] == "token_revoked"
    answer = reset(token, "Beacon-44-lit")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "link_invalid"
    student.refresh_from_db()
    assert student.check_password(NEW)
    assert OutgoingMail.objects.get().kind == "password_changed"


@pytest.mark.parametrize("is_proven", [False, True])
def test_first_proof_wins_against_a_squatter(log_in, student, is_proven):
    if is_proven:
        prove(student)
    browser, app = Client(), log_in(student)
    browser.post("/accounts/login/", {"login": student.email, "password": PASSWORD})
    EmailAddress.objects.create(user=student, email="other@example.com")
    SocialAccount.objects.create(user=student, provider="school", uid="1")
    student.refresh_from_db()
    assert reset(token_of(reset_link(student))).status_code == 204
    assert browser.get("/settings/").status_code == 302
    assert app.get("/api/v1/users/me").status_code == 401
    assert list(EmailAddress.objects.values_list("email", "verified")) == [(student.email, True)]
    assert SocialAccount.objects.count() == is_proven  # once proven, what the owner set up stays
    assert User.objects.with_email_verified().get().email_verified


@pytest.mark.parametrize("event", ["hour", "sign-in", "e-mail", "password", "deactivated"])
def test_link_dies(log_in, student, admin_user, event):
    link = token_of(reset_link(student))
    later = timedelta()
    if event == "hour":
        later = timedelta(minutes=61)
    elif event == "sign-in":
        log_in(student)
    elif event == "e-mail":
        services.change_email(user=student, email="new@example.com", by=admin_user)
    elif event == "password":
        student.set_password(NEW)
        student.save()
    else:
        services.deactivate(user=student, by=admin_user)
    student.refresh_from_db()
    before = student.password
    with time_machine.travel(timezone.now() + later):
        assert reset(link, "Beacon-45-lit").json()["errors"][0]["code"] == "link_invalid"
    student.refresh_from_db()
    assert student.password == before


@pytest.mark.parametrize(
    "token", ["", "x", "x-y-z", "01a1fc471f5e717c958693c43378f545-didko1-0", "é-1", "-" * 200]
)
def test_broken_links(student, token):
    answer = reset(token)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "token"


def test_weak_password_leaves_the_link_alive(student):
    token = token_of(reset_link(student))
    assert reset(token, "weak").json()["errors"][0]["field"] == "new_password"
    assert reset(token).status_code == 204


def test_invitation_lives_seven_days(admin_user):
    user = services.add_user(by=admin_user, email="new@example.com", full_name="New Person")
    token = token_of(invitation_link(user))
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        assert reset(token).status_code == 422
    with time_machine.travel(timezone.now() + timedelta(days=6)):
        assert reset(token).status_code == 204


def test_reset_pages(client, student, sent):
    with sent() as mails:
        client.post("/accounts/password/reset/", {"email": student.email})
    path = mails[0].body.split("http://testserver")[1].split()[0]
    answer = client.get(path)
    assert answer["Location"].endswith("-set-password/")  # the key leaves the address at once
    page = answer["Location"]
    assert client.get(page).status_code == 200
    refused = client.post(page, {"password1": "weak"})
    assert "password_too_short" in {e.code for e in refused.context["form"].errors.as_data()["password1"]}
    done = client.post(page, {"password1": NEW}, follow=True)
    assert done.redirect_chain == [("/accounts/login/", 302)]
    assert "Your password is changed." in done.content.decode()
    assert "_auth_user_id" not in client.session  # nobody is signed in by it
    dead = client.get(path)
    assert "This link does not work" in dead.content.decode()


@pytest.mark.django_db(transaction=True)
def test_ten_uses_of_one_link_at_once(race):
    user = UserFactory()
    token = token_of(reset_link(user))

    def use(number):
        return lambda: services.reset_password(token=token, new_password=f"Beacon-{number}-lit")

    results = race(*[use(n) for n in range(10, 20)])
    assert sum(isinstance(r, User) for r in results) == 1
    assert sum(isinstance(r, LinkInvalid) for r in results) == 9
    assert OutgoingMail.objects.count() == 1


@pytest.mark.parametrize(
    "password, broken",
    [
        ("Aa1!aaaa", set()),
        ("كلمة-سر-٤٢", set()),  # letters without case, digits of another script
        ("漢字漢字漢字-1", set()),
        ("lantern-42", {"password_no_upper"}),
        ("Lantern-xy", {"password_no_digit"}),
        ("Lantern 42", {"password_no_special"}),  # a blank is no sign
        ("Lantern٤٢🦉", set()),
        ("Aa1!", {"password_too_short"}),
        ("Aa1!" * 33, {"password_too_long"}),
    ],
)
def test_rules(password, broken):
    codes = set()
    try:
        validate_password(password)
    except ValidationError as error:
        codes = {e.code for e in error.error_list}
    assert codes == broken


def test_rules_can_be_switched_off(settings):
    settings.PASSWORD_REQUIRE_UPPERCASE = settings.PASSWORD_REQUIRE_DIGIT = (
        settings.PASSWORD_REQUIRE_SPECIAL
    ) = False
    settings.PASSWORD_MIN_LENGTH = 12
    validate_password("quiet lantern")
    with pytest.raises(ValidationError):
        validate_password("lanternkey")
    page = Client().get("/accounts/signup/").content.decode()
    assert "at least 12 characters" in page and "a digit" not in page


def test_hasher_makes_and_reads_argon2id():
    hasher = hashers.LimitedArgon2PasswordHasher()
    encoded = hasher.encode(PASSWORD, "saltsaltsalt")
    assert encoded.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert hasher.verify(PASSWORD, encoded)
    assert not hasher.verify("x", encoded)


@pytest.fixture
def one_place(settings, monkeypatch, tmp_path):
    settings.PASSWORD_HASH_CONCURRENCY = 1
    settings.LMS_DATA_DIR = tmp_path
    monkeypatch.setattr(hashers, "MAX_WAIT", 0.05)
    hashers._places.cache_clear()
    yield
    hashers._places.cache_clear()


def test_no_place_to_hash_is_busy(one_place):
    with hashers.hashing_place(), pytest.raises(Busy) as refusal:
        hashers.LimitedArgon2PasswordHasher().encode(PASSWORD, "saltsaltsalt")
    assert refusal.value.headers["Retry-After"] == "5"
    assert hashers.LimitedArgon2PasswordHasher().encode(PASSWORD, "saltsaltsalt")


def test_busy_is_503_and_the_others_wait_their_turn(one_place, settings, student, visitor, client):
    settings.PASSWORD_HASHERS = ["accounts.hashers.LimitedArgon2PasswordHasher"]
    User.objects.filter(pk=student.pk).update(
        password=hashers.LimitedArgon2PasswordHasher().encode(PASSWORD, "s" * 12)
    )
    body = {"email": student.email, "password": PASSWORD}
    with hashers.hashing_place():
        answer = visitor.post(f"{AUTH}/login", body)
        page = client.post("/accounts/login/", {"login": student.email, "password": PASSWORD})
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "busy", "5")
    assert (page.status_code, page["Retry-After"]) == (503, "5")
    assert not LoginSession.objects.exists()
    assert set(SignInRecord.objects.values_list("failures", flat=True)) == {
        0
    }  # nobody looked, so nobody guessed wrong
    assert visitor.post(f"{AUTH}/login", body).status_code == 200


def test_a_data_folder_that_cannot_be_written_stops_nobody(one_place, settings, tmp_path):
    (tmp_path / "file").touch()
    settings.LMS_DATA_DIR = tmp_path / "file"
    assert hashers.LimitedArgon2PasswordHasher().encode(PASSWORD, "saltsaltsalt")


@pytest.mark.parametrize("name", ["bcrypt_sha256", "bcrypt"])
def test_bcrypt_of_another_site_waits_for_a_place_too(one_place, settings, monkeypatch, name):
    monkeypatch.setattr(hashers.BCryptSHA256PasswordHasher, "rounds", 4)
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher",
        "accounts.hashers.LimitedBCryptSHA256PasswordHasher",
        "accounts.hashers.LimitedBCryptPasswordHasher",
    ]
    long = "Lantern-42-" * 10  # beyond the 72 bytes that bcrypt reads
    encoded = make_password(long, hasher=name)
    assert check_password(long, encoded) and not check_password("x", encoded)
    with hashers.hashing_place(), pytest.raises(Busy):
        check_password(long, encoded)


def test_mail_backend_is_not_touched_by_requests(client, student):
    client.post("/accounts/password/reset/", {"email": student.email})
    assert mail.outbox == []
