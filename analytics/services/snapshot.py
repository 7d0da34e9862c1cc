"""One moment for all reads of a course."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def snapshot() -> Iterator[None]:
    """Let every read inside see the database as it is now, and block nobody.

    On SQLite, where a transaction of ours is a write lock, there is none: figures that must agree come from one
    statement. Inside a transaction of the caller that transaction decides.
    """
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
