"""Taking files in and letting them go."""

from __future__ import annotations

import hashlib
import re
import tempfile
import unicodedata
from collections.abc import Callable
from datetime import timedelta
from typing import IO, Any

import structlog
from django.conf import settings
from django.core.files import File
from django.core.files.base import ContentFile
from django.db import models, transaction
from django.db.models import ManyToOneRel, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.models.audit import record
from files.exceptions import FileInUse, FileRefused, FileTooLarge, QuotaExceeded, StorageUnavailable
from files.inspect import BLOCK, extension_of, inspect
from files.models import StoredFile
from lms.lib.errors import FieldError
from lms.lib.ids import new_id

log = structlog.get_logger("files")
Finder = Callable[[StoredFile], list[str]]
_finders: list[Finder] = []
INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def register_references(finder: Finder) -> None:
    """Add `finder(file) -> places`: sentences that name where a file is shown without a foreign key."""
    _finders.append(finder)


def clean_name(name: str) -> str:
    """Return `name` fit for display: no path, control or direction signs; at most 255, never empty."""
    base = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    base = INVISIBLE.sub("", base).strip()
    stem, dot, extension = base.rpartition(".")
    if not dot or not stem:
        return base[:255] or "file"
    return f"{stem[: 254 - len(extension)]}.{extension}"


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


def store_file(
    *,
    owner: User,
    content: IO[bytes],
    name: str,
    visibility: str = StoredFile.Visibility.PRIVATE,
    alt_text: str = "",
) -> StoredFile:
    """Check, clean and keep an upload.

    `content` is a binary stream (an UploadedFile or an open file), `name` the client's file name. Returns the
    row, ready. Raises FileRefused (`file_empty`, `public_not_allowed` and the cases of files.inspect),
    FileTooLarge, UnsupportedType, TypeMismatch, QuotaExceeded, StorageUnavailable. After any of them neither
    row nor blob is left.
    """
    if visibility == StoredFile.Visibility.PUBLIC and not owner.is_teacher:
        raise FileRefused(_("Only staff may make a file public."), code="public_not_allowed")
    shown = clean_name(name)
    with tempfile.TemporaryFile() as copy:
        size = _copy_bounded(content, copy, size_limit(owner))
        if not size:
            raise FileRefused(_("This file is empty."), code="file_empty")
        facts = inspect(copy, shown, is_staff=owner.is_teacher)
        body: File[bytes] = ContentFile(facts.replacement) if facts.replacement else File(copy)
        digest, size = _fingerprint(body)
        file_id = new_id()
        row = StoredFile(
            id=file_id,
            owner=owner,
            original_name=shown,
            file=f"files/{file_id.hex[-2:]}/{file_id}.{extension_of(shown)}",
            kind=facts.kind,
            mime=facts.mime,
            size=size,
            sha256=digest,
            visibility=visibility,
            alt_text=alt_text[:500],
            duration_seconds=facts.duration_seconds,
            width=facts.width,
            height=facts.height,
        )
        _reserve(row)
        _write(row, body)
    return row


