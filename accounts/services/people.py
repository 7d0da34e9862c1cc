"""What happens to an account after it was made: profile, e-mail, role, state."""

from collections.abc import Callable
from typing import IO

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction

from accounts.exceptions import AccountErased, EmailTaken, LastAdmin, OwnAccount, OwnRole
from accounts.models import LoginSession, OutgoingMail, User
from accounts.models.audit import record
from accounts.pictures import square_picture
from accounts.services.checks import assign, refuse, value_errors
from accounts.services.email_proof import set_unproven_email
from accounts.services.instructors import ensure_instructor_profile
from accounts.services.mails import queue_mail
from accounts.services.sessions import end_sessions

RoleRule = Callable[[User, str], None]
_role_rules: list[RoleRule] = []


def register_role_rule(check: RoleRule) -> None:
    """Let an upper app refuse a role: `check(user, new_role)` raises a DomainError."""
    _role_rules.append(check)


@transaction.atomic
def update_profile(*, user: User, by: User, **values: str) -> User:
    """Change full_name, bio, phone, locale or time_zone; raise InvalidFields. An admin's change is audited."""
    changed = assign(user, values)
    refuse(value_errors(user, values))
    if changed:
        user.save(update_fields=[*changed, "updated_at"])
        if by.pk != user.pk:
            record(by=by, action="user.updated", target=user, data=changed)
    return user


def set_avatar(*, user: User, file: IO[bytes], size: int) -> User:
    """Give a person a picture (`size` in bytes); raise ImageInvalid, ImageTooLarge."""
    return _swap_avatar(user, square_picture(file, size))


def remove_avatar(*, user: User) -> User:
    """Take the picture away; nothing happens without one."""
    return _swap_avatar(user, None)


def _swap_avatar(user: User, picture: ContentFile[bytes] | None) -> User:
    former, storage = user.avatar.name, user.avatar.storage
    if picture is None:
        user.avatar = ""
    else:
        user.avatar.save(str(picture.name), picture, save=False)
    with transaction.atomic():
        user.save(update_fields=["avatar", "updated_at"])
        if former:
            # After the commit: until then the row may still name it. One that stays behind is tidied away.
            transaction.on_commit(lambda: storage.delete(former), robust=True)
    return user


@transaction.atomic
def update_account(*, user: User, by: User, email: str | None = None, **values: str) -> User:
    """Change somebody's profile and, when given, their e-mail, as an admin: all of it or nothing.

    Raises AccountErased, InvalidFields, EmailTaken.
    """
    refuse_erased(user)
    update_profile(user=user, by=by, **values)
    return user if email is None else change_email(user=user, email=email, by=by)


@transaction.atomic
def change_email(*, user: User, email: str, by: User) -> User:
    """Give an account another e-mail as an admin: it is unproven again, and the old address is told.

    Raises InvalidFields, EmailTaken.
    """
    old = user.email
    user.email = User.clean_email(email)
    refuse(value_errors(user, ["email"]))
    if user.email == old:
        return user
    try:
        with transaction.atomic():
            user.save(update_fields=["email", "updated_at"])
    except IntegrityError as error:
        raise EmailTaken from error
    set_unproven_email(user)
    queue_mail(user=user, kind=OutgoingMail.Kind.EMAIL_CHANGED, key=old)
    queue_mail(user=user, kind=OutgoingMail.Kind.VERIFY)
    record(by=by, action="user.email_changed", target=user, data={"email": [old, user.email]})
    return user


@transaction.atomic
def set_role(*, user: User, role: str, by: User | None) -> User:
    """Give a person another role; the same role changes nothing. `by=None` is the system itself.

    Raises OwnRole, AccountErased, LastAdmin, InvalidFields for an unknown role, or what a registered rule refuses.
    """
    refuse_erased(user)
    if by is not None and user.pk == by.pk:
        raise OwnRole
    old = user.role
    assign(user, {"role": role})
    refuse(value_errors(user, ["role"]))
    if role == old:
        return user
    refuse_last_admin(user)
    for check in _role_rules:
        check(user, role)
    user.save(update_fields=["role", "updated_at"])
    if role == User.Role.INSTRUCTOR:
        ensure_instructor_profile(user=user)
    record(by=by, action="user.role_changed", target=user, data={"role": [old, role]})
    return user


@transaction.atomic
def deactivate(*, user: User, by: User) -> User:
    """Bar a person: every login ends at once, data stays. Repeating changes nothing.

    Raises OwnAccount, LastAdmin.
    """
    if user.pk == by.pk:
        raise OwnAccount
    refuse_last_admin(user)
    if not User.objects.active().filter(pk=user.pk).update(is_active=False):
        return user
    user.is_active = False
    end_sessions(user=user, reason=LoginSession.Reason.DEACTIVATED)
    queue_mail(user=user, kind=OutgoingMail.Kind.DEACTIVATED)
    record(by=by, action="user.deactivated", target=user, data={"is_active": [True, False]})
    return user


@transaction.atomic
def activate(*, user: User, by: User) -> User:
    """Let a person in again, which cancels their wish to be erased. Repeating changes nothing.

    Raises AccountErased.
    """
    rows = User.objects.filter(pk=user.pk, is_active=False, erased_at=None)
    if not rows.update(is_active=True, erasure_requested_at=None):
        user.refresh_from_db(fields=["is_active", "erased_at"])
        refuse_erased(user)
        return user
    user.is_active, user.erasure_requested_at = True, None
    record(by=by, action="user.activated", target=user, data={"is_active": [False, True]})
    return user


@transaction.atomic
def sign_out(*, user: User, by: User) -> None:
    """End every login of a person, API and browser, and tell them."""
    end_sessions(user=user, reason=LoginSession.Reason.BY_ADMIN)
    if user.is_active:
        queue_mail(user=user, kind=OutgoingMail.Kind.SIGNED_OUT)
    record(by=by, action="user.signed_out", target=user)


def refuse_erased(user: User) -> None:
    """Raise AccountErased for somebody whose data are gone: nothing new is tied to them."""
    if user.erased_at is not None:
        raise AccountErased


def refuse_last_admin(user: User) -> None:
    """Raise LastAdmin when nobody else could administer the site; holds the admins' rows until the commit."""
    # Locked in key order before they are counted: two admins who demote each other leave one.
    admins = User.objects.active().admins().select_for_update(no_key=True).order_by("pk")
    keys = [admin.pk for admin in admins]
    if keys == [user.pk]:
        raise LastAdmin
