"""Argon2id at the OWASP minimum, and never more hashes at a time than the machine bears."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import bcrypt
from django.conf import settings
from django.contrib.auth.hashers import (
    Argon2PasswordHasher,
    BCryptPasswordHasher,
    BCryptSHA256PasswordHasher,
)

from accounts.exceptions import Busy
from lms.lib.places import NoPlace, Places

MAX_WAIT = 5.0  # seconds


@cache
def _places() -> Places:
    # In the data folder: web server and workers of one machine share it, other sites have their own. Where it
    # cannot be written, in the machine's temporary one: signing in must not need a disk.
    count = settings.PASSWORD_HASH_CONCURRENCY
    try:
        return Places(Path(settings.LMS_DATA_DIR) / "hashing", count)
    except OSError:
        return Places(Path(tempfile.gettempdir()) / f"lms-hashing-{os.getuid()}", count)


@contextmanager
def hashing_place() -> Iterator[None]:
    """Wait for one of the machine's PASSWORD_HASH_CONCURRENCY places; raise Busy after 5 seconds."""
    try:
        with _places().take(MAX_WAIT):
            yield
    except NoPlace:
        raise Busy from None


class LimitedArgon2PasswordHasher(Argon2PasswordHasher):
    """19 MiB, two passes, one lane; a sign-in burst waits instead of eating memory and processors."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with hashing_place():
            encoded: str = super().encode(password, salt)
        return encoded

    def verify(self, password: str, encoded: str) -> bool:
        with hashing_place():
            return bool(super().verify(password, encoded))


class LimitedBCryptSHA256PasswordHasher(BCryptSHA256PasswordHasher):
    """Django's bcrypt, of a site that people moved here from: read, and upgraded at the next sign-in."""

    def encode(self, password: str, salt: Any) -> str:
        with hashing_place():
            encoded: str = super().encode(password, salt)
        return encoded


class LimitedBCryptPasswordHasher(BCryptPasswordHasher):
    """Plain bcrypt, as most other software stores it, with `bcrypt$` in front."""

    def encode(self, password: str, salt: Any) -> str:
        cut = password.encode()[:72]  # all that bcrypt ever looked at; the library refuses more
        with hashing_place():
            hashed = bcrypt.hashpw(cut, salt)
        return f"{self.algorithm}${hashed.decode('ascii')}"
