"""The refresh token as a cookie that only `/api/v1/auth` gets and no script reads."""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest
from rest_framework.response import Response

PATH = "/api/v1/auth"


def cookie_name() -> str:
    """Return `__Secure-refresh`, or `refresh` on a site without HTTPS."""
    return "__Secure-refresh" if settings.SECURE_COOKIES else "refresh"


def refresh_cookie(request: HttpRequest) -> str:
    """Return the refresh token of the cookie, "" without one."""
    return request.COOKIES.get(cookie_name(), "")


def set_refresh_cookie(response: Response, token: str, expires_at: datetime) -> None:
    """Keep the refresh token in the cookie until it ends."""
    response.set_cookie(
        cookie_name(),
        token,
        expires=expires_at,
        path=PATH,
        secure=settings.SECURE_COOKIES,
        httponly=True,
        samesite="Strict",
    )


def delete_refresh_cookie(request: HttpRequest, response: Response) -> None:
    """Take the cookie back where there is one."""
    if refresh_cookie(request):
        response.delete_cookie(cookie_name(), path=PATH, samesite="Strict")
