"""The one view that serves files: gate first, then conditions, then bytes, or where to get them."""

import re
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.models import F
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.views.decorators.http import require_safe

from files.exceptions import StorageUnavailable
from files.models import StoredFile
from files.permissions import get_file_for
from files.ranges import Span, etag_of, is_not_modified, last_modified, span_of
from files.storage import is_bucket
from files.streams import Blocks

INLINE = {StoredFile.Kind.IMAGE, StoredFile.Kind.VIDEO, StoredFile.Kind.AUDIO, StoredFile.Kind.CAPTION}
PLAYED = {StoredFile.Kind.VIDEO, StoredFile.Kind.AUDIO}
PLAIN = {"text/plain", "text/markdown", "text/csv"}
SANDBOX = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"
SIGNED_SECONDS = 15 * 60
UNKNOWN_FILM_SECONDS = 4 * 3600


@require_safe
@login_not_required
def serve(request: HttpRequest, file_id: UUID, name: str = "") -> HttpResponseBase:
    """Serve a file to whoever may see it; unknown, unfinished and invisible are the same 404."""
    return file_response(request, get_file_for(request.user, file_id, name))


def file_response(request: HttpRequest, file: StoredFile) -> HttpResponseBase:
    """Answer GET or HEAD for `file`: 200, 206 (one range), 302 (a bucket), 304 or 416, as RFC 9110 says.

    Raises TooManyStreams and StorageUnavailable.
    """
    if is_not_modified(request, file):
        return _with_headers(HttpResponse(status=304), request, file)
    span = span_of(request, file)
    if is_bucket(file.file.storage) and file.kind != StoredFile.Kind.CAPTION:
        response: HttpResponseBase = _redirect(request, file)
    elif settings.FILE_ACCEL_PREFIX:
        response = _with_headers(HttpResponse(), request, file)
        response["X-Accel-Redirect"] = f"{settings.FILE_ACCEL_PREFIX}{quote(str(file.file.name))}"
    elif span is None:
        response = _with_headers(HttpResponse(status=416), request, file)
        response["Content-Range"] = f"bytes */{file.size}"
        return response
    else:
        response = _with_headers(_bytes(request, file, span), request, file)
    _count(request, file, span)
    return response


def _bytes(request: HttpRequest, file: StoredFile, span: Span) -> HttpResponseBase:
    if request.method == "HEAD":
        response: HttpResponseBase = HttpResponse()
    else:
        response = StreamingHttpResponse(Blocks(file, span), status=206 if span.is_part else 200)
    response["Content-Length"] = str(span.length)
    if span.is_part:
        response["Content-Range"] = f"bytes {span.start}-{span.end}/{file.size}"
    return response


def _redirect(request: HttpRequest, file: StoredFile) -> HttpResponseBase:
    """Send on to a signed address. It outlives a film, or a long one would stop in the middle."""
    seconds = SIGNED_SECONDS
    if file.kind in PLAYED:
        seconds += file.duration_seconds if file.duration_seconds else UNKNOWN_FILM_SECONDS - SIGNED_SECONDS
    bucket: Any = file.file.storage
    try:
        url = bucket.signed_url(
            str(file.file.name), mime=_mime(file), disposition=_disposition(request, file), seconds=seconds
        )
    except OSError as error:
        raise StorageUnavailable from error
    response = HttpResponseRedirect(url)
    response["Cache-Control"] = "no-store"
    response["Cross-Origin-Resource-Policy"] = _resource_policy(file)
    return response


def _count(request: HttpRequest, file: StoredFile, span: Span | None) -> None:
    is_start = span is not None and span.start == 0
    if request.method == "GET" and is_start and getattr(request.user, "pk", None) != file.owner_id:
        StoredFile.objects.filter(pk=file.pk).update(download_count=F("download_count") + 1)


def _with_headers(response: HttpResponseBase, request: HttpRequest, file: StoredFile) -> HttpResponseBase:
    is_pdf = file.mime == "application/pdf"
    response["Content-Type"] = _mime(file)
    response["Content-Disposition"] = _disposition(request, file)
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag_of(file)
    response["Last-Modified"] = last_modified(file)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = _resource_policy(file)
    response["Cache-Control"] = "public, max-age=86400" if file.is_public else "private, no-cache"
    # Browsers' own viewers of PDF fail in a sandbox.
    response["Content-Security-Policy"] = "frame-ancestors 'self'" if is_pdf else SANDBOX
    if is_pdf:
        response["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _mime(file: StoredFile) -> str:
    return "text/plain; charset=utf-8" if file.mime in PLAIN else file.mime


def _resource_policy(file: StoredFile) -> str:
    return "cross-origin" if file.is_public else "same-site"


def _disposition(request: HttpRequest, file: StoredFile) -> str:
    shows = file.kind in INLINE or file.mime == "application/pdf"
    kind = "inline" if shows and request.GET.get("download") not in ("1", "true") else "attachment"
    ascii_name = re.sub(r'[^\x20-\x7e]|["\\%;]', "_", file.original_name)
    return f"{kind}; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(file.original_name, safe='')}"
