"""Limits of the doors of courses."""

from django.http import HttpRequest

from accounts.throttling import check_throttle
from lms.lib.throttling import PersonThrottle


class CopyThrottle(PersonThrottle):
    """30 copies and imports an hour."""

    scope = "copy_course"


def check_copy_throttle(request: HttpRequest) -> None:
    """Count a copy or an import in the admin with those of the API; raise Throttled."""
    check_throttle(CopyThrottle(), request)
