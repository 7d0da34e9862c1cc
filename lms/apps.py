from celery.signals import task_postrun, worker_ready
from django.apps import AppConfig


class LmsConfig(AppConfig):
    """The project itself: composes the apps, has no models."""

    name = "lms"

    def ready(self) -> None:
        from lms.celery import app
        from lms.metrics import task_ended, worker_started

        task_postrun.connect(task_ended, weak=False, dispatch_uid="metrics")
        worker_ready.connect(worker_started, weak=False, dispatch_uid="metrics")
        # Now, not when a worker starts: the web process looks tasks up by name to wake them.
        app.autodiscover_tasks(force=True)
