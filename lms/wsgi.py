"""WSGI entry: what gunicorn or granian serve."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")
application = get_wsgi_application()

from lms.embedded import start_embedded_tasks  # noqa: E402  needs the apps

start_embedded_tasks()
