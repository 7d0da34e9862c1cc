from django.apps import AppConfig


class LmsConfig(AppConfig):
    """The project itself: composes the apps, has no models."""

    name = "lms"

    def ready(self) -> None:
        from lms.celery import app

        # Now, not when a worker starts: the web process looks tasks up by name to wake them.
        app.autodiscover_tasks(force=True)
