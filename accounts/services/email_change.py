"""People who change their own e-mail. The old one stays the login until the new one is proven."""

from datetime import timedelta

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.exceptions import InvalidFields
from accounts.models import OutgoingMail, User
from accounts.services.attempts import throttle
from accounts.services.checks import refuse, value_errors
from accounts.services.email_proof import expect_new_email, set_unproven_email
from accounts.services.mails import queue_mail
from accounts.services.passwords import confirm_password
from accounts.services.registration import refuse_taken
from lms.lib.errors import FieldError

CHANGES_PER_DAY = 5  # mails to addresses that a person merely names
Kind = OutgoingMail.Kind
log = structlog.get_logger("security")


def request_email_change(*, user: User, new_email: str, password: str) -> bool:
    """Mail a link to the new address and a notice to the old one; return whether the e-mail changed at once.

    That is so where EMAIL_VERIFICATION is `none`; else it changes when the link is opened. Raises what
    `confirm_password` raises, InvalidFields (also `email_unchanged`), EmailTaken, and Throttled after five a day.
    """
    email = User.clean_email(new_email)
    refuse(_errors(user, email))
    confirm_password(user=user, password=password)
    if User.objects.filter(email=email).exists():
        refuse_taken("new_email")
    throttle(f"email changes:{user.pk}", limit=CHANGES_PER_DAY, window=timedelta(days=1), everywhere=True)
    if settings.EMAIL_VERIFICATION == "none":
        _change_now(user, email)
        return True
    with transaction.atomic():
        expect_new_email(user, email)
        queue_mail(user=user, kind=Kind.EMAIL_CHANGE, key=email)
        queue_mail(user=user, kind=Kind.EMAIL_CHANGE_ASKED, key=user.email)
    log.info("email_change_asked", user=str(user.pk))
    return False


def _errors(user: User, email: str) -> list[FieldError]:
    found = value_errors(User(email=email), ["email"])
    if not found and email == user.email:
        found = [FieldError("email", "email_unchanged", _("This is your e-mail already."))]
    return [FieldError("new_email", error.code, error.message) for error in found]


def _change_now(user: User, email: str) -> None:
    old = user.email
    try:
        with transaction.atomic():
            rows = User.objects.filter(pk=user.pk, email=old)
            if not rows.update(email=email, updated_at=timezone.now()):
                sentence = _("Your e-mail was changed a moment ago. Load the page again.")
                raise InvalidFields([FieldError("new_email", "stale", sentence)])
            user.email = email
            set_unproven_email(user)
            queue_mail(user=user, kind=Kind.EMAIL_CHANGED, key=old)
    except IntegrityError:
        user.email = old
        refuse_taken("new_email")  # two at once: the constraint decided
    log.info("email_changed", user=str(user.pk))
