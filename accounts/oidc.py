"""How allauth speaks OpenID Connect for us: by settings, with signatures checked, in short calls without redirects."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jwt
import requests
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property

from accounts.links import site_link
from accounts.services import Identity
from lms.lib.oidc import OidcProvider

CONNECT_SECONDS, READ_SECONDS, ALL_SECONDS = 3, 5, 10
MAX_ANSWER = 1024 * 1024  # bytes
SIGNED_BY = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
# What a provider that answers nonsense makes the libraries raise.
NONSENSE = (requests.RequestException, jwt.PyJWTError, LookupError, TypeError, ValueError, AttributeError)
CLOCK_SKEW = 60  # seconds


class ProviderSession(requests.Session):
    """Calls to a provider: they end soon, follow no redirect and read at most a megabyte."""

    def request(self, method: Any, url: Any, *args: Any, **options: Any) -> requests.Response:
        options |= {"timeout": (CONNECT_SECONDS, READ_SECONDS), "allow_redirects": False, "stream": True}
        end = time.monotonic() + ALL_SECONDS
        response = super().request(method, url, *args, **options)
        if response.is_redirect:
            response.close()
            raise requests.RequestException("The answer is a redirect.")
        body = b""
        for chunk in response.iter_content(16 * 1024):
            body += chunk
            if len(body) > MAX_ANSWER or time.monotonic() > end:
                response.close()
                raise requests.RequestException("The answer is too long or too slow.")
        response._content = body
        return response


def provider_settings(provider_id: str) -> OidcProvider:
    """Return the entry of OIDC_PROVIDERS; raise SocialApp.DoesNotExist."""
    for provider in settings.OIDC_PROVIDERS:
        if provider.id == provider_id:
            found: OidcProvider = provider
            return found
    raise SocialApp.DoesNotExist


def app_of(provider: OidcProvider) -> SocialApp:
    """Return a provider as allauth wants it, an unsaved row."""
    return SocialApp(
        provider="openid_connect",
        provider_id=provider.id,
        name=provider.name,
        client_id=provider.client_id,
        secret=provider.client_secret,
        settings={"server_url": provider.server_url, "oauth_pkce_enabled": True},
    )


@contextmanager
def sensible() -> Iterator[None]:
    """Raise OAuth2Error for whatever the libraries raise over an answer that makes no sense."""
    try:
        yield
    except NONSENSE as error:
        raise OAuth2Error("The provider's answer cannot be used.") from error


class Adapter(OpenIDConnectOAuth2Adapter):
    """One exchange with a provider. Everything raises OAuth2Error for answers that cannot be used."""

    @cached_property
    def openid_config(self) -> dict[str, Any]:
        """The provider's own description of itself."""
        with sensible():
            config: dict[str, Any] = super().openid_config
            endpoints = [config[name] for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
            known = provider_settings(self.provider_id).server_url
            if config["issuer"].rstrip("/") != known or not all(map(str.strip, endpoints)):
                raise OAuth2Error("The provider calls itself something else.")
            return config

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        """Return our address that the provider sends people back to; the Host header has no say."""
        return site_link(reverse("openid_connect_callback", kwargs={"provider_id": self.provider_id}))

    def get_access_token_data(self, *args: Any, **kwargs: Any) -> Any:
        with sensible():
            return super().get_access_token_data(*args, **kwargs)

    def parse_token(self, data: Any) -> Any:
        with sensible():
            return super().parse_token(data)

    def complete_login(self, request: HttpRequest, app: SocialApp, token: Any, **kwargs: Any) -> Any:
        """Return allauth's login for whom the id token names; the user info adds to it."""
        with sensible():
            data = {"id_token": self._decode_id_token(app, kwargs["response"]["id_token"])}
            if "userinfo_endpoint" in self.openid_config:
                data["userinfo"] = self._fetch_user_info(token.token)
            return self.get_provider().sociallogin_from_response(request, data)

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        """Return the claims of a token that the provider signed for us, and that is not too old."""
        claims: dict[str, Any] = jwt.decode(
            id_token,
            self._signing_key(jwt.get_unverified_header(id_token).get("kid")),
            algorithms=SIGNED_BY,
            audience=app.client_id,
            issuer=self.openid_config["issuer"],
            leeway=CLOCK_SKEW,
            options={"require": ["exp", "iat", "iss", "aud", "sub"]},
        )
        return claims

    def _signing_key(self, kid: str | None) -> jwt.PyJWK:
        with ProviderSession() as session:
            response = session.get(self.openid_config["jwks_uri"])
        response.raise_for_status()
        keys = [key for key in response.json()["keys"] if kid is None or key.get("kid") == kid]
        return jwt.PyJWK.from_dict(keys[0])


class Provider(OpenIDConnectProvider):
    """A provider of OIDC_PROVIDERS."""

    oauth2_adapter_class = Adapter

    def serialize(self) -> dict[str, str]:
        """Return what finds this provider again in the session."""
        return {"id": self.app.provider_id}

    def extract_uid(self, data: dict[str, Any]) -> str:
        """Return the provider's id of the person: that of the id token, which the user info must repeat."""
        subject = data["id_token"]["sub"]
        if data.get("userinfo", {}).get("sub", subject) != subject:
            raise OAuth2Error("The user info is about somebody else.")
        return str(subject)

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return what is kept: the address, to tell accounts apart on the page."""
        return {"email": _claims(data).get("email", "")}

    def extract_email_addresses(self, data: dict[str, Any]) -> list[EmailAddress]:
        """Return the one address, with what the provider says about its proof."""
        claims = _claims(data)
        is_verified = claims.get("email_verified") in (True, "true")
        email = claims.get("email")
        return [EmailAddress(email=email, verified=is_verified, primary=True)] if email else []

    def cleanup_email_addresses(
        self, email: str | None, addresses: list[EmailAddress], email_verified: bool = False
    ) -> str | None:
        """Leave the address as it is; the verb checks it."""
        return email


def _claims(data: dict[str, Any]) -> dict[str, Any]:
    return {**data.get("id_token", {}), **data.get("userinfo", {})}


def identity_of(sociallogin: Any) -> Identity:
    """Return whom the provider says this is."""
    provider = provider_settings(sociallogin.account.provider)
    address = next(iter(sociallogin.email_addresses), None)
    return Identity(
        provider=provider.id,
        uid=sociallogin.account.uid,
        email=address.email if address else "",
        is_proof=bool(address and address.verified and provider.trust_email),
        names=sociallogin.names,
    )
