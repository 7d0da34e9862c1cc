"""One small world in which every address has something to answer. Its states are reached through services."""

import io
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts import services as accounts
from accounts.models import AuditEntry, OutgoingMail, User
from accounts.tests.factories import UserFactory
from analytics import services as figures
from analytics.models import CourseStat
from certificates.services import save_template
from certificates.tests.factories import CertificateFactory
from courses import services as courses
from courses.models import Course, Lesson
from courses.tests.factories import CategoryFactory, CourseFactory, LessonFactory
from enrollments.tests.factories import EnrollmentFactory, ReviewFactory
from files.tests.factories import mp4_bytes, png_bytes, stored
from quizzes.models import Attempt, Quiz
from quizzes.tests.factories import AttemptFactory, QuizFactory

OURS = ("accounts", "files", "courses", "enrollments", "quizzes", "certificates", "analytics")
FILM_SECONDS = 100


@dataclass
class World:
    """People by role, and what addresses name.

    The student is enrolled in `course` (text, film, hidden lesson, quiz), has an attempt behind and one in
    progress, and has finished `done` with a certificate and a review. The classmate has enrolled in nothing.
    """

    people: dict[str, User | None]
    course: Course
    draft: Course
    done: Course
    lesson: Lesson
    film: Lesson
    hidden: Lesson
    quiz: Quiz
    attempt: Attempt
    names: dict[str, str]
    cookies: dict[str, dict[str, str]]


def build() -> World:
    """Return the world; nothing else may be in the database."""
    people = _people()
    teacher, student = people["owner"], people["student"]
    course = CourseFactory(
        instructor=teacher, title="Light and lenses", modules=2, lessons=3, tags=["optics"]
    )
    first, second = course.modules.order_by("position")
    film = LessonFactory(
        module=first,
        title="The film",
        type="video",
        body="",
        video_file=stored(teacher, mp4_bytes(FILM_SECONDS), name="film.mp4"),
    )
    hidden = LessonFactory(module=first, title="Not yet", is_published=False)
    quiz = QuizFactory(course=course, lesson=True, title="What do you know?")
    lesson = course.lessons.in_order().first()
    resource = courses.add_resource(lesson=lesson, by=teacher, url="https://example.org/a", title="More")
    for person in (teacher, student):
        accounts.set_avatar(user=person, file=io.BytesIO(png_bytes()), size=len(png_bytes()))
    draft = CourseFactory(instructor=teacher, title="The second part", draft=True)
    enrollment = EnrollmentFactory(course=course, student=student)
    closed = AttemptFactory(quiz=quiz, enrollment=enrollment, answers="wrong")
    # What comes late is kept once; here it came, so that a later one changes nothing.
    closed.answers.update(late_response={"option": 1}, late_at=timezone.now())
    attempt = AttemptFactory(quiz=quiz, enrollment=enrollment)
    done = CourseFactory(instructor=teacher, title="A finished course")
    review = ReviewFactory(enrollment=EnrollmentFactory(course=done, student=student, completed=True))
    certificate = CertificateFactory(enrollment=review.enrollment, rendered=True)
    template = save_template(by=people["admin"], name="Formal")
    category = CategoryFactory()
    accounts.set_accommodation(
        user=people["classmate"], by=people["admin"], time_factor=Decimal("1.5"), extra_attempts=1
    )
    figures.refresh_course(course.pk)
    # "Within the last minute" for as long as the tests take.
    CourseStat.objects.filter(course=course).update(refreshed_at=timezone.now() + timedelta(hours=1))
    CourseStat.objects.create(course=draft)
    figures.set_leaderboard(course=course, enabled=True, by=teacher)
    names: dict[str, Any] = {
        "course": course.pk,
        "slug": course.slug,
        "draft": draft.pk,
        "draft_slug": draft.slug,
        "done": done.pk,
        "done_slug": done.slug,
        "module": first.pk,
        "second": second.pk,
        "lesson": lesson.pk,
        "lesson_slug": lesson.slug,
        "film": film.pk,
        "film_slug": film.slug,
        "hidden": hidden.pk,
        "hidden_slug": hidden.slug,
        "quiz_lesson": quiz.lesson_id,
        "resource": resource.pk,
        "quiz": quiz.pk,
        "question": quiz.questions.order_by("position").first().pk,
        "closed": closed.pk,
        "answer": closed.answers.order_by("pk").first().pk,
        "attempt": attempt.pk,
        "enrollment": enrollment.pk,
        "finished": review.enrollment.pk,
        "review": review.pk,
        "certificate": certificate.pk,
        "code": certificate.code,
        "template": template.pk,
        "category": category.pk,
        "tag": course.tags.get().pk,
        "file": film.video_file_id,
        "student_file": stored(student, name="mine.png").pk,
        "spare_file": stored(student, name="spare.png").pk,
        "teacher": teacher.pk,
        "teacher_slug": teacher.instructor_profile.slug,
        "student": student.pk,
        "session": accounts.open_session(user=student).session.pk,
        "classmate": people["classmate"].pk,
        "stat": CourseStat.objects.get(course=course).pk,
        "course_type": ContentType.objects.get_for_model(Course).pk,
        "audit": AuditEntry.objects.first().pk,
        "mail": OutgoingMail.objects.create(user=student, kind=OutgoingMail.Kind.WELCOME).pk,
    }
    return World(
        people=people,
        course=course,
        draft=draft,
        done=done,
        lesson=lesson,
        film=film,
        hidden=hidden,
        quiz=quiz,
        attempt=attempt,
        names={name: str(value) for name, value in names.items()},
        cookies={role: _signed_in(person) for role, person in people.items()},
    )


def _signed_in(person: User | None) -> dict[str, str]:
    """Return the cookies of a browser in which the person is logged in."""
    client = Client()
    if person is not None:
        client.force_login(person)
    return {name: morsel.value for name, morsel in client.cookies.items()}


def _people() -> dict[str, Any]:
    def person(role: str, name: str, email: str) -> User:
        return UserFactory(role=role, full_name=name, email=email)

    return {
        "visitor": None,
        "student": person("student", "Salma Haddad", "salma@example.com"),
        "classmate": person("student", "Karim Nassar", "karim@example.com"),
        "owner": person("instructor", "Nour El-Masry", "nour@example.com"),
        "outsider": person("instructor", "Tomás Rivera", "tomas@example.com"),
        "admin": person("admin", "Amal Farouk", "amal@example.com"),
    }


def fingerprint() -> dict[str, Any]:
    """Return every row of ours as plain values: equal before and after when nothing has changed."""
    found = {}  # past the ORM, because it is asked thousands of times
    with connection.cursor() as cursor:
        for label, table in _tables():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # asked thousands of times
            found[label] = sorted(map(repr, cursor.fetchall()))
    return found


@cache
def _tables() -> list[tuple[str, str]]:
    return [
        (model._meta.label, model._meta.db_table)
        for label in OURS
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
    ]
