"""How often figures are asked for as files, and anew."""

from __future__ import annotations

from django.http import HttpRequest

from accounts.throttling import check_throttle
from lms.lib.throttling import PersonThrottle


class ExportThrottle(PersonThrottle):
    """10 files a minute by user, pages and API together."""

    scope = "analytics_export"


def check_export_throttle(request: HttpRequest) -> None:
    """Count a download on a page with those of the API; raise Throttled."""
    check_throttle(ExportThrottle(), request)
