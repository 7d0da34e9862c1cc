"""Seats and ratings: one UPDATE each; and what keeps the figures true."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from courses import services, tasks
from courses.models import Course, Lesson
from courses.services import upkeep
from courses.tests.factories import CourseFactory

pytestmark = pytest.mark.django_db


def seats(course):
    course.refresh_from_db()
    return course.enrollment_count


def test_seats_end_at_the_limit(course, instructor):
    services.update_course(course=course, by=instructor, fields={"max_students": 2})
    assert [services.take_seat(course.pk) for _ in range(3)] == [True, True, False]
    services.free_seat(course.pk)
    assert services.take_seat(course.pk)
    assert seats(course) == 2


def test_seats_never_fall_below_zero(course):
    services.free_seat(course.pk)
    assert seats(course) == 0


def test_only_staff_seat_people_in_a_closed_course(draft, admin_user):
    assert not services.take_seat(draft.pk)
    assert services.take_seat(draft.pk, by_staff=True)
    services.bin_course(course=draft, by=admin_user, force=True)
    assert not services.take_seat(draft.pk, by_staff=True)
    assert seats(draft) == 1


def test_figures_are_no_authors_change(course):
    before = (course.revision, course.updated_at, course.structure_version)
    services.take_seat(course.pk)
    services.set_rating(course.pk, Decimal("4.25"), 8)
    services.set_quiz_count(course.pk, 2)
    course.refresh_from_db()
    assert (course.revision, course.updated_at, course.structure_version) == before
    assert (course.average_rating, course.review_count, course.quiz_count) == (Decimal("4.25"), 8, 2)
    services.set_rating(course.pk, None, 0)
    course.refresh_from_db()
    assert course.average_rating is None


def test_rating_without_reviews_is_impossible(course):
    for average, count in ((None, 1), (Decimal("4.5"), 0), (Decimal("5.5"), 1)):
        with pytest.raises(IntegrityError), transaction.atomic():
            services.set_rating(course.pk, average, count)


def test_each_figure_is_one_query(course, django_assert_num_queries):
    for write in (
        lambda: services.take_seat(course.pk),
        lambda: services.free_seat(course.pk),
        lambda: services.set_rating(course.pk, Decimal(4), 1),
        lambda: services.set_quiz_count(course.pk, 1),
        lambda: services.set_enrollment_count(course.pk, 1),
    ):
        with django_assert_num_queries(1):
            write()


@pytest.mark.django_db(transaction=True)
def test_last_seat_goes_to_one(instructor, race):
    course = CourseFactory(instructor=instructor)
    services.update_course(course=course, by=instructor, fields={"max_students": 3})
    taken = race(*[lambda: services.take_seat(course.pk)] * 10)
    assert sorted(taken) == [False] * 7 + [True] * 3
    assert seats(course) == 3


# --- Upkeep


def test_drift_is_found_and_mended(course, capsys):
    assert services.check_counters() == []
    Course.objects.filter(pk=course.pk).update(lesson_count=99)
    assert services.check_counters() == [course]
    course.refresh_from_db()
    assert course.lesson_count == 99  # a check only looks
    call_command("recount_courses")
    course.refresh_from_db()
    assert course.lesson_count == 6
    assert "1 courses had wrong figures." in capsys.readouterr().out


def test_search_words_are_written_anew(course, instructor, capsys):
    Course.objects.update(search_text="", title_key="")
    instructor.full_name = "Hypatia"
    instructor.save()
    call_command("rebuild_course_search")
    course.refresh_from_db()
    assert "hypatia" in course.search_text
    assert course.title_key == "light and lenses"


def test_bin_is_emptied_after_thirty_days(course, lesson, instructor, admin_user):
    old, young = timezone.now() - timedelta(days=31), timezone.now() - timedelta(days=29)
    other = CourseFactory(instructor=instructor)
    for row, at in ((course, old), (other, young)):
        services.bin_course(course=row, by=admin_user)
        Course.objects.filter(pk=row.pk).update(deleted_at=at)
    third = CourseFactory(instructor=instructor)
    removed = third.lessons.first()
    services.remove_lesson(lesson=removed, by=instructor)
    Lesson.objects.filter(pk=removed.pk).update(deleted_at=old)
    tasks.purge_courses()
    assert set(Course.objects.all()) == {other, third}
    assert not Lesson.objects.filter(pk=removed.pk).exists()
    assert services.purge() == (0, 0)


def test_what_is_restored_while_the_bin_is_emptied_stays(course, instructor, admin_user, monkeypatch):
    old = timezone.now() - timedelta(days=31)
    removed = services.remove_lesson(lesson=course.lessons.first(), by=instructor)
    binned = CourseFactory(instructor=instructor)
    services.bin_course(course=binned, by=admin_user)
    Lesson.objects.filter(pk=removed.pk).update(deleted_at=old)
    Course.objects.filter(pk=binned.pk).update(deleted_at=old)
    delete = upkeep._delete

    def just_too_late(row, before):
        services.restore(course=binned, by=admin_user)
        services.restore_lesson(lesson=removed, by=instructor, module=course.modules.first())
        return delete(row, before)

    monkeypatch.setattr(upkeep, "_delete", just_too_late)
    assert services.purge() == (0, 2)
    assert Course.objects.filter(pk=binned.pk).exists()
    assert Lesson.objects.filter(pk=removed.pk, deleted_at=None).exists()
