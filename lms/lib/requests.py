"""Requests as views know them."""

from typing import TYPE_CHECKING

from django.http import HttpRequest
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

    from accounts.models import User


class AuthenticatedRequest(HttpRequest):
    """The request of a signed-in person: LoginRequiredMiddleware stands before every view that takes it."""

    user: "User"
    htmx: "HtmxDetails"


def person_of(request: HttpRequest | Request) -> "User":
    """Return who signed in; raise NotAuthenticated for a visitor, whom the view's permissions keep out."""
    if not request.user.is_authenticated:
        raise NotAuthenticated
    return request.user
