"""What a data integrity proof signs: the statements of a JSON-LD document in canonical order (eddsa-rdfc-2022)."""

import hashlib
import json
from functools import lru_cache
from importlib.metadata import distribution
from threading import Lock
from typing import Any

from certificates.credentials.issuer import CREDENTIALS_V2, OPEN_BADGES_V3

# From installed packages, never fetched. Another byte would mean other statements for every proof ever made.
_FOLDER = "openbadgeslib/ob3/contexts"
_FILES = {
    CREDENTIALS_V2: (
        "credentials-v2.json",
        "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734",
    ),
    OPEN_BADGES_V3: (
        "ob-v3p0-context-3.0.3.json",
        "3d34f4d4ef1bce691106e63798beb5e7b862ba841423f5ee1e53ab7ddf3bca84",
    ),
}
_lock = Lock()  # the processor keeps what it learned of contexts in dictionaries that all threads share


class NotSignable(Exception):
    """A document says something that a proof over its statements would not cover."""


def data_to_sign(document: dict[str, Any], proof: dict[str, Any]) -> bytes:
    """Return the 64 bytes that the signature is over: the hash of the proof's options, and of the document's.

    `document` comes without its proof, `proof` without its value. Vc-di-eddsa, sections 3.3.1 to 3.3.5.
    Raises NotSignable for JSON-LD that cannot be processed.
    """
    options = {"@context": document.get("@context"), **proof}
    return b"".join(hashlib.sha256(_canonical(part).encode()).digest() for part in (options, document))


def require_plain(document: dict[str, Any]) -> None:
    """Raise NotSignable unless all that the document says is among the statements a proof covers.

    JSON-LD drops what its contexts do not know, and knows many spellings of one statement; whoever prints the
    JSON would print more than was signed. So the document must be what comes back after expansion and compaction,
    with whole addresses, no keywords below the top, and our contexts alone.
    """
    from pyld import jsonld

    contexts = document.get("@context")
    if contexts not in ([CREDENTIALS_V2, OPEN_BADGES_V3], [CREDENTIALS_V2]):
        raise NotSignable("The credential names other vocabularies than Open Badges 3.0.3.")
    plain = {name: value for name, value in document.items() if name != "@context"}
    if any(name.startswith("@") for name in _names(plain)):
        raise NotSignable("The credential uses keywords of JSON-LD below its top.")
    try:
        with _lock:
            expanded = jsonld.expand(document, {"documentLoader": _load})
            again = jsonld.compact(expanded, contexts, {"documentLoader": _load})
    except (jsonld.JsonLdError, RecursionError) as error:
        raise NotSignable("The credential cannot be read as JSON-LD.") from error
    if not all(":" in value and not any(c.isspace() for c in value) for value in _ids(expanded)):
        raise NotSignable("The credential names something without a whole address.")
    if _unwrapped(again) != _unwrapped(document):
        raise NotSignable("The credential says more than its proof covers.")


def _canonical(document: dict[str, Any]) -> str:
    from pyld import jsonld  # takes a fifth of a second and lxml: only processes that need it

    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": _load}
    try:
        with _lock:
            return str(jsonld.normalize(document, options))
    except (jsonld.JsonLdError, RecursionError) as error:
        raise NotSignable("The credential cannot be read as JSON-LD.") from error


def _load(address: str, options: Any = None) -> dict[str, Any]:
    if address not in _FILES:
        from pyld import jsonld

        raise jsonld.JsonLdError(
            f"{address} is not among the contexts that come with this program.", "loading"
        )
    return {"contextUrl": None, "documentUrl": address, "document": context(address), "tag": "static"}


@lru_cache(maxsize=4)
def context(address: str) -> dict[str, Any]:
    """Return one of the contexts; raise RuntimeError when the installed file is not the published one."""
    name, expected = _FILES[address]
    text = distribution("openbadgeslib").locate_file(f"{_FOLDER}/{name}").read_bytes()  # type: ignore[attr-defined]
    if hashlib.sha256(text).hexdigest() != expected:
        raise RuntimeError(f"The installed {name} is not the one that credentials are signed with.")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def _names(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(name for part in value.values() for name in _names(part))]
    return [name for part in value for name in _names(part)] if isinstance(value, list) else []


def _ids(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["@id"]] if "@id" in value else []
        return own + [i for part in value.values() for i in _ids(part)]
    return [i for part in value for i in _ids(part)] if isinstance(value, list) else []


def _unwrapped(value: Any) -> Any:
    """A list of one and the one are the same statement."""
    if isinstance(value, dict):
        return {name: _unwrapped(part) for name, part in value.items()}
    if isinstance(value, list):
        return _unwrapped(value[0]) if len(value) == 1 else [_unwrapped(part) for part in value]
    return value
