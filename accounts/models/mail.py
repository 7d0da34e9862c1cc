"""Mails of accounts that wait to be sent. The row is the queue; links are made when a mail leaves."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.users import User
from lms.lib.ids import UUIDModel

LEASE = timedelta(minutes=5)  # longer than a task may run
MAX_TRIES = 5


class OutgoingMailQuerySet(models.QuerySet["OutgoingMail"]):
    """Which mails."""

    def due(self, now: datetime) -> OutgoingMailQuerySet:
        """Waiting, and neither leased nor put off beyond `now`."""
        return self.filter(Q(lease_until=None) | Q(lease_until__lt=now), state=OutgoingMail.State.PENDING)

    def claim(self, mail_id: UUID | str, *, now: datetime) -> OutgoingMail | None:
        """Lease one due mail and count the try; None when somebody else was first, or it is not due."""
        claimed = self.due(now).filter(pk=mail_id).update(lease_until=now + LEASE, tries=F("tries") + 1)
        return self.select_related("user").get(pk=mail_id) if claimed else None


class OutgoingMail(UUIDModel):
    """One mail to one person, written in the transaction of the fact that caused it.

    `key` is what the mail is about where the person alone does not say it (a session, a former address);
    never a secret. `lease_until` keeps others away while a task sends it, and until the next try after a failure.
    """

    class Kind(models.TextChoices):
        VERIFY = "verify", _("Confirm your e-mail")
        WELCOME = "welcome", _("Welcome")
        ALREADY_REGISTERED = "already_registered", _("You already have an account")
        INVITATION = "invitation", _("Invitation")
        PASSWORD_RESET = "password_reset", _("Password reset")
        PASSWORD_CHANGED = "password_changed", _("Password changed")
        EMAIL_CHANGE = "email_change", _("Confirm your new e-mail")
        EMAIL_CHANGE_ASKED = "email_change_asked", _("E-mail change asked for")
        EMAIL_CHANGED = "email_changed", _("E-mail changed")
        FACTOR_ADDED = "factor_added", _("Second factor added")
        FACTOR_REMOVED = "factor_removed", _("Second factor removed")
        RECOVERY_CODE_USED = "recovery_code_used", _("Recovery code used")
        TOKEN_REUSED = "token_reused", _("Session ended for safety")
        UNDER_ATTACK = "under_attack", _("Somebody guesses your password")
        SIGNED_OUT = "signed_out", _("Signed out by an admin")
        DEACTIVATED = "deactivated", _("Account deactivated")

    class State(models.TextChoices):
        PENDING = "pending", _("Pending")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        DROPPED = "dropped", _("No longer needed")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", verbose_name=_("person"))
    kind = models.CharField(_("kind"), max_length=40, choices=Kind)
    key = models.CharField(_("about"), max_length=254, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.PENDING)
    lease_until = models.DateTimeField(_("not before"), null=True, blank=True)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    created_at = models.DateTimeField(_("queued"), auto_now_add=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        verbose_name = _("outgoing mail")
        verbose_name_plural = _("outgoing mails")
        indexes = [
            models.Index(
                fields=["created_at"], name="outgoingmail_pending", condition=models.Q(state="pending")
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.state})"

    def finish(self, state: State, *, at: datetime) -> None:
        """Note how it ended."""
        self.state, self.lease_until = state, None
        self.sent_at = at if state == self.State.SENT else None
        self.save(update_fields=["state", "lease_until", "sent_at"])

    finish.alters_data = True  # type: ignore[attr-defined]

    def put_off(self, *, at: datetime) -> None:
        """After a failed try: later again, each time twice as late; the last failure is final."""
        if self.tries >= MAX_TRIES:
            return self.finish(self.State.FAILED, at=at)
        self.lease_until = at + timedelta(minutes=2**self.tries)
        self.save(update_fields=["lease_until"])

    put_off.alters_data = True  # type: ignore[attr-defined]