def _copy_bounded(content: IO[bytes], copy: IO[bytes], limit: int) -> int:
    size = 0
    while block := content.read(BLOCK):
        size += len(block)
        if size > limit:
            raise FileTooLarge(
                _("This file is too large: %(limit)d MB at most.") % {"limit": limit // 1024**2}
            )
        copy.write(block)
    copy.seek(0)
    return size


def _fingerprint(body: File[bytes]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    body.seek(0)
    while block := body.read(BLOCK):
        digest.update(block)
        size += len(block)
    body.seek(0)
    return digest.hexdigest(), size


@transaction.atomic
def _reserve(row: StoredFile) -> None:
    # Two uploads at the edge of the quota: the owner's row is the queue (on SQLite, BEGIN IMMEDIATE).
    User.objects.get_queryset().select_for_update(no_key=True).get(pk=row.owner_id)
    limit = quota(row.owner)
    if limit is not None and space_used(row.owner) + row.size > limit:
        raise QuotaExceeded
    row.save(force_insert=True)


def _write(row: StoredFile, body: File[bytes]) -> None:
    storage = row.file.storage
    try:
        if storage.save(row.file.name, body) != row.file.name:
            raise OSError("name taken")
    except OSError as error:
        log.exception("storage_write_failed", file=str(row.pk))
        StoredFile.objects.filter(pk=row.pk).delete()
        _forget_blob(row)
        raise StorageUnavailable from error
    updated = StoredFile.objects.filter(pk=row.pk, status=StoredFile.Status.UPLOADING).update(
        status=StoredFile.Status.READY
    )
    if not updated:
        _forget_blob(row)
        raise StorageUnavailable
    row.status = StoredFile.Status.READY


def _forget_blob(row: StoredFile) -> None:
    try:
        row.file.storage.delete(str(row.file.name))
    except OSError:
        log.exception("storage_delete_failed", file=str(row.pk))


def places_of(file: StoredFile) -> list[str]:
    """Return where `file` is in use: rows with a foreign key to it, and what the finders know."""
    places = []
    for relation in StoredFile._meta.get_fields(include_hidden=True):
        if not isinstance(relation, ManyToOneRel):
            continue
        model: Any = relation.related_model
        for row in model._base_manager.filter(**{relation.field.name: file})[:20]:
            places.append(f"{model._meta.verbose_name}: {row}")
    for finder in _finders:
        places += finder(file)
    return places


def delete_file(*, file: StoredFile, by: User | None = None) -> None:
    """Delete `file`; raise FileInUse with the places while something shows it. Repeating changes nothing."""
    with transaction.atomic():
        row = StoredFile.objects.select_for_update().filter(pk=file.pk).first()
        if row is None:
            return
        places = places_of(row)
        if places:
            raise FileInUse(errors=[FieldError("file", "file_in_use", place) for place in places])
        StoredFile.objects.filter(pk=row.pk).update(status=StoredFile.Status.DELETING)
        if by is not None and by.pk != row.owner_id:
            record(by=by, action="file.deleted", target=row)
    _finish_deleting(row)


def _finish_deleting(row: StoredFile) -> None:
    try:
        row.file.storage.delete(str(row.file.name))
    except OSError:
        log.exception("storage_delete_failed", file=str(row.pk))
        return  # the sweeper comes again
    try:
        StoredFile.objects.filter(pk=row.pk, status=StoredFile.Status.DELETING).delete()
    except models.ProtectedError:
        log.error("deleted_file_attached", file=str(row.pk))


def update_file(*, file: StoredFile, original_name: str | None = None, alt_text: str | None = None,
                visibility: str | None = None) -> StoredFile:  # fmt: skip
    """Change what may change: the name (its extension stays), the alternative text, the visibility.

    Raises FileRefused `public_not_allowed` when a student's file would become public.
    """
    if visibility == StoredFile.Visibility.PUBLIC and not file.owner.is_teacher:
        raise FileRefused(_("Only staff may make a file public."), code="public_not_allowed")
    if original_name is not None:
        stem = clean_name(original_name).rsplit(".", 1)[0]
        file.original_name = clean_name(f"{stem}.{extension_of(file.original_name)}")
    if alt_text is not None:
        file.alt_text = alt_text
    if visibility is not None:
        file.visibility = visibility
    file.save(update_fields=["original_name", "alt_text", "visibility"])
    return file


def make_public(file: StoredFile) -> None:
    """Make `file` public: done by the apps that show it to visitors (covers, pictures of a description)."""
    StoredFile.objects.filter(pk=file.pk, visibility=StoredFile.Visibility.PRIVATE).update(
        visibility=StoredFile.Visibility.PUBLIC
    )


def sweep(batch: int = 200) -> int:
    """Finish deletions and remove uploads older than a day that never became ready; return how many rows."""
    before = timezone.now() - timedelta(hours=24)
    stale = StoredFile.objects.filter(status=StoredFile.Status.UPLOADING, created_at__lt=before)
    ids = list(stale.values_list("pk", flat=True)[:batch])
    StoredFile.objects.filter(pk__in=ids, status=StoredFile.Status.UPLOADING).update(
        status=StoredFile.Status.DELETING
    )
    rows = list(StoredFile.objects.filter(status=StoredFile.Status.DELETING)[:batch])
    for row in rows:
        _finish_deleting(row)
    return len(rows)
