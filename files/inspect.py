"""What a file really is. The extension picks the check, the content must pass it."""

import io
import os
import struct
import warnings
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO

import puremagic
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from files.exceptions import FileRefused, TypeMismatch, UnsupportedType
from files.models import StoredFile

Kind = StoredFile.Kind
MAX_PIXELS = 40_000_000
MAX_ANIMATED_PIXELS = 100_000_000
MAX_IMAGE_SIDE = 2560  # px
MAX_CAPTION_BYTES = 2 * 1024 * 1024
MAX_ARCHIVE_ENTRIES = 10_000
MAX_ARCHIVE_BYTES = 1024**3
MAX_ARCHIVE_RATIO = 100
BLOCK = 64 * 1024


@dataclass
class Facts:
    """What was found out: kind, type, and for media the size or length. `replacement` replaces the bytes."""

    kind: str
    mime: str
    duration_seconds: int | None = None
    width: int | None = None
    height: int | None = None
    replacement: bytes | None = None


def extension_of(name: str) -> str:
    """Return the last extension, lower case, without its dot."""
    return os.path.splitext(name)[1].lstrip(".").lower()


def inspect(content: IO[bytes], name: str, *, is_staff: bool) -> Facts:
    """Return the facts about `content`.

    Raises UnsupportedType for an extension that is not taken, TypeMismatch when the content is something
    else, FileRefused with `image_invalid`, `image_too_large`, `caption_invalid` or `archive_unsafe`.
    """
    extension = extension_of(name)
    if extension not in TYPES:
        raise UnsupportedType(errors=[])
    kind, mime, check = TYPES[extension]
    if kind == Kind.ARCHIVE and not is_staff:
        raise UnsupportedType
    facts = Facts(kind, mime)
    content.seek(0)
    check(content, extension, facts)
    content.seek(0)
    return facts


def _image(content: IO[bytes], extension: str, facts: Facts) -> None:
    wanted = {"jpg": "JPEG", "jpeg": "JPEG", "png": "PNG", "gif": "GIF", "webp": "WEBP"}[extension]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(content, formats=[wanted])
            frames = getattr(picture, "n_frames", 1)
            pixels = picture.width * picture.height
            if pixels > MAX_PIXELS or pixels * frames > MAX_ANIMATED_PIXELS:
                raise _image_too_large()
            facts.replacement, facts.width, facts.height = _encode_again(picture, wanted, frames)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _image_too_large() from None
    except FileRefused:
        raise
    except UnidentifiedImageError:
        raise TypeMismatch from None
    except (OSError, SyntaxError, ValueError, EOFError, struct.error) as error:
        raise FileRefused(_("This picture is damaged."), code="image_invalid") from error


def _image_too_large() -> FileRefused:
    return FileRefused(_("This picture has too many pixels: 40 million at most."), code="image_too_large")


def _encode_again(picture: Image.Image, wanted: str, frames: int) -> tuple[bytes, int, int]:
    """Turn upright, convert to sRGB, bound the size, and drop every byte that is not picture."""
    out = io.BytesIO()
    if frames > 1:
        shots = [_plain(frame.copy()).convert("RGBA") for frame in _frames(picture, frames)]
        options = {"duration": picture.info.get("duration", 100), "loop": picture.info.get("loop", 0)}
        shots[0].save(out, wanted, save_all=True, append_images=shots[1:], **options)
        return out.getvalue(), shots[0].width, shots[0].height
    plain = _plain(picture)
    if wanted == "JPEG" and plain.mode not in ("RGB", "L"):
        plain = plain.convert("RGB")
    options = {"quality": 88} if wanted in ("JPEG", "WEBP") else {"optimize": True}
    plain.save(out, wanted, **options)
    return out.getvalue(), plain.width, plain.height


def _frames(picture: Image.Image, count: int) -> Iterator[Image.Image]:
    for index in range(count):
        picture.seek(index)
        yield picture


