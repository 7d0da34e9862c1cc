"""What allauth asks of us."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import pop_login
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import encryption, services
from lms.context_processors import site_name
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

    def pre_login(self, request: HttpRequest, user: Any, **more: Any) -> HttpResponse | None:
        """Hold every way of signing in against the state of the account, before the second factor.

        Raises AccountInactive and, where proof is mandatory, EmailNotVerified, which also sends a new link.
        """
        pop_login(request)
        services.refuse_state(user)
        return None

    def get_login_stages(self) -> list[str]:
        """Return allauth's stages, with ours for the second factor."""
        ours = {"allauth.mfa.stages.AuthenticateStage": "accounts.stages.SecondStepStage"}
        return [ours.get(stage, stage) for stage in super().get_login_stages()]

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


class MFAAdapter(DefaultMFAAdapter):
    """Second factors in our terms: allauth keeps the rows and speaks WebAuthn, accounts.services decides."""

    def encrypt(self, text: str) -> str:
        return encryption.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return encryption.decrypt(encrypted_text)

    def get_totp_issuer(self) -> str:
        return site_name()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Passkeys belong to the host of SITE_URL; the Host header has no say."""
        return {"id": urlsplit(settings.SITE_URL).hostname or "", "name": site_name()}

    def is_mfa_enabled(self, user: Any, types: Iterable[str] | None = None) -> bool:
        """Return whether there is a factor of these types; recovery codes alone are none."""
        if not user.is_authenticated:
            return False
        asked = types or [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
        return bool(Authenticator.objects.filter(user_id=user.pk, type__in=asked).exists())


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Providers in our terms."""
