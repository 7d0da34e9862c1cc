"""Waking tasks while the broker is away: the work goes on, and the broker is not asked at every step."""

import socket
import threading
from collections.abc import Iterator

import pytest
from celery import Celery, current_app

from lms.lib import tasks


class DeafBroker:
    """Takes every call and hangs up at once; `calls` counts them."""

    def __init__(self) -> None:
        self.calls = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self._socket.getsockname()[1]}/0"
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            self.calls += 1
            connection.close()

    def close(self) -> None:
        self._socket.close()


def noop(number: int) -> None:
    """Nobody will run it."""


def clumsy() -> None:
    raise OSError("of the task itself")


@pytest.fixture
def broker() -> Iterator[DeafBroker]:
    deaf = DeafBroker()
    yield deaf
    deaf.close()


@pytest.fixture
def app(broker: DeafBroker) -> Iterator[Celery]:
    """An application of its own, on a broker that is away."""
    before = current_app._get_current_object()
    made = Celery("away", broker=broker.url)
    made.conf.broker_transport_options = {"max_retries": 0, "socket_timeout": 5}
    made.task(noop, name="noop", shared=False)
    made.task(clumsy, name="clumsy", shared=False)
    made.set_current()
    tasks.broker_is_back()
    yield made
    tasks.broker_is_back()
    before.set_current()
    made.close()


@pytest.mark.django_db
def test_a_broker_that_is_away_is_asked_once_and_not_at_every_row(
    app: Celery, broker: DeafBroker, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        tasks.wake("noop", 1)
    asked = broker.calls
    assert asked
    with django_capture_on_commit_callbacks(execute=True):
        for number in range(500):
            tasks.wake("noop", number)
    assert broker.calls == asked


@pytest.mark.django_db
def test_it_is_asked_again_after_the_pause(
    app: Celery, broker: DeafBroker, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(tasks, "PAUSE_SECONDS", 0)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.wake("noop", 1)
    asked = broker.calls
    with django_capture_on_commit_callbacks(execute=True):
        tasks.wake("noop", 2)
    assert broker.calls > asked


@pytest.mark.django_db
def test_a_mistake_of_ours_silences_no_other_task(
    app: Celery, broker: DeafBroker, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        tasks.wake("no.such.task")
        assert broker.calls == 0
        tasks.wake("noop", 1)
    assert broker.calls


@pytest.mark.django_db
def test_a_task_that_fails_here_is_not_a_broker_that_is_away(
    app: Celery, broker: DeafBroker, django_capture_on_commit_callbacks
):
    app.conf.task_always_eager = app.conf.task_eager_propagates = True
    with django_capture_on_commit_callbacks(execute=True):
        tasks.wake("clumsy")
    app.conf.task_always_eager = False
    with django_capture_on_commit_callbacks(execute=True):
        tasks.wake("noop", 1)
    assert broker.calls
