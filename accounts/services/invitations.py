"""People who are asked in, and the link with which they, or who forgot, choose a password."""

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.exceptions import NotActive, RegistrationClosed
from accounts.models import OutgoingMail, User
from accounts.models.audit import record
from accounts.services.checks import refuse
from accounts.services.mails import queue_mail
from accounts.services.people import refuse_erased
from accounts.services.registration import add_user, domain_errors


def invite_user(
    *,
    by: User,
    email: str,
    full_name: str,
    role: str = User.Role.STUDENT,
    locale: str = "",
    time_zone: str = "",
) -> User:
    """Make an account without a password and mail its person a link of 7 days to choose one.

    An admin invites anybody; an instructor invites students, while registration is open and the domain allowed.
    Raises PermissionDenied for everybody else and for other roles, RegistrationClosed, InvalidFields, EmailTaken.
    """
    if not by.is_admin:
        if not by.is_teacher or role != User.Role.STUDENT:
            raise PermissionDenied
        if not settings.REGISTRATION_OPEN:
            raise RegistrationClosed
        refuse(domain_errors(User.clean_email(email)))
    return add_user(by=by, email=email, full_name=full_name, role=role, locale=locale, time_zone=time_zone)


@transaction.atomic
def send_password_link(*, user: User, by: User) -> None:
    """Mail somebody a link to choose a password: the invitation again (7 days) where there is none yet, else a
    reset link (1 hour). Raises NotActive, AccountErased."""
    refuse_erased(user)
    if not user.is_active:
        raise NotActive
    kind = OutgoingMail.Kind.PASSWORD_RESET if user.has_usable_password() else OutgoingMail.Kind.INVITATION
    queue_mail(user=user, kind=kind)
    record(by=by, action="user.password_link_sent", target=user)