def _plain(picture: Image.Image) -> Image.Image:
    upright = ImageOps.exif_transpose(picture) or picture
    profile = upright.info.get("icc_profile")
    if profile and upright.mode in ("RGB", "RGBA", "L", "CMYK"):
        try:
            target = "RGBA" if upright.mode == "RGBA" else "RGB"
            converted = ImageCms.profileToProfile(
                upright,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode=target,
            )
            upright = converted or upright
        except ImageCms.PyCMSError:
            pass  # an unreadable profile goes with the rest of the metadata
    if max(upright.size) > MAX_IMAGE_SIDE:
        upright.thumbnail((MAX_IMAGE_SIDE, MAX_IMAGE_SIDE))
    if upright.mode not in ("RGB", "RGBA", "L", "LA", "P"):
        upright = upright.convert("RGB")
    clean = upright.copy()
    clean.info = {key: value for key, value in upright.info.items() if key == "transparency"}
    return clean


def _iso_media(content: IO[bytes], extension: str, facts: Facts) -> None:
    head = content.read(12)
    if len(head) < 12 or head[4:8] != b"ftyp":
        raise TypeMismatch
    brand = head[8:12]
    if (extension == "m4a") != (brand in (b"M4A ", b"M4B ")) or (extension == "mov") != (brand == b"qt  "):
        raise TypeMismatch
    facts.duration_seconds = _iso_duration(content)


def _iso_duration(content: IO[bytes]) -> int | None:
    """Length from `moov/mvhd` (ISO/IEC 14496-12, 8.2.2), None when it cannot be read."""
    content.seek(0, os.SEEK_END)
    end = content.tell()
    box = _find_box(content, 0, end, b"moov")
    box = box and _find_box(content, *box, b"mvhd")
    if not box:
        return None
    content.seek(box[0])
    data = content.read(32)
    try:
        if data[0] == 1:
            scale, length = struct.unpack(">IQ", data[20:32])
        else:
            scale, length = struct.unpack(">II", data[12:20])
    except (struct.error, IndexError):
        return None
    return round(length / scale) or None if scale else None


def _find_box(content: IO[bytes], start: int, end: int, name: bytes) -> tuple[int, int] | None:
    position = start
    for _step in range(10_000):
        content.seek(position)
        head = content.read(16)
        if position + 8 > end or len(head) < 8:
            return None
        size = int.from_bytes(head[:4], "big")
        body = position + 8
        if size == 1:
            size, body = int.from_bytes(head[8:16], "big"), position + 16
        elif size == 0:
            size = end - position
        if size < 8:
            return None
        if head[4:8] == name:
            return body, min(position + size, end)
        position += size
    return None


def _matroska(content: IO[bytes], extension: str, facts: Facts) -> None:
    head = content.read(4096)
    doctype = b"webm" if extension == "webm" else b"matroska"
    if not head.startswith(b"\x1a\x45\xdf\xa3") or b"\x42\x82" not in head or doctype not in head[:64]:
        raise TypeMismatch


def _sniffed(content: IO[bytes], extension: str, facts: Facts) -> None:
    head = content.read(4096)
    signs: dict[str, Callable[[], bool]] = {
        "pdf": lambda: head.startswith(b"%PDF-"),
        "mp3": lambda: (
            head.startswith(b"ID3") or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0)
        ),
        "ogg": lambda: head.startswith(b"OggS"),
    }
    if extension in ("doc", "ppt", "xls"):
        fine = head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    else:
        fine = signs[extension]()
    if not fine:
        raise TypeMismatch


def _office(content: IO[bytes], extension: str, facts: Facts) -> None:
    main = {"docx": "word/document.xml", "pptx": "ppt/presentation.xml", "xlsx": "xl/workbook.xml"}
    try:
        with zipfile.ZipFile(content) as archive:
            names = set(archive.namelist())
            if extension in main:
                fine = main[extension] in names and not any("vbaproject" in name.lower() for name in names)
            else:
                mime = TYPES[extension][1].encode()
                fine = "mimetype" in names and archive.read("mimetype")[:200].strip() == mime
    except (zipfile.BadZipFile, OSError, RuntimeError, KeyError):
        fine = False
    if not fine:
        raise TypeMismatch


def _text(content: IO[bytes], extension: str, facts: Facts) -> None:
    decoder = io.TextIOWrapper(
        io.BufferedReader(_Unclosed(content)),  # type: ignore[type-var]
        encoding="utf-8-sig",
    )
    try:
        while block := decoder.read(BLOCK):
            if "\0" in block:
                raise TypeMismatch
    except UnicodeDecodeError:
        raise TypeMismatch from None


