"""What is known about a person, in one document, and how it is forgotten. Upper apps join by registering."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import structlog
from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.db.models.fields.json import KT
from django.utils import timezone

from accounts.exceptions import AccountInactive, OwnAccount, StaffAccount
from accounts.models import (
    Accommodation,
    AuditEntry,
    IdempotencyRecord,
    InstructorProfile,
    LoginSession,
    OutgoingMail,
    User,
)
from accounts.models.audit import record
from accounts.models.users import default_locale, default_time_zone
from accounts.services.accommodation import accommodation_of
from accounts.services.mails import queue_mail
from accounts.services.passwords import confirm_password
from accounts.services.people import refuse_last_admin
from accounts.services.sessions import end_sessions
from lms.lib.errors import DomainError
from lms.lib.tasks import wake

LOGIN_APPS = {
    "account",
    "mfa",
    "socialaccount",
    "usersessions",
}  # allauth's: addresses, factors, links, sessions
ERASED_PER_RUN = 100
log = structlog.get_logger("privacy")


class Eraser(Protocol):
    """`erase(user=, by=)`: forget the person; `by` is the admin who does it, None the clock."""

    def __call__(self, *, user: User, by: User | None) -> None: ...


@dataclass(frozen=True)
class PersonalData:
    """What one app holds about people."""

    export: Callable[[User], Any]
    erase: Eraser
    blocks: Callable[[User], None] | None


_registered: dict[str, PersonalData] = {}


def register_personal_data(
    name: str,
    *,
    export: Callable[[User], Any],
    erase: Eraser,
    blocks: Callable[[User], None] | None = None,
) -> None:
    """Let an upper app join export and erasure.

    `export(user)` returns what JSON can hold, shown under `name`; `erase(user=, by=)` forgets it, in the
    transaction of `anonymise_user`; `blocks(user)` raises a DomainError while something has to be settled first.
    """
    _registered[name] = PersonalData(export, erase, blocks)


def export_personal_data(user: User) -> dict[str, Any]:
    """Return everything this site knows about a person, as JSON can hold it (times are aware)."""
    return {
        "exported_at": timezone.now(),
        "account": _account(user),
        **{name: part.export(user) for name, part in _registered.items()},
    }


def _account(user: User) -> dict[str, Any]:
    own = [
        "id",
        "email",
        "full_name",
        "role",
        "is_active",
        "bio",
        "phone",
        "locale",
        "time_zone",
        "last_login",
    ]
    times = ["created_at", "updated_at", "erasure_requested_at"]
    profile = InstructorProfile.objects.filter(user=user)
    granted = accommodation_of(user)
    logins = LoginSession.objects.filter(user=user).order_by("-created_at")
    mails = OutgoingMail.objects.filter(user=user).order_by("-created_at")
    return {
        **{name: getattr(user, name) for name in own + times},
        "email_verified": user.email_verified,
        "avatar_url": user.avatar_url,
        "instructor_profile": profile.values(
            "slug", "headline", "specialization", "website_url", "linkedin_url", "verified_at"
        ).first(),
        "accommodation": {"time_factor": granted.time_factor, "extra_attempts": granted.extra_attempts},
        "api_sessions": list(
            logins.values(
                "created_at", "last_used_at", "expires_at", "revoked_at", "revoked_reason",
                "ip", "device", "user_agent",
            )
        ),
        "mails": list(mails.values("kind", "created_at", "state", "sent_at")),
        "sign_in": _sign_in_rows(user),
    }  # fmt: skip


def _sign_in_rows(user: User) -> dict[str, Any]:
    """Return what allauth keeps, without a secret."""
    shown = {
        "emailaddress": ["email", "verified", "primary"],
        "authenticator": ["type", "created_at", "last_used_at"],
        "socialaccount": ["provider", "uid", "date_joined", "last_login"],
        "usersession": ["created_at", "last_seen_at", "ip", "user_agent"],
    }
    inside = {  # of a JSON that holds keys as well
        "authenticator": {"name": KT("data__name")},
        "socialaccount": {"email": KT("extra_data__email")},
    }
    rows = {}
    for model in _login_models():
        name = str(model._meta.model_name)
        if fields := shown.get(name):
            found = _of(model, user).values(*fields, **inside.get(name, {}))
            rows[str(model._meta.verbose_name_plural)] = list(found)
    return rows


def _login_models() -> list[type[Model]]:
    return [
        model
        for model in apps.get_models()
        if model._meta.app_label in LOGIN_APPS and "user" in {field.name for field in model._meta.fields}
    ]


def _of(model: type[Model], user: User) -> QuerySet[Any]:
    rows: QuerySet[Any] = model._default_manager.filter(user=user)
    return rows


def request_erasure(*, user: User, password: str) -> User:
    """Close one's own account for good: deactivated now, erased ERASURE_AFTER_DAYS later.

    Until then an admin who activates the account cancels the wish. Raises StaffAccount, AccountInactive, what
    `confirm_password` raises, and what an upper app blocks with.
    """
    if user.is_staff:
        raise StaffAccount
    confirm_password(user=user, password=password)
    with transaction.atomic():
        _refuse_blocked(user)
        now = timezone.now()
        rows = User.objects.active().filter(pk=user.pk, role=User.Role.STUDENT)
        if not rows.update(is_active=False, erasure_requested_at=now):
            raise AccountInactive
        user.is_active, user.erasure_requested_at = False, now
        end_sessions(user=user, reason=LoginSession.Reason.DEACTIVATED)
        queue_mail(user=user, kind=OutgoingMail.Kind.DEACTIVATED)
    log.info("erasure_requested", user=str(user.pk))
    return user


def _refuse_blocked(user: User) -> None:
    for part in _registered.values():
        if part.blocks is not None:
            part.blocks(user)


@transaction.atomic
def anonymise_user(*, user: User, by: User | None) -> User:
    """Forget who a person was: rows stay, nameless. There is no way back; repeating changes nothing.

    `by=None` is the clock. One last mail goes to the address, which no row keeps. Raises OwnAccount, LastAdmin,
    and what an upper app blocks with.
    """
    if by is not None and user.pk == by.pk:
        raise OwnAccount
    refuse_last_admin(user)
    # Claim first: of several at once one erases. On PostgreSQL the others wait here for its commit.
    now = timezone.now()
    claimed = User.objects.filter(pk=user.pk, erased_at=None).update(erased_at=now, is_active=False)
    user.refresh_from_db()
    if not claimed:
        return user
    _refuse_blocked(user)
    farewell = (user.email, user.locale, user.time_zone)
    known_as = (user.full_name, user.email)
    for part in _registered.values():
        part.erase(user=user, by=by)
    _erase_account(user)
    forget_traces(User.objects.filter(pk=user.pk))
    AuditEntry.objects.forget_actor(user)
    AuditEntry.objects.forget_names(*known_as)
    IdempotencyRecord.objects.filter(Q(user=user) | Q(answer_body__icontains=known_as[1])).delete()
    record(by=by, action="user.anonymised", target=user)
    wake("accounts.send_farewell", *farewell)
    log.info("anonymised", user=str(user.pk))
    return user


def _erase_account(user: User) -> None:
    end_sessions(user=user, reason=LoginSession.Reason.DEACTIVATED)
    ours: list[type[Model]] = [InstructorProfile, Accommodation, LoginSession, OutgoingMail]
    for model in ours + _login_models():
        _of(model, user).delete()
    picture, storage = user.avatar.name, user.avatar.storage
    if picture:
        transaction.on_commit(lambda: storage.delete(picture), robust=True)
    user.email = f"erased-{user.pk}@invalid"
    user.full_name = user.bio = user.phone = user.avatar = ""
    user.locale, user.time_zone = default_locale(), default_time_zone()
    user.last_login = None
    user.set_unusable_password()
    user.save()


def forget_traces(rows: QuerySet[Any]) -> None:
    """Take labels and texts about these rows out of the audit trail and the admin's log; the entries stay."""
    keys = [str(pk) for pk in rows.values_list("pk", flat=True)]
    AuditEntry.objects.forget_targets(rows.model._meta.label_lower, keys)
    kind = ContentType.objects.get_for_model(rows.model)
    LogEntry.objects.filter(content_type=kind, object_id__in=keys).update(object_repr="", change_message="")


def erase_requested() -> int:
    """Anonymise everybody whose wish is older than ERASURE_AFTER_DAYS; return how many."""
    before = timezone.now() - timedelta(days=settings.ERASURE_AFTER_DAYS)
    due = User.objects.filter(is_active=False, erased_at=None, erasure_requested_at__lte=before)
    done = 0
    for user in due.order_by("erasure_requested_at")[:ERASED_PER_RUN]:
        try:
            anonymise_user(user=user, by=None)
        except DomainError as error:
            log.warning("erasure_blocked", user=str(user.pk), code=error.code)
        else:
            done += 1
    return done
