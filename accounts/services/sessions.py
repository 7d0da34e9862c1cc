"""Login sessions of the API (families of refresh tokens), and ending those of the browser with them."""

import uuid
from datetime import datetime, timedelta

import structlog
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import update_last_login
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from accounts import tokens
from accounts.exceptions import AccountInactive, TokenExpired, TokenInvalid, TokenReused, TokenRevoked
from accounts.models import LoginSession, OutgoingMail, User
from accounts.models.audit import record
from accounts.models.open_sessions import browser_id, browsers_of
from accounts.services.mails import queue_mail
from accounts.tokens import Claims, TokenPair
from lms.lib.context import request_facts
from lms.lib.ids import new_id

MAX_LIVE_SESSIONS = 50
log = structlog.get_logger("security")


@transaction.atomic
def open_session(*, user: User, user_agent: str = "") -> TokenPair:
    """Log a person in to the API; the least recently used of more than 50 live logins gives way."""
    now = timezone.now()
    user_agent = _agent(user_agent)
    session = LoginSession.objects.create(
        user=user,
        current_jti=new_id(),
        last_used_at=now,
        expires_at=_end(now, now),
        ip=request_facts.get().ip or None,
        user_agent=user_agent,
        device=LoginSession.Device.of(user_agent),
    )
    update_last_login(User, user)
    live = LoginSession.objects.live(now).filter(user=user).order_by("-last_used_at", "-pk")
    surplus = live.values("pk")[MAX_LIVE_SESSIONS:]
    LoginSession.objects.filter(pk__in=surplus).revoke(LoginSession.Reason.SUPERSEDED, at=now)
    return tokens.issue(session, now=now)


def rotate(*, refresh_token: str, user_agent: str = "") -> TokenPair:
    """Exchange a refresh token for a new pair; of several who try at once one rotates.

    The others, with the same user agent and within REFRESH_GRACE_SECONDS, get the same refresh token. Any
    other token that was exchanged before ends the session. Raises TokenInvalid, TokenExpired, TokenRevoked,
    AccountInactive, TokenReused.
    """
    claims = tokens.read_refresh(refresh_token)
    session = _live_session(claims)
    now = timezone.now()
    session.previous_jti, session.current_jti = claims.jti, new_id()
    session.rotated_at = session.last_used_at = now
    session.expires_at = _end(now, session.created_at)
    # The compare-and-swap: nobody else rotated, ended or outlived the session since.
    won = LoginSession.objects.live(now).filter(pk=session.pk, current_jti=claims.jti).update(
        previous_jti=session.previous_jti,
        current_jti=session.current_jti,
        rotated_at=now,
        last_used_at=now,
        expires_at=session.expires_at,
    )  # fmt: skip
    if won:
        return tokens.issue(session, now=now)
    return _answer_late(claims, _agent(user_agent))


def _answer_late(claims: Claims, user_agent: str) -> TokenPair:
    session = _live_session(claims)
    now = timezone.now()
    if claims.jti == session.previous_jti and _is_graced(session, user_agent, now):
        return tokens.issue(session, now=now)
    _end_copied(session, now)
    raise TokenReused


def _is_graced(session: LoginSession, user_agent: str, now: datetime) -> bool:
    grace = timedelta(seconds=settings.REFRESH_GRACE_SECONDS)
    rotated_at = session.rotated_at or session.created_at
    return bool(grace) and now - rotated_at <= grace and user_agent == session.user_agent


def _end_copied(session: LoginSession, now: datetime) -> None:
    with transaction.atomic():
        if not LoginSession.objects.filter(pk=session.pk).revoke(LoginSession.Reason.TOKEN_REUSED, at=now):
            return  # of several who come with copies the first ended it, and told
        ended = {"revoked_reason": ["", LoginSession.Reason.TOKEN_REUSED]}
        record(by=None, action="session.token_reused", target=session, data=ended)
        queue_mail(user=session.user, kind=OutgoingMail.Kind.TOKEN_REUSED, key=str(session.pk))
    log.warning("token_reused", user=str(session.user_id), session=str(session.pk))


def _live_session(claims: Claims) -> LoginSession:
    session = LoginSession.objects.select_related("user").filter(pk=claims.session_id).first()
    if session is None:
        raise TokenRevoked  # tidied away after its end
    if session.user_id != claims.user_id:
        raise TokenInvalid
    if session.revoked_at is not None:
        raise TokenRevoked
    if not session.is_live(timezone.now()):
        raise TokenExpired
    if not session.user.is_active:
        raise AccountInactive
    return session


def _end(now: datetime, created_at: datetime) -> datetime:
    """30 days from each use, 90 from login. Whole seconds: tokens know no smaller part."""
    end = min(
        now + timedelta(days=settings.REFRESH_TOKEN_DAYS),
        created_at + timedelta(days=settings.SESSION_MAX_DAYS),
    )
    return end.replace(microsecond=0)


def _agent(user_agent: str) -> str:
    return user_agent.replace("\0", "")[: LoginSession._meta.get_field("user_agent").max_length]


def revoke(*, session_id: uuid.UUID) -> bool:
    """Log out one API login; return whether it was still live."""
    ended = LoginSession.objects.filter(pk=session_id).revoke(LoginSession.Reason.LOGOUT, at=timezone.now())
    return bool(ended)


@transaction.atomic
def end_session(*, user: User, session_id: uuid.UUID) -> bool:
    """End one of a person's logins, API or browser, by its id in their list; return whether it was open."""
    now = timezone.now()
    if (
        LoginSession.objects.live(now)
        .filter(user=user, pk=session_id)
        .revoke(LoginSession.Reason.LOGOUT, at=now)
    ):
        return True
    keys = [browser.session_key for browser in browsers_of(user, now=now)]
    return _end_browsers(user, [key for key in keys if browser_id(key) == session_id])


def note_browser(*, session_key: str) -> None:
    """Move a browser session's last use, at most every 10 minutes: between those, reading writes nothing.

    The cache says whether it is time; without an answer from it, the row does.
    """
    pause = timedelta(minutes=10)
    if cache.add(f"browser:{browser_id(session_key)}", 1, pause.total_seconds()):
        now = timezone.now()
        UserSession.objects.filter(session_key=session_key, last_seen_at__lte=now - pause).update(
            last_seen_at=now
        )


@transaction.atomic
def end_sessions(
    *, user: User, reason: str, keep: LoginSession | None = None, keep_browser: str = ""
) -> None:
    """End every login of a person, API and browser, but the one given (`keep_browser`: its session key)."""
    others = LoginSession.objects.filter(user=user)
    if keep is not None:
        others = others.exclude(pk=keep.pk)
    others.revoke(reason, at=timezone.now())
    browsers = UserSession.objects.filter(user=user).exclude(session_key=keep_browser)
    _end_browsers(user, list(browsers.values_list("session_key", flat=True)))


def _end_browsers(user: User, session_keys: list[str]) -> bool:
    ended, _rows = Session.objects.filter(session_key__in=session_keys).delete()
    UserSession.objects.filter(user=user, session_key__in=session_keys).delete()
    return bool(ended)
