"""Whether this process lives, and whether it can work."""

from collections.abc import Callable
from datetime import UTC, datetime

import redis
from celery import current_app
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.views.decorators.cache import never_cache

from lms.lib.ids import new_id

MAX_CLOCK_DRIFT = 5.0  # seconds between this machine's clock and the database's


def probes(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Answer /health and /ready before anybody asks for the host or the person.

    A prober knows the address and no name, and reading the person would be input and output.
    """
    views = {"/health": health, "/ready": ready}

    def middleware(request: HttpRequest) -> HttpResponseBase:
        return views.get(request.path_info, get_response)(request)

    return middleware


@never_cache
@login_not_required
def health(request: HttpRequest) -> JsonResponse:
    """Answer 200 as long as the process answers; no input or output is touched."""
    return JsonResponse({"status": "ok"})


@never_cache
@login_not_required
def ready(request: HttpRequest) -> JsonResponse:
    """Ask database, clock, migrations and storage (503 when one fails), broker and cache (`degraded`)."""
    needed = {"database": _database, "clock": _clock, "migrations": _migrations, "storage": _storage}
    results = {name: _passes(check) for name, check in needed.items()}
    optional = {"broker": _passes(_broker), "cache": _passes(_cache)} if settings.REDIS_URL else {}
    if not all(results.values()):
        status, code = "not ready", 503
    else:
        status, code = ("ok" if all(optional.values()) else "degraded"), 200
    checks = {name: "ok" if fine else "failed" for name, fine in (results | optional).items()}
    headers = {"Retry-After": "5"} if code == 503 else {}
    return JsonResponse({"status": status, "checks": checks}, status=code, headers=headers)


def _passes(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:  # noqa: BLE001  whatever it is, this part does not work
        return False


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone())


def _clock() -> bool:
    if connection.vendor != "postgresql":
        return True  # the same machine's clock
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        theirs: datetime = cursor.fetchone()[0]
    return abs((datetime.now(UTC) - theirs).total_seconds()) < MAX_CLOCK_DRIFT


def _migrations() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _storage() -> bool:
    name = default_storage.save(f"ready/{new_id()}", ContentFile(b"ok"))
    default_storage.delete(name)
    return True


def _broker() -> bool:
    with current_app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, timeout=1)
    return True


def _cache() -> bool:
    # Asked directly: the cache itself turns every failure into a miss.
    return bool(redis.Redis.from_url(settings.REDIS_URL, socket_timeout=settings.REDIS_TIMEOUT).ping())
