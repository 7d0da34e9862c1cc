"""The WebAuthn ceremonies of passkeys. The challenge waits in the browser session; allauth and fido2 check the rest."""

import json
import struct
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from django.core.exceptions import ValidationError

from accounts.exceptions import PasskeyInvalid
from accounts.models import User

MAX_SIZE = 64 * 1024  # characters of what a browser sends
# What fido2 and allauth raise for what is no answer of an authenticator.
MALFORMED = (ValidationError, ValueError, TypeError, KeyError, IndexError, AttributeError, struct.error)


def creation_options(user: User) -> dict[str, Any]:
    """Return what the browser needs to make a passkey that can sign in by itself."""
    return dict(auth.begin_registration(user, passwordless=True))


def read_new_passkey(text: str) -> dict[str, Any]:
    """Return the credential that a browser made for `creation_options`, fit to be stored; raise PasskeyInvalid."""
    try:
        credential = _json(text)
        auth.parse_registration_response(credential)
        if not auth.complete_registration(credential).is_user_verified():
            raise PasskeyInvalid
        answer = credential["response"]
        return {
            "id": credential["id"],
            "rawId": credential["rawId"],
            "type": "public-key",
            "response": {name: answer[name] for name in ("clientDataJSON", "attestationObject")},
            "clientExtensionResults": {"credProps": {"rk": True}},
        }
    except MALFORMED:
        raise PasskeyInvalid from None


def request_options(user: User | None = None) -> dict[str, Any]:
    """Return what the browser needs to ask for a passkey: of this person, or of whoever has one for the site."""
    return dict(auth.begin_authentication(user))


def passkey_used(text: str, user: User | None = None) -> Authenticator:
    """Return the passkey that answered `request_options`, its person in `.user`; raise PasskeyInvalid."""
    try:
        credential = _json(text)
        auth.parse_authentication_response(credential)
        person = user or auth.extract_user_from_response(credential)
        return auth.complete_authentication(person, credential)
    except MALFORMED:
        raise PasskeyInvalid from None


def _json(text: str) -> Any:
    if len(text) > MAX_SIZE:
        raise ValueError
    return json.loads(text)
