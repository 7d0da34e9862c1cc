"""The codes of second factors: each counts once, of whatever number of tries at once."""

import time
import unicodedata
from collections.abc import Iterator
from datetime import datetime

import structlog
from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.encryption import Unreadable, decrypt
from accounts.exceptions import MfaCodeInvalid
from accounts.models import OutgoingMail, User
from accounts.services.attempts import Booking, book
from accounts.services.mails import queue_mail

TRIES = 5  # at codes of one person from one address, before a pause
Type = Authenticator.Type
log = structlog.get_logger("security")


def book_code(user: User) -> Booking:
    """Count a try at a person's codes, before one is looked at; raise TooManyAttempts."""
    return book(f"mfa:{user.pk}", email=user.email, limit=TRIES)


def check_code(*, user: User, code: str) -> None:
    """Use up a code of the person's authenticator app, or a recovery code; the owner is told of the latter.

    Raises TooManyAttempts after five wrong ones, MfaCodeInvalid for one that does not fit or was used.
    """
    booking = book_code(user)
    digits, now = clean_code(code), timezone.now()
    try:
        fits = _use_totp(user, digits, now) or _use_recovery_code(user, digits, now)
    except Unreadable:
        log.error("second_factor_unreadable", user=str(user.pk))
        fits = False
    if not fits:
        log.warning("second_factor_failed", user=str(user.pk))
        raise MfaCodeInvalid
    booking.succeed()
    log.info("second_factor", user=str(user.pk))


def clean_code(code: str) -> str:
    """Return the digits of what was typed, of any script, as 0 to 9."""
    return "".join(str(unicodedata.digit(sign)) for sign in code if unicodedata.digit(sign, -1) >= 0)


def step_of_code(secret: str, digits: str) -> int | None:
    """Return the time step (RFC 6238, 30 seconds) of which this is the code: now, the one before or after."""
    for step in _steps_now():
        if constant_time_compare(format_hotp_value(hotp_value(secret, step)), digits):
            return step
    return None


def _steps_now() -> Iterator[int]:
    now = int(time.time()) // app_settings.TOTP_PERIOD
    tolerance = app_settings.TOTP_TOLERANCE
    return iter(range(now - tolerance, now + tolerance + 1))


def _use_totp(user: User, digits: str, now: datetime) -> bool:
    row = Authenticator.objects.filter(user=user, type=Type.TOTP).first()
    step = step_of_code(decrypt(row.data["secret"]), digits) if row else None
    if row is None or step is None:
        return False
    # The compare-and-swap: of several with the same code one moves the last accepted step.
    unused = Authenticator.objects.filter(pk=row.pk, data__last_step__lt=step)
    return bool(unused.update(data={**row.data, "last_step": step}, last_used_at=now))


def _use_recovery_code(user: User, digits: str, now: datetime) -> bool:
    while row := Authenticator.objects.filter(user=user, type=Type.RECOVERY_CODES).first():
        mask = row.data["used_mask"]
        bit = _bit_of_code(row, digits)
        if bit is None or mask & bit:
            return False
        with transaction.atomic():
            # The compare-and-swap; who loses looks again, since it may have been another code that was used.
            unchanged = Authenticator.objects.filter(
                pk=row.pk, data__used_mask=mask, data__shown=row.data["shown"]
            )
            if unchanged.update(data={**row.data, "used_mask": mask | bit}, last_used_at=now):
                left = codes_left(mask | bit)
                queue_mail(user=user, kind=OutgoingMail.Kind.RECOVERY_CODE_USED, key=str(left))
                return True
    return False


def _bit_of_code(row: Authenticator, digits: str) -> int | None:
    for index, known in enumerate(row.wrap().generate_codes()):
        if constant_time_compare(known, digits):
            return 1 << index
    return None


def codes_left(used_mask: int) -> int:
    """Return how many recovery codes are unused; `used_mask` has a bit for each used one."""
    return int(app_settings.RECOVERY_CODE_COUNT) - used_mask.bit_count()
