"""What a check finds out, and the types that are taken."""

from dataclasses import dataclass
from typing import IO

from files.models import StoredFile

Kind = StoredFile.Kind
BLOCK = 64 * 1024  # bytes read at a time


@dataclass
class Facts:
    """Kind and type; for media size in pixels and length in seconds. `replacement` replaces the content."""

    kind: str
    mime: str
    duration_seconds: int | None = None
    width: int | None = None
    height: int | None = None
    replacement: IO[bytes] | None = None


_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."
TYPES: dict[str, tuple[str, str]] = {
    "mp4": (Kind.VIDEO, "video/mp4"),
    "mov": (Kind.VIDEO, "video/quicktime"),
    "webm": (Kind.VIDEO, "video/webm"),
    "mkv": (Kind.VIDEO, "video/x-matroska"),
    "mp3": (Kind.AUDIO, "audio/mpeg"),
    "m4a": (Kind.AUDIO, "audio/mp4"),
    "ogg": (Kind.AUDIO, "audio/ogg"),
    "pdf": (Kind.DOCUMENT, "application/pdf"),
    "docx": (Kind.DOCUMENT, _OOXML + "wordprocessingml.document"),
    "pptx": (Kind.DOCUMENT, _OOXML + "presentationml.presentation"),
    "xlsx": (Kind.DOCUMENT, _OOXML + "spreadsheetml.sheet"),
    "odt": (Kind.DOCUMENT, _ODF + "text"),
    "odp": (Kind.DOCUMENT, _ODF + "presentation"),
    "ods": (Kind.DOCUMENT, _ODF + "spreadsheet"),
    "doc": (Kind.DOCUMENT, "application/msword"),
    "ppt": (Kind.DOCUMENT, "application/vnd.ms-powerpoint"),
    "xls": (Kind.DOCUMENT, "application/vnd.ms-excel"),
    "txt": (Kind.DOCUMENT, "text/plain"),
    "md": (Kind.DOCUMENT, "text/markdown"),
    "csv": (Kind.DOCUMENT, "text/csv"),
    "jpg": (Kind.IMAGE, "image/jpeg"),
    "jpeg": (Kind.IMAGE, "image/jpeg"),
    "png": (Kind.IMAGE, "image/png"),
    "gif": (Kind.IMAGE, "image/gif"),
    "webp": (Kind.IMAGE, "image/webp"),
    "vtt": (Kind.CAPTION, "text/vtt"),
    "zip": (Kind.ARCHIVE, "application/zip"),
}
