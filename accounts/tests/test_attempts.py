"""The two ceilings beside the lock on account and address: what they count, whom they spare, and that they hold."""

from contextlib import contextmanager
from datetime import timedelta
from importlib import import_module
from ipaddress import ip_network

import pytest
import time_machine
from django.utils import timezone

from accounts import services
from accounts.exceptions import BadCredentials, Busy, PasswordWrong, TooManyAttempts
from accounts.models import OutgoingMail, SignInRecord, User
from accounts.services import attempts
from accounts.tests.factories import PASSWORD, UserFactory
from lms.lib.context import RequestFacts, request_facts

pytestmark = pytest.mark.django_db


@contextmanager
def at(ip):
    """Come from this address."""
    token = request_facts.set(RequestFacts(ip=ip))
    try:
        yield
    finally:
        request_facts.reset(token)


def sign_in(email, password=PASSWORD, ip="192.0.2.1"):
    with at(ip):
        return services.sign_in(email=email, password=password)


def fail(email, ip="192.0.2.1"):
    with pytest.raises(BadCredentials):
        sign_in(email, "Wrong-1!", ip)


def fail_everywhere(email, count=attempts.ACCOUNT_FAILURES):
    for number in range(count):
        fail(email, ip=f"198.51.100.{number}")


def ceiling(**row):
    return SignInRecord.objects.get(**row).failures


def test_hundred_failures_from_one_address_stop_strangers_and_spare_who_was_in_before(student, classmate):
    sign_in(student.email)
    for number in range(200):
        if number < attempts.ADDRESS_FAILURES:
            fail(f"nobody{number}@example.com")
        else:
            with pytest.raises(TooManyAttempts):
                sign_in(f"nobody{number}@example.com", "Wrong-1!")
    assert sign_in(student.email) == student  # was in there within 30 days
    with pytest.raises(TooManyAttempts):
        sign_in(classmate.email)  # never there, and the right password is not looked at
    assert sign_in(classmate.email, ip="192.0.2.2") == classmate
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        for number in range(attempts.ADDRESS_FAILURES):
            fail(f"nobody{number}@example.com")
        with pytest.raises(TooManyAttempts):
            sign_in(student.email)  # too long ago by now


def test_a_full_ceiling_counts_nothing_more_and_ends_by_itself(classmate):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for number in range(attempts.ADDRESS_FAILURES):
            fail(f"nobody{number}@example.com")
        clock.shift(timedelta(minutes=14))
        with pytest.raises(TooManyAttempts) as refusal:
            sign_in(classmate.email)
        assert refusal.value.headers["Retry-After"] == "60"
        assert (
            set(SignInRecord.objects.exclude(account_key="*").filter(failures__gt=1).values_list("failures"))
            == set()
        )
        clock.shift(timedelta(minutes=1))
        assert sign_in(classmate.email) == classmate


