"""New accounts: those who sign up, and those an admin makes."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NoReturn

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.exceptions import EmailTaken, RegistrationClosed
from accounts.models import OutgoingMail, User
from accounts.models.audit import record
from accounts.models.users import default_locale, default_time_zone
from accounts.services.attempts import throttle
from accounts.services.checks import assign, password_errors, refuse, value_errors
from accounts.services.email_proof import prove_email, set_unproven_email
from accounts.services.instructors import ensure_instructor_profile
from accounts.services.mails import queue_mail, sent_since
from lms.lib.errors import FieldError

REMINDERS_PER_HOUR = 5  # to one owner: somebody else's tries must not fill a mailbox
TAKEN_PER_HOUR = 20  # from one address: more is somebody who tries out who has an account
FIELDS = ["email", "full_name", "role", "locale", "time_zone"]
Kind = OutgoingMail.Kind
log = structlog.get_logger("security")


def register(
    *, email: str, password: str, full_name: str, locale: str = "", time_zone: str = ""
) -> User | None:
    """Make a student's account and send the first mail.

    Returns the account; None when the e-mail is known and EMAIL_VERIFICATION=mandatory leaves that to its
    owner, who gets a mail. Raises RegistrationClosed, InvalidFields, EmailTaken, Throttled.
    """
    if not settings.REGISTRATION_OPEN:
        raise RegistrationClosed
    user = _draft(email=email, full_name=full_name, locale=locale, time_zone=time_zone)
    refuse(_errors(user, password) + domain_errors(user.email))
    user.set_password(password)  # outside the transaction: hashing is slow, and SQLite has one writer
    try:
        with transaction.atomic():
            _insert(user)
            queue_mail(user=user, kind=_first_mail())
    except IntegrityError:
        _refuse_taken(user.email)
        return None
    log.info("registered", user=str(user.pk))
    return user


def register_without_password(*, email: str, names: Sequence[str], locale: str = "") -> User:
    """Make a student's account for somebody who signs in another way, in the caller's transaction.

    `names` are tried in turn: the first that can be a name is taken. Raises InvalidFields for the e-mail, and
    IntegrityError when it has an account.
    """
    user = _draft(email=email, full_name=next(iter(names), ""), locale=locale)
    for name in names:
        assign(user, {"full_name": name[:255]})
        if not value_errors(user, ["full_name"]):
            break
    refuse(_errors(user, None))
    user.set_password(None)
    _insert(user)
    return user


def add_user(
    *, by: User | None, email: str, password: str | None = None, invite: bool = True, **values: Any
) -> User:
    """Make an account of any role (values: full_name, role, locale, time_zone) as an admin.

    Without a password the person is invited by mail to set one, unless `invite` is false: then a link is sent
    later, by hand or by "forgot". `by=None` is the system itself, whose accounts are proven. Raises
    InvalidFields, EmailTaken.
    """
    user = _draft(email=email, **values)
    refuse(_errors(user, password))
    user.set_password(password)
    try:
        with transaction.atomic():
            _insert(user)
            if by is None:
                prove_email(user=user)
            if user.role == User.Role.INSTRUCTOR:
                ensure_instructor_profile(user=user)
            if password is None and invite:
                queue_mail(user=user, kind=Kind.INVITATION)
            record(by=by, action="user.created", target=user, data={"role": [None, user.role]})
    except IntegrityError as error:
        raise EmailTaken from error
    return user


def _draft(*, email: str, locale: str = "", time_zone: str = "", **values: Any) -> User:
    user = User(
        email=User.clean_email(email),
        locale=locale or default_locale(),
        time_zone=time_zone or default_time_zone(),
    )
    assign(user, values)
    return user


def _errors(user: User, password: str | None) -> list[FieldError]:
    errors = value_errors(user, FIELDS)
    return errors if password is None else errors + password_errors(password, user, "password")


def _insert(user: User) -> None:
    # The constraint decides: of two registrations at once the second fails here.
    user.save(force_insert=True)
    set_unproven_email(user)


def _first_mail() -> OutgoingMail.Kind:
    return Kind.WELCOME if settings.EMAIL_VERIFICATION == "none" else Kind.VERIFY


def domain_errors(email: str) -> list[FieldError]:
    """Return what REGISTRATION_EMAIL_DOMAINS says against an address, as it is stored."""
    allowed = {domain.lower() for domain in settings.REGISTRATION_EMAIL_DOMAINS}
    if not allowed or email.rpartition("@")[2] in allowed:
        return []
    sentence = _("Only addresses of these domains can sign up here: %(domains)s.")
    return [
        FieldError("email", "email_domain_not_allowed", sentence % {"domains": ", ".join(sorted(allowed))})
    ]


def _refuse_taken(email: str) -> None:
    if settings.EMAIL_VERIFICATION == "mandatory":
        return remind_owner(email)
    refuse_taken()


def remind_owner(email: str) -> None:
    """Mail the owner of an address that somebody signed up with it, at most five times an hour."""
    owner = User.objects.active().filter(email=email).first()
    since = timezone.now() - timedelta(hours=1)
    if owner and sent_since(owner, Kind.ALREADY_REGISTERED, since) < REMINDERS_PER_HOUR:
        queue_mail(user=owner, kind=Kind.ALREADY_REGISTERED)


def refuse_taken(field: str = "email") -> NoReturn:
    """Raise EmailTaken at `field`, or Throttled after 20 of them an hour from one address."""
    throttle("taken e-mails", limit=TAKEN_PER_HOUR, window=timedelta(hours=1))
    raise EmailTaken(field)
