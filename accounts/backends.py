"""The one backend behind page, API and admin."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from accounts.models import User
from accounts.services import sign_in


class EmailBackend(BaseBackend):
    """E-mail and password."""

    def authenticate(
        self, request: HttpRequest | None, email: str = "", password: str = "", username: str = "", **_: Any
    ) -> User:
        """Return the person; raise what `sign_in` raises, so that every door can say why."""
        return sign_in(email=email or username, password=password)

    def get_user(self, user_id: Any) -> User | None:
        """Return the person of a browser session; nobody once deactivated."""
        return User.objects.with_email_verified().with_mfa_enabled().active().filter(pk=user_id).first()
