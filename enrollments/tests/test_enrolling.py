from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from accounts.tests.factories import UserFactory
from courses import services as courses
from courses.models import Course
from courses.tests.factories import CourseFactory
from enrollments import services
from enrollments.exceptions import (
    AlreadyEnrolled,
    CourseFull,
    CourseGone,
    CourseNotOpen,
    EnrollmentSuspended,
    InvalidExpiry,
    InvalidStatus,
    PaymentRequired,
    PrerequisitesMissing,
    ReasonNeeded,
)
from enrollments.models import Enrollment, EnrollmentEvent
from enrollments.tests.factories import EnrollmentFactory, complete

pytestmark = pytest.mark.django_db
WEB = Enrollment.Source.WEB


def enroll(student, course, **terms):
    return services.enroll(student=student, course=Course.objects.get(pk=course.pk), source=WEB, **terms)


def seats(course):
    return Course.objects.values_list("enrollment_count", flat=True).get(pk=course.pk)


def events(enrollment):
    return list(enrollment.events.order_by("at", "id").values_list("kind", "from_status", "to_status"))


@pytest.fixture
def nothing_changes():
    """`with nothing_changes(): ...`: no enrollment, event, seat or audit row moves."""
    from contextlib import contextmanager

    def facts():
        return (
            list(Enrollment.objects.order_by("pk").values()),
            EnrollmentEvent.objects.count(),
            AuditEntry.objects.count(),
            list(Course.objects.order_by("pk").values_list("pk", "enrollment_count")),
        )

    @contextmanager
    def watch():
        before = facts()
        yield
        assert facts() == before

    return watch


def test_enrolling_takes_a_seat_and_counts_the_lessons(student, course, max_queries):
    with max_queries(7):
        enrollment = services.enroll(student=student, course=course, source=WEB)
    assert enrollment.is_new
    assert (enrollment.status, enrollment.source, enrollment.is_granted) == ("active", "web", False)
    assert (enrollment.total_lessons_count, enrollment.progress_percentage) == (6, 0)
    assert enrollment.expires_at is None
    assert not Enrollment.objects.get().is_stale
    assert seats(course) == 1
    event = enrollment.events.get()
    assert (event.kind, event.to_status, event.actor) == ("enrolled", "active", student)
    assert AuditEntry.objects.filter(action="enrollment.enrolled").count() == 0


def test_access_days_count_from_now_and_later_edits_do_not_move_them(student, course):
    Course.objects.filter(pk=course.pk).update(access_days=30)
    enrollment = enroll(student, course)
    assert abs(enrollment.expires_at - timezone.now() - timedelta(days=30)) < timedelta(minutes=1)
    Course.objects.filter(pk=course.pk).update(access_days=3)
    assert Enrollment.objects.get().expires_at == enrollment.expires_at


def test_staff_enroll_somebody_and_it_is_audited(student, course, admin_user):
    end = timezone.now() + timedelta(days=7)
    enrollment = services.enroll(
        student=student,
        course=course,
        source=Enrollment.Source.ADMIN,
        by=admin_user,
        granted=True,
        expires_at=end,
    )
    assert (enrollment.is_granted, enrollment.expires_at) == (True, end)
    audit = AuditEntry.objects.get(action="enrollment.enrolled")
    assert audit.actor == admin_user
    assert audit.target_id == str(enrollment.pk)


def test_twice_is_refused_with_the_place_to_go(enrollment, student, course, nothing_changes):
    with nothing_changes(), pytest.raises(AlreadyEnrolled) as refusal:
        enroll(student, course)
    assert refusal.value.headers["Location"] == f"/api/v1/enrollments/{enrollment.pk}"
    assert refusal.value.next_url == enrollment.get_absolute_url()


def test_a_draft_an_archived_and_a_binned_course_take_nobody(student, instructor, nothing_changes):
    draft, archived, gone = CourseFactory(draft=True), CourseFactory(), CourseFactory(draft=True)
    courses.archive(course=archived, by=instructor)
    courses.bin_course(course=gone, by=gone.instructor)
    for course, error in ((draft, CourseNotOpen), (archived, CourseNotOpen), (gone, CourseGone)):
        with nothing_changes(), pytest.raises(error):
            enroll(student, course)


def test_staff_may_enroll_people_in_a_draft(student, admin_user):
    draft = CourseFactory(draft=True)
    enrollment = services.enroll(
        student=student, course=draft, source=Enrollment.Source.ADMIN, by=admin_user, granted=True
    )
    assert enrollment.status == "active"


def test_prerequisites_in_force_must_be_completed_first(student, course, nothing_changes):
    first, unpublished = CourseFactory(title="First steps"), CourseFactory(draft=True)
    course.prerequisite_courses.set([first, unpublished])
    with nothing_changes(), pytest.raises(PrerequisitesMissing) as refusal:
        enroll(student, course)
    assert [entry.extra["target"] for entry in refusal.value.errors] == [str(first.pk)]
    assert refusal.value.next_url == first.get_absolute_url()
    EnrollmentFactory(student=student, course=first, completed=True)
    assert enroll(student, course).status == "active"


