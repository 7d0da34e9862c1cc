"""Signing in is the dearest request and comes in bursts: it must leave threads of the process to everybody else."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from django.conf import settings

from accounts.exceptions import Busy

PATIENCE = 1.0  # seconds in which a crowd may take every thread: a class that signs in together gets through


class Crowd:
    """Threads at one kind of dear work. Up to `size` may be; more for PATIENCE, then those beyond are sent away.

    It has dispersed once half of `size` is left; then patience begins anew.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._inside = 0
        self._too_many_since: float | None = None

    @contextmanager
    def join(self) -> Iterator[None]:
        """Be one of them; raise Busy at once where there is no room."""
        self._enter()
        try:
            yield
        finally:
            self._leave()

    def _enter(self) -> None:
        with self._lock:
            if self._inside >= self._size:
                now = time.monotonic()
                self._too_many_since = self._too_many_since or now
                if now - self._too_many_since >= PATIENCE:
                    raise Busy(random.randint(3, 8))  # noqa: S311  so that they do not all come back at once
            self._inside += 1

    def _leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside <= self._size // 2:
                self._too_many_since = None


@cache
def _crowd() -> Crowd:
    return Crowd(max(1, settings.WEB_THREADS * 3 // 4))


@contextmanager
def signing_in() -> Iterator[None]:
    """Hold one of the threads that this process has for signing in and up, three of four; raise Busy without one."""
    with _crowd().join():
        yield
