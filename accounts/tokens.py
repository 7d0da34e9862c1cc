"""Access and refresh tokens of a login session. They say who and which login, never which role."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

from accounts.exceptions import TokenExpired, TokenInvalid
from accounts.models import LoginSession
from lms.lib.ids import new_id

Kind = type[AccessToken] | type[RefreshToken]


@dataclass(frozen=True)
class Claims:
    """What a token of ours says: the person, the login session, its own id and its end."""

    user_id: uuid.UUID
    session_id: uuid.UUID
    jti: uuid.UUID
    expires_at: datetime


@dataclass(frozen=True)
class TokenPair:
    """What a client gets at login and refresh; times are aware."""

    session: LoginSession
    access_token: str
    access_expires_at: datetime
    refresh_token: str
    refresh_expires_at: datetime


def issue(session: LoginSession, *, now: datetime) -> TokenPair:
    """Return a fresh access token, and the refresh token of the session's present state.

    The refresh token is a function of the row alone, so whoever asks in the same state gets the same text.
    """
    life = timedelta(minutes=settings.ACCESS_TOKEN_MINUTES)
    access_end = min(now + life, session.expires_at)
    access = _write(AccessToken, session, jti=new_id(), made_at=now, expires_at=access_end)
    refresh = _write(
        RefreshToken,
        session,
        jti=session.current_jti,
        made_at=session.rotated_at or session.created_at,
        expires_at=session.expires_at,
    )
    return TokenPair(session, access, access_end, refresh, session.expires_at)


def _write(
    kind: Kind, session: LoginSession, *, jti: uuid.UUID, made_at: datetime, expires_at: datetime
) -> str:
    token = kind()
    token["sub"] = str(session.user_id)
    token["sid"] = str(session.pk)
    token["jti"] = str(jti)
    token.set_iat(at_time=made_at)
    token.set_exp(from_time=expires_at, lifetime=timedelta(0))
    return str(token)


def read_access(raw: str) -> Claims:
    """Return the claims of an access token; raise TokenInvalid, then TokenExpired."""
    return _read(AccessToken, raw)


def read_refresh(raw: str) -> Claims:
    """Return the claims of a refresh token; raise TokenInvalid, then TokenExpired."""
    return _read(RefreshToken, raw)


def session_of(raw: str) -> uuid.UUID | None:
    """Return the login session of a token of either kind, also of an expired one; None for anything else."""
    for kind in (RefreshToken, AccessToken):
        try:
            return _claims(_decode(kind, raw)[0]).session_id
        except TokenInvalid:
            continue
    return None


def _read(kind: Kind, raw: str) -> Claims:
    token, is_expired = _decode(kind, raw)
    claims = _claims(token)
    if is_expired:
        raise TokenExpired
    return claims


def _decode(kind: Kind, raw: Any) -> tuple[Token, bool]:
    """Return the token and whether it is past its time. A stranger's token is invalid, however old."""
    try:
        return kind(raw), False
    except ExpiredTokenError:
        pass  # the signature was right, or it would not have come to the time
    except TokenError:
        raise TokenInvalid from None
    try:
        stale = kind(raw, verify=False)
    except TokenError:
        raise TokenInvalid from None
    if stale.get("token_type") != kind.token_type or stale.get("iss") != settings.SIMPLE_JWT["ISSUER"]:
        raise TokenInvalid
    return stale, True


def _claims(token: Token) -> Claims:
    try:
        return Claims(
            user_id=uuid.UUID(token["sub"]),
            session_id=uuid.UUID(token["sid"]),
            jti=uuid.UUID(token["jti"]),
            expires_at=datetime.fromtimestamp(token["exp"], tz=UTC),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise TokenInvalid from None
