"""The first answer to an `Idempotency-Key`, kept for a day."""

from django.db import models
from django.utils import timezone

from accounts.models.users import User
from lms.lib.ids import UUIDModel


class IdempotencyRecord(UUIDModel):
    """One key of one person: inserted before the verb runs, filled after it (`answer_body` null: still running)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    request_hash = models.CharField(max_length=64)
    claimed_at = models.DateTimeField(default=timezone.now)
    answer_status = models.PositiveSmallIntegerField(null=True)
    answer_headers = models.JSONField(default=dict)
    answer_body = models.TextField(null=True)  # noqa: DJ001 - null says that the verb is still running
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="idempotencyrecord_created")]
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotencyrecord_user_key")]

    def __str__(self) -> str:
        return self.key
