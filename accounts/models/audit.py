"""The record of what staff did: append-only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.users import User
from lms.lib.context import request_facts
from lms.lib.ids import UUIDModel
from lms.lib.text import without_texts


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    """Which entries. They are written once; the two verbs below are all that ever changes one."""

    def update(self, **values: Any) -> NoReturn:
        raise TypeError("An audit entry is never changed.")

    def delete(self) -> NoReturn:
        raise TypeError("An audit entry is never deleted.")

    def visible_to(self, user: Any) -> AuditEntryQuerySet:
        """All for an admin, none for anybody else."""
        return self.all() if user.is_authenticated and user.is_admin else self.none()

    def empty_addresses(self) -> int:
        """Forget from where these things were done; return of how many entries."""
        return super().update(ip=None)

    def forget_actor(self, user: User) -> None:
        """Forget what the person who acted was called."""
        super(AuditEntryQuerySet, self.filter(actor=user)).update(actor_label="", ip=None)

    def forget_targets(self, target_type: str, keys: Iterable[str]) -> None:
        """Forget what these targets were called, and every text in what changed; facts and numbers stay."""
        entries = self.filter(target_type=target_type, target_id__in=list(keys))
        for entry in entries:
            rows = self.filter(pk=entry.pk)
            super(AuditEntryQuerySet, rows).update(target_label="", data=without_texts(entry.data))

    def forget_names(self, full_name: str, email: str) -> None:
        """Forget labels of other things that name the person (a file called after them, say)."""
        named = Q(target_label__icontains=email) | Q(target_label__iexact=full_name)
        if " " in full_name:  # one word alone is part of too many others
            named |= Q(target_label__icontains=full_name)
        super(AuditEntryQuerySet, self.filter(named)).update(target_label="")


class AuditEntry(UUIDModel):
    """Who did what to which row, with the changed fields as [old, new]. Never updated, never deleted."""

    actor = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("account")
    )
    actor_label = models.CharField(_("who"), max_length=255, blank=True)
    action = models.CharField(_("action"), max_length=60)
    target_type = models.CharField(_("kind of target"), max_length=60)
    target_id = models.CharField(_("id of target"), max_length=40)
    target_label = models.CharField(_("target"), max_length=255, blank=True)
    data = models.JSONField(_("changes"), default=dict, blank=True)
    ip = models.GenericIPAddressField(_("address"), null=True, blank=True)
    request_id = models.CharField(_("request"), max_length=64, blank=True)
    at = models.DateTimeField(_("when"), default=timezone.now)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering = ["-at"]
        indexes = [
            models.Index(fields=["-at"], name="auditentry_at"),
            models.Index(fields=["target_type", "target_id"], name="auditentry_target"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.target_label}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("An audit entry is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("An audit entry is never deleted.")


def record(
    *, by: User | None, action: str, target: models.Model, data: dict[str, Any] | None = None
) -> AuditEntry:
    """Write the audit row of a verb, in the verb's own transaction.

    `by` is who acted (None: the system), `action` a dotted name such as `course.published`, `data` the changed
    fields as [old, new]. Address and request id come from the request at hand.
    """
    facts = request_facts.get()
    return AuditEntry.objects.create(
        actor=by,
        actor_label=str(by)[:255] if by else "",
        action=action,
        target_type=target._meta.label_lower,
        target_id=str(target.pk),
        target_label=str(target)[:255],
        data=data or {},
        ip=facts.ip or None,
        request_id=facts.request_id,
    )
