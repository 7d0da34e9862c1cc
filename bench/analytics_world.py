"""Many enrollments for `bench.analytics`, made by the database itself: a template row of each kind, copied by SQL."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

TEACHERS = 50
QUESTIONS_OF_A_LARGE_COURSE = 10
QUESTIONS = {"numeric": {"numeric_value": 7}, "essay": {"needs_grader": True}}


@dataclass
class Shape:
    """How much of what: courses and enrollments in all, lesson rows and study days for each enrollment."""

    courses: int
    enrollments: int
    lessons_done: int = 3
    study_days: int = 2


def load(shape: Shape) -> None:
    """Fill an empty, migrated PostgreSQL.

    A twentieth of all enrollments is in the first course, the one whose pages are measured; the rest lies evenly over
    the others. Everybody is in five courses, every teacher has 20 of 1 000. Of the enrollments a fifth has completed,
    with a certificate; a fourth has a review; three fifths have an attempt of two questions, of which those of the
    last week that nobody has marked yet wait: one in 60 enrollments.
    """
    import random

    from analytics.models import CourseStat
    from bench.world import _course, _lessons
    from courses.models import Category, Course

    teachers = _teachers()
    category = Category.objects.create(name_en="Subject", name_ar="مادة", slug="subject")
    rng, now = random.Random(7), timezone.now()
    rows = [_course(n, teachers[n % TEACHERS], [category], rng, now) for n in range(shape.courses)]
    Course.objects.bulk_create(rows, 1000)
    _lessons(rows)
    _quizzes(rows)
    CourseStat.objects.bulk_create(CourseStat(course=course) for course in rows)
    people = max(shape.enrollments // 5, 1)
    _students(people)
    _ledgers(shape, _enrollments(shape, people))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE courses_course c SET enrollment_count = n.seats, review_count = n.reviews, average_rating = n.stars"
            " FROM (SELECT e.course_id, COUNT(*) AS seats, COUNT(r.id) AS reviews, AVG(r.rating) AS stars FROM"
            " enrollments_enrollment e LEFT JOIN enrollments_review r ON r.enrollment_id = e.id GROUP BY e.course_id) n"
            " WHERE n.course_id = c.id"
        )
        cursor.execute("VACUUM ANALYZE")


def _teachers() -> list[Any]:
    from accounts.models import User
    from accounts.services import ensure_instructor_profile

    User.objects.create(email="admin@bench.example", full_name="Admin", role="admin")
    people = [
        User.objects.create(email=f"teacher{n}@bench.example", full_name=f"Teacher {n}", role="instructor")
        for n in range(TEACHERS)
    ]
    for person in people:
        ensure_instructor_profile(user=person)
    return people


def _quizzes(courses: list[Any]) -> None:
    """A published quiz of two questions for each course, the last of which a person marks."""
    from quizzes.models import Question, Quiz

    quizzes = [Quiz(course=course, title="Check", is_published=True) for course in courses]
    Quiz.objects.bulk_create(quizzes, 1000)
    Question.objects.bulk_create(
        [
            Question(quiz=quiz, type=kind, text=f"Question {n}", points=5, position=n, **facts)
            for quiz in quizzes
            for n, (kind, facts) in enumerate(QUESTIONS.items(), 1)
        ],
        1000,
    )


def _students(count: int) -> None:
    from accounts.models import User

    template = User.objects.create(email="student0@bench.example", full_name="Student")
    copy(
        User, template.pk, f"generate_series(1, {count - 1}) AS n(i)",
        email="'student' || n.i || '@bench.example'", full_name="'Student ' || md5(n.i::text)",
        created_at="now() - (n.i % 700) * interval '1 day'",
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bench_people AS SELECT id, row_number() OVER (ORDER BY email) - 1 AS i"
            " FROM accounts_user WHERE role = 'student'"
        )
        cursor.execute("CREATE UNIQUE INDEX ON bench_people (i)")
        cursor.execute(
            "CREATE TABLE bench_courses AS SELECT id, row_number() OVER (ORDER BY slug) - 1 AS i FROM courses_course"
        )


def _enrollments(shape: Shape, people: int) -> Any:
    """Every fifth has completed; the rest are active with 0–95 per cent, enrolled within 400 days, seen within 60.

    Return the template row.
    """
    from courses.models import Course
    from enrollments.models import Enrollment

    course = Course.objects.order_by("slug").first()
    template = Enrollment(student=_first_student(), course=course, total_lessons_count=20)
    template.counted_version = course.structure_version if course else 0
    template.save()
    done = "n.i % 5 = 0"
    source = (
        f"(SELECT s.i, p.id AS student, c.id AS course FROM generate_series(1, {shape.enrollments - 1}) AS s(i)"
        f" JOIN bench_people p ON p.i = s.i % {people} JOIN bench_courses c ON c.i ="
        f" CASE WHEN s.i < {people} AND s.i / 20 % 4 = 0 THEN 0"
        f" ELSE (s.i * 7 + s.i / {people} * 131) % {max(shape.courses - 1, 1)} + 1 END) AS n"
    )
    copy(
        Enrollment, template.pk, source,
        student_id="n.student", course_id="n.course",
        status=f"CASE WHEN {done} THEN 'completed' ELSE 'active' END",
        progress_percentage=f"CASE WHEN {done} THEN 100 ELSE n.i % 20 * 5 END",
        completed_lessons_count=f"CASE WHEN {done} THEN 20 ELSE n.i % 20 END",
        enrolled_at="now() - (n.i % 400 + 61) * interval '1 day' - (n.i % 1439) * interval '1 minute'",
        started_at="now() - (n.i % 400 + 60) * interval '1 day'",
        completed_at=f"CASE WHEN {done} THEN now() - (n.i % 60) * interval '1 day' END",
        last_accessed_at="now() - (n.i % 60) * interval '1 day'",
        updated_at="now() - (n.i % 60 + 1) * interval '1 day'",
        time_spent_seconds=str(300 * shape.study_days),
    )  # fmt: skip
    return template


def _first_student() -> Any:
    from accounts.models import User

    return User.objects.get(email="student0@bench.example")


def _ledgers(shape: Shape, row: Any) -> None:
    """Completed lessons, study days, and one closed attempt for every second enrollment."""
    from courses.models import Lesson
    from enrollments.models import LessonProgress, StudyDay

    lesson = Lesson.objects.filter(course=row.course).in_order()[0]
    now = timezone.now()
    progress = LessonProgress.objects.create(
        enrollment=row, lesson=lesson, status="completed", started_at=now, completed_at=now,
        completion_percentage=100, time_spent_seconds=300,
    )  # fmt: skip
    others = f"enrollments_enrollment e WHERE e.id <> '{row.pk}'"
    names = ", ".join(f"'lesson-{n}'" for n in range(1, shape.lessons_done + 1))
    lessons = f"JOIN courses_lesson l ON l.course_id = e.course_id AND l.slug IN ({names})"
    copy(
        LessonProgress, progress.pk,
        f"(SELECT e.id AS e, l.id AS l, e.started_at AS at FROM {others.replace('WHERE', lessons + ' WHERE')}) AS n",
        enrollment_id="n.e", lesson_id="n.l", started_at="n.at", completed_at="n.at + interval '1 day'",
    )  # fmt: skip
    day = StudyDay.objects.create(enrollment=row, day_on=now.date(), seconds=300)
    days = f"CROSS JOIN generate_series(0, {shape.study_days - 1}) AS d(i)"
    copy(
        StudyDay, day.pk,
        "(SELECT e.id AS e, e.last_accessed_at::date - 3 * d.i AS on_day FROM "
        f"{others.replace('WHERE', days + ' WHERE')}) AS n",
        enrollment_id="n.e", day_on="n.on_day",
    )  # fmt: skip
    _attempts(row)
    _papers(row)


def _attempts(row: Any) -> None:
    """One attempt each of those with an even number of lessons; of the last week's some wait for a person."""
    from quizzes.models import Answer, Attempt, Question, Quiz

    now, quiz = timezone.now(), Quiz.objects.get(course=row.course)
    attempt = Attempt.objects.create(
        quiz=quiz, enrollment=row, number=1, status="graded", started_at=now - timedelta(minutes=9),
        submitted_at=now, submitted_by="student", graded_at=now, counted_at=now, score=7, max_score=10,
        percentage=70, passing_score=60, is_passed=True,
    )  # fmt: skip
    columns = ("graded_at", "counted_at", "score", "max_score", "percentage", "is_passed")
    marked = {name: f'CASE WHEN NOT n.waits THEN t."{name}" END' for name in columns}
    marked |= dict.fromkeys(columns[:2], "CASE WHEN NOT n.waits THEN n.at END")
    copy(
        Attempt, attempt.pk,
        "(SELECT e.id AS e, q.id AS q, e.last_accessed_at AS at, e.completed_lessons_count = 2"
        " AND e.last_accessed_at > now() - interval '6 days' AS waits FROM enrollments_enrollment e"
        f" JOIN quizzes_quiz q ON q.course_id = e.course_id WHERE e.id <> '{row.pk}'"
        " AND e.completed_lessons_count % 2 = 0) AS n",
        enrollment_id="n.e", quiz_id="n.q", started_at="n.at - interval '9 minutes'", submitted_at="n.at",
        status="CASE WHEN n.waits THEN 'submitted' ELSE 'graded' END", needs_manual_grading="n.waits", **marked,
    )  # fmt: skip
    first, _last = Question.objects.filter(quiz=quiz).order_by("position")
    answer = Answer.objects.create(
        attempt=attempt, question=first, points_max=5, points_earned=3.5, revision=1, graded_revision=1,
        response={"value": "7"}, answered_at=now, time_spent_seconds=60,
    )  # fmt: skip
    copy(
        Answer, answer.pk,
        "(SELECT a.id AS a, q.id AS q, q.type = 'essay' AND a.status = 'submitted' AS waits FROM quizzes_attempt a"
        f" JOIN quizzes_question q ON q.quiz_id = a.quiz_id WHERE (a.id, q.id) <> ('{attempt.pk}', '{first.pk}')) AS n",
        attempt_id="n.a", question_id="n.q", points_earned="CASE WHEN NOT n.waits THEN 3.5 END",
    )  # fmt: skip


