"""Changing and resetting passwords. The new hash goes in by one UPDATE that still finds the old one."""

from contextlib import suppress
from datetime import timedelta

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.exceptions import Busy, LinkInvalid, PasswordWrong, Throttled
from accounts.links import user_of_password_token
from accounts.models import LoginSession, OutgoingMail, User
from accounts.services.attempts import book, forgive, password_of, throttle
from accounts.services.checks import password_errors, refuse
from accounts.services.email_proof import prove_email
from accounts.services.first_proof import forget_earlier_setup
from accounts.services.mails import queue_mail
from accounts.services.sessions import end_sessions
from lms.lib.errors import FieldError

HOUR = timedelta(hours=1)
RESETS_PER_PERSON, RESETS_PER_ADDRESS = 5, 100  # an hour
Kind = OutgoingMail.Kind
log = structlog.get_logger("security")


def confirm_password(*, user: User, password: str, field: str = "password") -> None:
    """Have a signed-in person prove once more that they know their password, before something that matters.

    The tries are those of signing in. Raises TooManyAttempts, Busy, PasswordWrong at `field`.
    """
    booking = book(password_of(user.email), email=user.email)
    try:
        is_right = user.check_password(password)
    except Busy:
        booking.cancel()
        raise
    if not is_right:
        log.warning("password_check_failed", user=str(user.pk))
        raise PasswordWrong(field)
    booking.succeed()


def change_password(
    *,
    user: User,
    current_password: str,
    new_password: str,
    keep: LoginSession | None = None,
    keep_browser: str = "",
) -> None:
    """Set a new password; every login ends but the one that did it (an API login, or a browser's session key).

    Raises TooManyAttempts, Busy, PasswordWrong, InvalidFields (each broken rule, or `password_unchanged`).
    """
    confirm_password(user=user, password=current_password, field="current_password")
    refuse(_new_password_errors(user, new_password))
    old_hash = user.password
    user.set_password(new_password)
    with transaction.atomic():
        if not _swap_hash(user, old_hash):
            raise PasswordWrong  # somebody else changed it in between
        end_sessions(
            user=user, reason=LoginSession.Reason.PASSWORD_CHANGED, keep=keep, keep_browser=keep_browser
        )
        queue_mail(user=user, kind=Kind.PASSWORD_CHANGED)
    log.info("password_changed", user=str(user.pk))


def request_password_reset(*, email: str) -> None:
    """Mail a link to set a new password, at most five an hour; says nothing about whether anybody has it.

    Raises Throttled after 100 requests an hour from one address.
    """
    throttle("password resets", limit=RESETS_PER_ADDRESS, window=HOUR)
    user = User.objects.active().filter(email=User.clean_email(email)).first()
    if user is None:
        return
    with suppress(Throttled):  # the answer is the same
        throttle(f"password resets:{user.pk}", limit=RESETS_PER_PERSON, window=HOUR, everywhere=True)
        queue_mail(user=user, kind=Kind.PASSWORD_RESET)


def reset_password(*, token: str, new_password: str) -> User:
    """Set the password with the token of a reset or invitation link; of several uses one wins.

    The link reached the mailbox, so the e-mail is proven too; if that is the first proof, whatever was set up
    before goes. Every login ends, nobody is signed in. Raises LinkInvalid, InvalidFields.
    """
    user = user_of_password_token(token)
    if user is None:
        raise LinkInvalid("token")
    refuse(password_errors(new_password, user, "new_password"))
    old_hash = user.password
    user.set_password(new_password)
    with transaction.atomic():
        if not _swap_hash(user, old_hash):
            raise LinkInvalid("token")
        if not user.email_verified:
            forget_earlier_setup(user=user)
        prove_email(user=user)
        end_sessions(user=user, reason=LoginSession.Reason.PASSWORD_RESET)
        queue_mail(user=user, kind=Kind.PASSWORD_CHANGED)
    forgive(password_of(user.email))
    log.info("password_reset", user=str(user.pk))
    return user


def _swap_hash(user: User, old_hash: str) -> bool:
    return bool(User.objects.filter(pk=user.pk, password=old_hash).update(password=user.password))


def _new_password_errors(user: User, new_password: str) -> list[FieldError]:
    errors = password_errors(new_password, user, "new_password")
    if not errors and user.check_password(new_password):
        errors = [
            FieldError(
                "new_password", "password_unchanged", _("Choose a password other than the present one.")
            )
        ]
    return errors
