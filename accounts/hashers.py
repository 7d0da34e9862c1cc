"""Argon2id at the OWASP minimum, and never more hashes at a time than the machine bears."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher

from accounts.exceptions import Busy

MAX_WAIT = 5.0  # seconds


@cache
def _places() -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(settings.PASSWORD_HASH_CONCURRENCY)


@contextmanager
def hashing_place() -> Iterator[None]:
    """Wait for one of this process's PASSWORD_HASH_CONCURRENCY places; raise Busy after 5 seconds."""
    if not _places().acquire(timeout=MAX_WAIT):
        raise Busy
    try:
        yield
    finally:
        _places().release()


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
