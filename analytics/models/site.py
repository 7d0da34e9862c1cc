"""What happened on the whole site, day by day."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lms.lib.ids import UUIDModel


class SiteDailyStat(UUIDModel):
    """One day of the site (DEFAULT_TIME_ZONE); days on which nothing happened have no row.

    `totals` (shapes.Totals) is the snapshot of the moment of `refreshed_at`; only the newest is shown.
    """

    date = models.DateField(_("day"), unique=True)
    new_users = models.PositiveIntegerField(_("new people"), default=0)
    new_enrollments = models.PositiveIntegerField(_("new enrollments"), default=0)
    completions = models.PositiveIntegerField(_("completions"), default=0)
    certificates = models.PositiveIntegerField(_("certificates"), default=0)
    active_users_1 = models.PositiveIntegerField(_("active on the day"), default=0)
    active_users_7 = models.PositiveIntegerField(_("active in 7 days"), default=0)
    active_users_30 = models.PositiveIntegerField(_("active in 30 days"), default=0)
    totals = models.JSONField(default=dict, blank=True)
    refreshed_at = models.DateTimeField(_("as of"))

    class Meta:
        verbose_name = _("day of the site")
        verbose_name_plural = _("days of the site")
        ordering = ["date"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    active_users_1__gte=0,
                    active_users_1__lte=F("active_users_7"),
                    active_users_7__lte=F("active_users_30"),
                ),
                name="sitedailystat_active_order",
            ),
            models.CheckConstraint(
                condition=Q(
                    new_users__gte=0, new_enrollments__gte=0, completions__gte=0, certificates__gte=0
                ),
                name="sitedailystat_counts",
            ),
        ]

    def __str__(self) -> str:
        return str(self.date)
