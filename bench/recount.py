"""`python -m bench.recount`: what adding a lesson to a course with 100 000 enrollments costs.

Needs DATABASE_URL (a PostgreSQL on which databases may be created). Measures the author's own step, a page that shows
stale rows, and the recount in the background: interrupted half-way, and taken up again.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import perf_counter
from typing import Any

from django.db import connection

from bench.__main__ import _database
from bench.servers import production_environment

STUDENTS, LESSONS = 100_000, 20


@contextmanager
def _timed(what: str) -> Iterator[None]:
    start = perf_counter()
    yield
    sys.stdout.write(f"{what:<60} {perf_counter() - start:8.2f} s\n")
    sys.stdout.flush()


def main() -> int:
    """Make the course, change it, and measure."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        sys.stderr.write("Set DATABASE_URL to a PostgreSQL on which a database may be made.\n")
        return 2
    with tempfile.TemporaryDirectory() as folder, _database(url, "lms_bench_recount") as own_url:
        os.environ.update(production_environment(own_url, folder))
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        with _timed(f"(making {STUDENTS} enrollments of {LESSONS} lessons)"):
            _make()
        _measure()
    return 0


def _make() -> None:
    from accounts.models import User
    from accounts.services import ensure_instructor_profile
    from courses import services as courses
    from courses.models import Course, Lesson
    from enrollments.models import Enrollment, LessonProgress

    teacher = User.objects.create(email="teacher@bench.example", full_name="Teacher", role="instructor")
    ensure_instructor_profile(user=teacher)
    course = courses.create_course(by=teacher, title="Large", description="A course to be measured. " * 9)
    module = courses.add_module(course=course, by=teacher, title="One")
    for number in range(LESSONS):
        courses.add_lesson(module=module, by=teacher, title=f"Lesson {number}", body="Read this.")
    courses.publish(course=course, by=teacher, publish_content=True)
    course = Course.objects.get()
    lessons = list(Lesson.objects.in_order()[:2])
    first = User.objects.create(email="first@bench.example", full_name="Student")
    row = Enrollment.objects.create(
        student=first, course=course, counted_version=course.structure_version,
        total_lessons_count=LESSONS, completed_lessons_count=2, progress_percentage=10,
    )  # fmt: skip
    done = {"status": "completed", "completion_percentage": 100, "completed_at": row.enrolled_at}
    LessonProgress.objects.bulk_create(
        LessonProgress(enrollment=row, lesson=lesson, **done) for lesson in lessons
    )
    everybody = f"generate_series(1, {STUDENTS - 1}) AS n"
    _multiply(User, everybody, email="'s' || n || '@bench.example'")
    others = "accounts_user AS n WHERE n.email LIKE 's%@bench.example' AND true"
    _multiply(Enrollment, others, student_id="n.id")
    _multiply(
        LessonProgress, "enrollments_enrollment AS n WHERE n.id <> t.enrollment_id", enrollment_id="n.id"
    )
    Course.objects.update(enrollment_count=STUDENTS)


def _multiply(model: Any, source: str, **changed: str) -> None:
    """Copy the rows of a table once for each row of `source` (as `n`), with new ids and the changed columns."""
    columns = [field.column for field in model._meta.concrete_fields]
    values = [changed.get(name, "gen_random_uuid()" if name == "id" else f't."{name}"') for name in columns]
    table, names = model._meta.db_table, ", ".join(f'"{name}"' for name in columns)
    only = "t.email = 'first@bench.example'" if table == "accounts_user" else "true"
    joined = source if " WHERE " in source else f"{source} WHERE true"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {', '.join(values)} FROM {table} AS t, {joined} AND {only}"
        )
        cursor.execute(f"ANALYZE {table}")


def _measure() -> None:
    from django.utils import timezone

    from courses import services as courses
    from courses.models import Module
    from enrollments import services
    from enrollments.models import Enrollment

    module = Module.objects.select_related("course").get()
    with _timed("adding a live lesson"):
        courses.add_lesson(module=module, by=None, title="One more", body="Read this too.", is_published=True)
    stale = Enrollment.objects.stale()
    with _timed("counting how many wait (the line in the admin)"):
        waiting = stale.count()
    page = list(stale.select_related("course", "student")[:50])
    with _timed("a page of 50 of them, recounted on reading"):
        services.recount(page)
    with _timed("ten seconds of the background recount, then interrupted"):
        first = services.recount_stale(seconds=10)
    with _timed("the rest"):
        rest = services.recount_stale()
    with _timed("a round with nothing to do"):
        services.recount_stale()
    sys.stdout.write(
        f"{waiting} waited: {len(page)} on reading, {first} before the interruption, {rest} after\n"
    )
    numbers = Enrollment.objects.order_by().values_list(
        "completed_lessons_count", "total_lessons_count", "progress_percentage"
    )
    sys.stdout.write(f"numbers now: {list(numbers.distinct())}\n")
    Enrollment.objects.update(last_accessed_at=None, enrolled_at=timezone.now() - timedelta(days=9))
    with _timed("queueing a reminder for each"):
        services.remind_inactive()


if __name__ == "__main__":
    sys.exit(main())
