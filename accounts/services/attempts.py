"""Counting tries before a secret is looked at, in the database: the limits hold in parallel and without Redis.

Three counters, all rows of SignInRecord: one of the pair (account, address), and two ceilings, of the address over
all accounts and of the account over all addresses. Each is moved by a statement of its own, so nobody holds one row
while waiting for another.
"""

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.exceptions import Throttled, TooManyAttempts
from accounts.models import OutgoingMail, SignInRecord, User
from accounts.services.mails import queue_mail, sent_since
from lms.lib.context import request_facts

ANY = "*"  # in a ceiling's row, in the place of the account or of the address
ADDRESS_FAILURES, ADDRESS_WINDOW = 100, timedelta(minutes=15)
ACCOUNT_FAILURES, ACCOUNT_WINDOW = 100, timedelta(hours=24)
TRUSTED_FOR = timedelta(
    days=30
)  # after a success no ceiling holds for the pair: nobody can lock out a school
log = structlog.get_logger("security")


@dataclass(frozen=True)
class Counter:
    """A row that counts failures, up to `limit` in `window`."""

    account_key: str
    address: str
    limit: int
    window: timedelta

    @property
    def rows(self) -> QuerySet[SignInRecord]:
        """The row, or none yet."""
        return SignInRecord.objects.filter(account_key=self.account_key, address=self.address)

    def take(self, now: datetime, *, is_new: bool) -> bool:
        """Count one try unless the window is full; `is_new` says that a moment ago there was no row."""
        return (is_new and self._open(now)) or self._count(now)

    def _count(self, now: datetime) -> bool:
        # One conditional UPDATE; a window that is over starts anew.
        is_over = Q(window_started_at__lte=now - self.window)
        return bool(
            self.rows.filter(is_over | Q(failures__lt=self.limit)).update(
                failures=Case(When(is_over, then=Value(1)), default=F("failures") + 1),
                window_started_at=Case(When(is_over, then=Value(now)), default=F("window_started_at")),
            )
        )

    def _open(self, now: datetime) -> bool:
        row = SignInRecord(
            account_key=self.account_key, address=self.address, failures=1, window_started_at=now
        )
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:  # somebody was first
            return False
        return True

    def give_back(self) -> None:
        """The try was no failure."""
        self.rows.filter(failures__gt=0).update(failures=F("failures") - 1)

    def free_again_at(self) -> datetime:
        """Return when a full window is over."""
        return self.rows.values_list("window_started_at", flat=True).get() + self.window


@dataclass(frozen=True)
class Booking:
    """A try that was counted. It stays a failure unless `succeed` or `cancel` is called."""

    pair: Counter
    ceilings: Sequence[Counter] = ()

    def succeed(self) -> None:
        """The secret was right: no failures any more, and no ceiling for this pair for 30 days."""
        self.pair.rows.update(failures=0, succeeded_at=timezone.now())
        _give_back(self.ceilings)

    def cancel(self) -> None:
        """Nobody looked at the secret after all: the try does not count."""
        _give_back([self.pair, *self.ceilings])

    def tries_left(self) -> int:
        """Return how many more tries there are before a pause."""
        failures = self.pair.rows.values_list("failures", flat=True).first() or 0
        return max(0, self.pair.limit - failures)


def book(secret: str, *, email: str = "", limit: int | None = None) -> Booking:
    """Count a try at `secret` (a name for what is guessed, such as `mfa:<user id>`) from the present address.

    Call it before the secret is looked at, and outside a transaction. `limit` replaces LOGIN_MAX_FAILURES for the
    pair of account and address. `email` is whose account it is: they get one mail when it has had 100 failures
    in 24 hours over all addresses. Raises TooManyAttempts when a window is full, which trying on does not prolong.
    """
    now = timezone.now()
    pair, *ceilings = counters = _counters(secret, limit or settings.LOGIN_MAX_FAILURES)
    known = {(row.account_key, row.address): row for row in _records(counters)}
    record = known.get((pair.account_key, pair.address))
    if record and record.succeeded_at and record.succeeded_at > now - TRUSTED_FOR:
        counters, ceilings = [pair], []
    taken: list[Counter] = []
    for counter in counters:
        if not counter.take(now, is_new=(counter.account_key, counter.address) not in known):
            _give_back(taken)
            if counter.address == ANY:
                _warn_owner(counter, email, now)
            raise TooManyAttempts(counter.free_again_at())
        taken.append(counter)
    return Booking(pair, ceilings)


def password_of(email: str) -> str:
    """Return the name under which tries at an account's password are booked, at whatever door."""
    return f"password:{email}"


def forgive(secret: str) -> None:
    """Forget the failures at a secret that is a new one now: from the present address, and over all."""
    key = _key(secret)
    for address in (network_of(request_facts.get().ip), ANY):
        SignInRecord.objects.filter(account_key=key, address=address).update(failures=0)


def throttle(name: str, *, limit: int, window: timedelta, everywhere: bool = False) -> None:
    """Count one use of `name` from the present address, or from `everywhere`; raise Throttled when it was the last.

    Nothing is guessed here: no success takes a count back, and no ceiling holds.
    """
    address = ANY if everywhere else network_of(request_facts.get().ip)
    counter = Counter(_key(name), address, limit, window)
    now = timezone.now()
    if not (counter.take(now, is_new=False) or counter.take(now, is_new=True)):
        raise Throttled(counter.free_again_at())


def _key(secret: str) -> str:
    return salted_hmac("accounts.attempts", secret, algorithm="sha256").hexdigest()


def _counters(secret: str, limit: int) -> list[Counter]:
    ip = request_facts.get().ip
    key, address = _key(secret), network_of(ip)
    counters = [Counter(key, address, limit, timedelta(minutes=settings.LOGIN_WINDOW_MINUTES))]
    if not _is_trusted(ip):
        counters.append(Counter(ANY, address, ADDRESS_FAILURES, ADDRESS_WINDOW))
    counters.append(Counter(key, ANY, ACCOUNT_FAILURES, ACCOUNT_WINDOW))
    return counters


def _records(counters: Iterable[Counter]) -> QuerySet[SignInRecord]:
    wanted = Q()
    for counter in counters:
        wanted |= Q(account_key=counter.account_key, address=counter.address)
    return SignInRecord.objects.filter(wanted)


def _give_back(counters: Iterable[Counter]) -> None:
    for counter in counters:
        counter.give_back()


def _warn_owner(ceiling: Counter, email: str, now: datetime) -> None:
    log.warning("account_under_attack")
    with transaction.atomic():
        # One past the limit marks that the owner knows: of several refused at once the first gets here.
        if not ceiling.rows.filter(failures=ceiling.limit).update(failures=F("failures") + 1):
            return
        owner = User.objects.active().filter(email=email).first()
        kind = OutgoingMail.Kind.UNDER_ATTACK
        if owner and not sent_since(owner, kind, now - ceiling.window):
            queue_mail(user=owner, kind=kind)


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return None
    return getattr(ip, "ipv4_mapped", None) or ip


def _is_trusted(address: str) -> bool:
    ip = _parsed(address)
    return ip is not None and any(ip in network for network in settings.TRUSTED_NETWORKS)


def network_of(address: str) -> str:
    """Return the address as it is counted: an IPv6 one by its /64, since a host has all of it."""
    ip = _parsed(address)
    if isinstance(ip, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(ip), 64), strict=False).network_address)
    return address[:45] if ip is None else str(ip)
