"""Is this credential genuine? Asked of a file and the public keys alone: no database, no network."""

import json
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from io import BytesIO
from typing import Any

from cryptography.exceptions import InvalidSignature
from jwt.api_jws import PyJWS
from jwt.exceptions import InvalidTokenError

from certificates.credentials.integrity import NotSignable, data_to_sign, require_plain
from certificates.keys import KeyRing, SigningKey, decoded, encoded, unbase58

PROOF_FIELDS = {"type", "cryptosuite", "created", "verificationMethod", "proofPurpose"}
CLAIMS = ("iss", "jti", "sub", "nbf", "exp")
LARGEST = 10 * 1024 * 1024  # bytes of a file, and of an unpacked revocation list
LEEWAY = timedelta(minutes=5)  # between two clocks


class Verdict(IntEnum):
    """The answer, and the exit status of the command."""

    VALID = 0
    FORGED = 1
    WITHDRAWN = 2
    CANNOT_TELL = 3


@dataclass(frozen=True)
class Finding:
    """The verdict, a sentence that says why, and what the credential says when its signature holds."""

    verdict: Verdict
    sentence: str
    document: dict[str, Any] | None = None


class _Refused(Exception):
    def __init__(self, verdict: Verdict, sentence: str) -> None:
        self.finding = Finding(verdict, sentence)


def check_credential(data: bytes, keys: KeyRing, status_list: bytes | None, now: datetime) -> Finding:
    """Return what a credential (.jwt, .json, or the PDF that carries one) is worth at `now`.

    `keys` are the public keys that are trusted; `status_list` is the revocation list that the credential names,
    without it nothing is said about revocation.
    """
    try:
        if not keys.keys:
            raise _Refused(Verdict.CANNOT_TELL, "There are no keys to check with.")
        document = _verified(_text_of(data), keys)
        if "OpenBadgeCredential" not in _listed(document.get("type")):
            raise _Refused(Verdict.CANNOT_TELL, "This is signed, but it is no certificate.")
    except _Refused as refusal:
        return refusal.finding
    try:
        _require_in_time(document, now)
        if status_list is None:
            return Finding(Verdict.VALID, "Genuine. Whether it was revoked was not checked.", document)
        _require_not_revoked(document, _text_of(status_list), keys, now)
    except _Refused as refusal:
        return Finding(refusal.finding.verdict, refusal.finding.sentence, document)
    return Finding(Verdict.VALID, "Genuine, and not revoked.", document)


def _text_of(data: bytes) -> str:
    if len(data) > LARGEST:
        raise _Refused(Verdict.CANNOT_TELL, "The file is too large to be a credential.")
    if b"%PDF-" in data[:1024]:
        data = _attached(data)
    try:
        return data.decode().strip()
    except UnicodeDecodeError:
        raise _Refused(Verdict.CANNOT_TELL, "The file is neither a credential nor a PDF.") from None


def _attached(pdf: bytes) -> bytes:
    from pypdf import PdfReader

    try:
        found = PdfReader(BytesIO(pdf)).attachments.get("credential.jwt")
    except Exception as error:  # the library raises whatever a damaged file leads it to
        raise _Refused(Verdict.CANNOT_TELL, f"The PDF cannot be read: {error}") from error
    if not found:
        raise _Refused(Verdict.CANNOT_TELL, "The PDF carries no credential.")
    return found[0]


def _verified(text: str, keys: KeyRing) -> dict[str, Any]:
    """Return what was signed, without the signature; refuse when none of the keys made it."""
    if text.startswith("{"):
        return _verified_json(text, keys)
    if text.count(".") == 2:
        return _verified_jws(text, keys)
    raise _Refused(Verdict.CANNOT_TELL, "The file is neither a credential nor a PDF.")


