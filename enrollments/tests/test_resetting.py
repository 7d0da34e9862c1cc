"""Taking progress back, and the nightly look at the stored numbers."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from courses.models import Course
from enrollments import services, tasks
from enrollments.exceptions import AlreadyCompleted, ReasonNeeded
from enrollments.models import Enrollment, LessonProgress, StudyDay
from enrollments.tests.factories import EnrollmentFactory, complete

pytestmark = pytest.mark.django_db


def watch(enrollment, video, time_machine, seconds=40):
    services.open_lesson(enrollment=enrollment, lesson=video)
    time_machine.shift(timedelta(seconds=seconds))
    services.beat(
        enrollment=enrollment, lesson=video, position=seconds, watched=[[0, seconds]], seconds=seconds
    )


def test_a_reset_keeps_time_and_notes_and_tells_the_old_values(
    enrollment, video, lessons, instructor, time_machine
):
    time_machine.move_to(timezone.now())
    watch(enrollment, video, time_machine)
    complete(enrollment, lessons[:2])
    services.save_notes(enrollment=enrollment, lesson=lessons[0], notes="Mine", revision=0)
    fresh = services.reset_progress(enrollment=enrollment, by=instructor, reason="Starts anew")
    assert (fresh.progress_percentage, fresh.completed_lessons_count) == (0, 0)
    for row in LessonProgress.objects.all():
        assert (row.status, row.watched, row.last_position_seconds) == ("not_started", [], 0)
    assert LessonProgress.objects.get(lesson=video).time_spent_seconds == 40
    assert LessonProgress.objects.get(lesson=lessons[0]).notes == "Mine"
    event = enrollment.events.get(kind="progress_reset")
    assert (event.reason, event.actor) == ("Starts anew", instructor)
    assert event.data["lessons"][str(video.pk)]["watched"] == [[0, 40]]
    assert event.data["lessons"][str(lessons[0].pk)]["status"] == "completed"
    assert AuditEntry.objects.filter(action="enrollment.progress_reset").count() == 1
    assert list(services.find_drift(Course.objects.get())) == []


def test_one_lesson_alone(enrollment, lessons, instructor):
    complete(enrollment, lessons[:3])
    fresh = services.reset_progress(
        enrollment=enrollment, by=instructor, reason="Once more", lesson=lessons[1]
    )
    assert fresh.completed_lessons_count == 2
    assert LessonProgress.objects.get(lesson=lessons[0]).is_completed


def test_refused_without_reason_and_after_completion(enrollment, lessons, instructor):
    complete(enrollment, lessons)
    with pytest.raises(ReasonNeeded):
        services.reset_progress(enrollment=enrollment, by=instructor, reason=" ")
    with pytest.raises(AlreadyCompleted):
        services.reset_progress(enrollment=enrollment, by=instructor, reason="Starts anew")
    assert Enrollment.objects.get().progress_percentage == Decimal(100)
    assert LessonProgress.objects.filter(status="completed").count() == 6
    assert not enrollment.events.filter(kind="progress_reset").exists()


def test_nothing_to_reset_leaves_no_trace(enrollment, instructor):
    services.reset_progress(enrollment=enrollment, by=instructor, reason="Starts anew")
    assert not enrollment.events.filter(kind="progress_reset").exists()


def test_by_the_api(enrollment, lessons, student, instructor, outsider_instructor, api):
    complete(enrollment, lessons[:2])
    path = f"/api/v1/enrollments/{enrollment.pk}/reset-progress"
    assert api(student).post(path, {"reason": "Please"}).status_code == 403
    assert api(outsider_instructor).post(path, {"reason": "Please"}).status_code == 404
    assert api(instructor).post(path, {}).status_code == 422
    foreign = EnrollmentFactory().course.lessons.first()
    body = {"reason": "Once more", "lesson_id": str(foreign.pk)}
    assert api(instructor).post(path, body).status_code == 404
    assert Enrollment.objects.get(pk=enrollment.pk).completed_lessons_count == 2
    body["lesson_id"] = str(lessons[0].pk)
    answer = api(instructor).post(path, body)
    assert (answer.status_code, answer.json()["completed_lessons_count"]) == (200, 1)
    answer = api(instructor).post(path, {"reason": "All of it"})
    assert answer.json()["completed_lessons_count"] == 0


def test_the_nightly_check_finds_what_differs(enrollment, lessons, video, time_machine):
    time_machine.move_to(timezone.now())
    watch(enrollment, video, time_machine)
    complete(enrollment, lessons[:1])
    assert services.check_drift() == 0
    Course.objects.update(enrollment_count=7, review_count=1, average_rating=5)
    Enrollment.objects.update(progress_percentage=50)
    StudyDay.objects.update(seconds=1)
    assert services.check_drift() == 4
    tasks.check_drift()
    services.repair(Course.objects.get())
    assert services.check_drift() == 1  # days are a ledger of their own
