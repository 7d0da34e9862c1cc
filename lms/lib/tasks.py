"""Waking a task. The row is the queue: a call that is lost costs time, never work."""

import time

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger("tasks")

PAUSE_SECONDS = 5  # in which this process does not ask a broker again that was away
_away_until = 0.0  # of the monotonic clock


def wake(name: str, *args: object) -> None:
    """Publish the task `name` (dotted, as registered) with JSON arguments after the present commit.

    Never raises: a broker that is away is logged, and the sweeper finds the row. Publishing is given up
    after half a second (the broker's socket timeouts, see settings); for PAUSE_SECONDS after that this process
    asks no more, so that five hundred rows cost no five hundred half seconds.
    """
    payload: list[object] = [
        str(arg) if not isinstance(arg, int | str | float | bool | None) else arg for arg in args
    ]
    transaction.on_commit(lambda: _publish(name, payload), robust=True)


def broker_is_back() -> None:
    """Forget that the broker was away."""
    global _away_until
    _away_until = 0.0


def _publish(name: str, args: list[object]) -> None:
    global _away_until
    if time.monotonic() < _away_until:
        return
    try:
        # Looked up in the current app, not sent by bare name, so that eager mode works too.
        current_app.tasks[name].apply_async(args=tuple(args), retry=False, ignore_result=True)
    except Exception as error:  # noqa: BLE001  the request must not fail with its wake-up call
        if isinstance(error, OperationalError):
            _away_until = time.monotonic() + PAUSE_SECONDS
        log.warning("wake_failed", task=name, error=type(error).__name__)
