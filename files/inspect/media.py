"""Film and sound: the container, and what its own header says of length and size."""

import os
import struct
from collections.abc import Iterator
from typing import IO

from files.exceptions import TypeMismatch
from files.inspect.facts import Facts

BRANDS = {
    "mov": {b"qt  "},
    "m4a": {b"M4A ", b"M4B "},
    "mp4": {
        b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9", b"mp41", b"mp42", b"mp71",
        b"avc1", b"hvc1", b"av01", b"M4V ", b"M4VH", b"M4VP", b"MSNV", b"XAVC", b"dash", b"msdh", b"f4v ", b"mmp4",
    },
}  # fmt: skip
MAX_BOXES = 10_000


def read_iso(content: IO[bytes], extension: str, facts: Facts) -> None:
    """Raise TypeMismatch unless it is an ISO container of a fitting brand; note length and size."""
    head = content.read(12)
    if len(head) < 12 or head[4:8] != b"ftyp" or head[8:12] not in BRANDS[extension]:
        raise TypeMismatch
    end = content.seek(0, os.SEEK_END)
    for name, start, stop in _boxes(content, 0, end):
        if name == b"moov":
            _read_movie(content, start, stop, facts)
            return


def _read_movie(content: IO[bytes], start: int, stop: int, facts: Facts) -> None:
    for name, inner, last in _boxes(content, start, stop):
        if name == b"mvhd":
            facts.duration_seconds = _movie_length(_at(content, inner, 32))
        elif name == b"trak" and not facts.width:
            for part, body, end in _boxes(content, inner, last):
                if part == b"tkhd" and end - body >= 84:  # its last eight bytes, 16.16 fixed point: 8.3.2
                    width, height = struct.unpack(">II", _at(content, end - 8, 8).ljust(8, b"\0"))
                    facts.width, facts.height = width >> 16 or None, height >> 16 or None


def _movie_length(data: bytes) -> int | None:
    """Seconds from `mvhd` (ISO/IEC 14496-12, 8.2.2), None when it says none."""
    try:
        scale, length = (
            struct.unpack_from(">IQ", data, 20) if data[0] == 1 else struct.unpack_from(">II", data, 12)
        )
    except (struct.error, IndexError):
        return None
    return _seconds(length / scale) if scale else None


def _boxes(content: IO[bytes], position: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, first and last byte of the body of each box between two positions."""
    for _step in range(MAX_BOXES):
        head = _at(content, position, 16)
        if position + 8 > end or len(head) < 8:
            return
        size, body = int.from_bytes(head[:4], "big"), position + 8
        if size == 1:
            size, body = int.from_bytes(head[8:16], "big"), position + 16
        elif size == 0:
            size = end - position
        if size < body - position:
            return
        yield head[4:8], body, min(position + size, end)
        position += size


def read_matroska(content: IO[bytes], extension: str, facts: Facts) -> None:
    """Raise TypeMismatch unless it is EBML with the right DocType (RFC 8794); note length and size (RFC 9559)."""
    end = content.seek(0, os.SEEK_END)
    top = _elements(content, 0, end)
    first = next(top, None)
    if first is None or first[0] != 0x1A45DFA3:
        raise TypeMismatch
    doctype = next((_at(content, s, e - s) for i, s, e in _elements(content, *first[1:]) if i == 0x4282), b"")
    if doctype.rstrip(b"\0") != (b"webm" if extension == "webm" else b"matroska"):
        raise TypeMismatch
    for element, start, stop in top:
        if element == 0x18538067:  # Segment
            _read_segment(content, start, stop, facts)
            return


def _read_segment(content: IO[bytes], start: int, stop: int, facts: Facts) -> None:
    for element, inner, last in _elements(content, start, stop):
        if element == 0x1549A966:  # Info
            values = {i: _at(content, s, min(e - s, 8)) for i, s, e in _elements(content, inner, last)}
            scale = int.from_bytes(values.get(0x2AD7B1, b""), "big") or 1_000_000  # nanoseconds
            length = values.get(0x4489, b"")
            if len(length) in (4, 8):
                ticks = struct.unpack(">f" if len(length) == 4 else ">d", length)[0]
                facts.duration_seconds = _seconds(ticks * scale / 1e9)
        elif element == 0x1654AE6B:  # Tracks
            for track, body, end in _elements(content, inner, last):
                if track == 0xAE and not facts.width:
                    _read_track(content, body, end, facts)
        elif element == 0x1F43B675:  # the first Cluster: what follows is film
            return


def _read_track(content: IO[bytes], start: int, stop: int, facts: Facts) -> None:
    for element, inner, last in _elements(content, start, stop):
        if element == 0xE0:  # Video
            values = {i: _at(content, s, min(e - s, 4)) for i, s, e in _elements(content, inner, last)}
            facts.width = _pixels(int.from_bytes(values.get(0xB0, b""), "big"))
            facts.height = _pixels(int.from_bytes(values.get(0xBA, b""), "big"))


def _elements(content: IO[bytes], position: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield id, first and last byte of each EBML element between two positions."""
    for _step in range(MAX_BOXES):
        head = _at(content, position, 12)
        if position >= end or len(head) < 2 or not head[0]:
            return
        id_length = 9 - head[0].bit_length()
        size_at = head[id_length : id_length + 1]
        if id_length > 4 or not size_at or not size_at[0]:
            return
        length = 9 - size_at[0].bit_length()
        raw = int.from_bytes(head[id_length : id_length + length], "big")
        size = raw & ((1 << (7 * length)) - 1)
        body = position + id_length + length
        is_unknown = size == (1 << (7 * length)) - 1  # as a live recording writes it
        stop = end if is_unknown else min(body + size, end)
        yield int.from_bytes(head[:id_length], "big"), body, stop
        position = stop


def read_mp3(content: IO[bytes], extension: str, facts: Facts) -> None:
    """Raise TypeMismatch unless it begins with an ID3 tag or a frame of layer III (ISO/IEC 11172-3, 2.4.1.3)."""
    head = content.read(4)
    is_frame = len(head) == 4 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2 and head[1] & 0x18 != 0x08
    if not head.startswith(b"ID3") and not (is_frame and head[2] >> 4 != 15 and head[2] & 0x0C != 0x0C):
        raise TypeMismatch


def read_ogg(content: IO[bytes], extension: str, facts: Facts) -> None:
    """Raise TypeMismatch unless it is an Ogg stream."""
    if content.read(4) != b"OggS":
        raise TypeMismatch


def _at(content: IO[bytes], position: int, length: int) -> bytes:
    content.seek(position)
    return content.read(length)


def _pixels(side: int) -> int | None:
    return side if 0 < side < 65_536 else None


def _seconds(length: float) -> int | None:
    """Whole seconds, None for nothing and for what no film has (100 days; also what is no number)."""
    return round(length) or None if 0 < length < 8_640_000 else None
