"""How often figures are asked for as files, and anew."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone
from rest_framework.request import Request

from accounts.exceptions import Throttled
from lms.lib.throttling import PersonThrottle


class ExportThrottle(PersonThrottle):
    """10 files a minute by user, pages and API together."""

    scope = "analytics_export"


def check_export_throttle(request: HttpRequest) -> None:
    """Count a download on a page with those of the API; raise Throttled."""
    throttle = ExportThrottle()
    asked = Request(request)
    asked.user = request.user
    if not throttle.allow_request(asked, None):  # type: ignore[arg-type]  # no view is looked at
        raise Throttled(timezone.now() + timedelta(seconds=throttle.wait() or 1))