def test_a_price_asks_for_a_grant(student, course, admin_user, nothing_changes):
    Course.objects.filter(pk=course.pk).update(price=100)
    with nothing_changes(), pytest.raises(PaymentRequired) as refusal:
        enroll(student, course)
    assert refusal.value.status == 403
    enrollment = services.enroll(
        student=student, course=course, source=Enrollment.Source.PAYMENT, granted=True
    )
    assert enrollment.is_granted


def test_a_paid_right_survives_leaving_and_keeps_its_date(student, course):
    Course.objects.filter(pk=course.pk).update(price=100, access_days=30)
    course.refresh_from_db()
    end = timezone.now() + timedelta(days=10)
    paid = services.enroll(
        student=student, course=course, source=Enrollment.Source.PAYMENT, granted=True, expires_at=end
    )
    services.drop(enrollment=paid, by=student)
    assert enroll(student, course).expires_at == end


def test_a_full_course_refuses_and_frees_a_seat_that_has_run_out(
    student, classmate, course, nothing_changes, time_machine
):
    time_machine.move_to(timezone.now())
    Course.objects.filter(pk=course.pk).update(max_students=1, access_days=5)
    enroll(classmate, course)
    with nothing_changes(), pytest.raises(CourseFull):
        enroll(student, course)
    time_machine.shift(timedelta(days=6))
    assert enroll(student, course).status == "active"
    assert Enrollment.objects.get(student=classmate).status == "expired"
    assert seats(course) == 1


def test_who_sits_already_is_told_so_even_when_the_course_is_full(enrollment, student, course):
    Course.objects.filter(pk=course.pk).update(max_students=1)
    with pytest.raises(AlreadyEnrolled):
        enroll(student, course)


def test_an_end_in_the_past_is_refused(student, course, nothing_changes):
    with nothing_changes(), pytest.raises(InvalidExpiry):
        enroll(student, course, granted=True, expires_at=timezone.now())


# --- Going and coming back


def test_leaving_keeps_progress_and_frees_the_seat(enrollment, student, course, lessons):
    complete(enrollment, lessons[:2])
    services.drop(enrollment=enrollment, by=student)
    enrollment.refresh_from_db()
    assert (enrollment.status, enrollment.completed_lessons_count) == ("dropped", 2)
    assert enrollment.dropped_at is not None
    assert seats(course) == 0
    assert services.drop(enrollment=enrollment, by=student).status == "dropped"
    assert (seats(course), enrollment.events.filter(kind="dropped").count()) == (0, 1)


def test_coming_back_keeps_the_first_date_and_the_progress(enrollment, student, course, lessons):
    complete(enrollment, lessons[:2])
    services.drop(enrollment=enrollment, by=student)
    again = enroll(student, course)
    assert again.pk == enrollment.pk
    assert not again.is_new
    assert (again.status, again.enrolled_at) == ("active", enrollment.enrolled_at)
    assert again.completed_lessons_count == 2
    assert seats(course) == 1
    assert events(again)[-1] == ("reactivated", "dropped", "active")


def test_a_completed_course_is_not_left(student, course, nothing_changes, admin_user):
    done = EnrollmentFactory(student=student, course=course, completed=True)
    for by in (student, admin_user):
        with nothing_changes(), pytest.raises(InvalidStatus):
            services.drop(enrollment=done, by=by, reason="No longer here.")


def test_staff_remove_somebody_with_a_reason(enrollment, instructor, student, course, nothing_changes):
    with nothing_changes(), pytest.raises(ReasonNeeded):
        services.drop(enrollment=enrollment, by=instructor, reason="  x ")
    Enrollment.objects.update(is_granted=True)
    services.drop(enrollment=enrollment, by=instructor, reason="Asked for it.")
    enrollment.refresh_from_db()
    assert (enrollment.status, enrollment.is_granted) == ("dropped", False)
    assert enrollment.events.get(kind="dropped").reason == "Asked for it."
    assert AuditEntry.objects.get(action="enrollment.dropped").data["reason"] == "Asked for it."


def test_suspend_and_resume_keep_the_seat(enrollment, instructor, student, course, nothing_changes):
    services.suspend(enrollment=enrollment, by=instructor, reason="Copied answers.")
    assert (enrollment.status, seats(course)) == ("suspended", 1)
    with nothing_changes(), pytest.raises(EnrollmentSuspended):
        enroll(student, course)
    with nothing_changes(), pytest.raises(InvalidStatus):
        services.drop(enrollment=enrollment, by=student)
    services.resume(enrollment=enrollment, by=instructor)
    assert (enrollment.status, seats(course)) == ("active", 1)
    with nothing_changes():
        assert services.resume(enrollment=enrollment, by=instructor).status == "active"


def test_a_completed_one_is_suspended_and_becomes_completed_again(student, course, instructor):
    done = EnrollmentFactory(student=student, course=course, completed=True)
    services.suspend(enrollment=done, by=instructor, reason="A question.")
    services.resume(enrollment=done, by=instructor)
    assert Enrollment.objects.get().status == "completed"
    assert done.events.filter(kind="completed").count() == 1


