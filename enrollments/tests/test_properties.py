"""Random authoring and learning: after each step the stored numbers are those of a recount."""

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts.tests.factories import UserFactory
from courses import services as courses
from courses.models import Course, Lesson
from courses.tests.factories import CourseFactory, InstructorFactory, LessonFactory
from enrollments import services
from enrollments.models import Enrollment, LessonProgress
from enrollments.services.counting import percentage
from lms.lib.errors import DomainError

pick = st.integers(0, 99)


class Learning(RuleBasedStateMachine):
    """One course, its teacher, three students."""

    @initialize()
    def begin(self):
        self.life = transaction.atomic()
        self.life.__enter__()
        self.clock = time_machine.travel(timezone.now(), tick=False)
        self.traveller = self.clock.start()
        self.instructor = InstructorFactory()
        self.course = CourseFactory(instructor=self.instructor, modules=2, lessons=2)
        self.people = [UserFactory() for _person in range(3)]
        self.completed_at = {}

    def teardown(self):
        if hasattr(self, "life"):
            self.clock.stop()
            transaction.set_rollback(True)
            self.life.__exit__(None, None, None)

    def rows(self):
        return Enrollment.objects.select_related("course", "student").order_by("student__email")

    def live_lessons(self):
        return self.course.lessons.live().select_related("module", "course").order_by("title")

    def one(self, rows, number):
        rows = list(rows)
        return rows[number % len(rows)] if rows else None

    def attempt(self, verb, **named):
        with suppress(DomainError):  # a refusal is an answer; the invariants hold after it too
            verb(**named)

    # --- The teacher

    @rule(number=pick, live=st.booleans(), required=st.booleans())
    def add_lesson(self, number, live, required):
        module = self.one(self.course.modules.order_by("position"), number)
        LessonFactory(module=module, is_published=live, is_required=required)

    @rule(number=pick, live=st.booleans())
    def publish_lesson(self, number, live):
        lesson = self.one(self.course.lessons.present().order_by("title"), number)
        verb = courses.publish_lesson if live else courses.unpublish_lesson
        if lesson:
            self.attempt(verb, lesson=lesson, by=self.instructor)

    @rule(number=pick, required=st.booleans())
    def require(self, number, required):
        if lesson := self.one(self.course.lessons.present().order_by("title"), number):
            courses.update_lesson(lesson=lesson, by=self.instructor, fields={"is_required": required})

    @rule(number=pick, live=st.booleans())
    def publish_module(self, number, live):
        module = self.one(self.course.modules.order_by("position"), number)
        verb = courses.publish_module if live else courses.unpublish_module
        self.attempt(verb, module=module, by=self.instructor)

    @rule(number=pick)
    def remove(self, number):
        if lesson := self.one(self.course.lessons.present().order_by("title"), number):
            courses.remove_lesson(lesson=lesson, by=self.instructor, force=True)

    @rule(number=pick)
    def restore(self, number):
        lesson = self.one(self.course.lessons.exclude(deleted_at=None).order_by("title"), number)
        module = self.one(self.course.modules.order_by("position"), number)
        if lesson:
            self.attempt(courses.restore_lesson, lesson=lesson, by=self.instructor, module=module)

    # --- The students

    @rule(number=pick)
    def enroll(self, number):
        course = Course.objects.get(pk=self.course.pk)
        self.attempt(services.enroll, student=self.people[number % 3], course=course, source="web")

    @rule(number=pick)
    def drop(self, number):
        if row := self.one(self.rows(), number):
            self.attempt(services.drop, enrollment=row, by=row.student)

    @rule(number=pick, lesson_number=pick, via=st.sampled_from(["self", "quiz"]))
    def complete(self, number, lesson_number, via):
        row = self.one(self.rows(), number)
        lesson = self.one(self.live_lessons(), lesson_number)
        if row and lesson:
            self.attempt(services.complete_lesson, enrollment=row, lesson=lesson, via=via)

    @rule(number=pick, lesson_number=pick, seconds=st.integers(0, 2000))
    def study(self, number, lesson_number, seconds):
        row = self.one(self.rows(), number)
        lesson = self.one(self.live_lessons(), lesson_number)
        if row and lesson:
            self.attempt(services.open_lesson, enrollment=row, lesson=lesson)
            self.traveller.shift(40)
            self.attempt(services.beat, enrollment=row, lesson=lesson, seconds=seconds, position=seconds)

    # --- Staff and the clock

    @rule(number=pick)
    def suspend(self, number):
        if row := self.one(self.rows(), number):
            self.attempt(services.suspend, enrollment=row, by=self.instructor, reason="A question.")

    @rule(number=pick)
    def resume(self, number):
        if row := self.one(self.rows(), number):
            self.attempt(services.resume, enrollment=row, by=self.instructor)

    @rule(number=pick, lesson_number=pick, everything=st.booleans())
    def reset(self, number, lesson_number, everything):
        row, lesson = self.one(self.rows(), number), self.one(self.live_lessons(), lesson_number)
        if row and lesson:
            terms = {"enrollment": row, "by": self.instructor, "reason": "Starts anew"}
            self.attempt(services.reset_progress, **terms, lesson=None if everything else lesson)

    @rule(number=pick, days=st.integers(1, 9))
    def extend(self, number, days):
        if row := self.one(self.rows(), number):
            end = timezone.now() + timedelta(days=days)
            self.attempt(services.extend, enrollment=row, by=self.instructor, expires_at=end)

    @rule(hours=st.integers(1, 30))
    def wait(self, hours):
        self.traveller.shift(timedelta(hours=hours))
        services.expire_due()
        services.recount_stale()
        services.settle_due()

    # --- What holds after each of them

    @invariant()
    def stored_is_counted(self):
        if not hasattr(self, "course"):
            return
        services.recount_stale()
        course = Course.objects.get(pk=self.course.pk)
        assert list(services.find_drift(course)) == []
        total = Lesson.objects.required().filter(course=course).count()
        for row in self.rows():
            done = LessonProgress.objects.filter(
                enrollment=row, status="completed", lesson__in=Lesson.objects.required()
            ).count()
            if row.completed_at is None:
                assert (row.completed_lessons_count, row.total_lessons_count) == (done, total)
                assert row.progress_percentage == percentage(done, total)
            else:
                assert row.progress_percentage == Decimal(100)
                assert self.completed_at.setdefault(row.pk, row.completed_at) == row.completed_at
            assert 0 <= row.progress_percentage <= 100
            assert row.events.filter(kind="completed").count() == (row.completed_at is not None)


@pytest.mark.django_db
def test_random_lives():
    run_state_machine_as_test(
        Learning,
        settings=settings(
            max_examples=6,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
