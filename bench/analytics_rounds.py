"""The rounds of `bench.analytics`: what refreshing takes, and whether a student who goes on learning feels it."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from bench.analytics import percentiles, say

QUIET = 10  # seconds in which nothing else is done
BEAT_EVERY = 0.05


def school(size: str) -> None:
    """Many courses: the night, then an hour in which one course has moved."""
    from analytics import services
    from analytics.days import DAY, site_today
    from analytics.models import CourseStat

    biggest = CourseStat.objects.select_related("course").order_by("-enrollments", "course__slug")[0]
    say(f"\n{size} enrollments in {CourseStat.objects.count()} courses")
    with Beats(biggest.course_id, "beats in a quiet moment"):
        time.sleep(QUIET)
    with Beats(biggest.course_id, "beats meanwhile"):
        timed("the nightly round", services.refresh_nightly)
        timed("   the site alone in it", lambda: services.refresh_site(first=site_today() - 34 * DAY))
    with Beats(biggest.course_id, "beats meanwhile"):
        timed(
            f"one course of {biggest.enrollments} enrollments",
            lambda: services.refresh_course(biggest.course_id),
        )
    _settle()
    before = dict(CourseStat.objects.values_list("course", "refreshed_at"))
    study(*somebody(biggest.course_id))
    timed("the hourly round after this course has moved", services.refresh_changed)
    after = dict(CourseStat.objects.values_list("course", "refreshed_at"))
    say(f"{'   courses it touched':<56}{sum(after[pk] != at for pk, at in before.items()):8}")


def _settle() -> None:
    """Let nothing count as moved: the rounds look five minutes back."""
    from datetime import timedelta

    from django.db.models import F
    from django.utils import timezone

    from certificates.models import Certificate
    from courses.models import Course
    from enrollments.models import Enrollment
    from quizzes.models import Attempt, Quiz

    hour = timedelta(hours=1)
    lately = timezone.now() - hour
    Course.objects.update(updated_at=lately, structure_changed_at=lately)
    moments: list[tuple[Any, tuple[str, ...]]] = [
        (Enrollment, ("updated_at",)),
        (Attempt, ("started_at", "submitted_at", "graded_at")),
        (Quiz, ("updated_at",)),
        (Certificate, ("issued_at",)),
    ]
    for model, names in moments:
        for name in names:
            model.objects.filter(**{f"{name}__gte": lately}).update(**{name: F(name) - hour})


def somebody(course_id: UUID) -> tuple[UUID, Any]:
    """Return an enrollment that is under way, by its id, and a lesson for it."""
    from courses.models import Lesson
    from enrollments.models import Enrollment

    rows = Enrollment.objects.filter(course=course_id, status="active").order_by("pk")
    lesson = Lesson.objects.filter(course=course_id).select_related("module", "course").in_order()[0]
    return rows.values_list("pk", flat=True)[0], lesson


def study(enrollment_id: UUID, lesson: Any) -> None:
    """Open the lesson and send a beat, as its page does."""
    from enrollments.models import Enrollment
    from enrollments.services import beat, open_lesson

    row = Enrollment.objects.select_related("student", "course").get(pk=enrollment_id)
    open_lesson(enrollment=row, lesson=lesson)
    beat(enrollment=row, lesson=lesson, seconds=30)


def timed(what: str, call: Callable[[], object]) -> None:
    """Say what the call took."""
    start = time.perf_counter()
    call()
    say(f"{what:<56}{time.perf_counter() - start:8.2f} s")


def large_course(size: str, prepare: Callable[[], None]) -> None:
    """One course: its refresh, whole and hourly, and what beats take meanwhile."""
    from analytics import services
    from courses.models import Course

    enrollments, lessons = (int(part) for part in size.split("x"))
    prepare()
    if not Course.objects.exists():
        _make_large(enrollments, lessons)
    course = Course.objects.get()
    say(f"\none course, {enrollments} enrollments, {lessons} lessons")
    services.refresh_course(course.pk)
    with Beats(course.pk, "beats in a quiet moment"):
        time.sleep(QUIET)
    with Beats(course.pk, "beats meanwhile"):
        timed(
            "its refresh, the whole of it",
            lambda: services.refresh_course(course.pk, services.Scope(everything=True)),
        )
        study(*somebody(course.pk))
        timed("its refresh an hour later", lambda: services.refresh_course(course.pk))


def _make_large(enrollments: int, lessons: int) -> None:
    from bench.analytics_world import Shape, fill_course, load
    from courses.models import Course, Lesson, Module

    load(Shape(1, 1))  # the course; its lessons are brought to their number before the ledgers are made
    course, module = Course.objects.get(), Module.objects.order_by("position").last()
    number = Lesson.objects.count()
    Lesson.objects.bulk_create(
        Lesson(course=course, module=module, title=f"Lesson {n}", slug=f"lesson-{n}", type="text", body="Read.",
               duration_minutes=10, position=n, is_published=True)
        for n in range(number + 1, lessons + 1)
    )  # fmt: skip
    fill_course(course, enrollments)


class Beats:
    """A student in another process who goes on learning while the block runs."""

    def __init__(self, course_id: UUID, what: str) -> None:
        self.course_id, self.what = course_id, what

    def __enter__(self) -> None:
        command = [sys.executable, "-m", "bench.analytics_rounds", str(self.course_id)]
        pipe = subprocess.PIPE
        self.child = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        assert self.child.stdout
        self.child.stdout.readline()  # it has begun

    def __exit__(self, *problem: object) -> None:
        said, _errors = self.child.communicate()
        times = json.loads(said)
        p50, p95 = percentiles(times)
        say(
            f"{'   ' + self.what:<56}{len(times):8}  p50 {p50:.1f}  p95 {p95:.1f}  slowest {max(times):.1f} ms"
        )


def _beat(course_id: UUID) -> None:
    """Beat until nobody listens any more; print what each took, in milliseconds."""
    import django

    django.setup()
    import threading

    over, times = threading.Event(), []
    who = somebody(course_id)
    study(*who)
    say("begun")
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    while not over.wait(BEAT_EVERY):
        start = time.perf_counter()
        study(*who)
        times.append(1000 * (time.perf_counter() - start))
    say(json.dumps(times))


if __name__ == "__main__":
    _beat(UUID(sys.argv[1]))