def _papers(row: Any) -> None:
    """Certificates of those who have completed, the reviews of a fourth, and the history of all."""
    from certificates.models import Certificate
    from enrollments.models import EnrollmentEvent, Review

    now, others = timezone.now(), f"enrollments_enrollment e WHERE e.id <> '{row.pk}'"
    paper = Certificate.objects.create(
        enrollment=row, number="BENCH-0", verification_code="0" * 12, student_name="Student", course_title="Course",
        instructor_name="Teacher", issuer_name="School", language="en", completed_on=now.date(), grade="pass",
        pdf="0.pdf", pdf_status="ready", pdf_revision=1, pdf_size=40_000,
    )  # fmt: skip
    copy(
        Certificate, paper.pk,
        "(SELECT e.id AS e, e.completed_at AS at, row_number() OVER () AS i FROM"
        f" {others} AND e.completed_at IS NOT NULL) AS n",
        enrollment_id="n.e", number="'BENCH-' || n.i", verification_code="lpad(n.i::text, 12, '0')",
        issued_at="n.at", completed_on="n.at::date",
    )  # fmt: skip
    review = Review.objects.create(enrollment=row, rating=4, text="Clear, and worth the time.")
    copy(
        Review, review.pk,
        f"(SELECT e.id AS e, e.enrolled_at + interval '30 days' AS at FROM {others}"
        " AND e.completed_lessons_count IN (4, 20)) AS n",
        enrollment_id="n.e", created_at="n.at", updated_at="n.at", rating="3 + extract(minute FROM n.at)::int % 3",
    )  # fmt: skip
    event = EnrollmentEvent.objects.create(enrollment=row, kind="enrolled", to_status="active")
    copy(
        EnrollmentEvent, event.pk, f"(SELECT e.id AS e, e.enrolled_at AS at FROM {others}) AS n",
        enrollment_id="n.e", at="n.at",
    )  # fmt: skip


