"""A school to measure against: many courses, enrollments and lesson rows, loaded straight into the tables."""

import random
from datetime import timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.utils import timezone

PASSWORD = "Bench-Lantern-42"
COURSES, LESSONS, STUDENTS, ENROLLMENTS, PROGRESS = 1_000, 20, 4_000, 20_000, 200_000
BATCH = 5_000


def load(courses: int = COURSES, enrollments: int = ENROLLMENTS, progress: int = PROGRESS) -> None:
    """Fill an empty, migrated database. Rows are made in bulk: the figures are those a recount would give."""
    from accounts.models import User
    from accounts.services import ensure_instructor_profile
    from courses.models import Category, Course

    rng = random.Random(7)
    password = make_password(PASSWORD)
    teacher = User.objects.create(
        email="teacher@bench.example", full_name="Bench Teacher", role="instructor", password=password
    )
    ensure_instructor_profile(user=teacher)
    students = [
        User(email=f"student{n}@bench.example", full_name=f"Student {n}", password=password)
        for n in range(STUDENTS)
    ]
    User.objects.bulk_create(students, BATCH)
    categories = [
        Category.objects.create(name_en=f"Subject {n}", name_ar=f"مادة {n}", slug=f"subject-{n}")
        for n in range(8)
    ]
    now = timezone.now()
    rows = [_course(n, teacher, categories, rng, now) for n in range(courses)]
    Course.objects.bulk_create(rows, BATCH)
    lessons = _lessons(rows)
    _enrollments(rows, lessons, students, enrollments, progress, now)
    _quizzes(rows[:50], lessons)


def _course(number: int, teacher: Any, categories: list[Any], rng: random.Random, now: Any) -> Any:
    from courses.models import Course

    title = f"{rng.choice(['Practical', 'Modern', 'Clear', 'Honest'])} subject {number}"
    return Course(
        title=title,
        slug=f"course-{number}",
        subtitle="What you can do with it by the end of the first evening.",
        description="A course to be measured. " * 20,
        objectives=["Do one thing", "Do another"],
        instructor=teacher,
        category=rng.choice(categories),
        level=rng.choice(["beginner", "intermediate", "advanced"]),
        language=rng.choice(["en", "en", "ar"]),
        status="published",
        published_at=now - timedelta(minutes=number),
        lesson_count=LESSONS,
        duration_minutes=LESSONS * 10,
        search_text=f"{title} bench teacher".lower(),
        title_key=title.lower(),
    )


def _lessons(courses: list[Any]) -> dict[Any, list[Any]]:
    from courses.models import CourseSlug, Lesson, Module

    CourseSlug.objects.bulk_create([CourseSlug(slug=c.slug, course=c) for c in courses], BATCH)
    modules = [Module(course=c, title=f"Part {n}", position=n) for c in courses for n in (1, 2)]
    Module.objects.bulk_create(modules, BATCH)
    rows: dict[Any, list[Any]] = {c.pk: [] for c in courses}
    for module in modules:
        for n in range(1, LESSONS // 2 + 1):
            place = (module.position - 1) * LESSONS // 2 + n
            lesson = Lesson(
                course_id=module.course_id,
                module=module,
                title=f"Lesson {place}",
                slug=f"lesson-{place}",
                type="quiz" if place == LESSONS else "text",
                body=""
                if place == LESSONS
                else "## A heading\n\nSome text with `code` and a [link](/courses/).\n\n" * 8,
                duration_minutes=10,
                position=n,
                is_published=True,
            )
            rows[module.course_id].append(lesson)
    Lesson.objects.bulk_create([lesson for group in rows.values() for lesson in group], BATCH)
    return rows


def _enrollments(
    courses: list[Any], lessons: Any, students: list[Any], count: int, progress: int, now: Any
) -> None:
    from django.db.models import Count

    from courses.models import Course
    from enrollments.models import Enrollment, LessonProgress

    each = count // len(students)
    pairs = [
        (s, courses[(i * 7 + n * 131) % len(courses)]) for i, s in enumerate(students) for n in range(each)
    ]
    pairs = list({(s.pk, c.pk): (s, c) for s, c in pairs}.values())
    done_each = min(LESSONS, progress // len(pairs))
    rows = [
        Enrollment(
            student=student,
            course=course,
            progress_percentage=min(99, done_each * 100 // LESSONS) if done_each < LESSONS else 100,
            completed_lessons_count=done_each,
            total_lessons_count=LESSONS,
            enrolled_at=now - timedelta(days=30),
            started_at=now - timedelta(days=29),
            completed_at=now if done_each == LESSONS else None,
            status="completed" if done_each == LESSONS else "active",
            counted_version=course.structure_version,
        )
        for student, course in pairs
    ]
    Enrollment.objects.bulk_create(rows, BATCH)
    ledger = (
        LessonProgress(
            enrollment=row,
            lesson=lesson,
            status="completed",
            started_at=now - timedelta(days=20),
            completed_at=now - timedelta(days=20),
            completed_via="self",
            completion_percentage=100,
        )
        for row in rows
        for lesson in lessons[row.course_id][:done_each]
    )
    LessonProgress.objects.bulk_create(ledger, BATCH)
    counts = Enrollment.objects.values_list("course_id").annotate(n=Count("id"))
    Course.objects.bulk_update(
        [Course(pk=pk, enrollment_count=n) for pk, n in counts], ["enrollment_count"], 500
    )


def _quizzes(courses: list[Any], lessons: Any) -> None:
    from quizzes.services import add_question, create_quiz, publish_quiz

    for course in courses:
        quiz = create_quiz(course=course, lesson=lessons[course.pk][-1], title="Check")
        for n in range(5):
            add_question(
                quiz=quiz,
                type="single_choice",
                text=f"Which is right ({n})?",
                options=[("This one", True, ""), ("That one", False, ""), ("Neither", False, "")],
            )
        publish_quiz(quiz=quiz)
