"""A school of its own for tests that kill things: database, Redis, web server and worker on free ports."""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings
from psycopg import sql

ROOT = Path(settings.BASE_DIR)
SET_UP = """
import json
from accounts.tests.factories import UserFactory
from courses.tests.factories import CourseFactory
teacher = UserFactory(role="instructor", email="teacher@example.com")
course = CourseFactory(instructor=teacher, title="Optics for Everybody", modules=1, lessons=3)
people = [UserFactory(email=f"student{n}@example.com", full_name=f"Student {n}").email for n in range(%d)]
lessons = [str(pk) for pk in course.lessons.values_list("pk", flat=True)]
print(json.dumps({"course": str(course.pk), "lessons": lessons, "people": people}))
"""


TEMPLATE = f"lms_school_template_{os.getpid()}"
_migrated = []
GRADUATES = """
import factory
from django.contrib.auth.hashers import make_password
from accounts.tests.factories import UserFactory
from courses.tests.factories import CourseFactory
from enrollments.tests.factories import EnrollmentFactory
hashed = factory.Transformer.Force(make_password("Lantern-42-lit"))
teacher = UserFactory(role="instructor", email="teacher@example.com", password=hashed)
course = CourseFactory(instructor=teacher, title="Optics for Everybody", modules=1, lessons=1)
for n in range(%d):
    person = UserFactory(email=f"student{n}@example.com", full_name=f"Student {n}", password=hashed)
    EnrollmentFactory(student=person, course=course, completed=True)
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def server_url():
    return urlsplit(os.environ["DATABASE_URL"])


def wait_until(true, seconds, what):
    """Ask `true` again and again; fail after `seconds`, naming `what` was waited for."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {seconds} s for {what}")
        time.sleep(0.1)


