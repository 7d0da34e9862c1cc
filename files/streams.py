"""Sending bytes from the storage, on a bounded number of the server's threads."""

import threading
from collections.abc import Iterator
from typing import IO

from django.conf import settings

from files.exceptions import StorageUnavailable, TooManyStreams
from files.models import StoredFile
from files.ranges import Span

BLOCK = 64 * 1024  # bytes read and sent at a time
# A film must not starve an exam: at most half of the server's threads stream at once.
_places = threading.BoundedSemaphore(max(1, settings.WEB_THREADS // 2))


class Blocks(Iterator[bytes]):
    """The bytes of a span. Holds one place among the streams until it is closed.

    Not a generator: closing one that never started would not give its place back. Raises TooManyStreams without
    a place, StorageUnavailable when the blob cannot be opened.
    """

    def __init__(self, file: StoredFile, span: Span) -> None:
        self.places = _places
        if not self.places.acquire(blocking=False):
            raise TooManyStreams
        self.is_open = True
        self.left = span.length
        try:
            self.stream: IO[bytes] = file.file.storage.open(str(file.file.name))
            self.stream.seek(span.start)
        except BaseException as error:
            self._free()
            if isinstance(error, OSError):
                raise StorageUnavailable from error
            raise

    def __next__(self) -> bytes:
        block = self.stream.read(min(BLOCK, self.left)) if self.left > 0 else b""
        if not block:
            self.close()
            raise StopIteration
        self.left -= len(block)
        return block

    def close(self) -> None:
        """Close the file and give the place back; the response calls it, come what may."""
        if self.is_open:
            try:
                self.stream.close()
            finally:
                self._free()

    def _free(self) -> None:
        self.is_open = False
        self.places.release()
