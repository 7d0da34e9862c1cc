"""Test settings: the same file, with a cheap hasher, mail in memory and throw-away storage."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("ENVIRONMENT", "development")
os.environ.setdefault("LOG_LEVEL", "ERROR")
os.environ.setdefault("SECRET_KEY", "test-" + "k" * 60)
_scratch = Path(tempfile.gettempdir()) / f"lms-test-{os.getuid()}"
_scratch.mkdir(exist_ok=True)
os.environ["LMS_DATA_DIR"] = str(_scratch)

from lms.settings import *  # noqa: E402, F403
from lms.settings import DATABASE_URL, DATABASES, REST_FRAMEWORK, STORAGES, THROTTLE_RATES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
SITE_URL = "http://testserver"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http"
SITE_NAME = "Manara"
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = False
REST_FRAMEWORK = {
    **REST_FRAMEWORK,
    "DEFAULT_THROTTLE_RATES": dict.fromkeys(THROTTLE_RATES, "100000/min"),
}
if DATABASE_URL:
    # What a crash of the server would lose is no question of the tests: nobody waits for the disk.
    DATABASES["default"]["OPTIONS"] = {"options": "-c synchronous_commit=off"}
else:
    # A file, not memory: threads of a race test need connections that really lock each other out.
    DATABASES["default"]["TEST"] = {"NAME": str(_scratch / f"test-{os.getpid()}.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA foreign_keys=ON;"
    )
STORAGES = {
    **STORAGES,
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
}
