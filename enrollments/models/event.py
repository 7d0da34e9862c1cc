"""The history of an enrollment, and the queue of its mails."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from lms.lib.ids import UUIDModel

LEASE = timedelta(minutes=6)  # longer than a task may run
MAX_TRIES = 5


class EnrollmentEventQuerySet(models.QuerySet["EnrollmentEvent"]):
    """Which events."""

    def reasons(self) -> models.QuerySet[EnrollmentEvent, str]:
        """The reasons of suspensions and removals, newest first, as plain text."""
        ends = [EnrollmentEvent.Kind.SUSPENDED, EnrollmentEvent.Kind.DROPPED]
        return self.filter(kind__in=ends).order_by("-at").values_list("reason", flat=True)

    def with_mail_due(self, now: datetime) -> EnrollmentEventQuerySet:
        """Events whose mail waits, and is neither leased nor put off beyond `now`."""
        return self.filter(
            Q(mail_lease_until=None) | Q(mail_lease_until__lt=now),
            mail_state=EnrollmentEvent.MailState.PENDING,
        )

    def claim_mail(self, event_id: UUID | str, *, now: datetime) -> EnrollmentEvent | None:
        """Lease one due mail and count the try; None when somebody else was first, or it is not due."""
        rows = self.with_mail_due(now).filter(pk=event_id)
        if not rows.update(mail_lease_until=now + LEASE, mail_tries=F("mail_tries") + 1):
            return None
        return self.select_related("enrollment__student", "enrollment__course", "actor").get(pk=event_id)


class EnrollmentEvent(UUIDModel):
    """The history of an enrollment: append-only but for its mail fields."""

    class Kind(models.TextChoices):
        ENROLLED = "enrolled", _("Enrolled")
        REACTIVATED = "reactivated", _("Came back")
        RENEWED = "renewed", _("Renewed")
        DROPPED = "dropped", _("Dropped")
        SUSPENDED = "suspended", _("Suspended")
        RESUMED = "resumed", _("Resumed")
        EXPIRED = "expired", _("Expired")
        EXTENDED = "extended", _("Extended")
        COMPLETED = "completed", _("Completed")
        UNLOCKED = "unlocked", _("Locks removed")
        PROGRESS_RESET = "progress_reset", _("Progress reset")
        REMINDED = "reminded", _("Reminded")
        EXPIRY_WARNED = "expiry_warned", _("Warned of the end of access")
        WEEKLY_SUMMARY = "weekly_summary", _("Weekly summary")

    class MailState(models.TextChoices):
        NONE = "none", _("No mail")
        PENDING = "pending", _("Pending")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")

    enrollment = models.ForeignKey("enrollments.Enrollment", on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(_("event"), max_length=20, choices=Kind)
    from_status = models.CharField(max_length=9, blank=True)
    to_status = models.CharField(max_length=9, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("done by"),
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    data = models.JSONField(default=dict, blank=True)
    key = models.CharField(max_length=100, blank=True)
    at = models.DateTimeField(_("time"), default=timezone.now)
    mail_state = models.CharField(max_length=7, choices=MailState, default=MailState.NONE)
    mail_lease_until = models.DateTimeField(null=True, blank=True)
    mail_tries = models.PositiveSmallIntegerField(default=0)

    objects = EnrollmentEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-at"]
        indexes = [
            models.Index(fields=["at"], name="enrollmentevent_mail", condition=Q(mail_state="pending")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["enrollment", "kind", "key"], condition=~Q(key=""), name="enrollmentevent_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {date_format(timezone.localtime(self.at))}"

    def finish_mail(self, state: MailState) -> None:
        """Note how the mail ended."""
        self.mail_state, self.mail_lease_until = state, None
        self.save(update_fields=["mail_state", "mail_lease_until"])

    finish_mail.alters_data = True  # type: ignore[attr-defined]

    def put_mail_off(self, *, at: datetime) -> None:
        """After a failed try: later again, each time twice as late; the fifth failure is final."""
        if self.mail_tries >= MAX_TRIES:
            return self.finish_mail(self.MailState.FAILED)
        self.mail_lease_until = at + timedelta(minutes=2**self.mail_tries)
        self.save(update_fields=["mail_lease_until"])

    put_mail_off.alters_data = True  # type: ignore[attr-defined]
