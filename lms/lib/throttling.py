"""Throttles by scope, with the X-RateLimit headers. A cache that is away lets the request through."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from lms.lib.addresses import client_address

if TYPE_CHECKING:
    from rest_framework.views import APIView


class ScopeThrottle(SimpleRateThrottle):
    """A sliding window per scope; the tightest of a request's throttles is told in the headers."""

    cache_format = "throttle:%(scope)s:%(ident)s"
    num_requests: int | None
    duration: int | None

    def get_rate(self) -> str | None:
        from django.conf import settings

        rates: Any = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]
        return str(rates[self.scope])

    def allow_request(self, request: Request, view: APIView) -> bool:
        allowed = super().allow_request(request, view)
        if getattr(self, "key", None) is not None and self.num_requests:
            left = max(0, (self.num_requests or 0) - len(self.history)) if allowed else 0
            oldest = self.history[-1] if self.history else self.now
            self._tell(request, left, int(oldest + (self.duration or 0)))
        return bool(allowed)

    def _tell(self, request: Request, left: int, reset: int) -> None:
        http = request._request
        before: tuple[int, int, int] | None = getattr(http, "rate_limit", None)
        if before is None or left < before[1]:
            http.rate_limit = (self.num_requests, left, reset)  # type: ignore[attr-defined]

    def timer(self) -> float:
        return time.time()


class AddressThrottle(ScopeThrottle):
    """Counts by the caller's address, whoever it is."""

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        return self.cache_format % {"scope": self.scope, "ident": client_address(request._request)}


class PersonThrottle(ScopeThrottle):
    """Counts by user; visitors are not counted here."""

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        if not request.user or not request.user.is_authenticated:
            return None
        return self.cache_format % {"scope": self.scope, "ident": request.user.pk}


class AnonymousThrottle(AddressThrottle):
    """100 a minute by address for visitors."""

    scope = "anonymous"

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        if request.user and request.user.is_authenticated:
            return None
        return super().get_cache_key(request, view)


class UserThrottle(PersonThrottle):
    """600 a minute by user."""

    scope = "user"


def rate_limit_headers(request: Any) -> dict[str, str]:
    """Return the X-RateLimit headers of a throttled request, else nothing."""
    limit = getattr(request, "rate_limit", None)
    if limit is None:
        return {}
    return {
        "X-RateLimit-Limit": str(limit[0]),
        "X-RateLimit-Remaining": str(limit[1]),
        "X-RateLimit-Reset": str(limit[2]),
    }
