"""Letting a file go: never while something shows it, and never half."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import structlog
from django.db import models, transaction

from accounts.models import User
from accounts.models.audit import record
from files.exceptions import FileInUse
from files.models import StoredFile, referring_fields
from lms.lib.errors import FieldError

log = structlog.get_logger("files")
Finder = Callable[[StoredFile], list[str]]
_finders: list[Finder] = []
SHOWN_PLACES = 20  # of each kind


def register_references(finder: Finder) -> None:
    """Add `finder(file) -> places`: sentences that name where a file is shown without a foreign key."""
    _finders.append(finder)


def places_of(file: StoredFile) -> list[str]:
    """Return where `file` is in use: rows with a foreign key to it, and what the finders know."""
    places = []
    for field in referring_fields():
        model: Any = field.model
        if model._meta.auto_created:
            continue  # of a many-to-many: its finder speaks for it
        for row in model._base_manager.filter(**{field.name: file})[:SHOWN_PLACES]:
            places.append(f"{model._meta.verbose_name}: {row}")
    for finder in _finders:
        places += finder(file)
    return places


def places_of_all(files: Sequence[StoredFile]) -> dict[UUID, list[str]]:
    """Return the places of each file, by id: one query a table for all, finders asked for the rest that are used.

    The files carry `is_used` (`with_usage`).
    """
    places: dict[UUID, list[str]] = {file.pk: [] for file in files}
    for field in referring_fields():
        model: Any = field.model
        if model._meta.auto_created:
            continue
        rows = model._base_manager.filter(**{f"{field.name}__in": list(places)})
        for row in rows[: SHOWN_PLACES * len(files)] if files else ():
            places[getattr(row, field.attname)].append(f"{model._meta.verbose_name}: {row}")
    for file in files:
        if not places[file.pk] and getattr(file, "is_used", True):
            places[file.pk] = [place for finder in _finders for place in finder(file)]
    return places


def delete_file(*, file: StoredFile, by: User | None = None) -> None:
    """Delete `file`; raise FileInUse with the places while something shows it. Repeating changes nothing.

    The row is `deleting`, so nobody's, with the commit; blob and row go after it, or with the next sweep.
    """
    with transaction.atomic():
        # Attaching locks the row too and asks for `ready`: of the two, the later sees what the earlier did.
        row = StoredFile.objects.select_for_update().filter(pk=file.pk).first()
        if row is None:
            return
        places = places_of(row)
        if places or row.is_referred_to():
            raise FileInUse(errors=[FieldError("file", "file_in_use", place) for place in places])
        StoredFile.objects.filter(pk=row.pk).update(status=StoredFile.Status.DELETING)
        if by is not None and by.pk != row.owner_id:
            record(by=by, action="file.deleted", target=row)
        transaction.on_commit(lambda: finish_deleting(row), robust=True)


def finish_deleting(row: StoredFile) -> bool:
    """Remove blob and row of a file that is on its way out; return whether both are gone.

    The blob goes first: what fails or is killed in between leaves a row, and the sweeper comes again.
    """
    try:
        row.file.storage.delete(str(row.file.name))
    except OSError:
        log.exception("storage_delete_failed", file=str(row.pk))
        return False
    try:
        StoredFile.objects.filter(pk=row.pk, status=StoredFile.Status.DELETING).delete()
    except models.ProtectedError:
        log.error("deleted_file_attached", file=str(row.pk))
        return False
    return True
