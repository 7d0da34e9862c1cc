"""What is left over: interrupted uploads and deletions, files nobody shows, storage and rows that disagree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from django.core.files.storage import default_storage
from django.db.models import Count, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from files.exceptions import FileInUse
from files.models import StoredFile
from files.services.deleting import delete_file, finish_deleting
from files.services.uploading import quota, space_used
from files.storage import blobs, folders

log = structlog.get_logger("files")
UPLOAD_LASTS = timedelta(hours=24)
ORPHAN_AFTER = timedelta(days=7)
ROOT = "files"


def sweep(batch: int = 200) -> int:
    """Finish deletions and remove uploads older than a day that never became ready; return how many are gone.

    Each stale upload is claimed by one conditional UPDATE, so a writer that wakes up finds it taken. What storage
    does not let go stays for the next time.
    """
    gone, after = 0, None
    while _claim_stale_uploads(batch):
        pass
    while rows := _deleting(after, batch):
        gone += sum(finish_deleting(row) for row in rows)
        after = rows[-1].pk
    return gone


def _claim_stale_uploads(batch: int) -> int:
    stale = StoredFile.objects.filter(
        status=StoredFile.Status.UPLOADING, created_at__lt=timezone.now() - UPLOAD_LASTS
    )
    found = list(stale.values_list("pk", flat=True)[:batch])
    for pk in found:
        claimed = StoredFile.objects.filter(pk=pk, status=StoredFile.Status.UPLOADING)
        claimed.update(status=StoredFile.Status.DELETING)
    return len(found)


def _deleting(after: object, batch: int) -> list[StoredFile]:
    rows = StoredFile.objects.filter(status=StoredFile.Status.DELETING).order_by("pk")
    return list((rows.filter(pk__gt=after) if after else rows)[:batch])


@dataclass(frozen=True)
class Orphans:
    """Files that nothing shows: how many and how many bytes stay, and how many of students' were removed."""

    count: int
    size: int
    removed: int


def report_orphans(batch: int = 200) -> Orphans:
    """Remove students' files that nothing shows and that are older than 7 days; count staff's, and log both.

    Staff's are never removed by a machine: an author uploads today what next month's lesson will show.
    """
    orphans = StoredFile.objects.orphaned(timezone.now() - ORPHAN_AFTER)
    removed, after = 0, None
    students = orphans.filter(owner__role=User.Role.STUDENT).order_by("pk")
    while rows := list((students.filter(pk__gt=after) if after else students)[:batch]):
        removed += sum(_removed(row) for row in rows)
        after = rows[-1].pk
    totals = orphans.aggregate(count=Count("pk"), size=Sum("size"))
    report = Orphans(totals["count"], totals["size"] or 0, removed)
    log.info("orphaned_files", count=report.count, bytes=report.size, removed=report.removed)
    return report


def _removed(row: StoredFile) -> bool:
    try:
        delete_file(file=row)
    except FileInUse:
        return False  # attached meanwhile, or a finder knows better
    return True


@dataclass(frozen=True)
class Usage:
    """Space in bytes. `quota` is None without a limit; for admins, the site's by kind and by its largest owners."""

    used: int
    quota: int | None
    by_kind: list[dict[str, Any]]
    by_owner: list[dict[str, Any]]
    orphans: dict[str, int]


def usage_report(person: User, owners: int = 5) -> Usage:
    """Return what the list of files says above itself: one's own space, for admins also the site's."""
    if not person.is_admin:
        return Usage(space_used(person), quota(person), [], [], {})
    rows = StoredFile.objects.order_by()
    totals: dict[str, Any] = {"count": Count("pk"), "size": Sum("size")}
    by_kind: list[Any] = list(rows.values("kind").annotate(**totals).order_by("-size"))
    by_owner: list[Any] = list(rows.values("owner__full_name").annotate(**totals).order_by("-size")[:owners])
    for row in by_kind:
        row["label"] = StoredFile.Kind(row["kind"]).label
    orphans = StoredFile.objects.orphaned(timezone.now() - ORPHAN_AFTER).aggregate(**totals)
    used = sum(row["size"] for row in by_kind)
    return Usage(used, None, by_kind, by_owner, orphans)


@dataclass(frozen=True)
class Finding:
    """One place where storage and rows disagree; `is_fixed` when `fix` mended it."""

    name: str
    sentence: str
    is_fixed: bool = False


def check_storage(*, fix: bool = False) -> Iterator[Finding]:
    """Compare storage and rows both ways, a folder at a time.

    With `fix`, a blob without a row is deleted, and a row without a blob when nothing shows it. What people see and
    is damaged stays for people to decide. Uploads and deletions on their way are the sweeper's.
    """
    named = StoredFile.objects.order_by("file").values_list("file", flat=True)
    of_rows = {name.split("/")[1] for name in named.iterator() if name.startswith(f"{ROOT}/")}
    for folder in sorted(of_rows | set(folders(default_storage, ROOT))):
        yield from _check_folder(f"{ROOT}/{folder}", fix)


def _check_folder(folder: str, fix: bool) -> Iterator[Finding]:
    found = dict(blobs(default_storage, folder))  # before the rows: a row is there before its blob
    rows = {str(row.file.name): row for row in StoredFile.objects.filter(file__startswith=f"{folder}/")}
    for name in sorted(found.keys() - rows.keys()):
        yield Finding(name, _("no row names this blob"), fix and _drop_blob(name))
    for name, row in sorted(rows.items()):
        if row.status != StoredFile.Status.READY:
            continue
        if name not in found:
            yield Finding(name, _("the blob of this file is missing"), fix and _removed(row))
        elif found[name] != row.size:
            yield Finding(
                name,
                _("this blob has %(found)d bytes instead of %(expected)d")
                % {"found": found[name], "expected": row.size},
            )


def _drop_blob(name: str) -> bool:
    if StoredFile.objects.filter(file=name).exists():
        return False
    default_storage.delete(name)
    return True
