"""What ends by itself: old logins, counters and browser sessions."""

from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from accounts.models import LoginSession, SignInRecord, User

KEEP = timedelta(days=30)
BATCH = 1000


def tidy_accounts() -> None:
    """Delete logins that ended and counters untouched for 30 days, browser sessions past their time, and
    pictures that no account names."""
    now = timezone.now()
    old = now - KEEP
    _delete(LoginSession.objects.filter(Q(revoked_at__lt=old) | Q(expires_at__lt=old)))
    _delete(
        SignInRecord.objects.filter(Q(succeeded_at=None) | Q(succeeded_at__lt=old), window_started_at__lt=old)
    )
    _delete(Session.objects.filter(expire_date__lt=now))
    _delete(UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")))
    _delete_stray_avatars()


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


def _delete(rows: QuerySet[Model]) -> None:
    """In batches, so that no transaction holds the table for long."""
    while keys := list(rows.values_list("pk", flat=True)[:BATCH]):
        rows.model._default_manager.filter(pk__in=keys).delete()
