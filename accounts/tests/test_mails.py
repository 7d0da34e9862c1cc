"""Mails as rows: sent once, tried again, in the person's language; and what is tidied away."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from accounts import services, tasks
from accounts.models import OutgoingMail
from accounts.models.mail import MAX_TRIES
from accounts.services.email_proof import expect_new_email
from accounts.tests.factories import UserFactory, prove

pytestmark = pytest.mark.django_db
Kind = OutgoingMail.Kind
State = OutgoingMail.State


def queue(user, kind=Kind.PASSWORD_RESET, key=""):
    return services.queue_mail(user=user, kind=kind, key=key)


@pytest.fixture
def broken(settings):
    settings.EMAIL_BACKEND = "accounts.tests.test_mails.BrokenBackend"


class BrokenBackend:
    """A mail server that is away."""

    def __init__(self, *args, **kwargs):
        pass

    def send_messages(self, messages):
        raise ConnectionRefusedError


@pytest.mark.parametrize("locale", ["en", "ar"])
@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_text_and_html_with_links_on_the_site(kind, locale):
    user = UserFactory(locale=locale, full_name="<b>Bo</b>", time_zone="Africa/Cairo")
    key, to = "", user.email
    if kind == Kind.VERIFY:
        services.prove_email(user=user)
        user.emailaddress_set.update(verified=False)
    elif kind == Kind.INVITATION:
        user.set_unusable_password()
        user.save()
    elif kind == Kind.TOKEN_REUSED:
        key = str(services.open_session(user=user).session.pk)
    elif kind == Kind.EMAIL_CHANGED:
        key = to = "old@example.com"
    elif kind in (Kind.EMAIL_CHANGE, Kind.EMAIL_CHANGE_ASKED):
        expect_new_email(user, "new@example.com")
        key = to = "new@example.com" if kind == Kind.EMAIL_CHANGE else user.email
    elif kind == Kind.RECOVERY_CODE_USED:
        key = "3"
    elif kind == Kind.DEACTIVATED:
        user.is_active = False
        user.save()
    row = queue(user, kind, key)
    services.deliver_mail(row.pk)
    row.refresh_from_db()
    assert (row.state, row.tries) == (State.SENT, 1)
    message = mail.outbox[-1]
    html = message.alternatives[0][0]
    assert message.to == [to]
    assert message.subject and "\n" not in message.subject
    assert "<b>Bo</b>" in message.body and "<b>Bo</b>" not in html
    assert f'<html lang="{locale}"' in html
    assert "http://testserver" in message.body and "http://testserver" in html
    assert message.extra_headers["Message-ID"] == f"<{row.pk}@testserver>"


def test_a_mail_goes_out_once(student):
    row = queue(student)
    services.deliver_mail(row.pk)
    services.deliver_mail(row.pk)
    assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_a_mail_goes_out_once_with_eight_workers(race):
    row = OutgoingMail.objects.create(user=UserFactory(), kind=Kind.WELCOME)
    race(*[lambda: services.deliver_mail(row.pk)] * 8)
    assert len(mail.outbox) == 1
    row.refresh_from_db()
    assert (row.state, row.tries) == (State.SENT, 1)


def test_what_is_no_longer_needed_is_dropped(student):
    prove(student)
    invited = queue(student, Kind.INVITATION)
    verify = queue(student, Kind.VERIFY)
    student.is_active = False
    student.save()
    reset = queue(student)
    for row in (invited, verify, reset):
        services.deliver_mail(row.pk)
        row.refresh_from_db()
        assert row.state == State.DROPPED
    assert mail.outbox == []


def test_failures_are_tried_five_times_ever_later(student, broken):
    row = queue(student)
    now = timezone.now() + timedelta(minutes=1)
    waits = []
    with time_machine.travel(now, tick=False) as clock:
        for _ in range(MAX_TRIES):
            tasks.sweep_mail()
            services.deliver_mail(row.pk)
            row.refresh_from_db()
            if row.lease_until:
                waits.append(row.lease_until - timezone.now())
                services.deliver_mail(row.pk)  # too early: nothing happens
                clock.move_to(row.lease_until + timedelta(seconds=1))
    assert waits == [timedelta(minutes=n) for n in (2, 4, 8, 16)]
    assert (row.state, row.tries) == (State.FAILED, 5)
    assert mail.outbox == []


def test_sweeper_finds_what_no_message_and_no_dead_worker_sent(student, django_capture_on_commit_callbacks):
    lost = OutgoingMail.objects.create(user=student, kind=Kind.WELCOME)
    died = OutgoingMail.objects.create(
        user=student, kind=Kind.WELCOME, tries=1, lease_until=timezone.now() + timedelta(minutes=5)
    )
    hopeless = OutgoingMail.objects.create(user=student, kind=Kind.WELCOME, tries=5)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.sweep_mail()
    assert mail.outbox == []  # too young to be called lost
    with (
        time_machine.travel(timezone.now() + timedelta(minutes=6)),
        django_capture_on_commit_callbacks(execute=True),
    ):
        tasks.sweep_mail()
    for row, state in ((lost, State.SENT), (died, State.SENT), (hopeless, State.FAILED)):
        row.refresh_from_db()
        assert row.state == state
    assert len(mail.outbox) == 2


def test_language_of_the_person_not_of_the_worker():
    from django.utils import translation

    with translation.override("en"):
        row = queue(UserFactory(locale="ar"))
        services.deliver_mail(row.pk)
        assert translation.get_language() == "en"
    assert 'dir="rtl"' in mail.outbox[0].alternatives[0][0]


def test_other_apps_send_with_their_own_templates(student):
    services.send_templated_mail(
        user=student, template="accounts_welcome", context={"action_url": "http://x"}, message_id="<a@b>"
    )
    assert mail.outbox[0].extra_headers == {"Message-ID": "<a@b>"}
