"""`make load-exam`: a year group sits one exam, and the clients' ledger is compared with the database.

Every student signs in, starts within the first part of the time, saves an answer each 10 to 30 seconds, and submits
in a burst at the end; some reload the page, some drop out. A save that was acknowledged must be the stored one (or
an older one of the same answer), and what is stored must be what was marked. Exit code 1 when it is not.

Needs DATABASE_URL (a PostgreSQL on which a database may be made); `--sqlite` measures SQLite instead.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from bench.__main__ import _database, _Person
from bench.servers import production_environment, running

QUESTIONS = 20
RELOADS, DROP_OUTS = 0.02, 0.01
TRIES = 6


@dataclass
class Ledger:
    """What the clients know: times by kind of request, answers that were not expected, acknowledged saves."""

    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    saved: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    submitted: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, kind: str, seconds: float, status: int) -> None:
        """Keep how long a request took and what it came to."""
        with self.lock:
            self.times[kind].append(seconds * 1000)
            self.statuses[kind, status] += 1


class Student(threading.Thread):
    """One student at one device, from the start to the end."""

    def __init__(
        self, port: int, headers: dict[str, str], quiz: str, plan: argparse.Namespace, ledger: Ledger
    ) -> None:
        super().__init__(daemon=True)
        self.port, self.headers, self.quiz, self.plan, self.ledger = port, headers, quiz, plan, ledger
        self.random = random.Random(headers["Authorization"])
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def ask(self, kind: str, method: str, path: str, body: Any = None) -> Any:
        """Send one request, again after 429, 5xx and a lost connection, and return its JSON."""
        for attempt in range(TRIES):
            began = time.perf_counter()
            try:
                self.connection.request(
                    method, path, None if body is None else json.dumps(body), self.headers
                )
                answer = self.connection.getresponse()
                text, status = answer.read(), answer.status
            except (http.client.HTTPException, OSError):
                self.connection.close()
                text, status = b"{}", 599
            self.ledger.note(kind, time.perf_counter() - began, status)
            if status < 500 and status != 429:
                return json.loads(text) if status < 300 else None
            time.sleep(min(2**attempt, 8) * (0.5 + self.random.random() / 2))
        return None

    def run(self) -> None:
        """Start, save until the burst, submit."""
        begin, end = self.plan.begin, self.plan.begin + self.plan.seconds
        self._wait(begin + self.random.random() * self.plan.start_within)
        sheet = self.ask("start", "POST", f"/api/v1/quizzes/{self.quiz}/attempts", {})
        if sheet is None:
            return
        ends = end - self.random.random() * self.plan.burst
        drops = self.random.random() < DROP_OUTS
        leaves = begin + self.plan.seconds / 2 if drops else ends
        revision = 0
        while time.time() < leaves:
            self._wait(min(leaves, time.time() + self.random.uniform(*self.plan.every)))
            revision += 1
            self._save(sheet, revision)
            if self.random.random() < RELOADS:
                self.ask("reload", "GET", f"/api/v1/attempts/{sheet['id']}")
        if not drops and self.ask("submit", "POST", f"/api/v1/attempts/{sheet['id']}/submit", {}) is not None:
            with self.ledger.lock:
                self.ledger.submitted.add(sheet["id"])

    def _save(self, sheet: Any, revision: int) -> None:
        question = self.random.choice(sheet["questions"])
        place = self.random.randint(1, len(question["options"]))
        body = {"response": {"option": place}, "revision": revision}
        path = f"/api/v1/attempts/{sheet['id']}/answers/{question['id']}"
        if self.ask("save", "PUT", path, body) is not None:
            with self.ledger.lock:
                self.ledger.saved[sheet["id"], question["id"]] = (revision, place)

    def _wait(self, until: float) -> None:
        self.connection.close()  # no server keeps an idle connection for half a minute
        time.sleep(max(0.0, until - time.time()))


def main() -> int:
    """Make the exam, let it be sat, compare, print."""
    plan = _plan()
    url = os.environ.get("DATABASE_URL", "")
    if not plan.sqlite and not url.startswith("postgres"):
        sys.stderr.write(
            "Set DATABASE_URL to a PostgreSQL on which a database may be made, or say --sqlite.\n"
        )
        return 2
    with tempfile.TemporaryDirectory() as folder, _place(plan, url) as own_url:
        environment = production_environment(own_url, folder) | {"LOG_LEVEL": "ERROR"}
        os.environ.update(environment)
        people, quiz = _prepare(plan.students)
        ledger = Ledger()
        with running(plan.server, environment, plan.workers, plan.threads) as port:
            plan.begin = time.time() + 2
            students = [Student(port, person.api, quiz, plan, ledger) for person in people]
            for student in students:
                student.start()
            for student in students:
                student.join()
        return _report(plan, ledger)


def _plan() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.exam", description=__doc__)
    parser.add_argument("--students", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=600, help="from the first start to the last submit")
    parser.add_argument(
        "--start-within", type=float, default=60, help="seconds in which all start; 0: at once"
    )
    parser.add_argument("--burst", type=float, default=120, help="seconds at the end in which all submit")
    parser.add_argument("--every", type=float, nargs=2, default=(10, 30), help="seconds between two saves")
    parser.add_argument("--server", choices=["gunicorn", "granian"], default="gunicorn")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--sqlite", action="store_true")
    return parser.parse_args()


def _place(plan: argparse.Namespace, url: str) -> AbstractContextManager[str]:
    if plan.sqlite:
        return nullcontext("")  # without an address the site makes its own in the folder
    return _database(url, "lms_exam")


def _prepare(count: int) -> tuple[list[Any], str]:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")
    django.setup()
    from django.core.management import call_command
    from django.db import connections

    call_command("migrate", verbosity=0)  # the API needs no static files
    from accounts.models import User
    from bench import world
    from enrollments.services import enroll
    from quizzes import services

    course = _course(world)
    quiz = services.create_quiz(course=course, title="The exam", type="final", time_limit_minutes=120)
    options = [("Right", True, ""), *[(f"Wrong {n}", False, "") for n in range(3)]]
    for number in range(QUESTIONS):
        services.add_question(quiz=quiz, type="single_choice", text=f"Question {number}?", options=options)
    services.publish_quiz(quiz=quiz, by=course.instructor)
    students = [User(email=f"student{n}@bench.example", full_name=f"Student {n}") for n in range(count)]
    User.objects.bulk_create(students)
    for student in students:
        enroll(student=student, course=course, source="web")
    people = [_Person(student) for student in students]
    connections.close_all()
    return people, str(quiz.pk)


def _course(world: Any) -> Any:
    from accounts.models import User
    from accounts.services import ensure_instructor_profile
    from courses.models import Category

    teacher = User.objects.create(email="teacher@bench.example", full_name="Bench Teacher", role="instructor")
    ensure_instructor_profile(user=teacher)
    category = Category.objects.create(name_en="Subject", name_ar="مادة", slug="subject")
    course = world._course(0, teacher, [category], random.Random(7), timezone.now())
    course.save(force_insert=True)
    return course


def _report(plan: argparse.Namespace, ledger: Ledger) -> int:
    lost, unmarked, open_ones = _compare(ledger)
    base = "SQLite" if plan.sqlite else "PostgreSQL"
    shape = f"{plan.students} students, {plan.seconds:.0f} s, {plan.server} {plan.workers} × {plan.threads}"
    lines = [
        f"{base}, {shape}",
        f"{'request':<10}{'count':>8}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'most ms':>9}",
    ]
    for kind, times in ledger.times.items():
        cuts = statistics.quantiles(times, n=100) if len(times) > 1 else times * 99
        row = "".join(f"{value:>9.0f}" for value in (cuts[49], cuts[94], cuts[98], max(times)))
        lines.append(f"{kind:<10}{len(times):>8}{row}")
    bad = {key: count for key, count in ledger.statuses.items() if key[1] >= 400}
    lines += [
        f"answers of 400 and more: {bad or 'none'}",
        f"acknowledged answers: {len(ledger.saved)}, not as acknowledged: {lost}, marked otherwise: {unmarked}",
        f"submitted: {len(ledger.submitted)}, of these still open: {open_ones}",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if lost or unmarked or open_ones else 0


def _compare(ledger: Ledger) -> tuple[int, int, int]:
    """Return how many acknowledged answers are not stored so, how many were marked otherwise, and who is open."""
    from quizzes.models import Answer, Attempt

    rows = {
        (str(row.attempt_id), str(row.question_id)): row
        for row in Answer.objects.filter(attempt__in=[attempt for attempt, _question in ledger.saved])
    }
    lost = sum(
        (rows[key].revision, rows[key].response) != (revision, {"option": place})
        for key, (revision, place) in ledger.saved.items()
    )
    unmarked = sum(
        rows[key].graded_revision != rows[key].revision for key in ledger.saved if key[0] in ledger.submitted
    )
    return lost, unmarked, Attempt.objects.in_progress().filter(pk__in=ledger.submitted).count()


if __name__ == "__main__":
    sys.exit(main())
