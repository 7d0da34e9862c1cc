"""API logins (refresh-token families) and the counters that slow down guessing."""

import re
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.users import User
from lms.lib.ids import UUIDModel


class LoginSessionQuerySet(models.QuerySet["LoginSession"]):
    """Which API logins."""

    def live(self, now: datetime) -> "LoginSessionQuerySet":
        """Neither revoked nor past their end at `now`."""
        return self.filter(revoked_at=None, expires_at__gt=now)

    def revoke(self, reason: str, *, at: datetime) -> int:
        """End those that have not ended yet; return how many that were."""
        return self.filter(revoked_at=None).update(revoked_at=at, revoked_reason=reason)


_TABLET = re.compile(r"iPad|Tablet|Kindle|Silk/|PlayBook|Android(?!.*Mobile)", re.IGNORECASE)
_PHONE = re.compile(r"Mobi|iPhone|iPod|Android|Opera Mini|BlackBerry|Windows Phone", re.IGNORECASE)


class LoginSession(UUIDModel):
    """One API login: the family of its refresh tokens. Only token ids are stored."""

    class Reason(models.TextChoices):
        LOGOUT = "logout", _("Logged out")
        LOGOUT_ALL = "logout_all", _("Logged out everywhere")
        PASSWORD_CHANGED = "password_changed", _("Password changed")
        PASSWORD_RESET = "password_reset", _("Password reset")
        TOKEN_REUSED = "token_reused", _("Token used twice")
        DEACTIVATED = "deactivated", _("Account deactivated")
        BY_ADMIN = "by_admin", _("Ended by an admin")
        SUPERSEDED = "superseded", _("Too many sessions")

    class Device(models.TextChoices):
        MOBILE = "Mobile", _("Phone")
        TABLET = "Tablet", _("Tablet")
        DESKTOP = "Desktop", _("Computer")
        UNKNOWN = "Unknown", _("Unknown device")

        @classmethod
        def of(cls, user_agent: str) -> "LoginSession.Device":
            """Return the kind of device a user agent names; tablets first, they also call themselves phones."""
            if not user_agent.strip():
                return cls.UNKNOWN
            if _TABLET.search(user_agent):
                return cls.TABLET
            return cls.MOBILE if _PHONE.search(user_agent) else cls.DESKTOP

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="login_sessions")
    current_jti = models.UUIDField(unique=True)
    previous_jti = models.UUIDField(null=True, blank=True)
    rotated_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"))
    expires_at = models.DateTimeField(_("ends"))
    revoked_at = models.DateTimeField(_("ended"), null=True, blank=True)
    revoked_reason = models.CharField(_("why ended"), max_length=20, choices=Reason, blank=True)
    ip = models.GenericIPAddressField(_("address"), null=True, blank=True)
    user_agent = models.CharField(max_length=500, blank=True)
    device = models.CharField(_("device"), max_length=8, choices=Device, default=Device.UNKNOWN)
    created_at = models.DateTimeField(_("logged in"), auto_now_add=True)

    objects = LoginSessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("API session")
        verbose_name_plural = _("API sessions")
        indexes = [models.Index(fields=["user", "-last_used_at"], name="loginsession_user_used")]
        constraints = [
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_reason="")
                | (Q(revoked_at__isnull=False) & ~Q(revoked_reason="")),
                name="loginsession_reason_when_revoked",
            )
        ]

    def __str__(self) -> str:
        return f"{self.device} {self.created_at:%Y-%m-%d}"

    def is_live(self, now: datetime) -> bool:
        """Twin of `live`."""
        return self.revoked_at is None and self.expires_at > now


class SignInRecord(UUIDModel):
    """Failures of one account from one address. The account is an HMAC: unknown e-mails count alike."""

    account_key = models.CharField(max_length=64)
    address = models.CharField(max_length=45)
    failures = models.PositiveIntegerField(default=0)
    window_started_at = models.DateTimeField()
    succeeded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("sign-in record")
        verbose_name_plural = _("sign-in records")
        constraints = [
            models.UniqueConstraint(fields=["account_key", "address"], name="signinrecord_account_address")
        ]

    def __str__(self) -> str:
        return f"{self.address} ({self.failures})"
