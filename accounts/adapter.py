"""What allauth asks of us."""

from collections.abc import Iterable
from typing import Any, NoReturn
from urllib.parse import urlsplit

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import pop_login
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base import AuthError, AuthProcess
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts import encryption, oidc, services
from accounts.exceptions import ProviderFailed
from lms.context_processors import site_name
from lms.lib.addresses import client_address
from lms.lib.errors import DomainError
from lms.lib.requests import person_of

log = structlog.get_logger("security")


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
        try:
            services.refuse_state(user)
        except DomainError as error:
            error.next_url = reverse("account_login")
            raise
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
    """Providers in our terms: OIDC_PROVIDERS says which, accounts.services decides who may in."""

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """Return the providers of the settings; the tables of allauth are not asked."""
        apps = [oidc.app_of(entry) for entry in settings.OIDC_PROVIDERS]
        return [app for app in apps if provider in (None, app.provider, app.provider_id)]

    def get_provider(
        self, request: HttpRequest, provider: str, client_id: str | None = None
    ) -> oidc.Provider:
        """Return the provider with this id; raise SocialApp.DoesNotExist."""
        return oidc.Provider(request, app=oidc.app_of(oidc.provider_settings(provider)))

    def serialize_instance(self, instance: Any) -> dict[str, Any]:
        """Return a row for the session of who is half signed in, without the password's hash."""
        values: dict[str, Any] = super().serialize_instance(instance)
        values.pop("password", None)
        return values

    def get_requests_session(self) -> oidc.ProviderSession:
        return oidc.ProviderSession()

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> Any:
        """Keep the names that the provider gave; the person is made by a verb."""
        parts = f"{data.get('first_name') or ''} {data.get('last_name') or ''}"
        candidates = (data.get("name"), parts, data.get("username"))
        sociallogin.names = [str(name) for name in candidates if name and str(name).strip()]
        return sociallogin.user

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find, make or connect the person by a verb, so that allauth only signs in."""
        identity = oidc.identity_of(sociallogin)
        try:
            if sociallogin.state.get("process") == AuthProcess.CONNECT:
                self._connect(request, identity)
            if not sociallogin.is_existing:
                services.sign_in_with_provider(identity=identity, locale=(get_language() or "")[:2])
                sociallogin.lookup()
        except DomainError as error:
            error.next_url = error.next_url or reverse("account_login")
            raise

    def _connect(self, request: HttpRequest, identity: services.Identity) -> NoReturn:
        try:
            services.connect_provider(user=person_of(request), identity=identity)
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Connected. You can log in with it from now on."))
        raise ImmediateHttpResponse(redirect("socialaccount_connections"))

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, **more: Any
    ) -> None:
        """Go back to where one came from when it was called off there; refuse anything else."""
        if error == AuthError.CANCELLED:
            inside = request.user.is_authenticated
            raise ImmediateHttpResponse(redirect("socialaccount_connections" if inside else "account_login"))
        log.warning("provider_failed", provider=provider.sub_id, error=type(exception).__name__)
        raise ProviderFailed(next_url=reverse("account_login"))
