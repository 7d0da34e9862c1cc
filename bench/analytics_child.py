"""One size of `bench.analytics`, in a process of its own: reads a line, does it, ends its answer with `=` and JSON."""

import json
import logging
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from bench.analytics import say

WARM, ASKED = 2, 10


def main(size: str) -> None:
    """Do what the lines say until there are no more."""
    import django

    django.setup()
    logging.disable(logging.CRITICAL)
    from bench import analytics_rounds as rounds

    verbs: dict[str, Callable[..., Any]] = {
        "make": partial(_make, size),
        "pages": lambda: [name for name, _person, _path in _pages()],
        "page": _page,
        "rounds": partial(rounds.school, size),
        "large": partial(rounds.large_course, size, _prepare),
    }
    for line in sys.stdin:
        verb, _space, rest = line.rstrip("\n").partition(" ")
        answer = verbs[verb](rest) if rest else verbs[verb]()
        say("=" + json.dumps(answer))


def _prepare() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def _make(size: str, courses: str) -> None:
    """Many courses, and their figures for the first time."""
    from django.db import connection

    from analytics import services
    from analytics.models import CourseStat
    from bench.analytics_world import Shape, load
    from courses.models import Course

    _prepare()
    if Course.objects.exists():
        return  # left by `--keep`
    start = time.perf_counter()
    load(Shape(int(courses), int(size)))
    say(f"{size} enrollments in {courses} courses ({time.perf_counter() - start:.0f} s to make)")
    start = time.perf_counter()
    services.refresh_changed()
    say(f"   every course, never refreshed before: {time.perf_counter() - start:.0f} s")
    CourseStat.objects.update(leaderboard_enabled=True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _pages() -> list[tuple[str, Any, str]]:
    """Return (name, who, address) of each dashboard."""
    from accounts.models import User
    from analytics.models import CourseStat
    from enrollments.models import Enrollment

    stat = CourseStat.objects.select_related("course__instructor").order_by("-enrollments", "course__slug")[0]
    root, course = "/api/v1/analytics", f"/api/v1/analytics/courses/{stat.course.slug}"
    page = stat.get_absolute_url()
    admin = User.objects.get(email="admin@bench.example")
    teacher = stat.course.instructor
    student = Enrollment.objects.filter(course=stat.course).order_by("pk")[0].student
    return [
        ("API system overview", admin, f"{root}/system/overview"),
        ("API user growth, a year", admin, f"{root}/system/user-growth?days=365"),
        ("API enrollment trend, a year", admin, f"{root}/system/enrollment-trend?days=365"),
        ("API popular courses", admin, f"{root}/system/popular-courses"),
        ("API top instructors", admin, f"{root}/system/top-instructors"),
        ("admin's first page", admin, "/admin/"),
        ("list of course analytics", admin, "/admin/analytics/coursestat/"),
        ("API instructor", teacher, f"{root}/instructors/me"),
        ("instructor's first page", teacher, "/admin/"),
        ("instructor's list of courses", teacher, "/admin/analytics/coursestat/"),
        ("API course", teacher, course),
        ("API lessons of the course", teacher, f"{course}/lessons"),
        ("API quizzes of the course", teacher, f"{course}/quizzes"),
        ("API trend of the course, a year", teacher, f"{course}/trend?period=1y"),
        ("API students of the course", teacher, f"{course}/students"),
        ("page of the course", teacher, page),
        ("page of the course, lessons", teacher, f"{page}?tab=lessons"),
        ("page of the course, quizzes", teacher, f"{page}?tab=quizzes"),
        ("page of the course, students", teacher, f"{page}?tab=students"),
        ("page of the course, trend", teacher, f"{page}?tab=trend"),
        ("API leaderboard", student, f"{course}/leaderboard"),
        ("API my progress", student, f"{root}/my-progress"),
        ("API my dashboard", student, f"{root}/my-dashboard"),
        ("API my activity, a year", student, f"{root}/my-activity?days=365"),
        ("student's progress page", student, "/progress/"),
    ]


_clients: dict[str, Any] = {}


def _page(name: str) -> dict[str, Any]:
    """Ask a page until it is warm and then some times; return queries and milliseconds."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    if name not in _clients:
        person, path = next((who, path) for known, who, path in _pages() if known == name)
        _clients[name] = Client(headers={"Accept-Encoding": "identity"}), path
        _clients[name][0].force_login(person)
    client, path = _clients[name]
    for _time in range(WARM):
        _answer(client, path)
    with CaptureQueriesContext(connection) as captured:
        _answer(client, path)
    queries = len(captured)  # before the next request empties the list
    return {"queries": queries, "times": [_answer(client, path) for _time in range(ASKED)]}


def _answer(client: Any, path: str) -> float:
    start = time.perf_counter()
    response = client.get(path, secure=True, headers={"host": "127.0.0.1"})
    if response.status_code != 200:
        raise SystemExit(f"{path}: {response.status_code}")
    return 1000 * (time.perf_counter() - start)


if __name__ == "__main__":
    main(sys.argv[1])
