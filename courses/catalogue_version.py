"""The version of the catalogue: cached answers carry it, every change that shows in it gives another."""

from django.core.cache import cache
from django.db import transaction

from lms.lib.ids import new_id

KEY = "catalogue:version"
DAY = 24 * 60 * 60


def catalogue_version() -> str:
    """Return the present version; without a cache each call gives another one, so that nothing is found."""
    version: str | None = cache.get(KEY)
    if version is None:
        version = new_id().hex
        cache.add(KEY, version, DAY)
        version = cache.get(KEY, version)
    return version


def touch_catalogue() -> None:
    """Let every cached answer of the catalogue go, once the present transaction has committed."""
    transaction.on_commit(lambda: cache.set(KEY, new_id().hex, DAY), robust=True)
