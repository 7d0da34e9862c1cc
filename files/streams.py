"""Sending bytes from the storage, the long ones on a bounded number of the server's threads."""

import threading
from collections.abc import Iterator
from typing import IO

from django.conf import settings

from files.exceptions import StorageUnavailable, TooManyStreams
from files.models import StoredFile
from files.ranges import Span

BLOCK = 64 * 1024  # bytes read and sent at a time
# Bytes. A caption or a picture of a page is gone in one go: the system's send buffer towards a proxy takes this much
# though nobody reads yet, and a slow phone without one has it in seconds. A film keeps its thread for minutes.
SMALL = 256 * 1024
# A film must not starve an exam: at most half of the server's threads send something long at once.
_places = threading.BoundedSemaphore(max(1, settings.WEB_THREADS // 2))


class Blocks(Iterator[bytes]):
    """The bytes of a span. One longer than SMALL holds a place among the streams until it is closed.

    Not a generator: closing one that never started would not give its place back. Raises TooManyStreams without
    a place, StorageUnavailable when the blob cannot be opened.
    """

    def __init__(self, file: StoredFile, span: Span) -> None:
        self.places = _places if span.length > SMALL else None
        if self.places and not self.places.acquire(blocking=False):
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
        if self.places:
            self.places.release()
