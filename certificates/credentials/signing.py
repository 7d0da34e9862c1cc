"""The two forms of a signed credential: a compact JWS, and JSON with a proof inside."""

import json
from typing import Any

from jwt.api_jws import PyJWS

from certificates.credentials.documents import claims_of
from certificates.credentials.integrity import data_to_sign
from certificates.credentials.issuer import key_name, method_name
from certificates.exceptions import SigningKeyMissing
from certificates.keys import SigningKey, base58, key_ring


def signing_key() -> SigningKey:
    """Return the key that signs now; raise SigningKeyMissing when there is none."""
    key = key_ring().signing
    if key is None:
        raise SigningKeyMissing
    return key


def as_jws(document: dict[str, Any], key: SigningKey) -> str:
    """Return a credential as a compact JWS (Ed25519): the same document and key give the same text."""
    payload = as_json(claims_of(document)).encode()
    headers = {"kid": key_name(key), "jwk": key.public_jwk()}
    return PyJWS().encode(payload, key.private, algorithm="EdDSA", headers=headers)  # type: ignore[arg-type]


def with_proof(document: dict[str, Any], key: SigningKey) -> dict[str, Any]:
    """Return a credential with an embedded proof (Data Integrity EdDSA Cryptosuites, eddsa-rdfc-2022)."""
    assert key.private is not None  # noqa: S101  signing_key() gives no other
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": document["validFrom"],  # from the row: the same bytes whenever it is asked for
        "verificationMethod": method_name(key),
        "proofPurpose": "assertionMethod",
    }
    signature = key.private.sign(data_to_sign(document, proof))
    return {**document, "proof": {**proof, "proofValue": f"z{base58(signature)}"}}


def as_json(document: dict[str, Any]) -> str:
    """Return JSON that is the same text for the same document."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
