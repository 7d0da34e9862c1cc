"""Between the password and the second factor: half signed in, which opens nothing."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core import signing
from django.utils.crypto import constant_time_compare

from accounts.exceptions import AccountInactive, MfaRequired, MfaTokenInvalid
from accounts.models import User
from accounts.services.codes import check_code
from accounts.services.mfa import factors_of

LIFE = timedelta(minutes=5)
SALT = "accounts.second_step"


@dataclass(frozen=True)
class FirstStep:
    """Who gave the right password, and how they want their refresh token."""

    user: User
    refresh_in_cookie: bool


def require_second_step(user: User, *, refresh_in_cookie: bool) -> None:
    """Raise MfaRequired when this person, whose password was right, has a second factor."""
    factors = factors_of(user)
    if factors.is_on:
        claims = {"user": str(user.pk), "password": password_mark(user), "cookie": refresh_in_cookie}
        raise MfaRequired(signing.dumps(claims, salt=SALT), factors.methods)


def take_second_step(*, mfa_token: str, code: str) -> FirstStep:
    """Finish signing in with a code of the authenticator app or a recovery code.

    Raises MfaTokenInvalid (older than five minutes, or the password changed since), AccountInactive,
    TooManyAttempts, MfaCodeInvalid. Opens no session.
    """
    step = _read(mfa_token)
    if not step.user.is_active:
        raise AccountInactive
    check_code(user=step.user, code=code)
    return step


def password_mark(user: User) -> str:
    """Return what changes with the person's password, and tells nothing about it."""
    return user.get_session_auth_hash()


def _read(mfa_token: str) -> FirstStep:
    try:
        claims: dict[str, Any] = signing.loads(mfa_token, salt=SALT, max_age=LIFE)
    except signing.BadSignature:
        raise MfaTokenInvalid from None
    user = User.objects.with_email_verified().filter(pk=uuid.UUID(claims["user"])).first()
    if user is None or not constant_time_compare(claims["password"], password_mark(user)):
        raise MfaTokenInvalid
    return FirstStep(user, claims["cookie"])
