"""Second factors of a person: adding, removing, showing what there is."""

import base64
import time
from dataclasses import dataclass
from typing import Any

import structlog
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404

from accounts.encryption import derived_key, encrypt
from accounts.exceptions import EmailNotVerified, MfaAlreadyOn, MfaNotOn, MfaRequiredByPolicy, SetupCodeWrong
from accounts.models import OutgoingMail, User
from accounts.models.audit import record
from accounts.models.users import FACTORS
from accounts.services.codes import book_code, clean_code, codes_left, step_of_code
from accounts.services.mails import queue_mail
from lms.lib.text import clean_text

SETUP_LIFE = 15 * 60  # seconds in which the same secret is offered; it is accepted for twice that
NAME_LENGTH = 60
Type = Authenticator.Type
Kind = OutgoingMail.Kind
log = structlog.get_logger("security")


@dataclass(frozen=True)
class Factors:
    """The second factors of a person, as rows of allauth."""

    totp: Authenticator | None
    passkeys: list[Authenticator]
    recovery: Authenticator | None

    @property
    def is_on(self) -> bool:
        """Whether signing in with the password asks for more."""
        return bool(self.totp or self.passkeys)

    @property
    def has_totp(self) -> bool:
        """Whether there is an authenticator app."""
        return self.totp is not None

    @property
    def recovery_codes_left(self) -> int:
        """How many recovery codes are unused."""
        return codes_left(self.recovery.data["used_mask"]) if self.recovery else 0

    @property
    def methods(self) -> list[str]:
        """What finishes signing in: totp, passkey, recovery_code."""
        known = {"totp": self.totp, "passkey": self.passkeys, "recovery_code": self.recovery_codes_left}
        return [name for name, is_there in known.items() if is_there]


@dataclass(frozen=True)
class TotpSetup:
    """What an authenticator app needs: the secret (base 32), and the same as an address for a QR code."""

    secret: str
    otpauth_url: str


def factors_of(user: User) -> Factors:
    """Return a person's factors, in one query."""
    rows = list(Authenticator.objects.filter(user=user).order_by("created_at", "pk"))
    by_type = {row.type: row for row in rows}
    passkeys = [row for row in rows if row.type == Type.WEBAUTHN]
    return Factors(by_type.get(Type.TOTP), passkeys, by_type.get(Type.RECOVERY_CODES))


def needs_mfa(user: User) -> bool:
    """Return whether REQUIRE_MFA_FOR_STAFF holds for this person."""
    return user.is_staff and bool(settings.REQUIRE_MFA_FOR_STAFF)


def start_totp(*, user: User) -> TotpSetup:
    """Offer a secret for an authenticator app. Nothing is stored before `confirm_totp`.

    Raises EmailNotVerified, MfaAlreadyOn.
    """
    refuse_totp(user)
    secret = _offered_secret(user, _setup_window())
    return TotpSetup(secret, get_adapter().build_totp_url(user, secret))


def confirm_totp(*, user: User, code: str) -> None:
    """Add the authenticator app that knows the secret just offered; the first factor brings recovery codes.

    The code counts as used. Raises EmailNotVerified, MfaAlreadyOn, TooManyAttempts, SetupCodeWrong.
    """
    refuse_totp(user)
    booking = book_code(user)
    window, digits = _setup_window(), clean_code(code)
    for secret in (_offered_secret(user, window), _offered_secret(user, window - 1)):
        step = step_of_code(secret, digits)
        if step is not None:
            booking.succeed()
            return _add_totp(user, {"secret": encrypt(secret), "last_step": step})
    raise SetupCodeWrong


@transaction.atomic
def _add_totp(user: User, data: dict[str, Any]) -> None:
    _lock(user)
    refuse_totp(user)  # now that nobody else adds one
    _add(user, Type.TOTP, data)


def refuse_totp(user: User) -> None:
    """Raise EmailNotVerified, or MfaAlreadyOn where there is an authenticator app."""
    refuse_unproven(user)
    if Authenticator.objects.filter(user=user, type=Type.TOTP).exists():
        raise MfaAlreadyOn


def refuse_unproven(user: User) -> None:
    """Raise EmailNotVerified: a squatter must not lock the owner of an address out."""
    if not user.email_verified:
        raise EmailNotVerified


def _setup_window() -> int:
    return int(time.time()) // SETUP_LIFE


def _offered_secret(user: User, window: int) -> str:
    # Derived, so that it need not be kept anywhere: the page can be loaded again, and the API has no session.
    purpose = f"lms.accounts.totp-setup.v1|{user.pk}|{user.password}|{window}".encode()
    return base64.b32encode(derived_key(settings.SECRET_KEY, purpose)[:20]).decode()


@transaction.atomic
def add_passkey(*, user: User, name: str, credential: dict[str, Any]) -> None:
    """Add a passkey whose `credential`, as the browser sent it, has been checked; raise EmailNotVerified."""
    refuse_unproven(user)
    _lock(user)
    _add(user, Type.WEBAUTHN, {"name": _passkey_name(user, name), "credential": credential})


