"""The ledger of revisions."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certificates.models.certificate import Certificate
from lms.lib.ids import UUIDModel

LIST_PLACES = 131_072  # of one Bitstring Status List


class CertificateRevision(UUIDModel):
    """One revision of one certificate: the ledger behind the revocation list. Append-only.

    `status_index` is its bit, drawn once and never used twice.
    """

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="revisions")
    revision = models.PositiveIntegerField(_("revision"))
    status_index = models.PositiveBigIntegerField(unique=True, editable=False)
    created_at = models.DateTimeField(_("issued"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        ordering = ["revision"]
        constraints = [
            models.UniqueConstraint(
                fields=["certificate", "revision"], name="certificaterevision_certificate_revision"
            ),
            models.CheckConstraint(condition=Q(revision__gte=1), name="certificaterevision_revision"),
        ]

    def __str__(self) -> str:
        return str(self.revision)

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("A revision is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("A revision is never deleted.")
