"""Fixtures that every app's tests share: people, clients for each door, races, and what may be skipped."""

import gc
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.storage import default_storage, storages
from django.db import connection, connections
from django.test import Client
from django.utils.functional import empty
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from rest_framework.test import APIClient

pytest_plugins = ["files.tests.bucket"]
STRICT = os.environ.get("CI_STRICT") == "1"  # nothing may be skipped
# A busy machine is no finding: no example has so many milliseconds, and none takes too long to make up. A strict run
# tries the same examples each time, so that a change is judged by what it changed; others try new ones.
hypothesis_settings.register_profile(
    "lms", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=STRICT
)
hypothesis_settings.load_profile("lms")


def _redis_answers() -> bool:
    import redis

    try:
        return bool(
            redis.Redis.from_url(
                os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/0"), socket_timeout=1
            ).ping()
        )
    except redis.RedisError:
        return False


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is absent on this machine is skipped, with one line that says so.

    With CI_STRICT=1 nothing is skipped, and nothing is run twice for nothing: what needs PostgreSQL is left to the
    run on PostgreSQL, what no database can change (`drawn`, and tests that ask none) to the run on SQLite; a
    missing browser or Redis makes the tests fail.
    """
    from django.conf import settings

    if STRICT:
        here = {item for item in items if _belongs(item, postgres=settings.USING_POSTGRES)}
        config.hook.pytest_deselected(items=[item for item in items if item not in here])
        items[:] = sorted((item for item in items if item in here), key=_turn)
        return
    items.sort(key=_turn)
    reasons = {}
    if not settings.USING_POSTGRES:
        reasons["postgres"] = "no PostgreSQL: set DATABASE_URL to run these"
    if not settings.USING_POSTGRES or not _redis_answers():
        reasons["services"] = "needs PostgreSQL (DATABASE_URL) and Redis"
    if not browser_path():
        reasons["browser"] = "no Chromium found"
    for item in items:
        for marker, reason in reasons.items():
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


def pytest_collection_finish() -> None:
    """Look for garbage seldom: thousands of modules and tests stay, and walking over them is a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _turn(item: pytest.Item) -> tuple[bool, float]:
    """Return the sorting key of a test: those with transactions of their own last, among each kind the dearest first.

    So no worker begins a long test when the others have nothing left. Tests without transactions of their own
    come first as pytest-django has it: the others empty the tables, rows of migrations included.
    """
    used = set(getattr(item, "fixturenames", ()))
    mark = item.get_closest_marker("django_db")
    own = bool({"transactional_db", "live_server"} & used or (mark and mark.kwargs.get("transaction")))
    dear = item.get_closest_marker("dear")
    return own or bool(item.get_closest_marker("services")), -dear.kwargs["seconds"] if dear else 0


def _belongs(item: pytest.Item, *, postgres: bool) -> bool:
    """Return whether a strict run on this database is the one for the test."""
    if item.get_closest_marker("postgres") or item.get_closest_marker("services"):
        return postgres
    asks = {"db", "transactional_db", "live_server"} & set(getattr(item, "fixturenames", ()))
    asks_database = bool(asks or item.get_closest_marker("django_db"))
    return not postgres or (asks_database and not item.get_closest_marker("drawn"))


@pytest.fixture(scope="session", autouse=True)
def _empty_by_delete() -> None:
    """Empty tables by DELETE after tests with transactions: TRUNCATE gives each table and index a new file to sync."""
    from django.conf import settings

    if settings.USING_POSTGRES:
        connection.ops.sql_flush = _deletes  # type: ignore[method-assign]


def _deletes(style: Any, tables: list[str], **_options: Any) -> list[str]:
    return ["; ".join(f"DELETE FROM {connection.ops.quote_name(table)}" for table in tables)]


def browser_path() -> str | None:
    """Return the Chromium to drive, or None."""
    named = os.environ.get("CHROMIUM")
    return (
        named or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    )


@pytest.fixture(scope="session", autouse=True)
def _signing_key(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A key, as a running site has one: PDFs carry their credential."""
    from django.conf import settings

    from certificates.keys import create_key

    path = tmp_path_factory.mktemp("keys") / "certificate_keys.json"
    create_key(path)
    settings.CERTIFICATE_KEYS_FILE = str(path)


def _free_streams() -> None:
    """What this test asked for and did not read holds no place among the next one's streams."""
    from django.conf import settings

    from files import streams

    streams._places = threading.BoundedSemaphore(max(1, settings.WEB_THREADS // 2))


@pytest.fixture(autouse=True)
def _empty_cache_and_storage() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()
    _free_streams()
    storages._storages.pop("default", None)  # the storage of tests lives in memory
    default_storage._wrapped = empty


def _person(role: str, name: str, email: str) -> Any:
    from accounts.tests.factories import UserFactory

    return UserFactory(role=role, full_name=name, email=email)


@pytest.fixture
def student(db: None) -> Any:
    """Learns in `course`s of the instructor."""
    return _person("student", "Salma Haddad", "student@example.com")


@pytest.fixture
def classmate(db: None) -> Any:
    """Another student."""
    return _person("student", "Karim Nassar", "classmate@example.com")


@pytest.fixture
def instructor(db: None) -> Any:
    """Owns the course under test."""
    return _person("instructor", "Nour El-Masry", "instructor@example.com")


@pytest.fixture
def outsider_instructor(db: None) -> Any:
    """Teaches, but not this course."""
    return _person("instructor", "Tomás Rivera", "outsider@example.com")


@pytest.fixture
def admin_user(db: None) -> Any:
    """Administers the site."""
    return _person("admin", "Amal Farouk", "admin@example.com")


@pytest.fixture
def login() -> Callable[[Any], Client]:
    """Return a browser-like client, signed in as the person (None: a visitor)."""

    def sign_in(person: Any = None) -> Client:
        client = Client()
        if person is not None:
            client.force_login(person)
        return client

    return sign_in


@pytest.fixture
def api() -> Callable[[Any], APIClient]:
    """Return an API client that acts as the person (None: a visitor), without tokens."""

    def act(person: Any = None) -> APIClient:
        client = APIClient()
        if person is not None:
            client.force_authenticate(person)
        return client

    return act


@pytest.fixture
def race() -> Callable[..., list[Any]]:
    """Run callables at one barrier, a thread and connection each; return results, exceptions included.

    The test must use `@pytest.mark.django_db(transaction=True)`.
    """

    def run(*calls: Callable[[], Any]) -> list[Any]:
        barrier = threading.Barrier(len(calls))

        def one(call: Callable[[], Any]) -> Any:
            try:
                barrier.wait(timeout=30)
                return call()
            except Exception as error:  # noqa: BLE001  the caller looks at it
                return error
            finally:
                connections.close_all()

        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(one, calls))

    return run


@pytest.fixture
def max_queries() -> Callable[[int], Any]:
    """`with max_queries(6): ...` fails above six queries; BEGIN, COMMIT and savepoints do not count."""
    from contextlib import contextmanager

    from django.test.utils import CaptureQueriesContext

    @contextmanager
    def at_most(budget: int) -> Iterator[None]:
        _known = connection.features.supports_json_field  # SQLite is asked once a process, with a query
        with CaptureQueriesContext(connection) as captured:
            yield
        control = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")
        queries = [q["sql"] for q in captured.captured_queries if not q["sql"].startswith(control)]
        assert len(queries) <= budget, f"{len(queries)} queries, at most {budget}:\n" + "\n".join(queries)

    return at_most
