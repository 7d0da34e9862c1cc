"""A limited number of places for dear work, over all threads and processes of a machine that share a folder."""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PAUSE = 0.004  # seconds between two looks at the files; a hash takes some ten times as long


class NoPlace(Exception):
    """Nobody left within the time one was ready to wait."""


class Places:
    """`count` places, each a locked file in `folder`: the kernel frees the place of a process that is killed.

    Threads of one process queue among themselves first, so that at most `count` of each process look at the files.
    """

    def __init__(self, folder: Path, count: int) -> None:
        """Make the files; raise OSError where this process cannot."""
        folder.mkdir(parents=True, exist_ok=True)
        self._files = [folder / str(number) for number in range(count)]
        for path in self._files:
            os.close(_open(path))
        self._here = threading.BoundedSemaphore(count)

    @contextmanager
    def take(self, wait: float) -> Iterator[None]:
        """Hold a place; raise NoPlace after `wait` seconds without one."""
        deadline = time.monotonic() + wait
        if not self._here.acquire(timeout=wait):
            raise NoPlace
        try:
            file = self._wait_for_file(deadline)
            try:
                yield
            finally:
                os.close(file)  # and with it goes the lock
        finally:
            self._here.release()

    def _wait_for_file(self, deadline: float) -> int:
        while True:
            for path in self._files:
                file = _lock(path)
                if file is not None:
                    return file
            if time.monotonic() >= deadline:
                raise NoPlace
            time.sleep(PAUSE)


def _open(path: Path) -> int:
    # To read is enough for a lock, so another account's process (a command run by root) does not shut us out.
    return os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)


def _lock(path: Path) -> int | None:
    file = _open(path)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    return file
