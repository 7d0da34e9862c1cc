"""The store behind `Idempotency-Key`: one row for each key of a person (see lms.lib.idempotency)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import IdempotencyRecord, User
from lms.lib.idempotency import Answer, InProgress, KeyReused

KEPT = timedelta(hours=24)
ABANDONED = timedelta(seconds=60)


@dataclass(frozen=True)
class Claim:
    """The right to answer for a key; `claimed_at` is the fence against whoever claims it anew."""

    record_id: UUID
    claimed_at: datetime


class IdempotencyRecords:
    """Inserts first: of parallel requests with one key the unique constraint lets one through."""

    def claim(self, *, person: User, key: str, request_hash: str) -> Claim | Answer:
        """Return a claim, or the answer of a first request that is done.

        Raises KeyReused when the key came with another request in the last 24 hours, InProgress while the first
        still runs. One left running for 60 seconds is claimed anew.
        """
        now = timezone.now()
        try:
            with transaction.atomic():
                row = IdempotencyRecord.objects.create(
                    user=person, key=key, request_hash=request_hash, claimed_at=now
                )
        except IntegrityError:
            return self._second(person, key, request_hash, now)
        return Claim(row.pk, now)

    def _second(self, person: User, key: str, request_hash: str, now: datetime) -> Claim | Answer:
        row = IdempotencyRecord.objects.filter(user=person, key=key).first()
        if row is None:
            raise InProgress  # released this moment
        is_forgotten = row.created_at <= now - KEPT
        if not is_forgotten and row.request_hash != request_hash:
            raise KeyReused
        if not is_forgotten and row.answer_status is not None:
            return Answer(row.answer_status, row.answer_body or "", row.answer_headers)
        if not is_forgotten and row.claimed_at > now - ABANDONED:
            raise InProgress
        return self._take_over(row, request_hash, now, created_at=now if is_forgotten else row.created_at)

    def _take_over(
        self, row: IdempotencyRecord, request_hash: str, now: datetime, created_at: datetime
    ) -> Claim:
        """Of two who find it abandoned, one gets it."""
        taken = IdempotencyRecord.objects.filter(pk=row.pk, claimed_at=row.claimed_at).update(
            claimed_at=now,
            created_at=created_at,
            request_hash=request_hash,
            answer_status=None,
            answer_headers={},
            answer_body=None,
        )
        if not taken:
            raise InProgress
        return Claim(row.pk, now)

    def keep(self, claim: Claim, answer: Answer) -> bool:
        """Keep the answer; return False when another request has taken the claim over."""
        return bool(
            IdempotencyRecord.objects.filter(pk=claim.record_id, claimed_at=claim.claimed_at).update(
                answer_status=answer.status,
                answer_headers=dict(answer.headers),
                answer_body=answer.body,
            )
        )

    def release(self, claim: Claim) -> None:
        """Forget the claim, unless it was answered or taken over."""
        IdempotencyRecord.objects.filter(
            pk=claim.record_id, claimed_at=claim.claimed_at, answer_status=None
        ).delete()