def test_trusted_networks_have_no_ceiling_of_the_address(settings, classmate):
    settings.TRUSTED_NETWORKS = [ip_network("192.0.2.0/24"), ip_network("2001:db8::/48")]
    for ip in ("192.0.2.7", "::ffff:192.0.2.7", "2001:db8::7"):
        for number in range(attempts.ADDRESS_FAILURES // 2):
            fail(f"nobody{number}-{ip[:4]}@example.com", ip)
        assert sign_in(classmate.email, ip=ip) == classmate
    assert not SignInRecord.objects.filter(account_key="*").exists()


def test_hundred_failures_on_one_account_stop_new_addresses_and_tell_the_owner_once(student, sent):
    sign_in(student.email, ip="203.0.113.1")
    with sent() as mails:
        fail_everywhere(student.email)
        for ip in ("203.0.113.7", "203.0.113.8", "203.0.113.7"):
            with pytest.raises(TooManyAttempts) as refusal:
                sign_in(student.email, ip=ip)
    assert 86_000 < int(refusal.value.headers["Retry-After"]) <= 86_400
    assert "24 hours" in str(refusal.value)
    assert sign_in(student.email, ip="203.0.113.1") == student  # where the owner is known
    assert OutgoingMail.objects.get().kind == "under_attack"
    assert [m.to for m in mails] == [[student.email]]
    assert "/accounts/password/reset/key/" in mails[0].body


def test_a_reset_lets_the_owner_in_again_from_anywhere(student):
    from accounts.links import reset_link

    fail_everywhere(student.email)
    with pytest.raises(TooManyAttempts):
        sign_in(student.email, ip="203.0.113.7")
    token = reset_link(student).rstrip("/").rpartition("/")[2]
    services.reset_password(token=token, new_password="Beacon-43-lit")
    assert sign_in(student.email, "Beacon-43-lit", ip="203.0.113.7") == student


def test_unknown_accounts_have_the_same_ceiling_and_no_mail():
    fail_everywhere("nobody@example.com")
    with pytest.raises(TooManyAttempts):
        sign_in("nobody@example.com", ip="203.0.113.7")
    assert not OutgoingMail.objects.exists()


def test_only_failures_count(student):
    for _ in range(3):
        sign_in(student.email)
    fail("nobody@example.com")
    assert ceiling(account_key="*") == 1
    assert set(SignInRecord.objects.filter(address="*").values_list("failures", flat=True)) == {0, 1}


def test_nobody_looked_so_nothing_counts(student, monkeypatch):
    def busy(self, raw):
        raise Busy

    monkeypatch.setattr(User, "check_password", busy)
    with pytest.raises(Busy):
        sign_in(student.email)
    assert set(SignInRecord.objects.values_list("failures", flat=True)) == {0}


def test_the_present_password_is_guarded_by_the_same_counter(student):
    with at("192.0.2.1"):
        for _ in range(10):
            with pytest.raises(PasswordWrong):
                services.confirm_password(user=student, password="Wrong-1!")
        with pytest.raises(TooManyAttempts):
            services.confirm_password(user=student, password=PASSWORD)
    with pytest.raises(TooManyAttempts):
        sign_in(student.email)


def test_a_guard_may_have_a_limit_of_its_own(student):
    with at("192.0.2.1"):
        for _ in range(5):
            services.book(f"mfa:{student.pk}", email=student.email, limit=5)
        with pytest.raises(TooManyAttempts):
            services.book(f"mfa:{student.pk}", email=student.email, limit=5)
    assert sign_in(student.email) == student


def test_what_it_costs(student, max_queries):
    with max_queries(4):  # a new pair: one look, and three counters that begin
        first = services.book("one", email=student.email)
    with max_queries(3):
        first.succeed()
    with max_queries(2):
        again = services.book("one", email=student.email)  # known here: no ceiling is asked
    with max_queries(1):
        again.succeed()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("who", ["one address, many accounts", "one account, many addresses"])
def test_ceilings_hold_in_parallel(race, monkeypatch, who):
    monkeypatch.setattr(attempts, "ADDRESS_FAILURES", 5)
    monkeypatch.setattr(attempts, "ACCOUNT_FAILURES", 5)
    UserFactory(email="owner@example.com")
    looked = []
    monkeypatch.setattr(User, "check_password", lambda self, raw: looked.append(1))
    module = import_module("accounts.services.sign_in")
    monkeypatch.setattr(module, "check_password", lambda raw, encoded: looked.append(1))

    def guess(number):
        if who.startswith("one address"):
            return lambda: sign_in(f"nobody{number}@example.com")
        return lambda: sign_in("owner@example.com", ip=f"198.51.100.{number}")

    results = race(*[guess(number) for number in range(20)])
    assert len(looked) == 5
    assert sum(isinstance(r, TooManyAttempts) for r in results) == 15, results
    assert OutgoingMail.objects.count() == (who.startswith("one account"))
    limits = SignInRecord.objects.filter(account_key="*") | SignInRecord.objects.filter(address="*")
    assert limits.order_by("-failures").first().failures in (5, 6)  # one past it says that the owner knows


@pytest.mark.django_db(transaction=True)
def test_a_class_signs_in_at_once_from_one_address(race):
    people = [UserFactory() for _ in range(16)]
    calls = [lambda email=person.email: sign_in(email) for person in people]
    assert sorted(user.email for user in race(*calls)) == sorted(person.email for person in people)
    assert ceiling(account_key="*") == 0
