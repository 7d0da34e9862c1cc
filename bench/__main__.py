"""`make bench`: the hot paths against the production server on PostgreSQL.

Needs DATABASE_URL (a PostgreSQL on which databases may be created). A database of its own is made, filled and
dropped; then the catalogue is measured in a second one, with 1,000 and with 100,000 courses (bench.catalogue; not
with `--paths`, and with `--quick` only up to 10,000).

`--versus granian` measures a second server path by path beside the first (reads only: what is written once
cannot be written again), `--paths a,b` only some, `--quick` a tenth of the requests.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg

from bench.load import HEADER, Call, Path, measure
from bench.servers import production_environment, running

NAME = "lms_bench"
CLIENTS = 8


def main() -> int:
    """Make the world, run every path, print the table."""
    arguments = _arguments()
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        sys.stderr.write("Set DATABASE_URL to a PostgreSQL on which a database may be made.\n")
        return 2
    with tempfile.TemporaryDirectory() as folder, _database(url) as own_url:
        environment = production_environment(own_url, folder)
        os.environ.update(environment)
        paths = _prepare(arguments)
        shape = f"{arguments.workers} processes of {arguments.threads} threads, {CLIENTS} clients"
        sys.stdout.write(f"{arguments.server}, {shape}\n{HEADER}\n")
        with ExitStack() as servers:
            ports = [
                servers.enter_context(running(name, environment, arguments.workers, arguments.threads))
                for name in (arguments.server, arguments.versus)
                if name
            ]
            for path in paths:
                for number, port in enumerate(ports if path.reads else ports[:1]):
                    figures = measure(path, port, CLIENTS)
                    figures.name = f"  {arguments.versus}" if number else figures.name
                    sys.stdout.write(figures.row() + "\n")
                    sys.stdout.flush()
    if not arguments.paths:
        _measure_catalogue(url, "10000" if arguments.quick else "100000")
    return 0


def _measure_catalogue(url: str, most: str) -> None:
    with tempfile.TemporaryDirectory() as folder, _database(url, f"{NAME}_catalogue") as own_url:
        # Asked through Django's client, whose host has a name of its own.
        environment = production_environment(own_url, folder, ALLOWED_HOSTS="testserver")
        for command in (
            ["manage.py", "migrate", "--verbosity=0"],
            ["manage.py", "collectstatic", "--no-input", "--verbosity=0"],
            ["-m", "bench.catalogue", "1000", most],
        ):
            subprocess.run([sys.executable, *command], env=environment, check=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--server", choices=["gunicorn", "granian"], default="gunicorn")
    parser.add_argument("--versus", choices=["gunicorn", "granian"], default="")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--paths", default="", help="parts of path names, separated by commas")
    parser.add_argument("--quick", action="store_true")
    return parser.parse_args()


@contextmanager
def _database(url: str, name: str = NAME) -> Iterator[str]:
    parts = urlsplit(url)
    with psycopg.connect(parts._replace(path="/postgres").geturl(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield parts._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _prepare(arguments: argparse.Namespace) -> list[Path]:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")
    django.setup()
    from django.core.management import call_command

    from bench import world

    call_command("compile_translations", stdout=sys.stderr)
    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("migrate", verbosity=0)
    world.load()
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    wanted = [part for part in arguments.paths.split(",") if part]
    paths = [p for p in _Paths(_Facts()).all() if not wanted or any(part in p.name for part in wanted)]
    for path in paths:
        path.requests = path.requests // 10 if arguments.quick else path.requests
    connection.close()
    return paths


class _Facts:
    """Ids, tokens and cookies the requests need."""

    def __init__(self) -> None:
        from accounts.models import User
        from certificates.services import issue_certificate
        from courses.models import Course, Lesson
        from enrollments.models import Enrollment

        self.courses = list(Course.objects.order_by("slug").values_list("pk", "slug"))
        self.lessons: dict[Any, list[Any]] = {}
        for pk, course_id, slug in Lesson.objects.order_by("module__position", "position").values_list(
            "pk", "course_id", "slug"
        ):
            self.lessons.setdefault(course_id, []).append((pk, slug))
        students = list(User.objects.get_queryset().filter(role="student").order_by("email")[:400])
        self.people = [_Person(student) for student in students]
        self.enrollments: dict[Any, list[Any]] = {}
        for row in Enrollment.objects.filter(student__in=students).values_list(
            "pk", "student_id", "course_id"
        ):
            self.enrollments.setdefault(row[1], []).append(row)
        self.attempts = _attempts(students)
        done = Enrollment.objects.select_related("student", "course__instructor").first()
        assert done is not None
        self.code = _certificate_code(done, issue_certificate)


class _Person:
    """One student who calls: a token for the API, a session for pages."""

    def __init__(self, user: Any) -> None:
        from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
        from django.contrib.sessions.backends.db import SessionStore

        from accounts.services import open_session

        self.user = user
        pair = open_session(user=user, user_agent="bench")
        self.api = {"Authorization": f"Bearer {pair.access_token}", "Content-Type": "application/json"}
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "accounts.backends.EmailBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        self.page = {"Cookie": f"__Host-session={session.session_key}", "Accept-Encoding": "gzip"}


def _attempts(students: list[Any]) -> list[Any]:
    from enrollments.services import enroll
    from quizzes.models import Quiz
    from quizzes.services import start_attempt

    quiz = Quiz.objects.select_related("course", "lesson").first()
    assert quiz is not None
    found = []
    for student in students[:64]:
        if not student.enrollments.filter(course=quiz.course).exists():
            enroll(student=student, course=quiz.course, source="web")
        attempt = start_attempt(quiz=quiz, student=student)
        found.append((student.pk, attempt.pk, list(attempt.answers.values_list("question_id", flat=True))))
    return found


def _certificate_code(enrollment: Any, issue: Any) -> str:
    from django.utils import timezone

    now = timezone.now()
    type(enrollment).objects.filter(pk=enrollment.pk).update(
        status="completed",
        completed_at=now,
        progress_percentage=100,
        completed_lessons_count=enrollment.total_lessons_count,
    )
    enrollment.refresh_from_db()
    code: str = issue(enrollment).code
    return code


class _Paths:
    """The requests of each path: `make(client, count)` gives those of one client."""

    def __init__(self, facts: _Facts) -> None:
        self.facts = facts

    def all(self) -> list[Path]:
        """Return every hot path, in the order of the table."""
        pk, slug = self.facts.courses[0]
        return [
            Path("home", self.read("/")),
            Path("catalogue page", self.read("/courses/")),
            Path("course page", self.read(f"/courses/{slug}/")),
            Path("lesson page as a student", self.lesson_page),
            Path("GET /courses, warm", self.read("/api/v1/courses?page_size=20")),
            Path("GET /courses, cold", self.cold, 800),
            Path("GET /courses/{id}", self.read(f"/api/v1/courses/{pk}")),
            Path("verify a certificate", self.read(f"/api/v1/certificates/verify/{self.facts.code}")),
            Path("enroll", self.enroll, 1600, (201,), reads=False),
            Path("complete a lesson", self.complete, 1600, reads=False),
            Path("save an answer", self.save, 2000, reads=False),
            Path("sign in with a password", self.sign_in, 160, reads=False),
        ]

    def read(self, path: str) -> Any:
        return lambda client, count: [("GET", path, {"Accept-Encoding": "gzip"}, b"")] * count

    def cold(self, client: int, count: int) -> list[Call]:
        """Every request asks something else, so no cached answer fits."""
        path = "/api/v1/courses?page_size=20&min_rating=1&page=1&search=subject%20"
        return [("GET", f"{path}{client}{n}", {}, b"") for n in range(count)]

    def _person(self, index: int) -> "_Person":
        return self.facts.people[index % len(self.facts.people)]

    def lesson_page(self, client: int, count: int) -> list[Call]:
        calls = []
        for n in range(count):
            person = self._person(client * count + n)
            _pk, _student, course_id = self.facts.enrollments[person.user.pk][n % 3]
            slug = dict(self.facts.courses)[course_id]
            lesson = self.facts.lessons[course_id][n % 15][1]
            calls.append(("GET", f"/learn/{slug}/{lesson}/", person.page, b""))
        return calls

    def enroll(self, client: int, count: int) -> list[Call]:
        calls = []
        for n in range(count):
            person = self._person(client * count + n)
            taken = {row[2] for row in self.facts.enrollments[person.user.pk]}
            free = [pk for pk, _slug in self.facts.courses[100:] if pk not in taken]
            course = free[(client * count + n) // len(self.facts.people)]
            body = json.dumps({"course": str(course)}).encode()
            calls.append(("POST", "/api/v1/enrollments", person.api, body))
        return calls

    def complete(self, client: int, count: int) -> list[Call]:
        calls = []
        for n in range(count):
            person, round_ = self._person(client * count + n), (client * count + n) // len(self.facts.people)
            enrollment, _student, course_id = self.facts.enrollments[person.user.pk][round_ % 3]
            lesson = self.facts.lessons[course_id][10 + round_ // 3 % 9][0]
            path = f"/api/v1/enrollments/{enrollment}/lessons/{lesson}/complete"
            calls.append(("POST", path, person.api, b"{}"))
        return calls

    def save(self, client: int, count: int) -> list[Call]:
        tokens = {person.user.pk: person.api for person in self.facts.people}
        mine = self.facts.attempts[client::CLIENTS]
        calls = []
        for n in range(count):
            student, attempt, questions = mine[n % len(mine)]
            body = json.dumps({"response": {"option": 1 + n % 3}, "revision": n + 1}).encode()
            path = f"/api/v1/attempts/{attempt}/answers/{questions[n % len(questions)]}"
            calls.append(("PUT", path, tokens[student], body))
        return calls

    def sign_in(self, client: int, count: int) -> list[Call]:
        from bench.world import PASSWORD

        bodies = (
            json.dumps({"email": f"student{client * count + n}@bench.example", "password": PASSWORD})
            for n in range(count)
        )
        headers = {"Content-Type": "application/json"}
        return [("POST", "/api/v1/auth/login", headers, body.encode()) for body in bodies]


if __name__ == "__main__":
    sys.exit(main())
