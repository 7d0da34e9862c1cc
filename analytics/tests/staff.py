"""A small school for tests of the staff's side: two teachers, three courses, and figures in their rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from analytics.days import site_today
from analytics.models import CourseDailyStat, CourseStat
from analytics.tests.factories import CourseDailyStatFactory, CourseStatFactory, SiteDailyStatFactory
from courses.models import Course, Lesson, Module
from enrollments.models import Enrollment, Review

API = "/api/v1/analytics"


@dataclass
class School:
    """`light` and `lenses` are the instructor's, `sound` is the outsider's; the student learns in all of them.

    In `light` are also two classmates: one who has been silent for 20 days, one done, who gave four stars.
    """

    light: Course
    lenses: Course
    sound: Course
    stat: CourseStat


def build(instructor: User, outsider: User, student: User) -> School:
    """Return the school in few inserts; every course has figures of now."""
    light, lenses = course_of(instructor, "Optics", 3, "4.00"), course_of(instructor, "Lenses", 1)
    sound = course_of(outsider, "Sound", 2, "1.00")
    people = User.objects.bulk_create(
        User(full_name=name, email=email, password="!")
        for name, email in (
            ("Yusuf Silent", "yusuf@example.com"),
            ("Hind Done", "hind@example.com"),
            ("Stranger Elsewhere", "stranger@example.org"),
        )
    )
    silent, hind, stranger = people
    then = timezone.now() - timedelta(days=20, minutes=1)
    done = {
        "status": "completed", "progress_percentage": 100, "completed_lessons_count": 3, "total_lessons_count": 3,
        "completed_at": timezone.now(),
    }  # fmt: skip
    rows = [
        *(Enrollment(student=student, course=course) for course in (light, lenses, sound)),
        Enrollment(student=silent, course=light, enrolled_at=then, last_accessed_at=then),
        Enrollment(student=hind, course=light, **done),
        Enrollment(student=stranger, course=sound, **done),
    ]
    Enrollment.objects.bulk_create(rows)
    Review.objects.bulk_create(
        Review(enrollment=row, rating=rating, text="Clear, short and to the point.")
        for row, rating in ((rows[4], 4), (rows[5], 1))
    )
    stat = CourseStatFactory(
        course=light, enrollments=3, active=2, completed=1, at_risk_count=1, completion_rate="33.33",
        average_progress="33.33", total_time_seconds=5400, average_time_seconds=1800,
        lessons=lesson_figures(light),
    )  # fmt: skip
    none = {"completion_rate": 0, "average_progress": 0}
    CourseStatFactory(course=lenses, enrollments=1, active=1, **none)
    CourseStatFactory(
        course=sound, enrollments=2, active=1, completed=1, completion_rate=50, average_progress=50
    )
    return School(light, lenses, sound, stat)


def course_of(teacher: User, title: str, seats: int = 0, rating: str | None = None) -> Course:
    """Return a published course with three live lessons, in three inserts."""
    course = Course.objects.create(
        instructor=teacher, title=title, title_key=title.lower(), slug=title.lower(), enrollment_count=seats,
        status=Course.Status.PUBLISHED, published_at=timezone.now(), average_rating=rating,
        review_count=1 if rating else 0,
    )  # fmt: skip
    module = Module.objects.create(course=course, title="Module")
    Lesson.objects.bulk_create(
        Lesson(course=course, module=module, title=f"{title} {n}", slug=f"{title}-{n}".lower(), position=n,
               body="Look.", is_published=True)
        for n in (1, 2, 3)
    )  # fmt: skip
    return course


def ago(enrollment: Enrollment, days: int) -> None:
    """Let the enrollment have begun, and been seen for the last time, so many days ago."""
    then = timezone.now() - timedelta(days=days, minutes=1)
    Enrollment.objects.filter(pk=enrollment.pk).update(enrolled_at=then, last_accessed_at=then)


def lesson_figures(course: Course) -> list[dict[str, Any]]:
    """Return figures of the live lessons: 3, 2 and 1 have started them."""
    lessons = course.lessons.live().in_order()
    return [
        {
            "id": str(lesson.pk),
            "started": 3 - at,
            "completed": 1,
            "completion_rate": round(100 / (3 - at), 2),
            "reach": round(100 * (3 - at) / 3, 2),
            "drop_off": round(100 / (3 - at), 2) if at < 2 else None,
            "average_minutes": 10.5 if at == 0 else None,
            "average_completion_minutes": None,
            "total_minutes": 31.5 if at == 0 else 0.0,
        }
        for at, lesson in enumerate(lessons)
    ]


def days_of(course: Course, *back: int, **facts: int) -> list[CourseDailyStat]:
    """Return daily rows of the course, so many days back each."""
    return [
        CourseDailyStatFactory(course=course, date=site_today() - timedelta(days=days), **facts)
        for days in back
    ]


def site_days(*back: int, **facts: Any) -> None:
    """Make daily rows of the site, so many days back each."""
    for days in back:
        SiteDailyStatFactory(date=site_today() - timedelta(days=days), **facts)


def crowd(course: Course, count: int, prefix: str = "crowd") -> None:
    """Enroll so many more people, in two inserts."""
    people = User.objects.bulk_create(
        User(email=f"{prefix}{n}@example.net", full_name=f"{prefix.title()} {n:05}", password="!")
        for n in range(count)
    )
    Enrollment.objects.bulk_create(Enrollment(student=person, course=course) for person in people)
