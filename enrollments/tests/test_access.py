"""The access table: each line, at every door that asks it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404
from django.utils import timezone

from accounts.tests.factories import UserFactory
from courses import services as courses
from courses.exceptions import NotAllowed
from courses.learners import learners
from courses.models import Course, Lesson, Module
from courses.tests.factories import CourseFactory, LessonFactory
from enrollments import services
from enrollments.exceptions import OwnEnrollment
from enrollments.models import Enrollment
from enrollments.outline import Outline
from enrollments.permissions import (
    file_rule,
    get_enrollment_for,
    get_managed_enrollment_for,
    is_course_visible,
    lesson_access,
    lesson_url,
    opens_at,
    outline_access,
)
from enrollments.tests.factories import EnrollmentFactory, complete, required_lessons
from files.tests.factories import VTT, stored

pytestmark = pytest.mark.django_db


def fresh(lesson):
    return Lesson.objects.select_related("course", "module").get(pk=lesson.pk)


def everywhere(user, lesson):
    """Return the answer of each door; they must be one."""
    lesson = fresh(lesson)
    one = lesson_access(user, lesson)
    assert learners().lesson_access(user, lesson) == one
    outline = outline_access(user, lesson.course)
    assert outline.get(lesson.pk) in (one, None)
    enrollment = None
    if user.is_authenticated:
        enrollment = Enrollment.objects.filter(student=user, course=lesson.course).first()
    shown = Outline(lesson.course, user, enrollment).find(lesson.slug)
    if one.is_hidden:
        assert shown is None
    else:
        assert (shown.access.allowed, shown.access.code) == (one.allowed, one.code)
    return one


def visitor():
    return AnonymousUser()


def test_editors_open_everything_drafts_included(instructor, admin_user, course, lessons):
    courses.unpublish(course=course, by=instructor)
    courses.unpublish_lesson(lesson=lessons[0], by=instructor)
    for person in (instructor, admin_user):
        assert (everywhere(person, lessons[0]).allowed, everywhere(person, lessons[0]).code) == (
            True,
            "staff",
        )


def test_a_lesson_that_is_not_live_is_hidden(enrollment, student, lessons, instructor):
    courses.unpublish_lesson(lesson=lessons[0], by=instructor)
    assert everywhere(student, lessons[0]).is_hidden
    courses.unpublish_module(module=lessons[3].module, by=instructor)
    assert everywhere(student, lessons[3]).is_hidden


def test_a_course_in_the_bin_is_known_to_those_with_a_row_alone(
    enrollment, student, classmate, lessons, admin_user
):
    courses.bin_course(course=Course.objects.get(), by=admin_user, force=True)
    assert everywhere(student, lessons[0]).code == "course_removed"
    assert everywhere(classmate, lessons[0]).is_hidden
    assert everywhere(visitor(), lessons[0]).is_hidden
    assert everywhere(admin_user, lessons[0]).code == "staff"


def test_a_preview_opens_for_everybody_whatever_its_date(course, lessons, classmate, instructor):
    courses.update_lesson(lesson=lessons[0], by=instructor, fields={"is_preview": True})
    Module.objects.update(release_at=timezone.now() + timedelta(days=9))
    assert everywhere(visitor(), lessons[0]).code == "preview"
    assert everywhere(classmate, lessons[0]).code == "preview"
    courses.unpublish(course=course, by=instructor)
    assert everywhere(visitor(), lessons[0]).is_hidden


def test_visitors_and_strangers_are_told_what_to_do(course, lessons, classmate):
    access = everywhere(visitor(), lessons[0])
    assert (access.allowed, access.code) == (False, "sign_in_required")
    assert access.next_url.startswith("/accounts/login/?next=/learn/")
    access = everywhere(classmate, lessons[0])
    assert (access.code, access.next_url) == ("not_enrolled", course.get_absolute_url())


@pytest.mark.parametrize(
    ("status", "past", "code"),
    [
        ("dropped", False, "dropped"),
        ("suspended", False, "suspended"),
        ("suspended", True, "suspended"),
        ("active", True, "access_expired"),
        ("completed", True, "access_expired"),
        ("active", False, "enrolled"),
    ],
)
def test_each_standing_has_its_answer(
    status, past, code, enrollment, student, lessons, instructor, time_machine
):
    time_machine.move_to(timezone.now())
    Enrollment.objects.update(expires_at=timezone.now() + timedelta(days=1))
    if status == "dropped":
        services.drop(enrollment=enrollment, by=student)
    if status == "suspended":
        services.suspend(enrollment=enrollment, by=instructor, reason="A question.")
    if status == "completed":
        complete(enrollment, lessons)
    if past:
        time_machine.shift(timedelta(days=2))
    access = everywhere(student, lessons[0])
    assert (access.code, access.allowed) == (code, code == "enrolled")
    assert access.allowed or (access.sentence and access.next_url)
    if past:
        services.expire_due()
        assert everywhere(student, lessons[0]).code == code


def test_completed_lessons_stay_open_behind_a_later_lock(enrollment, student, lessons):
    complete(enrollment, lessons[:1])
    Module.objects.update(release_at=timezone.now() + timedelta(days=9))
    assert everywhere(student, lessons[0]).code == "completed"
    assert everywhere(student, lessons[1]).code == "not_released"


def test_the_later_of_two_release_dates_counts(enrollment, student, lessons):
    soon, late = timezone.now() + timedelta(days=2), enrollment.enrolled_at + timedelta(days=5)
    Module.objects.update(release_at=soon, release_after_days=5)
    access = everywhere(student, lessons[0])
    assert (access.code, access.available_at) == ("not_released", late)
    Module.objects.update(release_after_days=1)
    assert everywhere(student, lessons[0]).available_at == soon
    assert opens_at(Module(), enrollment.enrolled_at) is None


def test_in_a_sequential_course_the_first_open_lesson_is_named(enrollment, student, course, lessons):
    Course.objects.update(is_sequential=True)
    assert everywhere(student, lessons[0]).code == "enrolled"
    access = everywhere(student, lessons[4])
    assert (access.code, access.next_url) == ("previous_lesson", lesson_url(course, lessons[0].slug))
    assert lessons[0].title in access.sentence
    complete(enrollment, lessons[:2])
    assert everywhere(student, lessons[2]).code == "enrolled"
    assert lessons[2].title in everywhere(student, lessons[4]).sentence


def test_optional_lessons_block_nobody_and_are_blocked(enrollment, student, course, lessons, instructor):
    Course.objects.update(is_sequential=True)
    courses.update_lesson(lesson=lessons[0], by=instructor, fields={"is_required": False})
    assert everywhere(student, lessons[1]).code == "enrolled"
    courses.update_lesson(lesson=lessons[5], by=instructor, fields={"is_required": False})
    assert everywhere(student, lessons[5]).code == "previous_lesson"


def test_unlocked_people_pass_every_lock(enrollment, student, lessons, instructor):
    Course.objects.update(is_sequential=True)
    Module.objects.update(release_at=timezone.now() + timedelta(days=9))
    services.unlock(enrollment=enrollment, by=instructor)
    assert everywhere(student, lessons[5]).code == "unlocked"


def test_enrolled_people_read_on_in_an_archived_and_in_an_unpublished_course(
    enrollment, student, lessons, instructor
):
    courses.archive(course=Course.objects.get(), by=instructor)
    assert everywhere(student, lessons[0]).code == "enrolled"
    courses.restore(course=Course.objects.get(), by=instructor)
    assert everywhere(student, lessons[0]).code == "enrolled"
    services.drop(enrollment=enrollment, by=student)
    assert everywhere(student, lessons[0]).is_hidden


def test_what_is_worked_out_from_rows_is_what_the_query_says(student, classmate, instructor, admin_user):
    """`is_course_visible` spells `Course.objects.visible_to` a second time, for rows that are already read."""
    shown, draft, mine, gone = (
        CourseFactory(),
        CourseFactory(draft=True),
        CourseFactory(),
        CourseFactory(draft=True),
    )
    for course in (shown, draft, mine):
        services.enroll(student=student, course=course, source="admin", by=admin_user, granted=True)
    courses.unpublish(course=mine, by=mine.instructor)
    left = Enrollment.objects.get(course=draft)
    services.drop(enrollment=left, by=student)
    courses.bin_course(course=gone, by=gone.instructor)
    for person in (visitor(), student, classmate, shown.instructor, instructor, admin_user):
        visible = set(Course.objects.visible_to(person))
        for course in Course.objects.all():
            row = None
            if person.is_authenticated:
                row = Enrollment.objects.filter(student=person, course=course).first()
            assert is_course_visible(person, course, row) == (course in visible)


def test_a_file_opens_with_one_of_its_lessons(
    enrollment, student, classmate, lessons, instructor, max_queries
):
    picture = stored(instructor)
    courses.add_resource(lesson=lessons[0], by=instructor, title="Picture", file=picture)
    with max_queries(3):
        assert file_rule(student, picture)
    assert not file_rule(classmate, picture)
    assert not file_rule(visitor(), picture)
    assert picture.can_view(student)
    services.drop(enrollment=enrollment, by=student)
    assert not picture.can_view(student)
    courses.update_lesson(lesson=lessons[0], by=instructor, fields={"is_preview": True})
    assert file_rule(visitor(), picture)


def test_captions_follow_their_film(enrollment, student, classmate, video, instructor):
    captions = stored(instructor, VTT, name="film.vtt")
    courses.add_resource(
        lesson=video,
        by=instructor,
        kind="caption",
        title="English",
        language="en",
        file=captions,
    )
    for file in (captions, video.video_file):
        assert file_rule(student, file)
        assert not file_rule(classmate, file)


def test_a_large_outline_costs_what_a_small_one_does(
    enrollment, student, course, max_queries, django_assert_num_queries
):
    Course.objects.update(is_sequential=True)
    course.refresh_from_db()
    with django_assert_num_queries(3):
        assert len(outline_access(student, course)) == 6
    for _extra in range(12):
        LessonFactory(module=course.modules.first())
    with django_assert_num_queries(3):
        assert len(outline_access(student, course)) == 18


def test_people_with_progress_are_counted(enrollment, course, lessons):
    complete(EnrollmentFactory(course=course), lessons[:1])
    complete(enrollment, lessons[:2])
    assert learners().people_with_progress([lesson.pk for lesson in lessons]) == {
        lessons[0].pk: 2,
        lessons[1].pk: 1,
    }


def test_rows_are_for_their_student_and_for_staff_of_the_course(
    enrollment, student, classmate, instructor, outsider_instructor, admin_user
):
    for person in (student, instructor, admin_user):
        assert get_enrollment_for(person, enrollment.pk) == enrollment
        assert enrollment.can_view(person)
    for person in (classmate, outsider_instructor):
        with pytest.raises(Http404):
            get_enrollment_for(person, enrollment.pk)
        assert not enrollment.can_view(person)
    with pytest.raises(NotAllowed):
        get_managed_enrollment_for(student, enrollment.pk)
    own = EnrollmentFactory(student=instructor, course=enrollment.course)
    with pytest.raises(OwnEnrollment):
        get_managed_enrollment_for(instructor, own.pk)
    assert get_managed_enrollment_for(admin_user, own.pk) == own


def test_querysets_and_rows_agree(
    enrollment, student, classmate, instructor, outsider_instructor, admin_user
):
    EnrollmentFactory(student=classmate)
    for person in (student, classmate, instructor, outsider_instructor, admin_user, UserFactory()):
        for row in Enrollment.objects.select_related("course", "student"):
            assert (row in Enrollment.objects.visible_to(person)) == row.can_view(person)
            assert (row in Enrollment.objects.managed_by(person)) == row.can_edit(person)
    assert not Enrollment.objects.visible_to(visitor()).exists()


def test_a_course_that_nobody_could_complete_is_not_published(instructor):
    draft = CourseFactory(instructor=instructor, draft=True)
    for lesson in required_lessons(draft):
        courses.update_lesson(lesson=lesson, by=instructor, fields={"is_required": False})
    assert "no_required_lesson" in {problem.code for problem in Course.objects.get().problems()}
    courses.update_lesson(lesson=draft.lessons.first(), by=instructor, fields={"is_required": True})
    assert "no_required_lesson" not in {problem.code for problem in Course.objects.get().problems()}
