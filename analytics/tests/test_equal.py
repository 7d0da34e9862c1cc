"""Random weeks: however often and whenever they were refreshed, the roll-ups are what the ledgers say."""

from contextlib import suppress
from copy import deepcopy
from datetime import timedelta

import pytest
import time_machine
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from analytics import services
from analytics.models import CourseDailyStat, CourseStat
from analytics.tests.world import NOW, kept_world
from courses.tests.factories import InstructorFactory
from enrollments import services as enrollments
from enrollments.models import Enrollment, LessonProgress, StudyDay
from lms.lib.errors import DomainError
from quizzes import services as quizzes
from quizzes.models import Attempt, Quiz
from quizzes.tests.factories import answer_all, whole

SUMS = {
    "enrollments": "enrollments",
    "quiz_attempts": "quiz_attempts",
    "time_spent_seconds": "total_time_seconds",
}


class Weeks:
    """Two courses, three students, their teacher, and a clock."""

    def __init__(self, world, clock):
        self.world, self.clock = world, clock
        self.teacher = InstructorFactory(password=None)
        Quiz.objects.filter(pk=world.quizzes[1].pk).update(time_limit_minutes=30)

    def row(self, number):
        rows = Enrollment.objects.select_related("course", "student").order_by("pk")
        return list(rows)[number % 6]

    def one(self, rows, number):
        rows = list(rows.order_by("pk"))
        return rows[number % len(rows)] if rows else None

    def lesson(self, row, number):
        return self.one(row.course.lessons.live().select_related("module", "course"), number)

    def enroll(self, a, b):
        row = self.row(a)
        enrollments.enroll(student=row.student, course=row.course, source="web")

    def drop(self, a, b):
        row = self.row(a)
        enrollments.drop(enrollment=row, by=row.student)

    def resume(self, a, b):
        enrollments.resume(enrollment=self.row(a), by=self.teacher)

    def study(self, a, b):
        row = self.row(a)
        lesson = self.lesson(row, b)
        enrollments.open_lesson(enrollment=row, lesson=lesson)
        self.clock.shift(40 + b)
        enrollments.beat(enrollment=row, lesson=lesson, seconds=30 + b)

    def complete(self, a, b):
        row = self.row(a)
        enrollments.complete_lesson(enrollment=row, lesson=self.lesson(row, b), via=LessonProgress.Via.QUIZ)

    def reset(self, a, b):
        enrollments.reset_progress(enrollment=self.row(a), by=self.teacher, reason="Starts anew.")

    def sit(self, a, b):
        quiz = whole(self.world.quizzes[b % 3])
        attempt = quizzes.start_attempt(quiz=quiz, student=self.row(a).student)
        if b % 5:
            answer_all(attempt, right=b % 2 == 0)
            self.clock.shift(60 * b)
            quizzes.submit_attempt(attempt=attempt, by=attempt.enrollment.student)

    def judge(self, a, b):
        sat = Attempt.objects.exclude(layout={}).select_related("enrollment", "quiz__lesson", "quiz__course")
        if attempt := self.one(sat, a):
            verb = (quizzes.void_attempt, quizzes.restore_attempt, quizzes.reopen_attempt)[b % 3]
            verb(
                attempt=attempt,
                by=self.teacher,
                reason="A question.",
                **({"minutes": 9} if b % 3 == 2 else {}),
            )

    def wait(self, a, b):
        self.clock.shift(timedelta(hours=1 + a % 30))
        enrollments.expire_due()
        if b % 2:
            quizzes.submit_overdue_attempts()
            quizzes.count_results()

    def hourly(self, a, b):
        services.refresh_changed()

    def nightly(self, a, b):
        services.refresh_nightly()


VERBS = ("enroll", "drop", "resume", "study", "study", "complete", "reset", "sit", "sit", "judge", "wait", "wait",
         "hourly", "nightly")  # fmt: skip
STEPS = st.lists(
    st.tuples(st.sampled_from(VERBS), st.integers(0, 29), st.integers(0, 29)), min_size=12, max_size=24
)
LATER = [("wait", 29, 1), ("hourly", 0, 0)] * 3  # ninety hours


@pytest.fixture(scope="module")
def kept(django_db_setup, django_db_blocker):
    with kept_world(django_db_blocker, refreshed=True) as world:
        yield world


def differences():
    lines = [
        line
        for pk in CourseStat.objects.values_list("course", flat=True)
        for line in services.check_course(pk)
    ]
    return lines + list(services.check_site())


def test_hourly_nightly_and_rebuilt_are_the_same_after_random_weeks(kept, db):
    @settings(max_examples=10, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(steps=STEPS)
    @example(
        steps=[("sit", 0, 2), ("complete", 0, 2), ("hourly", 0, 0), *LATER, ("judge", 0, 0), ("reset", 0, 0)]
    )
    def live(steps):
        with transaction.atomic(), time_machine.travel(NOW, tick=False) as clock:
            weeks = Weeks(deepcopy(kept), clock)
            for verb, a, b in steps:
                clock.shift(1)
                with suppress(DomainError):  # a refusal is an answer
                    getattr(weeks, verb)(a, b)
            clock.shift(1)
            compare()
            transaction.set_rollback(True)

    def compare():
        for pk in CourseStat.objects.values_list("course", flat=True):
            assert services.refresh_course(pk)  # as the hour does
        assert [line for line in differences() if not line.startswith("site ")] == []
        assert services.refresh_nightly()
        assert differences() == []  # what a rebuild would write, it would find
        for stat in CourseStat.objects.all():
            days = CourseDailyStat.objects.filter(course=stat.course_id)
            sums = days.aggregate(**{name: Sum(name, default=0) for name in SUMS})
            assert sums == {name: getattr(stat, column) for name, column in SUMS.items()}
        for row in Enrollment.objects.annotate(studied=Sum("study_days__seconds", default=0)):
            assert row.studied == row.time_spent_seconds

    live()
    assert StudyDay.objects.count() == 4  # every life was taken back