def rename_passkey(*, user: User, passkey_id: int, name: str) -> None:
    """Give a passkey another name; raise Http404 for one that is not this person's."""
    with transaction.atomic():
        row = _own_passkeys(user).select_for_update().filter(pk=passkey_id).first()
        if row is None:
            raise Http404
        row.data["name"] = _passkey_name(user, name)
        row.save(update_fields=["data"])


def remove_passkey(*, user: User, passkey_id: int) -> None:
    """Remove a passkey; raise Http404 for one that is not this person's, MfaRequiredByPolicy."""
    rows = _own_passkeys(user).filter(pk=passkey_id)
    if not _remove(user, rows, Type.WEBAUTHN):
        raise Http404


def remove_totp(*, user: User) -> None:
    """Remove the authenticator app; without one nothing happens. Raises MfaRequiredByPolicy."""
    _remove(user, Authenticator.objects.filter(user=user, type=Type.TOTP), Type.TOTP)


@transaction.atomic
def _remove(user: User, rows: QuerySet[Authenticator], factor: str) -> bool:
    _lock(user)  # of two who remove the last two factors at once the second is looked at after the first
    if not rows.exists():
        return False
    others = Authenticator.objects.filter(user=user, type__in=FACTORS).exclude(pk__in=rows.values("pk"))
    is_last = not others.exists()
    if is_last and needs_mfa(user):
        raise MfaRequiredByPolicy
    rows.delete()
    if is_last:
        Authenticator.objects.filter(user=user).delete()  # recovery codes stand in for nothing now
    user.__dict__.pop("mfa_enabled", None)
    queue_mail(user=user, kind=Kind.FACTOR_REMOVED, key=factor)
    log.info("second_factor_removed", user=str(user.pk), factor=factor)
    return True


@transaction.atomic
def reset_mfa(*, user: User, by: User) -> User:
    """Remove every factor of a person as an admin, for instance after a lost phone; nothing happens without one."""
    _lock(user)
    rows = Authenticator.objects.filter(user=user)
    kinds = sorted({row.type for row in rows})
    if not kinds:
        return user
    rows.delete()
    user.__dict__.pop("mfa_enabled", None)
    queue_mail(user=user, kind=Kind.FACTOR_REMOVED, key="all")
    record(by=by, action="user.mfa_reset", target=user, data={"factors": [kinds, []]})
    return user


@transaction.atomic
def new_recovery_codes(*, user: User) -> None:
    """Replace the recovery codes; `show_recovery_codes` shows them, once. Raises MfaNotOn."""
    _lock(user)
    refuse_recovery_codes(user)
    Authenticator.objects.filter(user=user, type=Type.RECOVERY_CODES).delete()
    _add_recovery_codes(user)
    queue_mail(user=user, kind=Kind.FACTOR_ADDED, key=Type.RECOVERY_CODES)
    log.info("recovery_codes_made", user=str(user.pk))


def refuse_recovery_codes(user: User) -> None:
    """Raise MfaNotOn where there is no factor that recovery codes could stand in for."""
    if not Authenticator.objects.filter(user=user, type__in=FACTORS).exists():
        raise MfaNotOn


def show_recovery_codes(*, user: User) -> list[str]:
    """Return the recovery codes of a person the first time somebody asks, then an empty list."""
    row = Authenticator.objects.filter(user=user, type=Type.RECOVERY_CODES, data__shown=False).first()
    if row is None:
        return []
    # Of two who ask at once one sees them; and a code that is being used at this moment is not lost.
    unseen = Authenticator.objects.filter(pk=row.pk, data__shown=False, data__used_mask=row.data["used_mask"])
    if not unseen.update(data={**row.data, "shown": True}):
        return []
    codes: list[str] = row.wrap().get_unused_codes()
    return codes


def _lock(user: User) -> None:
    list(User.objects.get_queryset().select_for_update(no_key=True).filter(pk=user.pk).values_list("pk"))


def _add(user: User, factor: str, data: dict[str, Any]) -> None:
    Authenticator.objects.create(user=user, type=factor, data=data)
    if not Authenticator.objects.filter(user=user, type=Type.RECOVERY_CODES).exists():
        _add_recovery_codes(user)
    user.__dict__.pop("mfa_enabled", None)
    queue_mail(user=user, kind=Kind.FACTOR_ADDED, key=factor)
    log.info("second_factor_added", user=str(user.pk), factor=factor)


def _add_recovery_codes(user: User) -> None:
    data = {"seed": encrypt(RecoveryCodes.generate_seed()), "used_mask": 0, "shown": False}
    Authenticator.objects.create(user=user, type=Type.RECOVERY_CODES, data=data)


def _own_passkeys(user: User) -> QuerySet[Authenticator]:
    own: QuerySet[Authenticator] = Authenticator.objects.filter(user=user, type=Type.WEBAUTHN)
    return own


def _passkey_name(user: User, name: str) -> str:
    cleaned = clean_text(name)[:NAME_LENGTH]
    return cleaned or str(get_adapter().generate_authenticator_name(user, Type.WEBAUTHN))
