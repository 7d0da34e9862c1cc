"""One command from nothing to a served site: what `make run` calls."""

import fcntl
import multiprocessing
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from gunicorn.app.base import BaseApplication

from lms.management.commands.compile_translations import compile_catalogues


class Command(BaseCommand):
    """Migrates, compiles translations, seeds the demo once, and becomes the server."""

    help = "Set the site up (database, translations, demo data) and serve it on PORT. Not for production."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("`start` is for trying the site; docs/deploying.md tells how to run it.")
        _refuse_a_taken_port(settings.PORT)
        _in_child(self._set_up)
        self.stdout.write(f"\nServing {settings.SITE_URL} (Ctrl+C stops)\n")
        self.stdout.flush()
        Server().run()

    def _set_up(self) -> None:
        folder = Path(settings.LMS_DATA_DIR)
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "start.lock").open("w") as lock:
            fcntl.flock(
                lock, fcntl.LOCK_EX
            )  # of two first starts on one folder one migrates, the other waits
            compile_catalogues([Path(path) for path in settings.LOCALE_PATHS])
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                self.stdout.write("Setting up the database ...")
                call_command("migrate", verbosity=0)
            call_command("create_signing_key", "--if-missing", verbosity=0)
            call_command("seed_demo")


def _refuse_a_taken_port(port: int) -> None:
    """Say so before minutes of setting up, not after."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))  # noqa: S104 - what the server will bind
        except OSError as error:
            raise CommandError(
                f"Port {port} cannot be used ({error.strerror}). Choose another: PORT={port + 1} make run"
            ) from error


def _in_child(work: Callable[[], None]) -> None:
    """Do the work in a child process; leave with its status when it fails.

    This process has then opened no connection and rendered no page when the server forks from it: the PDF
    engine's threads would not survive that. Loading everything anew instead would double the time of a start.
    """
    child = multiprocessing.get_context("fork").Process(target=work)
    child.start()
    child.join()
    if child.exitcode:
        sys.exit(child.exitcode)


class Server(BaseApplication):
    """gunicorn with one process: SQLite has one writer, and tasks run inside it."""

    def load_config(self) -> None:
        chosen = {
            "bind": f"0.0.0.0:{settings.PORT}",
            "worker_class": "gthread",
            "workers": 1,
            "threads": settings.WEB_THREADS,
            "loglevel": "warning",
            "control_socket_disable": True,
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> WSGIHandler:
        from lms.wsgi import application  # in the worker: importing it starts the tasks

        return application
