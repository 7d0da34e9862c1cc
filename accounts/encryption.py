"""Secrets of second factors, unreadable in the database and in its backups."""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from lms.lib.errors import DomainError

PURPOSE = b"lms.accounts.second-factor.v1"


class Unreadable(DomainError):
    """The text was encrypted with a key that this site does not have any more, or is damaged."""

    code = "mfa_unreadable"
    message = _("Your second factor cannot be read any more. Ask an administrator to remove it.")


def encrypt(text: str) -> str:
    """Return the text encrypted and signed with a key that is derived from SECRET_KEY."""
    return _cipher().encrypt(text.encode()).decode()


def decrypt(encrypted: str) -> str:
    """Return the text again, with the key of SECRET_KEY or of SECRET_KEY_FALLBACKS; raise Unreadable."""
    try:
        return _cipher().decrypt(encrypted.encode()).decode()
    except InvalidToken:
        raise Unreadable from None


def derived_key(secret: str, purpose: bytes) -> bytes:
    """Return 32 bytes that belong to `secret` and `purpose`: HKDF with SHA-256 (RFC 5869), without salt."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret.encode())


def _cipher() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(derived_key(s, PURPOSE))) for s in secrets])