def test_a_suspended_one_is_removed_by_staff_alone(enrollment, instructor, course):
    services.suspend(enrollment=enrollment, by=instructor, reason="A question.")
    services.drop(enrollment=enrollment, by=instructor, reason="No answer came.")
    assert (Enrollment.objects.get().status, seats(course)) == ("dropped", 0)


def test_access_runs_out_and_staff_extend_it(enrollment, instructor, course, time_machine, nothing_changes):
    time_machine.move_to(timezone.now())
    Enrollment.objects.update(expires_at=timezone.now() + timedelta(days=1))
    with nothing_changes(), pytest.raises(InvalidStatus):
        services.expire(enrollment=enrollment)
    time_machine.shift(timedelta(days=2))
    assert services.expire_due() == 1
    assert services.expire_due() == 0
    enrollment.refresh_from_db()
    assert (enrollment.status, seats(course)) == ("expired", 0)
    with nothing_changes(), pytest.raises(InvalidExpiry):
        services.extend(enrollment=enrollment, by=instructor, expires_at=timezone.now() - timedelta(days=1))
    services.extend(enrollment=enrollment, by=instructor, expires_at=timezone.now() + timedelta(days=5))
    assert (Enrollment.objects.get().status, seats(course)) == ("active", 1)


def test_extending_a_running_one_only_moves_the_date_and_never_backwards(
    enrollment, instructor, course, nothing_changes
):
    end = timezone.now() + timedelta(days=10)
    Enrollment.objects.update(expires_at=end)
    with nothing_changes(), pytest.raises(InvalidExpiry):
        services.extend(enrollment=enrollment, by=instructor, expires_at=end - timedelta(days=1))
    services.extend(enrollment=enrollment, by=instructor, expires_at=None)
    assert (Enrollment.objects.get().expires_at, seats(course)) == (None, 1)
    with nothing_changes(), pytest.raises(InvalidExpiry):
        services.extend(enrollment=enrollment, by=instructor, expires_at=end)


def test_a_full_course_cannot_be_extended_into(enrollment, instructor, classmate, course, time_machine):
    time_machine.move_to(timezone.now())
    Enrollment.objects.update(expires_at=timezone.now() + timedelta(days=1))
    time_machine.shift(timedelta(days=2))
    services.expire_due()
    Course.objects.filter(pk=course.pk).update(max_students=1)
    enroll(classmate, course)
    with pytest.raises(CourseFull):
        services.extend(enrollment=enrollment, by=instructor, expires_at=None)
    assert (Enrollment.objects.get(pk=enrollment.pk).status, seats(course)) == ("expired", 1)


def test_a_completed_one_past_its_end_is_renewed_in_its_own_seat(student, course, time_machine):
    time_machine.move_to(timezone.now())
    Course.objects.filter(pk=course.pk).update(access_days=5)
    done = EnrollmentFactory(student=student, course=course, completed=True)
    time_machine.shift(timedelta(days=6))
    services.expire_due()
    assert Enrollment.objects.get().status == "completed"
    renewed = enroll(student, course)
    assert (renewed.pk, renewed.status, seats(course)) == (done.pk, "completed", 1)
    assert renewed.expires_at > timezone.now()
    assert events(renewed)[-1] == ("renewed", "completed", "completed")


def test_an_active_one_past_its_end_comes_back_though_no_clock_went_round(
    enrollment, student, course, time_machine
):
    time_machine.move_to(timezone.now())
    Enrollment.objects.update(expires_at=timezone.now() + timedelta(days=1))
    time_machine.shift(timedelta(days=2))
    again = enroll(student, course)
    assert (again.status, again.expires_at, seats(course)) == ("active", None, 1)
    assert [kind for kind, *_ in events(again)] == ["enrolled", "expired", "reactivated"]


def test_unlocking_is_told_once(enrollment, instructor):
    services.unlock(enrollment=enrollment, by=instructor)
    services.unlock(enrollment=enrollment, by=instructor)
    assert Enrollment.objects.get().is_unlocked
    assert enrollment.events.filter(kind="unlocked").count() == 1
    services.unlock(enrollment=enrollment, by=instructor, unlocked=False)
    assert not Enrollment.objects.get().is_unlocked


def test_a_quiz_graded_after_leaving_counts_when_the_person_is_back(enrollment, student, course, lessons):
    complete(enrollment, lessons[:-1])
    services.drop(enrollment=enrollment, by=student)
    complete(enrollment, lessons[-1:])
    dropped = Enrollment.objects.get()
    assert (dropped.status, dropped.progress_percentage, dropped.completed_at) == ("dropped", 100, None)
    assert enroll(student, course).status == "completed"


def test_seats_are_recounted_from_the_rows(enrollment, course):
    EnrollmentFactory(course=course)
    Course.objects.filter(pk=course.pk).update(enrollment_count=17)
    assert services.recount_seats(course) == 2
    assert seats(course) == 2


def test_instructors_and_admins_learn_too(instructor, admin_user, course):
    for person in (instructor, admin_user, UserFactory()):
        assert enroll(person, course).status == "active"
    assert seats(course) == 3
