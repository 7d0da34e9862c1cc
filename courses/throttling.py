"""Limits of the doors of courses."""

from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone
from rest_framework.request import Request

from accounts.exceptions import Throttled
from lms.lib.throttling import PersonThrottle


class CopyThrottle(PersonThrottle):
    """30 copies and imports an hour."""

    scope = "copy_course"


def check_copy_throttle(request: HttpRequest) -> None:
    """Count a copy or an import in the admin with those of the API; raise Throttled."""
    throttle = CopyThrottle()
    asked = Request(request)
    asked.user = request.user
    if not throttle.allow_request(asked, None):  # type: ignore[arg-type]  # no view is looked at
        raise Throttled(timezone.now() + timedelta(seconds=throttle.wait() or 1))
