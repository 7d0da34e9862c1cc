"""ASGI entry."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")
application = get_asgi_application()

from lms.embedded import start_embedded_tasks  # noqa: E402  needs the apps

start_embedded_tasks()
