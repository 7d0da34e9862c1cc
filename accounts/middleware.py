"""The person's language and time zone for the request; when their browser was last used."""

from collections.abc import Callable
from contextlib import suppress
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone, translation

from accounts import services
from accounts.browsers import LISTED

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def person_locale(get_response: GetResponse) -> GetResponse:
    """Activate language and time zone.

    A signed-in person's locale decides the page; for visitors the language switch (a cookie), else
    `Accept-Language`, which alone decides for the API. `?lang=` on a page wins for that page.
    """
    known = dict(settings.LANGUAGES)

    def middleware(request: HttpRequest) -> HttpResponseBase:
        is_api = request.path.startswith("/api/")
        person = None if is_api else request.user
        asked = request.GET.get("lang", "")
        if is_api:
            language = translation.get_language_from_request(_without_cookie(request))
        elif asked in known:
            language = asked
        elif person is not None and person.is_authenticated:
            language = person.locale
        else:
            language = translation.get_language_from_request(request)
        zone = (
            person.time_zone if person is not None and person.is_authenticated else settings.DEFAULT_TIME_ZONE
        )
        request.LANGUAGE_CODE = language
        with translation.override(language), timezone.override(ZoneInfo(zone)):
            response = get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response

    return middleware


def _without_cookie(request: HttpRequest) -> HttpRequest:
    bare = HttpRequest()
    bare.META = request.META
    return bare


def browser_use(get_response: GetResponse) -> GetResponse:
    """Note that the browser of a signed-in person was used: at most every 10 minutes, see `note_browser`."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        session = request.session
        if session.accessed and session.session_key and session.get(LISTED):
            with suppress(OperationalError):  # a busy SQLite: the page does not fail for it
                services.note_browser(session_key=session.session_key)
        return response

    return middleware