class School:
    """Everything that runs, and an ordinary HTTP client."""

    def __init__(self, folder):
        self.folder = folder
        self.database = f"lms_school_{secrets.token_hex(4)}"
        self.web_port, self.redis_port = free_port(), free_port()
        self.processes = {}
        parts = server_url()
        self.environment = {
            **os.environ,
            "ENVIRONMENT": "development",
            "SECRET_KEY": secrets.token_urlsafe(60),
            "DJANGO_SETTINGS_MODULE": "lms.settings",
            "DATABASE_URL": parts._replace(path=f"/{self.database}").geturl(),
            "REDIS_URL": f"redis://127.0.0.1:{self.redis_port}/0",
            "LMS_DATA_DIR": str(folder),
            "SITE_URL": f"http://127.0.0.1:{self.web_port}",
            "LOG_LEVEL": "ERROR",
            "WEB_THREADS": "4",
            "PGOPTIONS": "-c synchronous_commit=off",  # only processes are killed here, never the server
        }

    def run(self, *arguments):
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, name, *command):
        log = (self.folder / f"{name}.log").open("ab")
        self.processes[name] = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
        )

    def kill(self, name, sign=signal.SIGKILL):
        process = self.processes.pop(name)
        if process.poll() is None:
            os.killpg(process.pid, sign)
            process.wait(timeout=20)

    def start_redis(self):
        self.start(
            "redis", "redis-server", "--port", str(self.redis_port), "--bind", "127.0.0.1", "--save", "", "--dir",
            str(self.folder),
        )  # fmt: skip
        wait_until(lambda: _listens(self.redis_port), 10, "Redis")

    def start_web(self):
        self.start(
            "web", sys.executable, "-m", "gunicorn", "lms.wsgi:application", "--bind", f"127.0.0.1:{self.web_port}",
            "--worker-class", "gthread", "--threads", "4",
        )  # fmt: skip
        wait_until(lambda: _listens(self.web_port), 30, "the web server")

    def start_worker(self):
        self.start(
            "worker", sys.executable, "-m", "celery", "-A", "lms", "worker", "-B", "--concurrency", "2", "--schedule",
            str(self.folder / "beat"), "-Q", "exam,certificates,progress,email,default", "--loglevel", "ERROR",
        )  # fmt: skip

    def graduate(self, count):
        """Let so many people complete a course, one after the other, in a process of its own: `students`."""
        self.start("students", sys.executable, "manage.py", "shell", "-v", "0", "-c", GRADUATES % count)

    def kill_child(self, name, random):
        """Kill one of the processes that the named one has started."""
        parent = self.processes[name].pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        if children:
            os.kill(int(random.choice(children)), signal.SIGKILL)

    def people(self, count):
        return json.loads(self.run("shell", "-v", "0", "-c", SET_UP % count).strip().splitlines()[-1])

    def call(self, method, path, body=None, token=None, root="/api/v1"):
        """Return status and parsed body of one call, of the API unless `root` says otherwise."""
        headers = {
            "Content-Type": "application/json",
            **({"Authorization": f"Bearer {token}"} if token else {}),
        }
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.web_port}{root}{path}",
            json.dumps(body).encode() if body is not None else None,
            headers,
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, _parsed(answer)
        except urllib.error.HTTPError as error:
            return error.code, _parsed(error)

    def token(self, email):
        from accounts.tests.factories import PASSWORD

        status, body = self.call("POST", "/auth/login", {"email": email, "password": PASSWORD})
        assert status == 200, body
        return body["access_token"]

    def complete(self, email, world):
        """Enroll and complete the course as this person; return the token."""
        token = self.token(email)
        status, enrollment = self.call("POST", "/enrollments", {"course": world["course"]}, token)
        assert status == 201, enrollment
        for lesson in world["lessons"]:
            status, body = self.call(
                "POST", f"/enrollments/{enrollment['id']}/lessons/{lesson}/complete", {}, token
            )
            assert status == 200, body
        assert body["course_completed"] is True
        return token

    def one(self, query):
        return self.rows(query)[0][0]

    def change(self, command):
        with psycopg.connect(self.environment["DATABASE_URL"]) as connection:
            connection.execute(command)

    def end_connections(self):
        """Let the server finish what killed processes have asked of it: their last statement may still be at work."""
        self.rows(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    def rows(self, query):
        with psycopg.connect(self.environment["DATABASE_URL"]) as connection:
            return connection.execute(query).fetchall()


def _parsed(answer):
    data = answer.read()
    return json.loads(data) if "json" in answer.headers.get("Content-Type", "") else data


def _listens(port):
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _ask_server(command, *names):
    with psycopg.connect(server_url()._replace(path="/postgres").geturl(), autocommit=True) as connection:
        connection.execute(sql.SQL(command).format(*map(sql.Identifier, names)))


def _migrate_template(school):
    """Migrate once a run: every school is a copy, made within a second."""
    if _migrated:
        return
    _ask_server("CREATE DATABASE {}", TEMPLATE)
    _migrated.append(TEMPLATE)
    own = school.environment["DATABASE_URL"]
    school.environment["DATABASE_URL"] = server_url()._replace(path=f"/{TEMPLATE}").geturl()
    school.run("migrate", "--verbosity", "0")
    school.environment["DATABASE_URL"] = own


@pytest.fixture(scope="session", autouse=True)
def _no_template_left():
    yield
    for name in _migrated:
        _ask_server("DROP DATABASE {} WITH (FORCE)", name)


@contextmanager
def open_school(folder, **environment):
    """Everything set up and running, the web server and what it serves with these variables too."""
    assert shutil.which("redis-server"), "these tests start a Redis of their own: install redis-server"
    school = School(folder)
    school.environment |= environment
    _migrate_template(school)
    _ask_server("CREATE DATABASE {} TEMPLATE {}", school.database, TEMPLATE)
    try:
        school.start_redis()
        school.start_web()
        yield school
    finally:
        for name in list(school.processes):
            school.kill(name)
        _ask_server("DROP DATABASE {} WITH (FORCE)", school.database)


@pytest.fixture
def school(tmp_path):
    with open_school(tmp_path) as school:
        yield school
