"""Credentials, revocation lists and keys, for wallets and verifiers. Public; refusals are problem documents."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from certificates.credentials.documents import credential_of
from certificates.credentials.issuer import CONTEXTS, did_document, profile, public_keys
from certificates.credentials.signing import as_json, as_jws, signing_key, with_proof
from certificates.credentials.status import signed_list
from certificates.exceptions import CredentialRevoked, SigningKeyMissing
from certificates.keys import KeyRing, key_ring
from certificates.permissions import find_certificate
from certificates.throttling import Verification
from lms.lib.errors import DomainError
from lms.lib.problems import problem_for_domain_error, problem_for_status

JWS_TYPES = ["application/vc+jwt", "text/plain"]
JSON_TYPES = ["application/vc", "application/json"]

View = Callable[..., HttpResponse]


def for_machines(view: View) -> View:
    """Answer whoever asks, from any origin; refusals as problem documents; asked for anew each time."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except DomainError as error:
            response = problem_for_domain_error(request, error)
        except Http404:
            response = problem_for_status(request, 404)
        response["Access-Control-Allow-Origin"] = (
            "*"  # verifiers run in pages of other sites; no cookie counts here
        )
        response["X-Robots-Tag"] = "noindex"
        return response

    return require_safe(login_not_required(cache_control(no_cache=True)(answer)))


@for_machines
def credential(request: HttpRequest, code: str, form: str = "") -> HttpResponse:
    """The certificate as an Open Badges 3.0 credential: `form` jwt or json, without it as the caller accepts.

    404 for a code nobody has, 410 `certificate_revoked`, 429, 503 `signing_key_missing`.
    """
    check = Verification(request)
    certificate = find_certificate(code, signed=True)
    if certificate is None:
        check.answered_unknown()
        raise Http404
    if certificate.is_revoked:
        raise CredentialRevoked
    key = signing_key()
    document = credential_of(certificate, certificate.status_index)
    media = _media_type(request, form)
    if media in JSON_TYPES:
        body, ending = as_json(with_proof(document, key)), "json"
    else:
        body, ending = as_jws(document, key), "jwt"
    response = _answer(body, media)
    name = f"Certificate_{certificate.number}.{ending}"
    response["Content-Disposition"] = content_disposition_header(True, name) or ""
    return response


@for_machines
def status_list(request: HttpRequest, number: int) -> HttpResponse:
    """One revocation list, signed, valid for a day; 404 when it was not begun, 503 `signing_key_missing`."""
    media = _media_type(request, "")
    signed = signed_list(number, with_proof_inside=media in JSON_TYPES)
    if signed is None:
        raise Http404
    return _answer(signed, media)


@for_machines
def issuer(request: HttpRequest) -> HttpResponse:
    """Who issues, as an Open Badges Profile."""
    about = {"@context": CONTEXTS, **profile(_(settings.CERTIFICATE_ISSUER_NAME))}
    return _answer(as_json(about), "application/ld+json")


@for_machines
def did(request: HttpRequest) -> HttpResponse:
    """The document of the site's did:web, with all public keys; 503 `signing_key_missing` when there are none."""
    return _answer(as_json(did_document(_ring())), "application/did+json")


@for_machines
def jwks(request: HttpRequest) -> HttpResponse:
    """All public keys as a JWK set, retired ones too; 503 `signing_key_missing` when there are none."""
    return _answer(as_json(public_keys(_ring())), "application/jwk-set+json")


def _ring() -> KeyRing:
    ring = key_ring()
    if not ring.keys:
        raise SigningKeyMissing
    return ring


def _media_type(request: HttpRequest, form: str) -> str:
    offered = {"jwt": JWS_TYPES, "json": JSON_TYPES}.get(form, [*JWS_TYPES, *JSON_TYPES])
    return request.get_preferred_type(offered) or offered[0]


def _answer(body: str, media: str) -> HttpResponse:
    response = HttpResponse(body, content_type=f"{media}; charset=utf-8" if media == "text/plain" else media)
    patch_vary_headers(response, ["Accept"])
    return response
