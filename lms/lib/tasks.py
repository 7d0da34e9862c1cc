"""Waking a task. The row is the queue: a call that is lost costs time, never work."""

import structlog
from celery import current_app
from django.db import transaction

log = structlog.get_logger("tasks")


def wake(name: str, *args: object) -> None:
    """Publish the task `name` (dotted, as registered) with JSON arguments after the present commit.

    Never raises: a broker that is away is logged, and the sweeper finds the row. Publishing is given up
    after half a second (the broker's socket timeouts, see settings).
    """
    payload: list[object] = [
        str(arg) if not isinstance(arg, int | str | float | bool | None) else arg for arg in args
    ]
    transaction.on_commit(lambda: _publish(name, payload), robust=True)


def _publish(name: str, args: list[object]) -> None:
    try:
        # Looked up in the current app, not sent by bare name, so that eager mode works too.
        current_app.tasks[name].apply_async(args=tuple(args), retry=False, ignore_result=True)
    except Exception as error:  # noqa: BLE001  the request must not fail with its wake-up call
        log.warning("wake_failed", task=name, error=type(error).__name__)
