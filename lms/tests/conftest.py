"""A world that is built once for the tests of a module, and is new for each of them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import transaction

from lms.tests.world import World, build


@contextmanager
def _undone() -> Iterator[None]:
    """A transaction around those of the tests, which ends as if nothing had been."""
    around = transaction.atomic()
    around._from_testcase = True  # type: ignore[attr-defined]  # durable blocks may stand inside, as in a TestCase
    with around:
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def once(django_db_setup: None, django_db_blocker: Any) -> Iterator[Callable[[Callable[[], Any]], Any]]:
    """`again = once(build)` builds for all tests of a module; `again()` is a copy for one, its files in place.

    Each test's own transaction takes back what it does to the rows.
    """
    with ExitStack() as stack:

        def make(build: Callable[[], Any]) -> Callable[[], Any]:
            stack.enter_context(django_db_blocker.unblock())
            stack.enter_context(_undone())
            made = build()
            files = deepcopy(default_storage._root)  # type: ignore[attr-defined]

            def again() -> Any:
                default_storage._root = deepcopy(files)  # type: ignore[attr-defined]
                return deepcopy(made)

            return again

        yield make


@pytest.fixture(scope="module")
def _world(once: Any) -> Callable[[], World]:
    again: Callable[[], World] = once(build)
    return again


@pytest.fixture
def world(_world: Callable[[], World], db: None) -> World:
    """The small world, with nothing wrong in it yet."""
    return _world()
