"""Where a person is logged in: API logins and browsers, as one list."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import models
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.models.sessions import LoginSession
from accounts.models.users import User

PROGRAMS = {"Edge": r"Edg", "Opera": r"OPR/|Opera", "Samsung Internet": r"SamsungBrowser", "Firefox": r"Firefox|FxiOS",
            "Chrome": r"Chrome|CriOS", "Safari": r"Safari"}  # fmt: skip
SYSTEMS = {"Windows": r"Windows", "Android": r"Android", "iOS": r"iPhone|iPad|iPod", "macOS": r"Mac OS X",
           "ChromeOS": r"CrOS", "Linux": r"Linux"}  # fmt: skip


class SessionKind(models.TextChoices):
    """How a session was opened."""

    API = "api", _("App or API")
    BROWSER = "browser", _("Browser")


@dataclass(frozen=True)
class OpenSession:
    """One place where a person is logged in. `id` is of the list alone: a browser's key stays secret."""

    id: uuid.UUID
    kind: SessionKind
    device: LoginSession.Device
    user_agent: str
    ip: str | None
    created_at: datetime
    last_used_at: datetime
    is_current: bool

    @property
    def software(self) -> str:
        """Return what the user agent names, such as `Firefox, Windows`; names are the same in every language."""
        found = (_first(PROGRAMS, self.user_agent), _first(SYSTEMS, self.user_agent))
        return ", ".join(name for name in found if name)


def _first(names: dict[str, str], user_agent: str) -> str:
    return next((name for name, pattern in names.items() if re.search(pattern, user_agent)), "")


def browser_id(session_key: str) -> uuid.UUID:
    """Return the id under which a browser session is shown: nobody gets from it to the key."""
    digest = salted_hmac("accounts.browser_session", session_key, algorithm="sha256").digest()
    return uuid.UUID(bytes=digest[:16])


def browsers_of(user: User, *, now: datetime) -> QuerySet[UserSession]:
    """Return the browser sessions of a person that still live."""
    live = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=now)
    browsers: QuerySet[UserSession] = UserSession.objects.filter(Exists(live), user=user)
    return browsers


def open_sessions_of(
    user: User, *, now: datetime, current: LoginSession | None = None, current_browser: str = ""
) -> list[OpenSession]:
    """Return where a person is logged in, in two queries: the present session first, then by last use.

    `current` is the API login that asks, `current_browser` the session key of the browser that does.
    """
    found = [
        *_api_logins(user, now, current.pk if current else None),
        *_browsers(user, now, current_browser),
    ]
    return sorted(found, key=lambda one: (one.is_current, one.last_used_at), reverse=True)


def _api_logins(user: User, now: datetime, current: uuid.UUID | None) -> Iterator[OpenSession]:
    for login in LoginSession.objects.live(now).filter(user=user):
        yield OpenSession(
            id=login.pk,
            kind=SessionKind.API,
            device=LoginSession.Device(login.device),
            user_agent=login.user_agent,
            ip=login.ip,
            created_at=login.created_at,
            last_used_at=login.last_used_at,
            is_current=login.pk == current,
        )


def _browsers(user: User, now: datetime, current: str) -> Iterator[OpenSession]:
    for browser in browsers_of(user, now=now):
        yield OpenSession(
            id=browser_id(browser.session_key),
            kind=SessionKind.BROWSER,
            device=LoginSession.Device.of(browser.user_agent),
            user_agent=browser.user_agent,
            ip=browser.ip,
            created_at=browser.created_at,
            last_used_at=browser.last_seen_at,
            is_current=browser.session_key == current,
        )
