"""Edits of a course while people learn in it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from courses import services as courses
from courses.models import Course
from courses.tests.factories import CourseFactory, LessonFactory
from enrollments import services, tasks
from enrollments.models import Enrollment, LessonProgress, StudyDay
from enrollments.tests.factories import EnrollmentFactory, ReviewFactory, complete, required_lessons

pytestmark = pytest.mark.django_db


def now_of(enrollment):
    return Enrollment.objects.select_related("student", "course").get(pk=enrollment.pk)


def numbers(enrollment):
    row = now_of(enrollment)
    return (row.completed_lessons_count, row.total_lessons_count, row.progress_percentage)


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    return time_machine


def test_an_added_lesson_makes_rows_stale_and_the_task_recounts_them(enrollment, course, lessons):
    complete(enrollment, lessons[:3])
    LessonFactory(module=course.modules.first())
    assert now_of(enrollment).is_stale
    assert list(Enrollment.objects.stale()) == [enrollment]
    assert numbers(enrollment) == (3, 6, 50)
    tasks.recount_stale()
    assert numbers(enrollment) == (3, 7, Decimal("42.85"))
    assert not Enrollment.objects.stale().exists()
    assert services.recount_stale() == 0


@pytest.mark.parametrize(
    ("edit", "after"),
    [
        (lambda lesson, by: courses.unpublish_lesson(lesson=lesson, by=by), (1, 5)),
        (lambda lesson, by: courses.unpublish_module(module=lesson.module, by=by), (0, 3)),
        (lambda lesson, by: courses.remove_lesson(lesson=lesson, by=by, force=True), (1, 5)),
        (
            lambda lesson, by: courses.update_lesson(lesson=lesson, by=by, fields={"is_required": False}),
            (1, 5),
        ),
        (
            lambda lesson, by: courses.update_lesson(lesson=lesson, by=by, fields={"title": "New name"}),
            (2, 6),
        ),
    ],
)
def test_edits_count_what_students_have_now(enrollment, lessons, instructor, edit, after):
    complete(enrollment, lessons[:2])
    edit(lessons[0], instructor)
    services.refresh([now_of(enrollment)])
    assert numbers(enrollment)[:2] == after


def test_what_comes_back_counts_again_with_what_was_done(enrollment, course, lessons, instructor):
    complete(enrollment, lessons[:2])
    services.save_notes(enrollment=enrollment, lesson=lessons[0], notes="Mine", revision=0)
    courses.remove_lesson(lesson=lessons[0], by=instructor, force=True)
    services.recount_course(course.pk)
    assert numbers(enrollment) == (1, 5, 20)
    removed = course.lessons.get(pk=lessons[0].pk)
    courses.restore_lesson(lesson=removed, by=instructor, module=course.modules.first())
    services.recount_course(course.pk)
    assert numbers(enrollment)[:2] == (2, 6)
    assert LessonProgress.objects.get(lesson=removed).notes == "Mine"


def test_an_edit_alone_completes_nobody_before_its_time_of_grace(
    enrollment, course, lessons, instructor, clock
):
    complete(enrollment, lessons[:5])
    courses.unpublish_lesson(lesson=lessons[5], by=instructor)
    services.recount_stale()
    stored = now_of(enrollment)
    assert (stored.progress_percentage, stored.status) == (100, "active")
    assert stored.completion_due_at == stored.course.structure_changed_at + timedelta(minutes=60)
    tasks.settle_completions()
    services.refresh([stored])
    assert now_of(enrollment).status == "active"
    courses.publish_lesson(lesson=course.lessons.get(pk=lessons[5].pk), by=instructor)
    services.recount_stale()
    assert now_of(enrollment).completion_due_at is None
    clock.shift(timedelta(hours=2))
    tasks.settle_completions()
    assert now_of(enrollment).status == "active"


def test_after_the_time_of_grace_the_task_completes(enrollment, lessons, instructor, clock):
    complete(enrollment, lessons[:5])
    courses.unpublish_lesson(lesson=lessons[5], by=instructor)
    services.recount_stale()
    clock.shift(timedelta(minutes=61))
    tasks.settle_completions()
    assert now_of(enrollment).status == "completed"
    tasks.settle_completions()
    assert enrollment.events.filter(kind="completed").count() == 1


def test_reading_the_row_settles_it_too(enrollment, lessons, instructor, clock):
    complete(enrollment, lessons[:5])
    courses.unpublish_lesson(lesson=lessons[5], by=instructor)
    clock.shift(timedelta(minutes=61))
    row = now_of(enrollment)
    services.refresh([row])
    assert (row.status, now_of(enrollment).status) == ("completed", "completed")


def test_nobody_completes_through_an_edit_while_the_course_is_a_draft(
    enrollment, course, lessons, instructor, clock
):
    complete(enrollment, lessons[:5])
    courses.unpublish(course=course, by=instructor)
    courses.unpublish_lesson(lesson=lessons[5], by=instructor)
    services.recount_stale()
    clock.shift(timedelta(hours=5))
    tasks.settle_completions()
    assert now_of(enrollment).status == "active"
    courses.publish(course=Course.objects.get(), by=instructor)
    tasks.settle_completions()
    assert now_of(enrollment).status == "completed"


def test_resuming_inside_the_time_of_grace_completes_nobody(enrollment, lessons, instructor, clock):
    complete(enrollment, lessons[:5])
    services.suspend(enrollment=enrollment, by=instructor, reason="A question.")
    courses.unpublish_lesson(lesson=lessons[5], by=instructor)
    services.resume(enrollment=now_of(enrollment), by=instructor)
    assert now_of(enrollment).status == "active"
    clock.shift(timedelta(minutes=61))
    services.settle_due()
    services.recount_stale()
    services.settle_due()
    assert now_of(enrollment).status == "completed"


def test_the_students_own_step_decides_at_once(enrollment, course, lessons, instructor):
    complete(enrollment, lessons[:4])
    courses.unpublish_lesson(lesson=lessons[5], by=instructor)
    assert complete(enrollment, [lessons[4]]).status == "completed"


def test_completed_rows_keep_their_numbers(student, course, lessons, instructor):
    done = EnrollmentFactory(student=student, course=course, completed=True)
    LessonFactory(module=course.modules.first())
    courses.remove_lesson(lesson=lessons[0], by=instructor, force=True)
    assert services.recount_stale() == 0
    services.refresh([now_of(done)])
    assert numbers(done) == (6, 6, 100)
    assert now_of(done).status == "completed"


def test_a_course_without_required_lessons_stands_at_nought(enrollment, lessons, instructor):
    for lesson in lessons:
        courses.update_lesson(lesson=lesson, by=instructor, fields={"is_required": False})
    services.recount_stale()
    assert numbers(enrollment) == (0, 0, 0)
    assert services.check_completion(now_of(enrollment)).status == "active"


def test_a_row_that_moves_while_it_is_counted_waits_for_the_next_round(
    enrollment, course, lessons, monkeypatch
):
    from enrollments.services import counting

    LessonFactory(module=course.modules.first())
    honest = counting._counts

    def slow(queryset, by):
        found = honest(queryset, by)
        if by == "enrollment":
            complete(enrollment, lessons[:1])
        return found

    monkeypatch.setattr(counting, "_counts", slow)
    assert services.recount([now_of(enrollment)]) == 0
    monkeypatch.setattr(counting, "_counts", honest)
    assert numbers(enrollment)[:2] == (1, 7)


def test_a_recount_costs_the_same_for_many(course, max_queries):
    rows = [EnrollmentFactory(course=course, completed=n % 6) for n in range(5)]
    LessonFactory(module=course.modules.first())
    given = [now_of(row) for row in rows]
    with max_queries(5):
        assert services.recount(given) == 5
    more = [EnrollmentFactory(course=course, completed=n % 6) for n in range(12)]
    LessonFactory(module=course.modules.first())
    given = [now_of(row) for row in rows + more]
    with max_queries(5):
        assert services.recount(given) == 17
    assert [row.total_lessons_count for row in given] == [8] * 17
    assert [(r.completed_lessons_count, 8, r.progress_percentage) for r in given] == [
        numbers(r) for r in given
    ]
    assert services.recount([]) == 0


def test_batches_reach_everybody(course, monkeypatch):
    from enrollments.services import upkeep

    monkeypatch.setattr(upkeep, "BATCH", 3)
    for _student in range(8):
        EnrollmentFactory(course=course)
    other = EnrollmentFactory(course=CourseFactory())
    LessonFactory(module=course.modules.first())
    LessonFactory(module=other.course.modules.first())
    assert services.recount_course(course.pk) == 8
    assert list(Enrollment.objects.stale()) == [other]


def test_those_who_still_lack_something_keep_nobody_waiting(course, instructor, clock, monkeypatch):
    from enrollments.services import kinds, upkeep

    monkeypatch.setattr(upkeep, "BATCH", 2)
    monkeypatch.setattr(kinds, "_checks", [])
    stuck = [EnrollmentFactory(course=course) for _student in range(3)]
    wanted = services.Requirement("quiz_average", "Reach 60 %.", "/")
    waiting = {row.pk for row in stuck}
    services.register_completion_check(lambda row: [wanted] if row.pk in waiting else [])
    last = EnrollmentFactory(course=course)
    for row in (*stuck, last):
        complete(row, required_lessons(course)[:5])
    courses.unpublish_lesson(lesson=required_lessons(course)[5], by=instructor)
    services.recount_stale()
    Enrollment.objects.filter(pk=last.pk).update(completion_due_at=timezone.now() + timedelta(minutes=61))
    clock.shift(timedelta(minutes=62))
    tasks.settle_completions()
    assert [now_of(row).status for row in (*stuck, last)] == ["active", "active", "active", "completed"]


def test_a_round_that_runs_out_of_time_goes_on_where_it_stopped(course, instructor, clock, monkeypatch):
    from enrollments.services import kinds, upkeep

    monkeypatch.setattr(upkeep, "BATCH", 1)
    monkeypatch.setattr(kinds, "_checks", [])
    stuck, last = EnrollmentFactory(course=course), EnrollmentFactory(course=course)
    wanted = services.Requirement("quiz_average", "Reach 60 %.", "/")
    services.register_completion_check(lambda row: [wanted] if row.pk == stuck.pk else [])
    for row in (stuck, last):
        complete(row, required_lessons(course)[:5])
    courses.unpublish_lesson(lesson=required_lessons(course)[5], by=instructor)
    services.recount_stale()
    clock.shift(timedelta(minutes=62))
    services.settle_due(seconds=0)
    clock.shift(timedelta(minutes=60))
    services.settle_due(seconds=0)
    assert [now_of(row).status for row in (stuck, last)] == ["active", "completed"]


def test_expiry_runs_on_the_clock_and_on_reading(enrollment, course, clock):
    Enrollment.objects.update(expires_at=timezone.now() + timedelta(days=1))
    clock.shift(timedelta(days=2))
    row = now_of(enrollment)
    services.refresh([row])
    assert (row.status, now_of(enrollment).status) == ("expired", "expired")
    tasks.expire_due()
    assert Course.objects.get().enrollment_count == 0


# --- Drift


def test_stored_numbers_are_held_against_the_ledger(enrollment, course, lessons, capsys):
    complete(enrollment, lessons[:2])
    ReviewFactory(enrollment=EnrollmentFactory(course=course, completed=True))
    call_command("recount_progress")
    assert capsys.readouterr().out == "Everything agrees with the ledger.\n"
    Course.objects.filter(pk=course.pk).update(enrollment_count=40, average_rating=1)
    Enrollment.objects.filter(pk=enrollment.pk).update(completed_lessons_count=1, time_spent_seconds=9)
    call_command("recount_progress", "--course", course.slug)
    out = capsys.readouterr().out
    assert "40 seats stored, 2 held" in out
    assert "2 of 6 counted" in out
    assert "9 s stored, 0 s in lessons" in out
    assert "4 differences found" in out
    call_command("recount_progress", "--fix")
    assert "4 differences repaired" in capsys.readouterr().out
    call_command("recount_progress")
    assert capsys.readouterr().out == "Everything agrees with the ledger.\n"


def test_days_that_contradict_the_lessons_are_named(enrollment, course, lessons):
    LessonProgress.objects.create(enrollment=enrollment, lesson=lessons[0], time_spent_seconds=30)
    Enrollment.objects.update(time_spent_seconds=30)
    StudyDay.objects.create(enrollment=enrollment, day_on=timezone.now().date(), seconds=20)
    assert "20 s in days" in next(services.find_drift(Course.objects.get()))


def test_the_command_knows_its_courses():
    with pytest.raises(CommandError):
        call_command("recount_progress", "--course", "nowhere")


def test_the_factory_reaches_every_share(course):
    assert EnrollmentFactory(course=course, completed=4).completed_lessons_count == 4
    assert EnrollmentFactory(course=course, completed=True).status == "completed"
    assert len(required_lessons(course)) == 6
