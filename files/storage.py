"""What the storage holds, whichever it is: a disk, or a bucket that speaks S3 (files.bucket)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, cast

from django.core.files.storage import Storage


def is_bucket(storage: Any) -> bool:
    """Return whether the storage gives signed addresses."""
    return hasattr(storage, "signed_url")


def folders(storage: Storage, root: str) -> Iterable[str]:
    """Return the names of the folders in `root`; none when it does not exist."""
    try:
        return storage.listdir(root)[0]
    except FileNotFoundError:
        return []


def blobs(storage: Storage, folder: str) -> Iterator[tuple[str, int]]:
    """Yield name and size in bytes of each blob in `folder`."""
    if is_bucket(storage):
        yield from cast(Any, storage).blobs(folder)
        return
    try:
        names = storage.listdir(folder)[1]
    except FileNotFoundError:
        return
    for name in names:
        yield f"{folder}/{name}", storage.size(f"{folder}/{name}")
