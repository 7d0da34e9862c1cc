"""The keys that sign credentials: one file outside the database, a JWK set that only its owner reads.

The last key with a private part signs. Retired keys keep their public part, so that what they signed still verifies.
"""

import fcntl
import hashlib
import json
import os
import stat
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import structlog
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

log = structlog.get_logger("certificates")
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
ED25519_MULTICODEC = b"\xed\x01"


class KeyFileError(Exception):
    """The file of keys cannot be used as it is, or not for what was asked; the text says why."""


@dataclass(frozen=True)
class SigningKey:
    """One Ed25519 key; it stays the same key when it is retired, and `private` None."""

    public: Ed25519PublicKey
    private: Ed25519PrivateKey | None = field(default=None, compare=False)

    @property
    def kid(self) -> str:
        """The thumbprint of RFC 7638: the same key has the same name everywhere."""
        members = json.dumps(self._members(), separators=(",", ":"), sort_keys=True)
        return encoded(hashlib.sha256(members.encode()).digest())

    @property
    def multibase(self) -> str:
        """The public part as a Multikey of W3C Controlled Identifiers: z6Mk…"""
        return "z" + base58(ED25519_MULTICODEC + self.public.public_bytes_raw())

    def public_jwk(self) -> dict[str, str]:
        """The public part as a JWK, without a name."""
        return {**self._members(), "alg": "EdDSA", "use": "sig"}

    def pem(self) -> str:
        """The public part as PEM."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.public.public_bytes(serialization.Encoding.PEM, form).decode()

    def stored(self) -> dict[str, str]:
        """The JWK as the file keeps it, with the private part if there is one."""
        secret = {"d": encoded(self.private.private_bytes_raw())} if self.private else {}
        return {**self.public_jwk(), "kid": self.kid, **secret}

    def _members(self) -> dict[str, str]:
        return {"crv": "Ed25519", "kty": "OKP", "x": encoded(self.public.public_bytes_raw())}


@dataclass(frozen=True)
class KeyRing:
    """All keys of the site, the oldest first."""

    keys: tuple[SigningKey, ...] = ()

    @property
    def signing(self) -> SigningKey | None:
        """The key that signs now."""
        return next((key for key in reversed(self.keys) if key.private), None)

    def find(self, name: str) -> SigningKey | None:
        """Return the key with this thumbprint or Multikey, alone or after the `#` of a DID URL."""
        wanted = name.rpartition("#")[2]
        return next((key for key in self.keys if wanted in (key.kid, key.multibase)), None)


def key_ring() -> KeyRing:
    """Return the keys of CERTIFICATE_KEYS_FILE, read anew when the file changes; none when it cannot be read.

    A broken file is logged and stops only what needs a signature: issuing, pages and PDFs go on.
    """
    path = Path(settings.CERTIFICATE_KEYS_FILE)
    try:
        facts = path.stat()
        return _read_once(path, facts.st_mtime_ns, facts.st_size, facts.st_ino)
    except FileNotFoundError:
        return KeyRing()
    except (OSError, KeyFileError) as error:
        log.error("signing_keys_unreadable", error=str(error))
        return KeyRing()


@lru_cache(maxsize=4)
def _read_once(path: Path, *_facts: int) -> KeyRing:
    return read_keys(path)


def read_keys(path: Path) -> KeyRing:
    """Return the keys of a file; raise KeyFileError for what is no JWK set of Ed25519 keys, OSError as usual."""
    return parse_keys(path.read_bytes())


def parse_keys(text: bytes) -> KeyRing:
    """Return the Ed25519 keys of a JWK set, passing over others; raise KeyFileError when it is none."""
    try:
        entries = json.loads(text)["keys"]
        return KeyRing(tuple(_parsed(entry) for entry in entries if entry.get("crv") == "Ed25519"))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise KeyFileError(f"This is not a set of keys (JWK set): {type(error).__name__}.") from None


def _parsed(entry: dict[str, str]) -> SigningKey:
    public = Ed25519PublicKey.from_public_bytes(decoded(entry["x"]))
    if "d" not in entry:
        return SigningKey(public)
    private = Ed25519PrivateKey.from_private_bytes(decoded(entry["d"]))
    if private.public_key() != public:
        raise ValueError("the parts of a key do not belong together")
    return SigningKey(public, private)


def _new_key() -> Ed25519PrivateKey:
    """Return a new key whose name a command line takes for a name: one in 64 would begin with a dash."""
    while True:
        private = Ed25519PrivateKey.generate()
        if not SigningKey(private.public_key()).kid.startswith("-"):
            return private


def create_key(path: Path, *, rotate: bool = False) -> SigningKey:
    """Add a new signing key to the file and return it; the keys in it stay.

    Raises KeyFileError when there is a signing key already and `rotate` is not asked for, or the file is broken.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path):
        ring = read_keys(path) if path.exists() else KeyRing()
        if ring.signing and not rotate:
            raise KeyFileError(f"{path} has a signing key. To sign with a new one from now on: --rotate.")
        private = _new_key()
        key = SigningKey(private.public_key(), private)
        _write(path, KeyRing((*ring.keys, key)))
    return key


def retire_key(path: Path, name: str, *, compromised: bool = False) -> SigningKey:
    """Take the private part of a key out of the file, and with `compromised` the public part too; return the key.

    Raises KeyFileError when the file has no such key, or no other that could sign.
    """
    with _locked(path):
        ring = read_keys(path)
        key = ring.find(name)
        if key is None:
            known = ", ".join(k.kid for k in ring.keys) or "none"
            raise KeyFileError(f"{path} has no key {name}. It has: {known}.")
        if not any(other.private for other in ring.keys if other != key):
            raise KeyFileError("No other key could sign. First: create_signing_key --rotate.")
        left = [replace(k, private=None) if k == key else k for k in ring.keys if k != key or not compromised]
        _write(path, KeyRing(tuple(left)))
    return key


def read_by_others(path: Path) -> bool:
    """Return whether more than the owner may read or write the file."""
    return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Of two commands at once the second waits, and reads what the first wrote."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
        os.fsync(folder)
    finally:
        os.close(folder)


def _write(path: Path, ring: KeyRing) -> None:
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        json.dump({"keys": [key.stored() for key in ring.keys]}, stream, indent=1)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.rename(path)


def base58(data: bytes) -> str:
    """Return base58btc, as Multibase writes keys and signatures after its letter z."""
    number, signs = int.from_bytes(data), ""
    while number:
        number, rest = divmod(number, 58)
        signs = BASE58[rest] + signs
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + signs


def unbase58(text: str) -> bytes:
    """Return the bytes of a base58btc text; raise ValueError for a sign that it does not know."""
    number = 0
    for sign in text:
        number = number * 58 + BASE58.index(sign)
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8)


def encoded(data: bytes) -> str:
    """Return base64url without padding, as JOSE writes it."""
    return urlsafe_b64encode(data).decode().rstrip("=")


def decoded(text: str) -> bytes:
    """Return the bytes of a base64url text without padding; raise ValueError for what is none."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