def _verified_jws(token: str, keys: KeyRing) -> dict[str, Any]:
    # The last sign of a part may carry bits that no decoder looks at.
    is_exact = all(encoded(decoded(part)) == part for part in token.split("."))
    for key in keys.keys if is_exact else ():
        try:
            payload = PyJWS().decode(token, key.public, algorithms=["EdDSA"])
            claims = json.loads(payload)
        except (InvalidTokenError, ValueError):
            continue
        return {name: value for name, value in claims.items() if name not in CLAIMS}
    raise _Refused(Verdict.FORGED, "Forged or damaged: none of these keys has signed it.")


def _verified_json(text: str, keys: KeyRing) -> dict[str, Any]:
    try:
        document = json.loads(text, object_pairs_hook=_without_doubles)
        proof = document.pop("proof")
        letter, value = proof["proofValue"][:1], proof.pop("proofValue")[1:]
        if letter != "z" or not set(proof) <= PROOF_FIELDS:
            raise ValueError("a proof has other fields")
        signature = unbase58(value)
        known = (proof["type"], proof["cryptosuite"], proof["proofPurpose"])
        if known != ("DataIntegrityProof", "eddsa-rdfc-2022", "assertionMethod"):
            raise _Refused(Verdict.CANNOT_TELL, "The proof is of another kind than this program knows.")
        require_plain(document)
        signed = data_to_sign(document, proof)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _Refused(Verdict.FORGED, "Forged or damaged: there is no whole proof in it.") from None
    except NotSignable as error:
        raise _Refused(Verdict.FORGED, f"Forged or damaged. {error}") from None
    if not any(_signed_by(key, signature, signed) for key in keys.keys):
        raise _Refused(Verdict.FORGED, "Forged or damaged: none of these keys has signed it.")
    return dict(document)


def _signed_by(key: SigningKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.public.verify(signature, signed)
    except InvalidSignature:
        return False
    return True


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """JSON that names a member twice reads differently to different programs."""
    if len(pairs) != len({name for name, _value in pairs}):
        raise ValueError("a name stands twice")
    return dict(pairs)


def _require_in_time(document: dict[str, Any], now: datetime) -> None:
    begins, ends = _time(document, "validFrom"), _time(document, "validUntil")
    if ends and ends < now:
        raise _Refused(Verdict.WITHDRAWN, f"Genuine, but it was valid until {ends:%Y-%m-%d}.")
    if begins and begins > now + LEEWAY:
        raise _Refused(
            Verdict.CANNOT_TELL, f"Genuine, but it is valid only from {begins:%Y-%m-%d %H:%M} UTC."
        )


def _require_not_revoked(document: dict[str, Any], text: str, keys: KeyRing, now: datetime) -> None:
    entry = document.get("credentialStatus") or {}
    try:
        listed = _verified(text, keys)
    except _Refused:
        raise _Refused(Verdict.CANNOT_TELL, "None of these keys has signed the revocation list.") from None
    subject = listed.get("credentialSubject") or {}
    if listed.get("id") != entry.get("statusListCredential") or subject.get("statusPurpose") != "revocation":
        raise _Refused(
            Verdict.CANNOT_TELL, f"The list that counts is another: {entry.get('statusListCredential')}"
        )
    ends = _time(listed, "validUntil")
    if ends is None or ends < now:
        raise _Refused(Verdict.CANNOT_TELL, "The revocation list is too old: fetch it anew.")
    try:
        place = int(entry["statusListIndex"])
        is_set = _unpacked(subject["encodedList"])[place // 8] & (0x80 >> place % 8)
    except (ValueError, LookupError, TypeError, zlib.error):
        raise _Refused(Verdict.CANNOT_TELL, "The revocation list cannot be read.") from None
    if is_set:
        raise _Refused(Verdict.WITHDRAWN, "Genuine, but revoked or replaced by a newer one.")


def _unpacked(encoded_list: str) -> bytes:
    return zlib.decompressobj(wbits=31).decompress(decoded(encoded_list.removeprefix("u")), LARGEST)


def _time(document: dict[str, Any], name: str) -> datetime | None:
    return datetime.fromisoformat(document[name]) if name in document else None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
