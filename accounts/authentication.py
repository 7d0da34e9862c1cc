"""Who calls the API: a bearer token of a live login session, or the browser session with CSRF."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from rest_framework import authentication, exceptions
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication

from accounts import tokens
from accounts.exceptions import (
    AccountInactive,
    CsrfFailed,
    MfaSetupRequired,
    TokenExpired,
    TokenInvalid,
    TokenRevoked,
)
from accounts.models import LoginSession, User
from accounts.models.users import has_factor

WITHOUT_FACTOR = ("/api/v1/auth/", "/api/v1/users/me")  # what staff reach before they have a second factor


class PersonRequest(Request):
    """The request of a person whom one of the two classes below let in; `auth` is None for a browser."""

    user: User
    auth: LoginSession | None


def bearer_token(request: HttpRequest) -> str | None:
    """Return the token of the Authorization header, None without one; raise TokenInvalid for another scheme."""
    header = request.headers.get("Authorization", "").split()
    if not header:
        return None
    if len(header) != 2 or header[0].lower() != "bearer":
        raise TokenInvalid
    return header[1]


def session_for_access(raw: str) -> LoginSession:
    """Return the live login session of an access token with its person, in one query.

    Raises TokenInvalid, TokenExpired, TokenRevoked, AccountInactive, in this order.
    """
    claims = tokens.read_access(raw)
    sessions = LoginSession.objects.select_related("user").annotate(mfa_enabled=has_factor("user"))
    session = sessions.filter(pk=claims.session_id).first()
    if session is None or session.revoked_at is not None:
        raise TokenRevoked  # no row: it ended so long ago that it was tidied away
    if session.user_id != claims.user_id:
        raise TokenInvalid
    if not session.is_live(timezone.now()):
        raise TokenExpired
    if not session.user.is_active:
        raise AccountInactive
    session.user.mfa_enabled = session.mfa_enabled  # type: ignore[attr-defined]  # annotated above
    return session


def refuse_without_factor(request: Request, user: User) -> None:
    """Raise MfaSetupRequired for staff who have to set up a second factor first, outside /auth and /users/me."""
    if user.must_set_up_mfa and not request.path.startswith(WITHOUT_FACTOR):
        raise MfaSetupRequired


class SessionJWTAuthentication(JWTAuthentication):
    """Bearer tokens. `request.auth` is the LoginSession; role and rights come from the person's row."""

    def authenticate(self, request: Request) -> tuple[User, LoginSession] | None:  # type: ignore[override]
        if any(_looks_like_a_token(value) for values in request.query_params.lists() for value in values[1]):
            raise TokenInvalid  # a token in an address ends up in logs and histories
        raw = bearer_token(request._request)
        if raw is None:
            return None
        session = session_for_access(raw)
        refuse_without_factor(request, session.user)
        return session.user, session


def _looks_like_a_token(value: str) -> bool:
    return value.startswith("eyJ") and value.count(".") == 2


class BrowserSessionAuthentication(authentication.SessionAuthentication):
    """The site's own pages: the browser session, and for every write its CSRF token."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        found: tuple[User, None] | None = super().authenticate(request)
        if found:
            refuse_without_factor(request, found[0])
        return found

    def enforce_csrf(self, request: Any) -> None:
        """Raise CsrfFailed where Django's own check refuses."""
        try:
            super().enforce_csrf(request)
        except exceptions.PermissionDenied:
            raise CsrfFailed from None
