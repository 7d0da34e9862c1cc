"""Taking a file in: checked, cleaned, counted against the person's space, written, and only then there."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import structlog
from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts.models import User
from files.exceptions import FileRefused, FileTooLarge, QuotaExceeded, StorageUnavailable
from files.inspect import BLOCK, Facts, extension_of, extensions_for, inspect
from files.models import StoredFile
from files.services.changing import public_not_allowed
from files.services.deleting import finish_deleting
from files.services.names import clean_name
from lms.lib.ids import new_id

log = structlog.get_logger("files")


def size_limit(owner: User) -> int:
    """Return the largest upload in bytes for this person."""
    limit: int = settings.MAX_UPLOAD_SIZE if owner.is_teacher else settings.MAX_UPLOAD_SIZE_STUDENT
    return limit


def quota(owner: User) -> int | None:
    """Return the person's space in bytes; None: no limit."""
    if owner.is_admin:
        return None
    limit: int = settings.UPLOAD_QUOTA_INSTRUCTOR if owner.is_teacher else settings.UPLOAD_QUOTA_STUDENT
    return limit


def space_used(owner: User) -> int:
    """Return the bytes of all files of this person, pending uploads included."""
    return StoredFile.objects.filter(owner=owner).aggregate(total=Sum("size"))["total"] or 0


def accepted_extensions(kind: str, *, is_staff: bool) -> list[str]:
    """Return the extensions a person may upload, of one kind or, for "", of all."""
    return extensions_for(kind, is_staff=is_staff)


def store_file(
    *,
    owner: User,
    content: IO[bytes] | File[bytes],
    name: str,
    visibility: str = StoredFile.Visibility.PRIVATE,
    alt_text: str = "",
) -> StoredFile:
    """Check, clean and keep an upload.

    `content` is a binary stream (an UploadedFile or an open file), `name` the client's file name. Returns the
    row, ready. Raises FileRefused (`file_empty`, `public_not_allowed` and the cases of files.inspect),
    FileTooLarge, UnsupportedType, TypeMismatch, QuotaExceeded, StorageUnavailable. After any of them neither
    row nor blob is left; where storage is away, the row waits as `deleting` for the sweeper.
    """
    if visibility == StoredFile.Visibility.PUBLIC and not owner.is_teacher:
        raise public_not_allowed()
    shown = clean_name(name)
    with _bounded_copy(content, size_limit(owner)) as copy:
        facts = inspect(copy, shown, is_staff=owner.is_teacher)
        body = facts.replacement or copy
        try:
            row = _new_row(owner, shown, facts, body)
            row.visibility, row.alt_text = visibility, alt_text[:500]
            _reserve(row)
            _write(row, body)
        finally:
            if facts.replacement:
                facts.replacement.close()
    return row


@contextmanager
def _bounded_copy(content: IO[bytes] | File[bytes], limit: int) -> Iterator[IO[bytes]]:
    """Give a temporary file without a name: a process that is killed leaves nothing of it."""
    try:
        copy = tempfile.TemporaryFile()  # noqa: SIM115  closed below
    except OSError as error:
        raise StorageUnavailable from error
    with copy:
        size = 0
        content.seek(0)
        while block := content.read(BLOCK):
            size += len(block)
            if size > limit:
                raise FileTooLarge(limit)
            _or_unavailable(copy, block)
        if not size:
            raise FileRefused(_("This file is empty."), code="file_empty")
        yield copy


def _or_unavailable(copy: IO[bytes], block: bytes) -> None:
    try:
        copy.write(block)
    except OSError as error:  # the disk for temporary files is full
        raise StorageUnavailable from error


def _new_row(owner: User, shown: str, facts: Facts, body: IO[bytes]) -> StoredFile:
    digest, size = _fingerprint(body)
    file_id = new_id()
    return StoredFile(
        id=file_id,
        owner=owner,
        original_name=shown,
        file=f"files/{file_id.hex[-2:]}/{file_id}.{extension_of(shown)}",
        kind=facts.kind,
        mime=facts.mime,
        size=size,
        sha256=digest,
        duration_seconds=facts.duration_seconds,
        width=facts.width,
        height=facts.height,
    )


def _fingerprint(body: IO[bytes]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    body.seek(0)
    while block := body.read(BLOCK):
        digest.update(block)
        size += len(block)
    body.seek(0)
    return digest.hexdigest(), size


@transaction.atomic
def _reserve(row: StoredFile) -> None:
    limit = quota(row.owner)
    if limit is not None:
        # Two uploads at the edge of the quota: the owner's row is the queue (on SQLite, BEGIN IMMEDIATE).
        User.objects.get_queryset().select_for_update(no_key=True).only("pk").get(pk=row.owner_id)
        if space_used(row.owner) + row.size > limit:
            raise QuotaExceeded
    row.save(force_insert=True)


def _write(row: StoredFile, body: IO[bytes]) -> None:
    """Write the blob, then let the row be seen. Whatever fails, the row goes the way of a deleted one."""
    storage = row.file.storage
    try:
        if storage.save(row.file.name, File(body)) != row.file.name:
            raise OSError("name taken")
        uploading = StoredFile.objects.filter(pk=row.pk, status=StoredFile.Status.UPLOADING)
        if not uploading.update(status=StoredFile.Status.READY):
            raise OSError("swept while it was being written")
    except BaseException as error:
        log.exception("storage_write_failed", file=str(row.pk))
        _give_up(row)
        if isinstance(error, OSError):
            raise StorageUnavailable from error
        raise
    row.status = StoredFile.Status.READY


def _give_up(row: StoredFile) -> None:
    StoredFile.objects.filter(pk=row.pk).update(status=StoredFile.Status.DELETING)
    finish_deleting(row)
