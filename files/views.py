"""The one view that serves files: gate first, then conditions, then ranges."""

import re
import threading
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import IO
from urllib.parse import quote
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from files.exceptions import StorageUnavailable
from files.models import StoredFile

BLOCK = 64 * 1024  # bytes read and sent at a time
RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")  # more digits than any file has are no range
INLINE = {StoredFile.Kind.IMAGE, StoredFile.Kind.VIDEO, StoredFile.Kind.AUDIO, StoredFile.Kind.CAPTION}
SANDBOX = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"
# A film must not starve an exam: at most half of the server's threads stream at once.
_streams = threading.BoundedSemaphore(max(1, settings.WEB_THREADS // 2))


@require_safe
@login_not_required
def serve(request: HttpRequest, file_id: UUID, name: str = "") -> HttpResponseBase:
    """Serve a file to whoever may see it; unknown, unfinished and invisible are the same 404."""
    file = StoredFile.objects.ready().select_related("owner").filter(pk=file_id).first()
    if file is None or not file.can_view(request.user):
        raise Http404
    return file_response(request, file)


def file_response(request: HttpRequest, file: StoredFile) -> HttpResponseBase:
    """Answer GET or HEAD for `file`: 200, 206 (one range), 304 or 416, as RFC 9110 says."""
    etag = f'"{file.sha256}"'
    if _not_modified(request, etag, file):
        return _with_headers(HttpResponse(status=304), request, file, etag)
    span = _range(request, file, etag)
    if span == ():
        response: HttpResponseBase = HttpResponse(status=416)
        response["Content-Range"] = f"bytes */{file.size}"
        return _with_headers(response, request, file, etag)
    start, end = span or (0, file.size - 1)
    if request.method == "HEAD":
        response = HttpResponse(status=206 if span else 200)
    else:
        response = StreamingHttpResponse(_Blocks(file, start, end), status=206 if span else 200)
        if start == 0 and request.user != file.owner:
            StoredFile.objects.filter(pk=file.pk).update(download_count=F("download_count") + 1)
    response["Content-Length"] = str(end - start + 1)
    if span:
        response["Content-Range"] = f"bytes {start}-{end}/{file.size}"
    return _with_headers(response, request, file, etag)


def _not_modified(request: HttpRequest, etag: str, file: StoredFile) -> bool:
    if known := request.headers.get("If-None-Match"):
        return known.strip() == "*" or etag in [tag.strip().removeprefix("W/") for tag in known.split(",")]
    if since := request.headers.get("If-Modified-Since"):
        try:
            return int(file.created_at.timestamp()) <= int(parsedate_to_datetime(since).timestamp())
        except (ValueError, OverflowError):
            return False
    return False


def _range(request: HttpRequest, file: StoredFile, etag: str) -> tuple[int, int] | tuple[()] | None:
    """Return first and last byte, () when unsatisfiable, None for the whole file."""
    match = RANGE.fullmatch(request.headers.get("Range", "").strip())
    condition = request.headers.get("If-Range", "")
    if not match or (condition and condition not in (etag, http_date(file.created_at.timestamp()))):
        return None
    first, last = match.groups()
    if not first and not last:
        return None
    if not first:
        length = min(int(last), file.size)
        return (file.size - length, file.size - 1) if length else ()
    start, end = int(first), min(int(last), file.size - 1) if last else file.size - 1
    if last and int(last) < start:
        return None
    return (start, end) if start < file.size else ()


class _Blocks(Iterator[bytes]):
    """The bytes from `start` to `end`. Holds one place among the streams until it is closed.

    Not a generator: closing one that never started would not give its place back.
    """

    def __init__(self, file: StoredFile, start: int, end: int) -> None:
        if not _streams.acquire(blocking=False):
            raise StorageUnavailable(code="busy", headers={"Retry-After": "2"})
        self.is_open = True
        self.left = end - start + 1
        try:
            self.stream: IO[bytes] = file.file.storage.open(str(file.file.name))
            self.stream.seek(start)
        except OSError as error:
            self._free()
            raise StorageUnavailable from error

    def __next__(self) -> bytes:
        block = self.stream.read(min(BLOCK, self.left)) if self.left > 0 else b""
        if not block:
            self.close()
            raise StopIteration
        self.left -= len(block)
        return block

    def close(self) -> None:
        """Close the file and give the place back; StreamingHttpResponse calls it, come what may."""
        if self.is_open:
            self.stream.close()
            self._free()

    def _free(self) -> None:
        self.is_open = False
        _streams.release()


def _with_headers(
    response: HttpResponseBase, request: HttpRequest, file: StoredFile, etag: str
) -> HttpResponseBase:
    is_pdf = file.mime == "application/pdf"
    is_inline = (file.kind in INLINE or is_pdf) and request.GET.get("download") != "1"
    plain = file.mime in ("text/plain", "text/markdown", "text/csv")
    response["Content-Type"] = "text/plain; charset=utf-8" if plain else file.mime
    response["Content-Disposition"] = _disposition(
        "inline" if is_inline else "attachment", file.original_name
    )
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag
    response["Last-Modified"] = http_date(file.created_at.timestamp())
    response["X-Content-Type-Options"] = "nosniff"
    is_public = file.visibility == StoredFile.Visibility.PUBLIC
    response["Cross-Origin-Resource-Policy"] = "cross-origin" if is_public else "same-site"
    response["Cache-Control"] = "public, max-age=86400" if is_public else "private, no-cache"
    response["Content-Security-Policy"] = "frame-ancestors 'self'" if is_pdf else SANDBOX
    if is_pdf:
        response["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _disposition(kind: str, name: str) -> str:
    ascii_name = re.sub(r'[^\x20-\x7e]|["\\%;]', "_", name)
    return f"{kind}; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe='')}"
