"""The site runs on requirements.txt alone: the tests' own environment holds more and would hide a gap."""

import os
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
DEVELOPMENT = {"lms.demo.make_video"}  # draws the demo's films, which are in the repository
# A process like a web server's and a worker's, on PostgreSQL and Redis: everything is imported, nothing connected.
LOAD = """
import pkgutil, sys
from importlib import import_module
hidden, skipped = [set(part.split()) for part in sys.argv[1:]]
class Hider:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError(f"No module named {name!r} in requirements.txt", name=name)
sys.meta_path.insert(0, Hider())
import django
django.setup()
from django.apps import apps
from django.core.cache import cache
from django.db import connection
from lms.celery import app
print(cache.get, connection.Database, app.connection_for_write().transport_cls)
app.loader.import_default_modules()
for config in apps.get_app_configs():
    if "site-packages" not in config.path:
        for found in pkgutil.walk_packages([config.path], config.name + "."):
            if "tests" not in found.name.split(".") and found.name not in skipped:
                import_module(found.name)
"""


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_everything_loads_with_what_is_pinned_for_the_runtime(tmp_path):
    pins = (ROOT / "requirements.txt").read_text()
    pinned = {_plain(name) for name in re.findall(r"^([\w.-]+)==", pins, re.MULTILINE)}
    hidden = [
        module
        for module, owners in packages_distributions().items()
        if not pinned & {_plain(owner) for owner in owners}
    ]
    assert "pytest" in hidden and "django" not in hidden
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "lms.settings",
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "LMS_DATA_DIR": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-c", LOAD, " ".join(hidden), " ".join(DEVELOPMENT)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
