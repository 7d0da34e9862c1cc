"""Public pages: what search engines and shared links read of them, and 304 for visitors who have them already."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils.cache import get_conditional_response, patch_vary_headers


@dataclass(frozen=True)
class Head:
    """What a public page says of itself. `path` is its one address on the site, query included.

    A page stands under `path` in the reader's language, and under `path?lang=en` in English for everybody:
    `language` is the one that the address asks for, if any.
    """

    path: str
    title: str
    description: str = ""
    image: str = ""
    kind: str = "website"
    language: str = ""
    is_indexed: bool = True

    @property
    def canonical(self) -> str:
        """The address under which search engines keep the page."""
        return self._in(self.language) if self.language else settings.SITE_URL + self.path

    @property
    def alternates(self) -> list[tuple[str, str]]:
        """Code and address of the page in each language; `x-default` follows the reader."""
        known = [(code, self._in(code)) for code, _name in settings.LANGUAGES]
        return [*known, ("x-default", settings.SITE_URL + self.path)]

    @property
    def image_url(self) -> str:
        """The picture's full address, "" without one."""
        return settings.SITE_URL + self.image if self.image.startswith("/") else self.image

    def _in(self, language: str) -> str:
        return f"{settings.SITE_URL}{self.path}{'&' if '?' in self.path else '?'}lang={language}"


def asked_language(request: HttpRequest) -> str:
    """Return the language that `?lang=` names, "" for none that the site has."""
    asked = request.GET.get("lang", "")
    return asked if asked in dict(settings.LANGUAGES) else ""


def render_public(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """Render a page that is the same for all visitors; 304 with a weak ETag for one who has it already.

    The token of the page's forms differs each time but stays good as long as its cookie: the ETag is that of
    the page without the token, and of the cookie. What a signed-in person sees is not kept anywhere.
    """
    token = get_token(request)
    response = render(request, template, {**context, "csrf_token": token}, status=status)
    patch_vary_headers(response, ["Cookie", "Accept-Language"])
    if request.user.is_authenticated or status != 200:
        response["Cache-Control"] = "private, no-cache"
        return response
    secret = str(request.META.get("CSRF_COOKIE", ""))
    page = response.content.replace(token.encode(), b"") + secret.encode()
    etag = f'W/"{hashlib.sha256(page).hexdigest()[:32]}"'
    response["ETag"], response["Cache-Control"] = etag, "private, no-cache"
    return get_conditional_response(request, etag=etag, response=response) or response
