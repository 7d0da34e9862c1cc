"""Many at once, each with a connection of its own, on both databases."""

import random
from collections import Counter
from decimal import Decimal

import pytest
from django.apps import apps
from django.core import mail

from accounts.tests.factories import UserFactory
from courses import services as courses
from courses.models import Course, Lesson
from courses.tests.factories import CourseFactory
from enrollments import services
from enrollments.exceptions import (
    AlreadyEnrolled,
    CourseFull,
    DomainError,
    InvalidStatus,
    LessonLocked,
    NotesChanged,
)
from enrollments.models import Enrollment, EnrollmentEvent, LessonProgress, Review
from enrollments.signals import enrollment_completed
from enrollments.tests.factories import EnrollmentFactory, complete, required_lessons

pytestmark = pytest.mark.django_db(transaction=True)


def kinds(results):
    return Counter(type(result) for result in results)


def attempt(verb, **named):
    """Return what the verb returns, or its refusal."""
    try:
        return verb(**named)
    except DomainError as refusal:
        return refusal


def agree():
    """Every stored number is the one of the ledger."""
    services.recount_stale()
    for course in Course.objects.all():
        assert list(services.find_drift(course)) == []


@pytest.fixture
def told():
    heard = []

    def hear(sender, enrollment_id, **named):
        heard.append(enrollment_id)

    enrollment_completed.connect(hear)
    yield heard
    enrollment_completed.disconnect(hear)


def test_fifty_clicks_make_one_enrollment(race, student):
    course = CourseFactory()

    def click():
        return services.enroll(student=student, course=course, source="web")

    results = race(*[click] * 50)
    assert kinds(results) == {Enrollment: 1, AlreadyEnrolled: 49}
    assert Enrollment.objects.count() == EnrollmentEvent.objects.count() == 1
    assert Course.objects.get().enrollment_count == 1


def test_ten_seats_for_two_hundred_people(race):
    course = CourseFactory()
    Course.objects.update(max_students=10)
    people = [UserFactory() for _person in range(200)]

    def come(part):
        return kinds(attempt(services.enroll, student=one, course=course, source="web") for one in part)

    results = race(*[lambda part=people[n::20]: come(part) for n in range(20)])
    assert sum(results, Counter()) == {Enrollment: 10, CourseFull: 190}
    assert Course.objects.get().enrollment_count == Enrollment.objects.seated().count() == 10


def test_somebody_leaves_and_somebody_comes_on_the_last_seat(race):
    course = CourseFactory()
    Course.objects.update(max_students=2)
    sitting = [EnrollmentFactory(course=course) for _seat in range(2)]
    waiting = [UserFactory() for _person in range(6)]
    results = race(
        *[lambda e=e: services.drop(enrollment=e, by=e.student) for e in sitting],
        *[lambda p=p: services.enroll(student=p, course=course, source="web") for p in waiting],
    )
    assert set(kinds(results)) <= {Enrollment, CourseFull}
    seated = Enrollment.objects.seated().count()
    assert Course.objects.get().enrollment_count == seated <= 2
    agree()


def test_leaving_twice_frees_one_seat(race):
    course = CourseFactory()
    EnrollmentFactory(course=course)
    enrollment = EnrollmentFactory(course=course)

    def leave():
        row = Enrollment.objects.select_related("student", "course").get(pk=enrollment.pk)
        return services.drop(enrollment=row, by=row.student).status

    assert race(*[leave] * 8) == ["dropped"] * 8
    assert Course.objects.get().enrollment_count == 1
    assert enrollment.events.filter(kind="dropped").count() == 1