def copy(model: Any, template: Any, source: str, **changed: str) -> None:
    """Copy the template row once for each row of `source` (as `n`), with new ids and the changed columns."""
    columns = [field.column for field in model._meta.concrete_fields]
    values = [changed.get(name, "gen_random_uuid()" if name == "id" else f't."{name}"') for name in columns]
    table, names = model._meta.db_table, ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {', '.join(values)} FROM {table} AS t, {source}"
            f" WHERE t.id = '{template}' ON CONFLICT DO NOTHING"
        )
        cursor.execute(f"ANALYZE {table}")


def fill_course(course: Any, enrollments: int) -> None:
    """Bring the only course to so many enrollments, everybody with a row for every lesson and an attempt."""
    from accounts.models import User
    from enrollments.models import Enrollment, LessonProgress, StudyDay
    from quizzes.models import Answer, Attempt, Question

    template, row = _first_student(), Enrollment.objects.get(course=course)
    copy(User, template.pk, f"generate_series(1, {enrollments - 1}) AS n(i)",
         email="'more' || n.i || '@bench.example'", full_name="'Student ' || md5(n.i::text)")  # fmt: skip
    students = "(SELECT id FROM accounts_user WHERE role = 'student') AS n"
    copy(Enrollment, row.pk, students, student_id="n.id")
    every = "(SELECT e.id AS e, l.id AS l FROM enrollments_enrollment e CROSS JOIN courses_lesson l) AS n"
    copy(LessonProgress, LessonProgress.objects.get().pk, every, enrollment_id="n.e", lesson_id="n.l")
    days = (
        "(SELECT e.id AS e, d.i FROM enrollments_enrollment e CROSS JOIN generate_series(0, 9) AS d(i)) AS n"
    )
    copy(StudyDay, StudyDay.objects.get().pk, days, enrollment_id="n.e", day_on='t."day_on" - n.i * 3')
    attempt = Attempt.objects.get()
    copy(Attempt, attempt.pk, "(SELECT id FROM enrollments_enrollment) AS n", enrollment_id="n.id")
    question = Question.objects.order_by("position")[0]
    quiz, position = question.quiz_id, "(SELECT max(position) FROM quizzes_question)"
    copy(Question, question.pk, f"generate_series(1, {QUESTIONS_OF_A_LARGE_COURSE - 2}) AS n(i)",
         position=f"{position} + n.i")  # fmt: skip
    both = f"(SELECT a.id AS a, q.id AS q FROM quizzes_attempt a JOIN quizzes_question q ON q.quiz_id = '{quiz}') AS n"
    copy(Answer, Answer.objects.filter(question=question).get().pk, both, attempt_id="n.a", question_id="n.q")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
