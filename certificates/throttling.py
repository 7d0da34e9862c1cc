"""Codes must not be walked: two limits by address, over every public address that takes a code. And what PDFs cost."""

from typing import Any

from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from accounts.throttling import check_throttle
from lms.lib.errors import DomainError
from lms.lib.throttling import AddressThrottle, PersonThrottle


class TooManyVerifications(DomainError):
    """The address asks too often: 429."""

    status = 429
    code = "throttled"
    message = _("Too many checks from your address. Wait a while and try again.")


class DownloadThrottle(PersonThrottle):
    """30 a minute, shared by downloads and previews of pages, admin and API."""

    scope = "download"


def check_download_throttle(request: HttpRequest) -> None:
    """Count a download on a page, or a preview in the admin, with those of the API; raise Throttled."""
    check_throttle(DownloadThrottle(), request)


class VerifyThrottle(AddressThrottle):
    """60 checks a minute."""

    scope = "verify"


class UnknownThrottle(AddressThrottle):
    """20 unknown answers an hour; `peek` looks, `hit` counts."""

    scope = "verify_unknown"

    def peek(self, request: Request) -> bool:
        """Return whether another unknown answer is allowed."""
        self.key = self.get_cache_key(request, None)  # type: ignore[arg-type]
        self.now = self.timer()
        self.history = [t for t in cache.get(self.key, []) if t > self.now - (self.duration or 0)]
        return bool(len(self.history) < (self.num_requests or 0))

    def hit(self) -> None:
        """Count one unknown answer."""
        cache.set(self.key, [self.now, *self.history], self.duration)


class Verification:
    """One check of a code by one address; raises TooManyVerifications when it may not ask."""

    def __init__(self, http_request: HttpRequest) -> None:
        request = Request(http_request)
        self._unknown = UnknownThrottle()
        every = VerifyThrottle()
        if not every.allow_request(request, _NO_VIEW):
            raise _too_many(every)
        if not self._unknown.peek(request):
            raise _too_many(self._unknown)

    def answered_unknown(self) -> None:
        """Count an answer that said "unknown"."""
        self._unknown.hit()


def _too_many(throttle: AddressThrottle) -> TooManyVerifications:
    return TooManyVerifications(headers={"Retry-After": str(max(1, round(throttle.wait() or 60)))})


_NO_VIEW: Any = None
