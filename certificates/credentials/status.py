"""Which credentials are withdrawn: one bit for each revision ever issued (W3C Bitstring Status List 1.0)."""

import gzip
import secrets
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import F, Q, Subquery
from django.utils import timezone

from certificates.credentials.documents import instant, list_address
from certificates.credentials.issuer import CONTEXTS, issuer_did
from certificates.credentials.signing import as_json, as_jws, signing_key, with_proof
from certificates.models import Certificate, CertificateRevision
from certificates.models.revision import LIST_PLACES

KEPT_SECONDS = 300
LASTS = timedelta(hours=24)
VERSION = "certificates.status_lists"
LAST_LIST = 2**63 // LIST_PLACES - 1  # whose places a database can count


def signed_list(number: int, *, with_proof_inside: bool = False) -> str | None:
    """Return one revocation list, signed, as a compact JWS or as JSON with a proof; None when it was not begun.

    Kept for five minutes, or until drop_lists(). One query when it is not kept. Raises SigningKeyMissing.
    """
    key = signing_key()
    version = cache.get_or_set(VERSION, lambda: secrets.token_hex(8), None)
    name = f"{VERSION}.{version}.{key.kid}.{number}.{'json' if with_proof_inside else 'jwt'}"
    kept: str | None = cache.get(name)
    if kept is not None:
        return kept
    bits = _bits(number)
    if bits is None:
        return None
    document = _document(number, bits)
    signed = as_json(with_proof(document, key)) if with_proof_inside else as_jws(document, key)
    cache.set(name, signed, KEPT_SECONDS)
    return signed


def drop_lists() -> None:
    """Forget every kept list once the transaction is done.

    By another name rather than by deleting: who reads the rows of before just now keeps them under the old one.
    """
    transaction.on_commit(lambda: cache.set(VERSION, secrets.token_hex(8), None), robust=True)


def _bits(number: int) -> bytes | None:
    """The list as bytes, the highest bit of the first byte first; None when no index of it was ever drawn."""
    if number > LAST_LIST:
        return None
    start = number * LIST_PLACES
    withdrawn = Q(certificate__status=Certificate.Status.REVOKED) | Q(revision__lt=F("certificate__revision"))
    newest = CertificateRevision.objects.order_by("-status_index").values("status_index")[:1]
    found = list(
        CertificateRevision.objects.annotate(is_withdrawn=withdrawn)
        .filter(
            withdrawn & Q(status_index__range=(start, start + LIST_PLACES - 1))
            | Q(status_index=Subquery(newest))  # in the same query: it tells which lists were begun
        )
        .order_by("status_index")
        .values_list("status_index", "is_withdrawn")
    )
    if number > (found[-1][0] // LIST_PLACES if found else 0):
        return None
    bits = bytearray(LIST_PLACES // 8)
    for index, is_withdrawn in found:
        place = index - start
        if is_withdrawn and place < LIST_PLACES:
            bits[place // 8] |= 0x80 >> place % 8
    return bytes(bits)


def _document(number: int, bits: bytes) -> dict[str, Any]:
    now = timezone.now()
    packed = urlsafe_b64encode(gzip.compress(bits, mtime=0)).decode().rstrip("=")
    return {
        "@context": CONTEXTS[:1],
        "id": list_address(number),
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer_did(),
        "validFrom": instant(now),
        "validUntil": instant(now + LASTS),
        "credentialSubject": {
            "id": f"{list_address(number)}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": f"u{packed}",
        },
    }
