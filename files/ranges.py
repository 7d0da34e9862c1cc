"""Conditions and byte ranges of a request for a file (RFC 9110, sections 13 and 14)."""

import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from django.http import HttpRequest
from django.utils.http import http_date

from files.models import StoredFile

RANGE = re.compile(r"bytes[ \t]*=[ \t]*([0-9]*)-([0-9]*)", re.IGNORECASE)  # units are of any case: 14.1
BEYOND = 10**18  # stands for numbers with more digits than any file has bytes


@dataclass(frozen=True)
class Span:
    """First and last byte to send; `is_part` when a range was asked for."""

    start: int
    end: int
    is_part: bool = True

    @property
    def length(self) -> int:
        """Bytes."""
        return self.end - self.start + 1


def etag_of(file: StoredFile) -> str:
    """Return the strong tag: the same bytes, the same tag."""
    return f'"{file.sha256}"'


def last_modified(file: StoredFile) -> str:
    """Return when the content came to be, which is never replaced."""
    return http_date(file.created_at.timestamp())


def is_not_modified(request: HttpRequest, file: StoredFile) -> bool:
    """Return whether the caller has it already: If-None-Match decides, If-Modified-Since without it (13.2.2)."""
    if known := request.headers.get("If-None-Match"):
        tags = [tag.strip().removeprefix("W/") for tag in known.split(",")]
        return known.strip() == "*" or etag_of(file) in tags
    if since := request.headers.get("If-Modified-Since"):
        try:
            return int(file.created_at.timestamp()) <= int(parsedate_to_datetime(since).timestamp())
        except (ValueError, OverflowError, TypeError):
            return False
    return False


def span_of(request: HttpRequest, file: StoredFile) -> Span | None:
    """Return what to send; None when the range asked for lies outside.

    One range is honoured, of GET alone (14.2); several, nonsense, or one whose If-Range does not fit, are the
    whole file.
    """
    whole = Span(0, file.size - 1, is_part=False)
    match = RANGE.fullmatch(request.headers.get("Range", "").strip())
    condition = request.headers.get("If-Range", "").strip()
    fits = not condition or condition in (etag_of(file), last_modified(file))
    if match is None or not fits or request.method != "GET":
        return whole
    first, last = (_number(text) for text in match.groups())
    if first is None:
        return whole if last is None else _suffix(file, last)
    if last is not None and last < first:
        return whole
    end = file.size - 1 if last is None else min(last, file.size - 1)
    return Span(first, end) if first < file.size else None


def _number(text: str) -> int | None:
    if not text:
        return None
    return int(text) if len(text) <= 18 else int(text[-18:]) if not text[:-18].strip("0") else BEYOND


def _suffix(file: StoredFile, length: int) -> Span | None:
    return Span(max(0, file.size - length), file.size - 1) if length else None
