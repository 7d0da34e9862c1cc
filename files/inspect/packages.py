"""What is a zip or an OLE container: office documents and archives. Read from the directory, never unpacked."""

import io
import zipfile
import zlib
from typing import IO

from django.utils.translation import gettext_lazy as _

from files.exceptions import FileRefused, TypeMismatch
from files.inspect.facts import TYPES, Facts

MAX_ARCHIVE_ENTRIES = 10_000
MAX_ARCHIVE_BYTES = 1024**3
MAX_ARCHIVE_RATIO = 100
MAX_DIRECTORY = 2 * 1024 * 1024  # bytes; ten thousand entries with paths of 150 characters
MAX_CONTENT_TYPES = 1024 * 1024  # bytes of an office document's table of parts
OPEN_XML_MAIN = {"docx": "word/document.xml", "pptx": "ppt/presentation.xml", "xlsx": "xl/workbook.xml"}
UNREADABLE = (
    zipfile.BadZipFile,
    OSError,
    ValueError,
    RuntimeError,
    NotImplementedError,
    EOFError,
    zlib.error,
)


class DirectoryTooLarge(Exception):
    """A zip's directory is larger than we read."""


class _Bounded(io.RawIOBase):
    """The file, for `zipfile`, which reads a directory at once however long it says it is."""

    def __init__(self, raw: IO[bytes]) -> None:
        self.raw = raw

    def read(self, size: int = -1) -> bytes:
        data = self.raw.read(min(size, MAX_DIRECTORY + 1) if size >= 0 else MAX_DIRECTORY + 1)
        if len(data) > MAX_DIRECTORY:
            raise DirectoryTooLarge
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        return self.raw.seek(offset, whence)

    def tell(self) -> int:
        return self.raw.tell()

    def seekable(self) -> bool:
        return True


def read_ole(content: IO[bytes], extension: str, facts: Facts) -> None:
    """Raise TypeMismatch unless it is an OLE container."""
    if content.read(8) != b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise TypeMismatch


def read_open_xml(content: IO[bytes], extension: str, facts: Facts) -> None:
    """Raise TypeMismatch unless the zip has the right main part, and no part with macros under any name."""
    try:
        with zipfile.ZipFile(_Bounded(content)) as package:
            names = set(package.namelist())
            with package.open("[Content_Types].xml") as part:
                types = part.read(MAX_CONTENT_TYPES).lower()
    except (*UNREADABLE, KeyError, DirectoryTooLarge):
        raise TypeMismatch from None
    has_macros = any("vbaproject" in name.lower() for name in names)
    if (
        OPEN_XML_MAIN[extension] not in names
        or has_macros
        or b"macroenabled" in types
        or b"vbaproject" in types
    ):
        raise TypeMismatch


def read_open_document(content: IO[bytes], extension: str, facts: Facts) -> None:
    """Raise TypeMismatch unless the zip's first entry is the `mimetype`, unpacked (OpenDocument 1.3, part 2, 3.3)."""
    head = content.read(256)
    length = int.from_bytes(head[28:30], "little")  # of the extra field
    mime = TYPES[extension][1].encode()
    start = 38 + length
    if head[:4] != b"PK\3\4" or head[30:38] != b"mimetype" or head[start : start + len(mime)] != mime:
        raise TypeMismatch
    if head[start + len(mime) :][:2] != b"PK":  # `…text-template` begins like `…text`
        raise TypeMismatch
    try:
        zipfile.ZipFile(_Bounded(content)).close()
    except (*UNREADABLE, DirectoryTooLarge):
        raise TypeMismatch from None


def read_archive(content: IO[bytes], extension: str, facts: Facts) -> None:
    """Raise TypeMismatch when it is no zip from its first byte, FileRefused `archive_unsafe` when it is a trap."""
    if content.read(4) != b"PK\3\4":
        raise TypeMismatch
    size = content.seek(0, 2)
    try:
        with zipfile.ZipFile(_Bounded(content)) as archive:
            entries = archive.infolist()
    except UNREADABLE:
        raise TypeMismatch from None
    except DirectoryTooLarge:
        raise _unsafe() from None
    unpacked = sum(entry.file_size for entry in entries)
    # Entries may lie over each other: what they claim to be packed into is bounded by what there is.
    packed = max(1, min(size, sum(entry.compress_size for entry in entries)))
    too_much = unpacked > MAX_ARCHIVE_BYTES or unpacked > MAX_ARCHIVE_RATIO * packed
    if len(entries) > MAX_ARCHIVE_ENTRIES or too_much or any(map(_is_trap, entries)):
        raise _unsafe()


def _is_trap(entry: zipfile.ZipInfo) -> bool:
    parts = entry.filename.replace("\\", "/").split("/")
    leaves = ".." in parts or parts[0] == "" or ":" in parts[0]
    is_link = (entry.external_attr >> 16) & 0o170000 == 0o120000
    return leaves or is_link or bool(entry.flag_bits & 1)  # the last: a password


def _unsafe() -> FileRefused:
    return FileRefused(_("This archive holds something that is not safe to unpack."), code="archive_unsafe")