def test_a_lowered_limit_and_people_who_come(race):
    course = CourseFactory()
    people = [UserFactory() for _person in range(8)]

    def lower():
        return courses.update_course(course=course, by=None, fields={"max_students": 3})

    results = race(
        lower, *[lambda p=p: services.enroll(student=p, course=course, source="web") for p in people]
    )
    assert all(isinstance(result, Course | Enrollment | DomainError) for result in results)
    stored = Course.objects.get()
    assert stored.enrollment_count == Enrollment.objects.seated().count()
    assert stored.max_students is None or stored.enrollment_count <= stored.max_students


def test_a_hundred_lessons_by_twenty_threads_each_several_times(race, told):
    course = CourseFactory(modules=1, lessons=4)
    add_lessons(course, 96)
    enrollment = EnrollmentFactory(course=course)
    lessons = required_lessons(course)
    work = lessons * 2
    random.Random(7).shuffle(work)

    def learn(part):
        for lesson in part:
            row = Enrollment.objects.select_related("student", "course").get(pk=enrollment.pk)
            services.complete_lesson(enrollment=row, lesson=lesson, via=LessonProgress.Via.SELF)

    results = race(*[lambda part=work[n::20]: learn(part) for n in range(20)])
    assert results == [None] * 20
    stored = Enrollment.objects.get()
    assert (stored.progress_percentage, stored.completed_lessons_count) == (Decimal(100), 100)
    assert stored.status == "completed"
    assert LessonProgress.objects.filter(status="completed").count() == 100
    assert enrollment.events.filter(kind="completed").count() == 1
    assert told == [enrollment.pk]
    assert apps.get_model("certificates", "Certificate").objects.filter(enrollment=stored).count() == 1


def add_lessons(course, count):
    """Lessons in bulk: what authoring costs is not what is raced here."""
    module = course.modules.get()
    Lesson.objects.bulk_create(
        Lesson(
            course=course, module=module, title=f"More {n}", slug=f"more-{n}", position=100 + n, body="Read.",
            is_published=True,
        )
        for n in range(count)
    )  # fmt: skip


def test_leaving_and_completing_at_once_end_in_one_of_the_two(race, told):
    for _round in range(5):
        course = CourseFactory(modules=1)
        enrollment = EnrollmentFactory(course=course)
        lessons = required_lessons(course)
        complete(enrollment, lessons[:-1])

        def leave(pk=enrollment.pk):
            row = Enrollment.objects.select_related("student", "course").get(pk=pk)
            return services.drop(enrollment=row, by=row.student)

        def finish(pk=enrollment.pk, last=lessons[-1]):
            row = Enrollment.objects.select_related("student", "course").get(pk=pk)
            return services.complete_lesson(enrollment=row, lesson=last, via=LessonProgress.Via.SELF)

        left, done = race(leave, finish)
        stored = Enrollment.objects.select_related("course").get(pk=enrollment.pk)
        if stored.status == "completed":
            assert isinstance(left, InvalidStatus) and done.course_completed
            assert (told.count(enrollment.pk), stored.course.enrollment_count) == (1, 1)
        else:
            assert (stored.status, stored.completed_at) == ("dropped", None)
            assert isinstance(done, LessonLocked)
            assert (told.count(enrollment.pk), stored.course.enrollment_count) == (0, 0)
    agree()


def test_completing_against_recounts_and_edits(race):
    course = CourseFactory(modules=2, lessons=8)
    rows = [EnrollmentFactory(course=course) for _student in range(4)]
    lessons = required_lessons(course)

    def learn(row):
        for lesson in lessons[:8]:
            complete(row, [lesson])

    def edit():
        for lesson in lessons[8:14]:
            courses.unpublish_lesson(lesson=lesson, by=None)

    def recount():
        for _round in range(6):
            services.recount(list(Enrollment.objects.select_related("course")))

    results = race(*[lambda row=row: learn(row) for row in rows], edit, recount, recount)
    assert results == [None] * 7
    agree()
    assert set(Enrollment.objects.values_list("completed_lessons_count", "total_lessons_count")) == {(8, 10)}


