"""Limits by address on the doors of accounts; wrong passwords are counted by accounts.services.attempts."""

from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone
from rest_framework.request import Request

from accounts.exceptions import Throttled
from lms.lib.throttling import AddressThrottle


class RegisterThrottle(AddressThrottle):
    """100 new accounts an hour from one address: a class signs up in one lesson."""

    scope = "register"


class RefreshThrottle(AddressThrottle):
    """600 refreshes a minute from one address."""

    scope = "refresh"


def check_register_throttle(request: HttpRequest) -> None:
    """Count a sign-up on the page with those of the API; raise Throttled."""
    throttle = RegisterThrottle()
    if not throttle.allow_request(Request(request), None):  # type: ignore[arg-type]  # no view is looked at
        raise Throttled(timezone.now() + timedelta(seconds=throttle.wait() or 1))
