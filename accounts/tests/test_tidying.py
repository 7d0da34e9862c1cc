"""What ends by itself, and what stays."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from celery import current_app
from celery.schedules import crontab
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts import services, tasks
from accounts.models import AuditEntry, IdempotencyRecord, LoginSession, SignInRecord, User
from accounts.services import tidying
from accounts.tests.factories import PASSWORD, UserFactory, prove
from lms.lib.context import RequestFacts, request_facts

pytestmark = pytest.mark.django_db
OLD = timedelta(days=31)


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch):
    monkeypatch.setattr(tidying, "BATCH", 2)


def tidy():
    tasks.tidy_accounts()
    tasks.tidy_accounts()  # repeating it changes nothing


def login_session(user, **fields):
    pk = services.open_session(user=user).session.pk
    LoginSession.objects.filter(pk=pk).update(**fields)
    return pk


def test_runs_at_ten_past_three():
    entry = current_app.conf.beat_schedule["accounts.tidy_accounts"]
    assert entry["schedule"] == crontab(hour=3, minute=10)
    assert entry["task"] in current_app.tasks


def test_logins_go_thirty_days_after_their_end(student):
    now = timezone.now()
    for _ in range(3):
        login_session(student, expires_at=now - OLD)
        login_session(student, revoked_at=now - OLD, revoked_reason="logout")
    keep = {
        login_session(student),
        login_session(student, revoked_at=now, revoked_reason="logout"),
        login_session(student, expires_at=now - timedelta(days=1)),
    }
    tidy()
    assert set(LoginSession.objects.values_list("pk", flat=True)) == keep


def test_counters_go_when_nobody_touched_them_for_thirty_days():
    for name in ("old", "older", "new", "trusted"):
        services.throttle(name, limit=1, window=timedelta(hours=1))
    rows = list(SignInRecord.objects.order_by("pk"))
    for row, fields in zip(
        rows, ({}, {}, {"window_started_at": timezone.now()}, {"succeeded_at": timezone.now()}), strict=True
    ):
        SignInRecord.objects.filter(pk=row.pk).update(**{"window_started_at": timezone.now() - OLD, **fields})
    tidy()
    assert set(SignInRecord.objects.values_list("pk", flat=True)) == {rows[2].pk, rows[3].pk}


def test_browser_sessions_go_with_their_time(student):
    for _ in range(3):
        client = Client()
        client.post("/accounts/login/", {"login": student.email, "password": PASSWORD})
    live = client.session.session_key
    Session.objects.exclude(session_key=live).update(expire_date=timezone.now() - timedelta(hours=1))
    tidy()
    assert list(Session.objects.values_list("session_key", flat=True)) == [live]
    assert list(UserSession.objects.values_list("session_key", flat=True)) == [live]


def test_first_answers_are_kept_for_a_day(student):
    now = timezone.now()
    for hours in (25, 26, 27, 23, 1):
        IdempotencyRecord.objects.create(
            user=student, key=f"k{hours}", request_hash="x", created_at=now - timedelta(hours=hours)
        )
    tidy()
    assert set(IdempotencyRecord.objects.values_list("key", flat=True)) == {"k23", "k1"}


def test_the_audit_trail_forgets_addresses_and_nothing_else(student, admin_user, settings):
    settings.AUDIT_IP_DAYS = 10
    token = request_facts.set(RequestFacts(ip="192.0.2.1", request_id="r"))
    for days in (9, 11, 12, 13):
        entry = services.record(by=admin_user, action="a.b", target=student, data={"x": [1, 2]})
        super(type(AuditEntry.objects.all()), AuditEntry.objects.filter(pk=entry.pk)).update(
            at=timezone.now() - timedelta(days=days)
        )
    request_facts.reset(token)
    tidy()
    assert list(AuditEntry.objects.order_by("-at").values_list("ip", flat=True)) == [
        "192.0.2.1",
        None,
        None,
        None,
    ]
    assert set(AuditEntry.objects.values_list("target_label", "request_id")) == {("Salma Haddad", "r")}


@pytest.fixture
def people(db):
    """Accounts of long ago, by what became of them."""
    old = timezone.now() - OLD
    made = {
        name: UserFactory(email=f"{name}@example.com", created_at=old)
        for name in ("unused", "forgotten", "used", "proven", "enrolled")
    }
    made["fresh"] = UserFactory(email="fresh@example.com")
    made["teacher"] = UserFactory(email="teacher@example.com", created_at=old, role="instructor")
    User.objects.filter(pk=made["used"].pk).update(last_login=old)
    prove(made["proven"])
    return made


def test_accounts_never_proven_and_never_used_go_where_proof_is_mandatory(people, settings):
    from files.tests.factories import stored

    settings.EMAIL_VERIFICATION = "mandatory"
    stored(people["enrolled"])  # something of an upper app hangs on it
    tidy()
    left = {user.email.partition("@")[0] for user in User.objects.get_queryset()}
    assert left == {"used", "proven", "enrolled", "fresh", "teacher"}


def test_elsewhere_they_stay(people):
    tidy()
    assert User.objects.get_queryset().count() == len(people)
