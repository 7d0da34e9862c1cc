"""Counting tries before a secret is looked at, in the database: the limit holds in parallel and without Redis."""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.exceptions import Throttled, TooManyAttempts
from accounts.models import SignInRecord
from lms.lib.context import request_facts


@dataclass(frozen=True)
class Booking:
    """A try that was counted. It stays a failure unless `succeed` or `cancel` is called."""

    account_key: str
    address: str
    limit: int

    @property
    def _record(self) -> QuerySet[SignInRecord]:
        return SignInRecord.objects.filter(account_key=self.account_key, address=self.address)

    def succeed(self) -> None:
        """The secret was right: no failures any more."""
        self._record.update(failures=0, succeeded_at=timezone.now())

    def cancel(self) -> None:
        """Nobody looked at the secret after all: the try does not count."""
        self._record.filter(failures__gt=0).update(failures=F("failures") - 1)

    def tries_left(self) -> int:
        """Return how many more tries there are before a pause."""
        failures = self._record.values_list("failures", flat=True).first() or 0
        return max(0, self.limit - failures)

    def take(self, now: datetime, window: timedelta) -> bool:
        """Count one try unless the window is full; a window that is over starts anew."""
        is_over = Q(window_started_at__lte=now - window)
        return bool(
            self._record.filter(is_over | Q(failures__lt=self.limit)).update(
                failures=Case(When(is_over, then=Value(1)), default=F("failures") + 1),
                window_started_at=Case(When(is_over, then=Value(now)), default=F("window_started_at")),
            )
        )

    def open(self, now: datetime) -> None:
        """Make the record, unless somebody just did."""
        SignInRecord.objects.bulk_create(
            [SignInRecord(account_key=self.account_key, address=self.address, window_started_at=now)],
            ignore_conflicts=True,
        )

    def free_again_at(self, window: timedelta) -> datetime:
        """Return when a full window is over."""
        return self._record.values_list("window_started_at", flat=True).get() + window


def book(
    secret: str,
    *,
    limit: int | None = None,
    window: timedelta | None = None,
    refusal: type[TooManyAttempts] | type[Throttled] = TooManyAttempts,
) -> Booking:
    """Count a try at `secret` (a name for what is guessed, such as `password:<e-mail>`) from the present address.

    Call it before the secret is looked at. Without `limit` and `window` those of sign-in hold. Raises
    `refusal` when the window is full, which trying on does not prolong.
    """
    limit = limit or settings.LOGIN_MAX_FAILURES
    window = window or timedelta(minutes=settings.LOGIN_WINDOW_MINUTES)
    key = salted_hmac("accounts.attempts", secret, algorithm="sha256").hexdigest()
    booking = Booking(key, network_of(request_facts.get().ip), limit)
    now = timezone.now()
    if not booking.take(now, window):
        booking.open(now)
        if not booking.take(now, window):
            raise refusal(booking.free_again_at(window))
    return booking


def network_of(address: str) -> str:
    """Return the address as it is counted: an IPv6 one by its /64, since a host has all of it."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address[:45]
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    if ip.ipv4_mapped:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((int(ip), 64), strict=False).network_address)
