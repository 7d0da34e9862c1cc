"""Answers that can be asked for again cheaply (`If-None-Match`), and writes that only hit what was read (`If-Match`).

An ETag here is `"<digest of the answer>"`, or `"<version>.<digest>"` where a view knows the version of its row.
The digest changes with everything a reader can see. `If-Match` compares the version where there is one, so that
figures which others move (enrollments, ratings) make no author stale; else the whole answer.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest
from django.utils.http import parse_etags, quote_etag
from rest_framework.renderers import JSONRenderer

from lms.lib.errors import Stale

DIGEST_LENGTH = 32  # hexadecimal digits of SHA-256


def make_etag(content: bytes, version: str = "") -> str:
    """Return the quoted ETag of an answer."""
    digest = hashlib.sha256(content).hexdigest()[:DIGEST_LENGTH]
    return quote_etag(f"{version}.{digest}" if version else digest)


def digest_of(data: Any) -> str:
    """Return the digest of plain values: the version of a row that counts none."""
    return hashlib.sha256(JSONRenderer().render(data)).hexdigest()[:DIGEST_LENGTH]


def opaque(etag: str) -> str:
    """Return what stands between the quotes; `W/` is dropped: compression on the way makes every ETag weak."""
    return etag.removeprefix("W/").strip('"')


def is_known(request: HttpRequest, etag: str) -> bool:
    """Return whether the caller has this answer already (`If-None-Match`)."""
    sent = [opaque(one) for one in parse_etags(request.headers.get("If-None-Match", ""))]
    return "*" in sent or opaque(etag) in sent


def sent_conditions(request: HttpRequest) -> list[str] | None:
    """Return the tags of `If-Match`, without quotes; None without that header."""
    header = request.headers.get("If-Match")
    return None if header is None else [opaque(one) for one in parse_etags(header)]


def version_of(tag: str) -> str:
    """Return the version inside a tag; "" when it holds none."""
    return tag.rpartition(".")[0]


def refuse_unmatched(sent: list[str], *, version: str = "", etag: str = "") -> None:
    """Raise Stale unless one of the sent tags names the present `version`, or without one the present `etag`."""
    present = version or opaque(etag)
    if "*" not in sent and present not in [version_of(tag) if version else tag for tag in sent]:
        raise Stale


@contextmanager
def one_editor(name: str) -> Iterator[None]:
    """Run the look at the version and the write as one transaction, which no second conditional one enters.

    The advisory lock on `name` is taken before any row is locked, so it closes no circle. On SQLite the
    immediate transaction is the lock.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
        yield
