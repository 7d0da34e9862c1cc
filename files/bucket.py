"""A bucket that speaks S3. Imported only where one is configured: its library is large."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, cast

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage


@contextmanager
def _as_os_error() -> Iterator[None]:
    """What a bucket refuses or a network loses is for everybody above what a disk would say."""
    try:
        yield
    except ClientError as error:
        if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 404:
            raise FileNotFoundError(errno.ENOENT, "not in the bucket") from error
        raise OSError(f"bucket: {error}") from error
    except (BotoCoreError, Boto3Error) as error:
        raise OSError(f"bucket: {error}") from error


def _translated(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        with _as_os_error():
            return method(*args, **kwargs)

    return call


class BucketStorage(S3Storage):
    """A private bucket. Every failure is an OSError; a missing blob is FileNotFoundError."""

    exists = _translated(S3Storage.exists)
    listdir = _translated(S3Storage.listdir)
    size = _translated(S3Storage.size)
    get_modified_time = _translated(S3Storage.get_modified_time)
    _save = _translated(S3Storage._save)

    def delete(self, name: str) -> None:
        """Delete the blob; one that is not there is no error, as on disk. A bucket that is not there is one."""
        # The library's own takes a missing bucket for a missing blob.
        with _as_os_error():
            self.bucket.Object(self._normalize_name(name)).delete()

    def _open(self, name: str, mode: str = "rb") -> File[bytes]:
        with _as_os_error():
            opened: File[bytes] = super()._open(name, mode)
            if "r" in mode:
                opened.file  # noqa: B018  fetched here, where failing is expected, not at the first read
            return opened

    def signed_url(self, name: str, *, mime: str, disposition: str, seconds: int) -> str:
        """Return an address that opens the blob for `seconds`, with type and disposition fixed in it."""
        parameters = {
            "ResponseContentType": mime,
            "ResponseContentDisposition": disposition,
            "ResponseCacheControl": "private, max-age=0",
        }
        with _as_os_error():
            return cast(str, self.url(name, parameters=parameters, expire=seconds))

    def blobs(self, folder: str) -> Iterator[tuple[str, int]]:
        """Yield name and size of each blob below `folder` (one request for a thousand)."""
        with _as_os_error():
            for found in self.bucket.objects.filter(Prefix=f"{folder}/"):
                yield found.key, found.size
