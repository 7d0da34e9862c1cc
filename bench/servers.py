"""The production server on a free port, as the container starts it."""

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def production_environment(database_url: str, folder: str, **more: str) -> dict[str, str]:
    """Return the environment of a production process on `database_url`; `folder` holds its files."""
    return {
        **os.environ,
        "ENVIRONMENT": "production",
        "SECRET_KEY": secrets.token_urlsafe(60),
        "ALLOWED_HOSTS": "127.0.0.1",
        "SITE_URL": "https://127.0.0.1",
        "SECURE_SSL_REDIRECT": "false",
        "DATABASE_URL": database_url,
        "LMS_DATA_DIR": folder,
        "LOG_LEVEL": "ERROR",
        "THROTTLE_ANONYMOUS": "10000000/min",
        "THROTTLE_USER": "10000000/min",
        "THROTTLE_SAVE_ANSWER": "10000000/min",
        "THROTTLE_VERIFY": "10000000/min",
        "THROTTLE_SIGN_IN": "10000000/min",
        **more,
    }


def command(server: str, port: int, workers: int, threads: int) -> list[str]:
    """Return the command line of `gunicorn` or `granian`."""
    if server == "granian":
        return [
            sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
            "--workers", str(workers), "--blocking-threads", str(threads), "--log-level", "warning",
            "lms.wsgi:application",
        ]  # fmt: skip
    return [
        sys.executable, "-m", "gunicorn", "lms.wsgi:application", "--bind", f"127.0.0.1:{port}",
        "--worker-class", "gthread", "--workers", str(workers), "--threads", str(threads), "--log-level", "warning",
    ]  # fmt: skip


@contextmanager
def running(server: str, environment: dict[str, str], workers: int = 2, threads: int = 8) -> Iterator[int]:
    """Run the server; yields its port. It is asked to stop at the end."""
    port = free_port()
    process = subprocess.Popen(command(server, port, workers, threads), cwd=ROOT, env=environment)
    try:
        deadline = time.time() + 30
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1).close()
                break
            except OSError:
                if time.time() > deadline or process.poll() is not None:
                    raise RuntimeError(f"{server} did not start") from None
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)
