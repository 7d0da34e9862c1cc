"""How the bytes of an upload arrive: counted, onto disk, and no further than this person may send."""

import tempfile
from typing import IO, Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

from files.exceptions import FileTooLarge, LengthRequired, StorageUnavailable
from files.services import size_limit
from lms.lib.errors import DomainError

FORM_OVERHEAD = 64 * 1024  # bytes of a body that are names and borders, not file


class BoundedUploadHandler(FileUploadHandler):
    """Streams each file to a temporary one without a name, and stops the request at the limit.

    What stopped it stands on the request as `upload_refusal`: a parser that is stopped says nothing itself. The
    rest of the body is not read. A client that goes away, or a process that is killed, leaves nothing on disk.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.received = 0
        if self.request and not limit_of(self.request):
            raise StopUpload(connection_reset=True)  # a visitor's; the view sends them to sign in
        try:
            self.file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  lives as long as the request
        except OSError as error:
            raise self._stop(StorageUnavailable()) from error

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        limit = limit_of(self.request) if self.request else settings.MAX_UPLOAD_SIZE
        if self.received > limit:
            raise self._stop(FileTooLarge(limit))
        try:
            self.file.write(raw_data)
        except OSError as error:  # the disk is full
            raise self._stop(StorageUnavailable()) from error

    def file_complete(self, file_size: int) -> UploadedFile[bytes]:
        self.file.seek(0)
        name, kind = self.file_name or "", self.content_type or ""
        return UploadedFile(self.file, name, kind, file_size, self.charset, self.content_type_extra)

    def upload_interrupted(self) -> None:
        self.file.close()

    def _stop(self, refusal: DomainError) -> StopUpload:
        if self.request:
            self.request.upload_refusal = refusal  # type: ignore[attr-defined]
        return StopUpload(connection_reset=True)


def limit_of(request: HttpRequest) -> int:
    """Return how many bytes a file of this request may have, by who asks; 0: a visitor's is not read.

    Before the API knows whose token came it is the larger limit; then `tell_person` sets theirs.
    """
    known: int | None = getattr(request, "upload_limit", None)
    if known is not None:
        return known
    person: Any = getattr(request, "user", None)
    if person is not None and person.is_authenticated:
        return size_limit(person)
    has_token = request.path.startswith("/api/") and "HTTP_AUTHORIZATION" in request.META
    return settings.MAX_UPLOAD_SIZE if has_token else 0


def refuse_oversized(request: HttpRequest, *, overhead: int = FORM_OVERHEAD) -> None:
    """Look at the announced length alone; raise FileTooLarge or LengthRequired before a byte is read."""
    if "HTTP_TRANSFER_ENCODING" in request.META and not request.META.get("CONTENT_LENGTH"):
        raise LengthRequired
    try:
        announced = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return  # the parser refuses it
    limit = limit_of(request)
    if limit and announced > limit + overhead:
        raise FileTooLarge(limit)


def tell_person(request: HttpRequest, person: Any) -> None:
    """Note whose request it is, once a token has said so, and refuse what is too large for them, still unread."""
    request.upload_limit = size_limit(person)  # type: ignore[attr-defined]
    refuse_oversized(request)
    raise_refusal(request)


def raise_refusal(request: HttpRequest) -> None:
    """Raise what stopped the upload, if something did."""
    refusal: DomainError | None = getattr(request, "upload_refusal", None)
    if refusal is not None:
        raise refusal
