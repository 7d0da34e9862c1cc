"""Proving that an e-mail belongs to its person."""

from datetime import timedelta

import structlog
from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.exceptions import AlreadyVerified, EmailTaken, LinkInvalid, Throttled
from accounts.links import address_of_confirmation
from accounts.models import OutgoingMail, User
from accounts.services.mails import queue_mail, sent_since

RESEND_PAUSE = timedelta(minutes=1)
RESEND_PER_DAY = 5
log = structlog.get_logger("security")


def confirm_email(*, key: str) -> EmailAddress:
    """Mark the e-mail of a confirmation link as proven and return it; a new e-mail becomes the login by it.

    Raises AlreadyVerified for a link that was used, LinkInvalid for one that is too old, broken, or was
    replaced by another, EmailTaken when somebody else has the new e-mail meanwhile.
    """
    address = address_of_confirmation(key)
    if address is None or not address.user.is_active:
        raise LinkInvalid("key")
    if address.verified:
        raise AlreadyVerified
    if address.email != address.user.email:
        return _take_new_email(address)
    try:
        with transaction.atomic():
            EmailAddress.objects.filter(pk=address.pk).update(verified=True)
    except IntegrityError:  # somebody else proved the same address first
        raise LinkInvalid("key") from None
    address.verified = True
    return address


def _take_new_email(address: EmailAddress) -> EmailAddress:
    user, old = address.user, address.user.email
    try:
        with transaction.atomic():
            now = timezone.now()
            # The compare-and-swap: of two links, or a link and an admin's change, one wins.
            if not User.objects.filter(pk=user.pk, email=old).update(email=address.email, updated_at=now):
                raise LinkInvalid("key")
            EmailAddress.objects.filter(user=user).exclude(pk=address.pk).delete()
            if not EmailAddress.objects.filter(pk=address.pk).update(verified=True, primary=True):
                raise LinkInvalid("key")
            queue_mail(user=user, kind=OutgoingMail.Kind.EMAIL_CHANGED, key=old)
    except IntegrityError:
        raise EmailTaken("key") from None
    user.email, user.email_verified, address.verified = address.email, True, True
    log.info("email_changed", user=str(user.pk))
    return address


def pending_email(user: User) -> EmailAddress | None:
    """Return the new e-mail that waits for its link to be opened, if there is one."""
    return EmailAddress.objects.filter(user=user, verified=False).exclude(email=user.email).first()


def expect_new_email(user: User, email: str) -> None:
    """Keep `email` as the one address that may become the login; links of an earlier one die."""
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
    EmailAddress.objects.create(user=user, email=email, primary=False, verified=False)


def prove_email(*, user: User) -> None:
    """Mark a person's e-mail as proven: another mail reached them, or whoever made the account vouches.

    Pending changes of the e-mail go: whoever asked for them may have been somebody else.
    """
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"primary": True, "verified": True}
    )
    user.email_verified = True


def set_unproven_email(user: User) -> None:
    """Keep the person's e-mail as the one address that waits for proof."""
    EmailAddress.objects.filter(user=user).delete()
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
    user.email_verified = False


def resend_confirmation(*, user: User) -> None:
    """Send the confirmation link once more.

    Raises AlreadyVerified, and Throttled within a minute of the last one or after five a day.
    """
    if user.email_verified:
        raise AlreadyVerified
    wait = _wait_before_next(user)
    if wait:
        raise Throttled(timezone.now() + wait)
    _send(user)


def send_confirmation_if_allowed(user: User) -> None:
    """As `resend_confirmation`, but says nothing when it is too early: somebody only tried to sign in."""
    if not _wait_before_next(user):
        _send(user)


def _send(user: User) -> None:
    EmailAddress.objects.get_or_create(
        user=user, email=user.email, defaults={"primary": True, "verified": False}
    )
    queue_mail(user=user, kind=OutgoingMail.Kind.VERIFY)


def _wait_before_next(user: User) -> timedelta | None:
    now = timezone.now()
    kind = OutgoingMail.Kind.VERIFY
    if sent_since(user, kind, now - timedelta(days=1)) > RESEND_PER_DAY:  # the first came with the sign-up
        return timedelta(days=1)
    return RESEND_PAUSE if sent_since(user, kind, now - RESEND_PAUSE) else None
