"""What ends by itself: old logins, counters, browser sessions, first answers, addresses in the audit trail, and
accounts that nobody ever used."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.db.models import Exists, Model, OuterRef, ProtectedError, Q, QuerySet
from django.utils import timezone

from accounts.models import AuditEntry, IdempotencyRecord, LoginSession, SignInRecord, User

KEEP = timedelta(days=30)
KEEP_ANSWERS = timedelta(hours=24)
BATCH = 1000
log = structlog.get_logger("tidying")


def tidy_accounts() -> None:
    """Delete or empty all of it, in batches; safe to repeat, and to stop in between.

    That is: logins that ended and counters untouched for 30 days; browser sessions past their time; answers to an
    Idempotency-Key older than 24 hours; pictures that no account names; addresses in the audit trail older than
    AUDIT_IP_DAYS; and with EMAIL_VERIFICATION=mandatory accounts that in 30 days were neither proven nor used.
    """
    now = timezone.now()
    old = now - KEEP
    _delete(LoginSession.objects.filter(Q(revoked_at__lt=old) | Q(expires_at__lt=old)))
    _delete(
        SignInRecord.objects.filter(Q(succeeded_at=None) | Q(succeeded_at__lt=old), window_started_at__lt=old)
    )
    _delete(Session.objects.filter(expire_date__lt=now))
    _delete(UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")))
    _delete(IdempotencyRecord.objects.filter(created_at__lt=now - KEEP_ANSWERS))
    _empty_audit_addresses(now - timedelta(days=settings.AUDIT_IP_DAYS))
    if settings.EMAIL_VERIFICATION == "mandatory":
        _delete_never_used(old)
    _delete_stray_avatars()


def _empty_audit_addresses(before: datetime) -> None:
    entries = AuditEntry.objects.filter(at__lt=before, ip__isnull=False).order_by()
    while keys := list(entries.values_list("pk", flat=True)[:BATCH]):
        AuditEntry.objects.filter(pk__in=keys).empty_addresses()


def _delete_never_used(before: datetime) -> None:
    proof = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)
    unused = User.objects.get_queryset().filter(
        ~Exists(proof), role=User.Role.STUDENT, last_login=None, created_at__lt=before
    )
    for pk in list(unused.order_by("pk").values_list("pk", flat=True)):
        try:
            with transaction.atomic():
                unused.filter(pk=pk).delete()  # asked again: somebody may be signing in right now
        except (ProtectedError, IntegrityError):
            continue  # something hangs on it after all (somebody enrolled them)
        log.info("unused_account_deleted", user=str(pk))


def _delete_stray_avatars() -> None:
    field = User._meta.get_field("avatar")
    folder, storage = str(field.upload_to), field.storage
    try:
        names = {f"{folder}/{name}" for name in storage.listdir(folder)[1]}
    except FileNotFoundError:
        return  # nobody ever had one
    used = set(User.objects.exclude(avatar="").values_list("avatar", flat=True))
    yesterday = timezone.now() - timedelta(days=1)
    for name in names - used:
        if storage.get_modified_time(name) < yesterday:  # a younger one may be of an upload that is not done
            storage.delete(name)


def _delete(rows: QuerySet[Any]) -> None:
    """In batches, so that no transaction holds the table for long."""
    model: type[Model] = rows.model
    while keys := list(rows.values_list("pk", flat=True)[:BATCH]):
        model._default_manager.filter(pk__in=keys).delete()
