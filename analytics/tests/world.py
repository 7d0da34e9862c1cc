"""A small world whose every figure was worked out by hand: three students, two courses, every status."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import time_machine
from django.db import transaction

from accounts.models import User
from accounts.tests.factories import UserFactory
from analytics import services
from certificates.models import Certificate
from courses.models import Course, Lesson
from courses.tests.factories import CourseFactory
from enrollments.models import Enrollment, EnrollmentEvent, LessonProgress, StudyDay
from quizzes.models import Attempt, Quiz
from quizzes.tests.factories import QuizFactory

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def at(month, day, hour=12, minute=0):
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def attempt(quiz, enrollment, number, percentage, closed, **fields):
    """A closed and counted attempt of ten minutes; pass mark 60. `percentage` None: still open."""
    facts = {"status": "in_progress", "started_at": closed, "passing_score": 60}
    if percentage is not None:
        facts |= {
            "status": "graded", "started_at": closed - timedelta(minutes=10), "submitted_at": closed,
            "submitted_by": "student", "graded_at": closed, "counted_at": closed, "score": percentage,
            "max_score": 100, "percentage": percentage, "is_passed": percentage >= 60,
        }  # fmt: skip
    return Attempt(quiz=quiz, enrollment=enrollment, number=number, **facts | fields)


def lesson_row(enrollment, lesson, completed=None, seconds=0, status=None):
    status = status or ("completed" if completed else "in_progress")
    return LessonProgress(
        enrollment=enrollment, lesson=lesson, status=status, completed_at=completed, time_spent_seconds=seconds,
        started_at=None if status == "not_started" else completed or at(2, 2),
        completion_percentage=100 if completed else 0,
    )  # fmt: skip


@contextmanager
def kept_world(blocker, *, refreshed=False):
    """Make the world at NOW once for a whole module of tests; each of them is given a copy and rolled back."""
    with blocker.unblock(), time_machine.travel(NOW, tick=False):
        life = transaction.atomic()
        life.__enter__()
        world = make_world()
        if refreshed:
            services.refresh_changed()
    yield world
    with blocker.unblock():
        transaction.set_rollback(True)
        life.__exit__(None, None, None)


def make_world():
    """Make everything; the two courses are `optics` (with quizzes) and `lenses` (without)."""
    optics, lenses = (CourseFactory(modules=1, title=title) for title in ("Optics", "Lenses"))
    salma, karim, omar = (UserFactory(full_name=name, password=None) for name in ("Salma", "Karim", "Omar"))
    lessons = list(Lesson.objects.live().filter(course=optics).in_order())
    kinds = ("graded", "final", "practice")
    quizzes = [QuizFactory(course=optics, type=kind, questions=1) for kind in kinds]
    rows = _enrollments(optics, lenses, salma, karim, omar)
    world = SimpleNamespace(
        optics=optics, lenses=lenses, people=(salma, karim, omar), lessons=lessons, quizzes=quizzes, **rows
    )
    _learn(world)
    _sit(world)
    Course.objects.update(updated_at=at(1, 1), structure_changed_at=at(1, 1))
    Quiz.objects.update(updated_at=at(1, 1))
    User.objects.get_queryset().update(created_at=at(1, 1))
    return world


def _enrollments(optics, lenses, salma, karim, omar):
    def row(person, course, status, enrolled, progress=0, **fields):
        done = int(progress == 100)
        return Enrollment(
            student=person, course=course, status=status, enrolled_at=enrolled, updated_at=enrolled,
            progress_percentage=Decimal(str(progress)), total_lessons_count=3, completed_lessons_count=3 * done,
            **fields,
        )  # fmt: skip

    rows = {
        "salma": row(salma, optics, "active", at(2, 1), 50, started_at=at(2, 2, 10), last_accessed_at=at(3, 9),
                     time_spent_seconds=600),
        "karim": row(karim, optics, "completed", at(2, 10), 100, started_at=at(2, 10), completed_at=at(2, 20, 0),
                     last_accessed_at=at(2, 20), time_spent_seconds=1800),
        "omar": row(omar, optics, "dropped", at(1, 1), dropped_at=at(1, 20)),
        "salma_lenses": row(salma, lenses, "suspended", at(3, 1), 5),
        "karim_lenses": row(karim, lenses, "expired", at(2, 1), 9.99, expires_at=at(3, 1)),
        "omar_lenses": row(omar, lenses, "active", at(2, 20)),
    }  # fmt: skip
    Enrollment.objects.bulk_create(rows.values())
    EnrollmentEvent.objects.create(enrollment=rows["omar"], kind="dropped", at=at(1, 20))
    Certificate.objects.create(
        enrollment=rows["karim"], number="N-1", verification_code="CODE1", student_name="Karim",
        course_title="Optics", instructor_name="I", issuer_name="I", language="en", completed_on=at(2, 20).date(),
        grade="pass", issued_at=at(2, 21),
    )  # fmt: skip
    return rows


def _learn(world):
    one, two, three = world.lessons
    LessonProgress.objects.bulk_create([
        lesson_row(world.salma, one, at(2, 2), 300),
        lesson_row(world.salma, two, None, 300),
        lesson_row(world.karim, one, at(2, 10), 900),
        lesson_row(world.karim, two, at(2, 10), 900),
        lesson_row(world.karim, three, at(2, 20, 0), 0),
        lesson_row(world.omar, one, status="not_started"),
    ])  # fmt: skip
    days = ((world.salma, at(2, 2), 300), (world.salma, at(3, 9), 300), (world.karim, at(2, 10), 1800),
            (world.karim, at(2, 12), 0))  # fmt: skip
    StudyDay.objects.bulk_create(
        StudyDay(enrollment=row, day_on=day.date(), seconds=seconds) for row, day, seconds in days
    )


def _sit(world):
    graded, final, practice = world.quizzes
    Attempt.objects.bulk_create([
        attempt(graded, world.salma, 1, 40, at(3, 8)),
        attempt(graded, world.salma, 2, 70, at(3, 8, 13)),
        attempt(final, world.salma, 1, 0, at(3, 9)),
        attempt(practice, world.salma, 1, 0, at(3, 9)),
        attempt(final, world.salma, 2, None, at(3, 10, 11)),
        attempt(graded, world.karim, 1, 90, at(2, 12)),
        attempt(graded, world.karim, 2, 0, at(2, 13), status="voided"),
        attempt(final, world.karim, 1, 100, at(2, 12)),
        attempt(practice, world.karim, 1, 0, at(2, 12)),
    ])  # fmt: skip