class _Unclosed(io.RawIOBase):
    """Lets a text reader go without closing the file beneath it."""

    def __init__(self, raw: IO[bytes]) -> None:
        self.raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        data = self.raw.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _captions(content: IO[bytes], extension: str, facts: Facts) -> None:
    invalid = FileRefused(
        _("These captions cannot be read: a WebVTT file in UTF-8 is needed."), code="caption_invalid"
    )
    data = content.read(MAX_CAPTION_BYTES + 1)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise invalid from None
    first = text.split("\n", 1)[0].rstrip("\r")
    if (
        len(data) > MAX_CAPTION_BYTES
        or "\0" in text
        or not (first == "WEBVTT" or first.startswith(("WEBVTT ", "WEBVTT\t")))
    ):
        raise invalid
    if "-->" not in text:
        raise invalid


def _archive(content: IO[bytes], extension: str, facts: Facts) -> None:
    unsafe = FileRefused(_("This archive holds something that is not safe to unpack."), code="archive_unsafe")
    try:
        with zipfile.ZipFile(content) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError):
        raise TypeMismatch from None
    total = sum(entry.file_size for entry in entries)
    packed = max(1, sum(entry.compress_size for entry in entries))
    if len(entries) > MAX_ARCHIVE_ENTRIES or total > MAX_ARCHIVE_BYTES or total / packed > MAX_ARCHIVE_RATIO:
        raise unsafe
    for entry in entries:
        parts = entry.filename.replace("\\", "/").split("/")
        is_link = (entry.external_attr >> 16) & 0o170000 == 0o120000
        if (
            ".." in parts
            or entry.filename.startswith(("/", "\\"))
            or ":" in parts[0]
            or is_link
            or entry.flag_bits & 1
        ):
            raise unsafe


def looks_like_markup(head: bytes) -> bool:
    """Return whether signatures call the bytes a web page or a program, whatever their name says."""
    try:
        found = {match.extension.lstrip(".") for match in puremagic.magic_string(head)}
    except (puremagic.PureError, ValueError):
        return False
    return bool(found & {"html", "htm", "exe", "svg", "php", "elf"})


Check = Callable[[IO[bytes], str, Facts], None]
_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."
TYPES: dict[str, tuple[str, str, Check]] = {
    "mp4": (Kind.VIDEO, "video/mp4", _iso_media),
    "mov": (Kind.VIDEO, "video/quicktime", _iso_media),
    "webm": (Kind.VIDEO, "video/webm", _matroska),
    "mkv": (Kind.VIDEO, "video/x-matroska", _matroska),
    "mp3": (Kind.AUDIO, "audio/mpeg", _sniffed),
    "m4a": (Kind.AUDIO, "audio/mp4", _iso_media),
    "ogg": (Kind.AUDIO, "audio/ogg", _sniffed),
    "pdf": (Kind.DOCUMENT, "application/pdf", _sniffed),
    "docx": (Kind.DOCUMENT, _OOXML + "wordprocessingml.document", _office),
    "pptx": (Kind.DOCUMENT, _OOXML + "presentationml.presentation", _office),
    "xlsx": (Kind.DOCUMENT, _OOXML + "spreadsheetml.sheet", _office),
    "odt": (Kind.DOCUMENT, _ODF + "text", _office),
    "odp": (Kind.DOCUMENT, _ODF + "presentation", _office),
    "ods": (Kind.DOCUMENT, _ODF + "spreadsheet", _office),
    "doc": (Kind.DOCUMENT, "application/msword", _sniffed),
    "ppt": (Kind.DOCUMENT, "application/vnd.ms-powerpoint", _sniffed),
    "xls": (Kind.DOCUMENT, "application/vnd.ms-excel", _sniffed),
    "txt": (Kind.DOCUMENT, "text/plain", _text),
    "md": (Kind.DOCUMENT, "text/markdown", _text),
    "csv": (Kind.DOCUMENT, "text/csv", _text),
    "jpg": (Kind.IMAGE, "image/jpeg", _image),
    "jpeg": (Kind.IMAGE, "image/jpeg", _image),
    "png": (Kind.IMAGE, "image/png", _image),
    "gif": (Kind.IMAGE, "image/gif", _image),
    "webp": (Kind.IMAGE, "image/webp", _image),
    "vtt": (Kind.CAPTION, "text/vtt", _captions),
    "zip": (Kind.ARCHIVE, "application/zip", _archive),
}
