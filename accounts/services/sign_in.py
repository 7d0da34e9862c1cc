"""Who signs in with a password: one function behind page, API and admin."""

import structlog
from django.conf import settings
from django.contrib.auth.hashers import check_password

from accounts.exceptions import AccountInactive, BadCredentials, Busy, EmailNotVerified, TooManyAttempts
from accounts.models import User
from accounts.services.attempts import book, password_of
from accounts.services.email_proof import send_confirmation_if_allowed
from accounts.validators import MAX_LENGTH

log = structlog.get_logger("security")


def sign_in(*, email: str, password: str) -> User:
    """Return the person whose e-mail and password these are.

    Every call counts as a try until the password proves right; the address comes from the request at hand.
    Raises TooManyAttempts, Busy, BadCredentials (unknown and wrong look alike), then AccountInactive and, where
    proof is mandatory, EmailNotVerified, which also sends a new link. Opens no session.
    """
    email = User.clean_email(email)
    try:
        booking = book(password_of(email), email=email)
    except TooManyAttempts:
        log.warning("sign_in_locked")
        raise
    user = User.objects.with_email_verified().filter(email=email).first()
    try:
        fits = _password_fits(user, password)
    except Busy:
        booking.cancel()
        raise
    if user is None or not fits:
        log.warning("sign_in_failed", user=str(user.pk) if user else None)
        raise BadCredentials(booking.tries_left())
    booking.succeed()
    refuse_state(user)
    log.info("sign_in", user=str(user.pk))
    return user


def _password_fits(user: User | None, password: str) -> bool:
    """One hash in every case, so that time does not tell unknown, unusable and wrong apart."""
    if len(password) > MAX_LENGTH:
        return False  # never anybody's, and the same for everybody
    return user.check_password(password) if user else check_password(password, "")


def refuse_state(user: User) -> None:
    """Let nobody in whose account is not open, after whatever proved who they are.

    Raises AccountInactive and, where proof is mandatory, EmailNotVerified, which also sends a new link.
    """
    if not user.is_active:
        log.warning("sign_in_inactive", user=str(user.pk))
        raise AccountInactive
    if settings.EMAIL_VERIFICATION == "mandatory" and not user.email_verified:
        send_confirmation_if_allowed(user)
        raise EmailNotVerified
