"""Plain text, captions and PDF."""

import codecs
import re
from typing import IO

from django.utils.translation import gettext_lazy as _

from files.exceptions import FileRefused, TypeMismatch
from files.inspect.facts import BLOCK, Facts

MAX_CAPTION_BYTES = 2 * 1024 * 1024
_TIME = r"(?:(\d{2,4}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
TIMING = re.compile(rf"{_TIME}[ \t]*-->[ \t]*{_TIME}(?:[ \t].*)?")  # WebVTT, section 4.1


def read_pdf(content: IO[bytes], extension: str, facts: Facts) -> None:
    """Raise TypeMismatch unless the very first bytes are a PDF's."""
    if not content.read(5) == b"%PDF-":
        raise TypeMismatch


def read_text(content: IO[bytes], extension: str, facts: Facts) -> None:
    """Raise TypeMismatch unless all of it is UTF-8 without NUL."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while block := content.read(BLOCK):
            if "\0" in decoder.decode(block):
                raise TypeMismatch
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise TypeMismatch from None


def read_captions(content: IO[bytes], extension: str, facts: Facts) -> None:
    """Raise FileRefused `caption_invalid` unless it is WebVTT of at most 2 MB whose every timing can be read."""
    data = content.read(MAX_CAPTION_BYTES + 1)
    if len(data) > MAX_CAPTION_BYTES:
        raise _invalid(_("Captions may have at most 2 MB."))
    try:
        lines = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    except UnicodeDecodeError:
        raise _invalid() from None
    if not re.fullmatch(r"WEBVTT(?:[ \t].*)?", lines[0]) or b"\0" in data:
        raise _invalid()
    timings = [(number, line) for number, line in enumerate(lines[1:], start=2) if "-->" in line]
    if not timings:
        raise _invalid(_("These captions hold no line of text with its times."))
    for number, line in timings:
        if not _is_timing(line.strip()):
            raise _invalid(
                _("The times in line %(number)d of these captions cannot be read.") % {"number": number}
            )


def _is_timing(line: str) -> bool:
    match = TIMING.fullmatch(line)
    if not match:
        return False
    hours, minutes, seconds, thousandths, *end = (int(part or 0) for part in match.groups())
    return [hours, minutes, seconds, thousandths] < end


def _invalid(message: object = None) -> FileRefused:
    text = message or _("These captions cannot be read: a WebVTT file in UTF-8 is needed.")
    return FileRefused(text, code="caption_invalid")  # type: ignore[arg-type]  # a sentence, lazy or not
