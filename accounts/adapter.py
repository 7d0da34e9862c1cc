"""What allauth asks of us."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from lms.lib.addresses import client_address


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up, mails and redirects in our terms: allauth shows the pages, accounts.services decides."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.REGISTRATION_OPEN)

    def is_ajax(self, request: HttpRequest) -> bool:
        """Pages answer with pages; whoever wants JSON uses the API."""
        return False

    def is_safe_url(self, url: str) -> bool:
        """Return whether `next` stays on this host."""
        request: HttpRequest = self.request
        return url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("accounts:settings")

    def should_send_confirmation_mail(
        self, request: HttpRequest, email_address: EmailAddress, signup: bool
    ) -> bool:
        """The verb that made the account has queued this mail."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Refuse: mails leave by task, through rows, never on the request's thread."""
        raise NotImplementedError(f"{template_prefix}: queue it with accounts.services.queue_mail")
