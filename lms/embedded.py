"""Tasks inside the server process, off the request's thread: an in-memory broker, one worker, one beat.

Used without REDIS_URL only. Everything here is a daemon thread: when the process ends, what was not done is
still a row in a state, and the next start's sweepers find it.
"""

import threading

import structlog
from django.conf import settings

log = structlog.get_logger("tasks")
_started = threading.Lock()


def start_embedded_tasks() -> bool:
    """Start worker and beat once in this process, unless Redis carries the tasks. Return whether they run."""
    if settings.REDIS_URL or not _started.acquire(blocking=False):
        return False
    threading.Thread(target=_run_worker, name="tasks-worker", daemon=True).start()
    threading.Thread(target=_run_beat, name="tasks-beat", daemon=True).start()
    return True


def _run_worker() -> None:
    from lms.celery import app

    # WorkController, not celery.bin.worker: no signal handlers, which only the main thread may set.
    app.WorkController(pool="solo", concurrency=1, without_gossip=True, without_mingle=True).start()


def _run_beat() -> None:
    from celery.beat import Scheduler, Service

    from lms.celery import app

    Service(app, scheduler_cls=Scheduler).start(embedded_process=False)
