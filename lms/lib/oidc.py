"""Reading OIDC_PROVIDERS: the OpenID Connect providers people may sign in with."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

NAME = "OIDC_PROVIDERS"
TEXTS = ("id", "name", "server_url", "client_id", "client_secret")
EXAMPLE = (
    '[{"id": "school", "name": "School account", "server_url": "https://login.example.org", '
    '"client_id": "...", "client_secret": "...", "trust_email": false}]'
)


@dataclass(frozen=True)
class OidcProvider:
    """One provider. `trust_email`: an address that it calls verified is proof that it belongs to the person."""

    id: str
    name: str
    server_url: str
    client_id: str
    client_secret: str
    trust_email: bool = False


def read_providers(text: str) -> list[OidcProvider]:
    """Return the providers of a JSON list; raise ImproperlyConfigured, which repeats no secret."""
    if not text.strip():
        return []
    try:
        entries = json.loads(text)
    except ValueError:
        raise ImproperlyConfigured(f"{NAME} must be JSON such as {EXAMPLE}.") from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ImproperlyConfigured(f"{NAME} must be a list of objects such as {EXAMPLE}.")
    providers = [_read(entry, number) for number, entry in enumerate(entries, start=1)]
    ids = [provider.id for provider in providers]
    if len(set(ids)) < len(ids):
        raise ImproperlyConfigured(f"{NAME}: every id must be there once; they are {', '.join(ids)}.")
    return providers


def _read(entry: Mapping[str, Any], number: int) -> OidcProvider:
    where = f"{NAME}, entry {number}"
    if unknown := sorted(set(entry) - {*TEXTS, "trust_email"}):
        raise ImproperlyConfigured(
            f"{where}: unknown {', '.join(unknown)}. Known: {', '.join(TEXTS)}, trust_email."
        )
    for name in TEXTS:
        if not isinstance(entry.get(name), str) or not entry[name].strip():
            raise ImproperlyConfigured(f"{where}: {name} must be a text that is not empty.")
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,49}", entry["id"]):
        raise ImproperlyConfigured(
            f"{where}: id must be up to 50 letters a-z, digits and hyphens: it is part of an address."
        )
    if not _is_address(entry["server_url"]):
        raise ImproperlyConfigured(
            f"{where}: server_url must start with https:// (http:// only on localhost)."
        )
    if not isinstance(entry.get("trust_email", False), bool):
        raise ImproperlyConfigured(f"{where}: trust_email must be true or false.")
    return OidcProvider(**{**entry, "server_url": entry["server_url"].rstrip("/")})


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    is_local = host in {"localhost", "127.0.0.1", "::1"}
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_local))
