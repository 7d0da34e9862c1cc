"""Codes of second factors: which are right, and that each counts once."""

import time
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.utils import timezone

from accounts import services
from accounts.encryption import decrypt
from accounts.exceptions import MfaCodeInvalid, TooManyAttempts
from accounts.models import OutgoingMail
from accounts.tests.factories import UserFactory, prove


def code_of(secret, *, steps=0):
    """Return what an authenticator app shows, some steps of 30 seconds from now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def turn_on(person):
    """Set up an authenticator app a minute ago; return its secret."""
    prove(person)
    person.__dict__.pop("email_verified", None)
    with time_machine.travel(timezone.now() - timedelta(minutes=2), tick=False):
        secret = services.start_totp(user=person).secret
        services.confirm_totp(user=person, code=code_of(secret))
    return secret


@pytest.mark.django_db
@pytest.mark.parametrize(("steps", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_holds_for_its_step_and_one_on_either_side(student, steps, fits):
    secret = turn_on(student)
    with time_machine.travel(timezone.now(), tick=False):
        code = code_of(secret, steps=steps)
        if fits:
            services.check_code(user=student, code=code)
        else:
            with pytest.raises(MfaCodeInvalid):
                services.check_code(user=student, code=code)


@pytest.mark.django_db
def test_a_code_works_once_and_so_does_none_before_it(student):
    secret = turn_on(student)
    with time_machine.travel(timezone.now(), tick=False):
        services.check_code(user=student, code=code_of(secret))
        for steps in (0, -1):
            with pytest.raises(MfaCodeInvalid):
                services.check_code(user=student, code=code_of(secret, steps=steps))
        services.check_code(user=student, code=code_of(secret, steps=1))


@pytest.mark.django_db
def test_the_code_that_set_the_app_up_is_used(student):
    prove(student)
    with time_machine.travel(timezone.now(), tick=False):
        secret = services.start_totp(user=student).secret
        services.confirm_totp(user=student, code=code_of(secret))
        with pytest.raises(MfaCodeInvalid):
            services.check_code(user=student, code=code_of(secret))


@pytest.mark.django_db
def test_digits_of_any_script_and_blanks_are_read(student):
    secret = turn_on(student)
    with time_machine.travel(timezone.now(), tick=False):
        eastern = code_of(secret).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
        services.check_code(user=student, code=f" {eastern[:3]} {eastern[3:]} ")


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["", "000000", "12345678", "x" * 5000, "²²²²²²", "\0", "-1"])
def test_nonsense_is_refused(student, code):
    turn_on(student)
    rows = list(Authenticator.objects.values("pk", "data"))
    with pytest.raises(MfaCodeInvalid):
        services.check_code(user=student, code=code)
    assert list(Authenticator.objects.values("pk", "data")) == rows


@pytest.mark.django_db
def test_a_recovery_code_works_once_and_its_owner_is_told(student):
    turn_on(student)
    codes = services.show_recovery_codes(user=student)
    assert len(set(codes)) == 10
    services.check_code(user=student, code=codes[3])
    with pytest.raises(MfaCodeInvalid):
        services.check_code(user=student, code=codes[3])
    services.check_code(user=student, code=codes[4])
    assert services.factors_of(student).recovery_codes_left == 8
    kind = OutgoingMail.Kind.RECOVERY_CODE_USED
    assert sorted(OutgoingMail.objects.filter(kind=kind).values_list("key", flat=True)) == ["8", "9"]


@pytest.mark.django_db
def test_recovery_codes_are_shown_once(student):
    turn_on(student)
    assert services.show_recovery_codes(user=student)
    assert services.show_recovery_codes(user=student) == []


@pytest.mark.django_db
def test_five_wrong_codes_pause_and_the_right_one_is_refused_too(student):
    secret = turn_on(student)
    for _ in range(5):
        with pytest.raises(MfaCodeInvalid):
            services.check_code(user=student, code="000000")
    with pytest.raises(TooManyAttempts):
        services.check_code(user=student, code=code_of(secret))
    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
        services.check_code(user=student, code=code_of(secret))


@pytest.mark.django_db
def test_secrets_are_unreadable_in_the_database(student):
    secret = turn_on(student)
    codes = services.show_recovery_codes(user=student)
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in kept
    assert not any(code in kept for code in codes)
    row = Authenticator.objects.get(type="totp")
    assert decrypt(row.data["secret"]) == secret


@pytest.mark.django_db
def test_a_former_secret_key_still_reads_and_a_lost_one_is_a_refusal(student, settings):
    secret = turn_on(student)
    former = settings.SECRET_KEY
    settings.SECRET_KEY = "another-" + "k" * 60
    with pytest.raises(MfaCodeInvalid):
        services.check_code(user=student, code=code_of(secret))
    settings.SECRET_KEY_FALLBACKS = [former]
    services.check_code(user=student, code=code_of(secret, steps=1))


def _tried_at_once(race, person, codes):
    def attempt(code):
        def call():
            # Waits for its turn at the row; the limit of tries is another matter.
            services.check_code(user=person, code=code)
            return code

        return call

    return race(*(attempt(code) for code in codes))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["totp", "recovery"])
def test_ten_at_once_with_one_code_are_one(race, monkeypatch, kind):
    monkeypatch.setattr("accounts.services.codes.TRIES", 100)
    person = UserFactory()
    secret = turn_on(person)
    code = code_of(secret) if kind == "totp" else services.show_recovery_codes(user=person)[0]
    results = _tried_at_once(race, person, [code] * 10)
    assert results.count(code) == 1
    assert [type(r) for r in results if r != code] == [MfaCodeInvalid] * 9
    told = OutgoingMail.objects.filter(kind=OutgoingMail.Kind.RECOVERY_CODE_USED).count()
    assert told == (1 if kind == "recovery" else 0)


@pytest.mark.django_db(transaction=True)
def test_ten_recovery_codes_at_once_all_count(race, monkeypatch):
    monkeypatch.setattr("accounts.services.codes.TRIES", 100)
    person = UserFactory()
    turn_on(person)
    codes = services.show_recovery_codes(user=person)
    results = _tried_at_once(race, person, codes)
    assert sorted(results) == sorted(codes)
    assert services.factors_of(person).recovery_codes_left == 0
