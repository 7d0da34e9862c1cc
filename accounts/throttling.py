"""Limits on the doors of accounts, and how pages count with the API. Wrong passwords: accounts.services.attempts."""

from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone
from rest_framework.request import Request

from accounts.exceptions import Throttled
from lms.lib.throttling import AddressThrottle, PersonThrottle


class RegisterThrottle(AddressThrottle):
    """100 new accounts an hour from one address: a class signs up in one lesson."""

    scope = "register"


class RefreshThrottle(AddressThrottle):
    """600 refreshes a minute from one address."""

    scope = "refresh"


class SignInThrottle(AddressThrottle):
    """600 tries to sign in a minute from one address, right ones too: a school starts its lesson at once."""

    scope = "sign_in"


class ExportThrottle(PersonThrottle):
    """3 exports a day of everything about a person."""

    scope = "export"


def check_throttle(throttle: AddressThrottle | PersonThrottle, request: HttpRequest) -> None:
    """Count a request of a page or the admin with those of the API; raise Throttled."""
    asked = Request(request)
    asked.user = request.user
    if not throttle.allow_request(asked, None):  # type: ignore[arg-type]  # no view is looked at
        raise Throttled(timezone.now() + timedelta(seconds=throttle.wait() or 1))


def check_export_throttle(request: HttpRequest) -> None:
    """Count a download on the page with those of the API; raise Throttled."""
    check_throttle(ExportThrottle(), request)


def check_register_throttle(request: HttpRequest) -> None:
    """Count a sign-up on the page with those of the API; raise Throttled."""
    check_throttle(RegisterThrottle(), request)


def check_sign_in_throttle(request: HttpRequest) -> None:
    """Count a try to sign in, whose shape is right, at page and API alike; raise Throttled."""
    check_throttle(SignInThrottle(), request)
