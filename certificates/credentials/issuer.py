"""Who signs: the site as a `did:web`, its public keys, its profile."""

from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings

from certificates.keys import KeyRing, SigningKey

CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES_V3 = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
CONTEXTS = [CREDENTIALS_V2, OPEN_BADGES_V3]


def issuer_did() -> str:
    """Return `did:web:` and the host of SITE_URL, a port written as the method asks for."""
    return f"did:web:{quote(urlsplit(settings.SITE_URL).netloc, safe='')}"


def key_name(key: SigningKey) -> str:
    """Return the name of a key as JWS headers and the JWK set carry it: a DID URL that ends in its thumbprint."""
    return f"{issuer_did()}#{key.kid}"


def method_name(key: SigningKey) -> str:
    """Return the name of a key as data integrity proofs carry it: a DID URL that ends in its Multikey."""
    return f"{issuer_did()}#{key.multibase}"


def public_keys(ring: KeyRing) -> dict[str, Any]:
    """Return all public keys as a JWK set, retired ones too."""
    return {"keys": [{**key.public_jwk(), "kid": key_name(key)} for key in ring.keys]}


def did_document(ring: KeyRing) -> dict[str, Any]:
    """Return the DID document: each key as a JWK, for JWS, and as a Multikey, for data integrity proofs."""
    did = issuer_did()
    methods: list[dict[str, Any]] = []
    for key in ring.keys:
        jwk = {**key.public_jwk(), "kid": key.kid}
        methods += [
            {"id": key_name(key), "type": "JsonWebKey", "controller": did, "publicKeyJwk": jwk},
            {
                "id": method_name(key),
                "type": "Multikey",
                "controller": did,
                "publicKeyMultibase": key.multibase,
            },
        ]
    return {
        "@context": [
            "https://www.w3.org/ns/did/v1",
            "https://w3id.org/security/jwk/v1",
            "https://w3id.org/security/multikey/v1",
        ],
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
    }


def profile(name: str) -> dict[str, Any]:
    """Return the issuer as credentials name it, under the name of the moment."""
    return {"id": issuer_did(), "type": ["Profile"], "name": name, "url": settings.SITE_URL}