def test_the_last_lesson_against_suspension(race, told, instructor):
    course = CourseFactory(instructor=instructor)
    enrollment = EnrollmentFactory(course=course)
    lessons = required_lessons(course)
    complete(enrollment, lessons[:-1])

    def suspend():
        row = Enrollment.objects.select_related("student", "course").get(pk=enrollment.pk)
        return services.suspend(enrollment=row, by=instructor, reason="A question.")

    results = race(suspend, lambda: complete(enrollment, lessons[-1:]))
    assert not any(isinstance(result, Exception) for result in results)
    stored = Enrollment.objects.get()
    assert stored.status == "suspended"
    assert len(told) == (stored.completed_at is not None)
    services.resume(enrollment=stored, by=instructor)
    assert Enrollment.objects.get().status == "completed"
    assert told == [enrollment.pk]
    agree()


def test_beats_of_many_tabs_get_what_the_clock_gives(race):
    course = CourseFactory()
    enrollment = EnrollmentFactory(course=course)
    lesson = required_lessons(course)[0]
    services.open_lesson(enrollment=enrollment, lesson=lesson)

    def beat():
        row = Enrollment.objects.select_related("student", "course").get(pk=enrollment.pk)
        return services.beat(enrollment=row, lesson=lesson, seconds=500).credited_seconds

    credited = race(*[beat] * 12)
    stored = Enrollment.objects.get()
    assert stored.time_spent_seconds == sum(credited) < 60
    agree()


def test_two_reviews_at_once_are_both_in_the_mean(race):
    course = CourseFactory()
    rows = [EnrollmentFactory(course=course, completed=True) for _student in range(6)]
    results = race(
        *[
            lambda row=row, n=n: services.add_review(enrollment=row, rating=n)
            for n, row in enumerate(rows[:5], 1)
        ]
    )
    assert kinds(results) == {Review: 5}
    stored = Course.objects.get()
    assert (stored.average_rating, stored.review_count) == (Decimal(3), 5)
    again = race(*[lambda: services.add_review(enrollment=rows[5], rating=3)] * 4)
    assert kinds(again)[Review] == 1
    assert Review.objects.count() == Course.objects.get().review_count == 6


def test_two_editors_of_notes_lose_nothing(race):
    course = CourseFactory()
    enrollment = EnrollmentFactory(course=course)
    lesson = required_lessons(course)[0]

    def write(text):
        return services.save_notes(enrollment=enrollment, lesson=lesson, notes=text, revision=0)

    results = race(*[lambda n=n: write(f"Device {n}") for n in range(6)])
    assert kinds(results) == {LessonProgress: 1, NotesChanged: 5}
    stored = LessonProgress.objects.get()
    refusals = [result for result in results if isinstance(result, NotesChanged)]
    assert {refusal.extra["notes"] for refusal in refusals} == {stored.notes}


def test_one_mail_an_event_whoever_sends(race, student):
    EnrollmentFactory(student=student)
    EnrollmentEvent.objects.update(mail_state="pending", mail_tries=0)
    mail.outbox.clear()
    event = EnrollmentEvent.objects.get()
    assert race(*[lambda: services.deliver_event_mail(event.pk)] * 8) == [None] * 8
    event.refresh_from_db()
    assert (event.mail_state, event.mail_tries, len(mail.outbox)) == ("sent", 1, 1)


def test_resetting_against_completing(race, instructor):
    course = CourseFactory(instructor=instructor, modules=1, lessons=8)
    enrollment = EnrollmentFactory(course=course)
    lessons = required_lessons(course)

    def reset():
        row = Enrollment.objects.select_related("student", "course").get(pk=enrollment.pk)
        return attempt(services.reset_progress, enrollment=row, by=instructor, reason="Starts anew")

    results = race(*[lambda part=lessons[n::4]: complete(enrollment, part) for n in range(4)], reset, reset)
    assert not [result for result in results if not isinstance(result, Enrollment | DomainError)]
    agree()
