"""Refreshes beside each other and beside students, each with a connection of its own, on both databases."""

from threading import Thread

import pytest
import time_machine
from django.db import connections
from django.utils import timezone

from analytics import services
from analytics.models import CourseDailyStat, CourseStat
from analytics.services import refreshing
from analytics.tests.world import NOW, make_world
from courses.models import Course
from enrollments.models import Enrollment, LessonProgress, StudyDay
from enrollments.services import beat, complete_lesson, open_lesson

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world():
    with time_machine.travel(NOW):
        yield make_world()


def test_refreshes_rebuild_and_students_at_once(race, world):
    assert services.refresh_changed()
    lesson = world.lessons[1]
    open_lesson(enrollment=world.salma, lesson=lesson)

    def study():
        for _beat in range(10):
            row = Enrollment.objects.select_related("course", "student").get(pk=world.salma.pk)
            beat(enrollment=row, lesson=lesson, seconds=30)

    def complete():
        row = Enrollment.objects.select_related("course", "student").get(pk=world.salma.pk)
        for one in world.lessons:
            complete_lesson(enrollment=row, lesson=one, via=LessonProgress.Via.QUIZ)

    def refresh():
        return [services.refresh_course(world.optics.pk) for _time in range(5)]

    results = race(study, study, complete, refresh, refresh, services.refresh_changed, services.rebuild)
    assert [result for result in results if isinstance(result, Exception)] == []
    assert CourseStat.objects.filter(lease_until__isnull=False).count() == 0
    Course.objects.update(updated_at=NOW)
    assert services.refresh_course(world.optics.pk) and services.refresh_course(world.lenses.pk)
    services.refresh_site()
    for course in (world.optics, world.lenses):
        assert list(services.check_course(course.pk)) == []
    assert CourseStat.objects.get(course=world.optics).completed == 2
    assert CourseDailyStat.objects.filter(course=world.optics).count() == 11


def test_of_many_refreshes_at_once_one_reads(race, world):
    results = race(*[lambda: services.refresh_course(world.optics.pk)] * 6)
    assert set(results) <= {True, False} and True in results
    assert CourseStat.objects.get(course=world.optics).lease_until is None
    assert list(services.check_course(world.optics.pk)) == []


@pytest.mark.postgres
def test_all_reads_of_a_course_are_of_one_moment(world, monkeypatch):
    read = refreshing.read_days

    def student():
        StudyDay.objects.create(enrollment=world.salma, day_on=NOW.date(), seconds=100)
        rows = Enrollment.objects.filter(pk=world.salma.pk)
        rows.update(time_spent_seconds=700, updated_at=timezone.now())
        connections.close_all()

    def slow(*args):
        meanwhile = Thread(target=student)
        meanwhile.start()
        meanwhile.join()
        return read(*args)

    monkeypatch.setattr(refreshing, "read_days", slow)
    assert services.refresh_course(world.optics.pk)
    stat = CourseStat.objects.get(course=world.optics)
    days = CourseDailyStat.objects.filter(course=world.optics)
    assert stat.total_time_seconds == sum(days.values_list("time_spent_seconds", flat=True)) == 2400
    monkeypatch.undo()
    assert services.refresh_changed()  # what was written meanwhile is found by the next
    stat.refresh_from_db()
    assert stat.total_time_seconds == sum(days.values_list("time_spent_seconds", flat=True)) == 2500


def test_killed_while_it_writes_leaves_the_old_rows_whole(world, monkeypatch):
    assert services.refresh_changed()
    before = list(CourseDailyStat.objects.order_by("pk").values())
    LessonProgress.objects.filter(enrollment=world.karim).update(completed_at=NOW)
    Enrollment.objects.filter(pk=world.karim.pk).update(updated_at=timezone.now())

    def killed(*args, **named):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(CourseDailyStat.objects, "bulk_create", killed)
        with pytest.raises(SystemExit):
            services.refresh_course(world.optics.pk, services.Scope(everything=True))
    assert list(CourseDailyStat.objects.order_by("pk").values()) == before
    assert services.refresh_course(world.optics.pk, services.Scope(everything=True))
    assert list(services.check_course(world.optics.pk)) == []
