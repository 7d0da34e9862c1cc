"""Browser sessions in the person's list: allauth's rows, one at each sign-in, without its own bookkeeping."""

from typing import Any

from allauth.account.signals import user_logged_in
from allauth.usersessions import signals
from allauth.usersessions.models import UserSession
from django.http import HttpRequest

LISTED = "is_listed"  # in the data of a browser session that has a row


def list_browser(sender: Any, request: HttpRequest, **kwargs: Any) -> None:
    """Write the row of a browser that has just signed in."""
    request.session[LISTED] = True
    UserSession.objects.create_from_request(request)


def connect() -> None:
    """Take the place of allauth's receiver, which at every sign-in asks for each session of the person in turn."""
    user_logged_in.disconnect(signals.on_user_logged_in)
    user_logged_in.connect(list_browser)
