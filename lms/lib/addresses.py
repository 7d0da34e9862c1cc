"""The caller's address, believed only as far as the proxies in front are ours."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Return the caller's IP address.

    `X-Forwarded-For` counts only as far as TRUSTED_PROXY_COUNT proxies (each appends one entry) say; a header
    with fewer entries or with something else than an address falls back to the peer's own address.
    """
    peer: str = request.META.get("REMOTE_ADDR", "") or ""
    count: int = settings.TRUSTED_PROXY_COUNT
    if not count:
        return peer
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    if len(hops) < count:
        return peer
    try:
        return str(ipaddress.ip_address(hops[-count]))
    except ValueError:
        return peer
