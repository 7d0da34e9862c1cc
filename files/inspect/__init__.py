"""What a file really is. The extension picks the check; signatures and the check must both agree."""

import os
from collections.abc import Callable
from typing import IO

import puremagic

from files.exceptions import TypeMismatch, UnsupportedType
from files.inspect.facts import BLOCK, TYPES, Facts, Kind
from files.inspect.images import read_image
from files.inspect.media import read_iso, read_matroska, read_mp3, read_ogg
from files.inspect.packages import read_archive, read_ole, read_open_document, read_open_xml
from files.inspect.texts import read_captions, read_pdf, read_text

__all__ = ["BLOCK", "TYPES", "Facts", "extension_of", "extensions_for", "inspect"]

Check = Callable[[IO[bytes], str, Facts], None]
CHECKS: dict[Check, tuple[str, ...]] = {
    read_image: ("jpg", "jpeg", "png", "gif", "webp"),
    read_iso: ("mp4", "mov", "m4a"),
    read_matroska: ("webm", "mkv"),
    read_mp3: ("mp3",),
    read_ogg: ("ogg",),
    read_pdf: ("pdf",),
    read_open_xml: ("docx", "pptx", "xlsx"),
    read_open_document: ("odt", "odp", "ods"),
    read_ole: ("doc", "ppt", "xls"),
    read_text: ("txt", "md", "csv"),
    read_captions: ("vtt",),
    read_archive: ("zip",),
}
CHECK_OF = {extension: check for check, extensions in CHECKS.items() for extension in extensions}
_ISO = {".mp4", ".mov", ".m4a", ".m4v", ".3gp"}
_OLE = {".doc", ".ppt", ".xls"}
# What signatures may call the content. Plain text has none: for it the check alone speaks.
SIGNATURES: dict[Check, set[str]] = {
    read_image: {".jpg", ".png", ".gif", ".webp"},
    read_iso: _ISO,
    read_matroska: {".webm", ".mkv"},
    read_mp3: {".mp3", ".mpga"},
    read_ogg: {".ogg"},
    read_pdf: {".pdf"},
    read_open_xml: {".docx"},
    read_open_document: {".odt"},
    read_ole: _OLE,
    read_archive: {".zip"},
}


def extension_of(name: str) -> str:
    """Return the last extension, lower case, without its dot."""
    return os.path.splitext(name)[1].lstrip(".").lower()


def extensions_for(kind: str = "", *, is_staff: bool) -> list[str]:
    """Return the extensions that are taken, of one kind or of all; archives are for staff."""
    taken = {extension: of for extension, (of, _mime) in TYPES.items() if is_staff or of != Kind.ARCHIVE}
    return [extension for extension, of in taken.items() if kind in ("", of)]


def inspect(content: IO[bytes], name: str, *, is_staff: bool) -> Facts:
    """Return the facts about `content`, whose position afterwards is its beginning.

    Raises UnsupportedType for an extension that is not taken, TypeMismatch when the content is something
    else, FileRefused with `image_invalid`, `image_too_large`, `caption_invalid` or `archive_unsafe`.
    """
    extension = extension_of(name)
    if extension not in extensions_for(is_staff=is_staff):
        raise UnsupportedType
    check = CHECK_OF[extension]
    content.seek(0)
    if not _signature_fits(content.read(8192), check):
        raise TypeMismatch
    facts = Facts(*TYPES[extension])
    content.seek(0)
    check(content, extension, facts)
    content.seek(0)
    return facts


def _signature_fits(head: bytes, check: Check) -> bool:
    if check not in SIGNATURES:
        return True
    try:
        found = {match.extension.lower() for match in puremagic.magic_string(head)}
    except (puremagic.PureError, ValueError):
        return check is read_mp3  # signatures know one of the four ways an MP3 may begin; the check knows all
    return bool(found & SIGNATURES[check])
