"""The links that mails carry: made when a mail is sent, read when one is opened. None is stored."""

from datetime import timedelta

from allauth.account import app_settings
from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import url_str_to_user_pk, user_pk_to_url_str
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.models import User

INVITATION_LIFE = timedelta(days=7)


def site_link(path: str) -> str:
    """Return the public address of a path; never made from the Host header."""
    return f"{settings.SITE_URL}{path}"


def confirmation_link(address: EmailAddress) -> str:
    """Return the link that proves an e-mail; it lives as long as ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS says."""
    key = EmailConfirmationHMAC(address).key
    return site_link(reverse("account_confirm_email", args=[key]))


def address_of_confirmation(key: str) -> EmailAddress | None:
    """Return the e-mail that a confirmation key proves, proven already or not; None for a dead key."""
    life = timedelta(days=app_settings.EMAIL_CONFIRMATION_EXPIRE_DAYS)
    try:
        pk = signing.loads(key, salt=app_settings.SALT, max_age=life)
    except signing.BadSignature:
        return None
    return EmailAddress.objects.select_related("user").filter(pk=pk).first()


def reset_link(user: User) -> str:
    """Return the link to set a new password; it dies with use, sign-in, and any change of password or e-mail."""
    return _password_link(user, default_token_generator.make_token(user))


def invitation_link(user: User) -> str:
    """Return the link of an invited person to set the first password: a reset link that lives for 7 days."""
    extra = INVITATION_LIFE - timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
    # Dated ahead: the check compares its age with PASSWORD_RESET_TIMEOUT, which is for those who asked themselves.
    made_at = default_token_generator._num_seconds(default_token_generator._now() + extra)
    token = default_token_generator._make_token_with_timestamp(user, made_at, settings.SECRET_KEY)
    return _password_link(user, token)


def _password_link(user: User, token: str) -> str:
    values = {"uidb36": user_pk_to_url_str(user), "key": token}
    return site_link(reverse("account_reset_password_from_key", kwargs=values))


def user_of_password_token(token: str) -> User | None:
    """Return the active person whose password the token `<uid>-<key>` may set, else None."""
    uid, _, key = token.partition("-")
    try:
        user = User.objects.active().filter(pk=url_str_to_user_pk(uid)).first()
    except (ValueError, ValidationError):
        return None
    return user if user is not None and default_token_generator.check_token(user, key) else None
