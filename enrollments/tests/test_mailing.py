"""Mails: the event is the queue; each goes out once, after failures too, and never to who does not want it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.test import override_settings
from django.utils import timezone

from courses import services as courses
from courses.models import Course
from enrollments import services, tasks
from enrollments.models import Enrollment, EnrollmentEvent
from enrollments.tests.factories import EnrollmentFactory, complete

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


def send_all():
    """Do what the schedule does each minute, and what its wake-up calls set off."""
    for event_id in EnrollmentEvent.objects.with_mail_due(timezone.now()).values_list("pk", flat=True):
        tasks.send_event_mail(str(event_id))


def subjects():
    return sorted(message.subject for message in mail.outbox)


def states(kind):
    return list(EnrollmentEvent.objects.filter(kind=kind).values_list("mail_state", flat=True))


def test_enrolling_is_told_once_after_the_commit(student, course, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        services.enroll(student=student, course=course, source="web")
        assert mail.outbox == []
    (message,) = mail.outbox
    assert message.to == [student.email]
    assert message.subject == "You are enrolled in “Lenses”"
    assert "/learn/lenses/" in message.body
    assert states("enrolled") == ["sent"]
    tasks.send_event_mail()
    tasks.send_event_mail(str(EnrollmentEvent.objects.get().pk))
    assert len(mail.outbox) == 1


def test_each_act_of_staff_is_told_with_its_reason(enrollment, instructor, time_machine):
    time_machine.move_to(timezone.now())
    services.suspend(enrollment=enrollment, by=instructor, reason="The fee is open.")
    services.resume(enrollment=enrollment, by=instructor)
    Enrollment.objects.update(expires_at=timezone.now() + timedelta(hours=1))
    time_machine.shift(timedelta(hours=2))
    services.expire_due()
    services.extend(enrollment=enrollment, by=instructor, expires_at=timezone.now() + timedelta(days=3))
    services.drop(enrollment=enrollment, by=instructor, reason="Left the school")
    send_all()
    assert subjects() == [
        "You are enrolled in “Lenses”",
        "You were removed from “Lenses”",
        "Your access to “Lenses” has ended",
        "Your access to “Lenses” is open again",
        "Your access to “Lenses” was extended",
        "Your access to “Lenses” was suspended",
    ]
    bodies = " ".join(message.body for message in mail.outbox)
    assert "The fee is open." in bodies and "Left the school" in bodies


def test_who_has_come_back_reads_of_no_end(enrollment, student, course, time_machine):
    time_machine.move_to(timezone.now())
    send_all()
    mail.outbox.clear()
    Enrollment.objects.update(expires_at=timezone.now() + timedelta(hours=1))
    time_machine.shift(timedelta(hours=2))
    services.enroll(student=student, course=course, source="web")  # before the clock has been round
    send_all()
    assert mail.outbox == []
    assert states("expired") == ["none"]


def test_who_leaves_or_completes_is_not_mailed_about_it(enrollment, student, lessons):
    other = EnrollmentFactory(course=enrollment.course)
    complete(other, lessons)
    services.drop(enrollment=enrollment, by=student)
    assert states("dropped") == states("completed") == ["none"]


def test_a_mail_in_the_persons_language(enrollment, student):
    student.locale = "ar"
    student.save(update_fields=["locale"])
    send_all()
    assert 'dir="rtl"' in mail.outbox[0].alternatives[0][0]


@override_settings(EMAIL_BACKEND="nowhere.Backend")
def test_five_tries_then_it_is_given_up(enrollment, time_machine):
    time_machine.move_to(timezone.now())
    event = enrollment.events.get()
    for tries in range(1, 6):
        tasks.send_event_mail(str(event.pk))
        event.refresh_from_db()
        assert event.mail_tries == tries
        tasks.send_event_mail(str(event.pk))  # not before its time
        event.refresh_from_db()
        assert event.mail_tries == tries
        time_machine.shift(timedelta(hours=1))
    assert event.mail_state == "failed"
    assert mail.outbox == []


def test_a_killed_worker_costs_time_not_the_mail(enrollment, time_machine):
    time_machine.move_to(timezone.now())
    event = EnrollmentEvent.objects.claim_mail(enrollment.events.get().pk, now=timezone.now())
    assert event is not None  # … and the worker dies here
    send_all()
    assert mail.outbox == []
    time_machine.shift(timedelta(minutes=7))
    send_all()
    assert len(mail.outbox) == 1


def quiet(enrollment):
    """Take the mail of enrolling out of the way."""
    enrollment.events.update(mail_state="none")
    return enrollment


def test_one_reminder_for_each_silence(enrollment, student, time_machine):
    start = timezone.now()
    time_machine.move_to(start)
    quiet(enrollment)
    assert services.remind_inactive() == 0
    time_machine.shift(timedelta(days=8))
    assert services.remind_inactive() == 1
    assert services.remind_inactive() == 0
    send_all()
    assert subjects() == ["Go on with “Lenses”"]
    lesson = enrollment.course.lessons.live().select_related("module").first()
    services.open_lesson(enrollment=Enrollment.objects.select_related("student").get(), lesson=lesson)
    time_machine.shift(timedelta(days=3))
    assert services.remind_inactive() == 0
    time_machine.shift(timedelta(days=5))
    assert services.remind_inactive() == 1


def test_two_workers_remind_once(enrollment, time_machine):
    time_machine.move_to(timezone.now() + timedelta(days=8))
    services.remind_inactive()
    event = EnrollmentEvent.objects.get(kind="reminded")
    EnrollmentEvent.objects.filter(pk=event.pk).update(at=timezone.now() - timedelta(days=30))
    services.remind_inactive()  # looked before the other wrote: the key decides
    assert states("reminded") == ["pending"]


@pytest.mark.parametrize("why", ["muted", "inactive", "suspended", "completed", "expired", "binned"])
def test_nobody_is_reminded_who_should_not_be(why, enrollment, student, lessons, admin_user, time_machine):
    time_machine.move_to(timezone.now())
    if why == "muted":
        services.set_muted(enrollment=enrollment, muted=True)
    if why == "inactive":
        type(student).objects.filter(pk=student.pk).update(is_active=False)
    if why == "suspended":
        services.suspend(enrollment=enrollment, by=admin_user, reason="A question.")
    if why == "completed":
        complete(enrollment, lessons)
    if why == "expired":
        Enrollment.objects.update(expires_at=timezone.now() + timedelta(days=3))
    if why == "binned":
        courses.bin_course(course=Course.objects.get(), by=admin_user, force=True)
    time_machine.shift(timedelta(days=8))
    assert services.remind_inactive() == services.queue_weekly_summaries() == services.warn_expiring() == 0


def test_muted_between_queue_and_mail_is_respected(enrollment, time_machine):
    quiet(enrollment)
    time_machine.move_to(timezone.now() + timedelta(days=8))
    services.remind_inactive()
    services.set_muted(enrollment=enrollment, muted=True)
    send_all()
    assert mail.outbox == []
    assert states("reminded") == ["none"]


def test_warned_a_week_and_a_day_before_the_end(enrollment, instructor, time_machine):
    start = timezone.now()
    time_machine.move_to(start)
    quiet(enrollment)
    Enrollment.objects.update(expires_at=start + timedelta(days=10))
    told = []
    for day in range(11):
        time_machine.move_to(start + timedelta(days=day, minutes=1))
        told.append(services.warn_expiring())
    assert told == [0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0]  # asked for daily …
    assert EnrollmentEvent.objects.filter(kind="expiry_warned").count() == 2  # … written once
    services.extend(enrollment=enrollment, by=instructor, expires_at=start + timedelta(days=40))
    quiet(enrollment)
    EnrollmentEvent.objects.filter(kind="expiry_warned").update(mail_state="pending")
    send_all()
    assert mail.outbox == []  # extended meanwhile: the warning is void


def test_one_summary_a_student_and_week(enrollment, student, time_machine):
    time_machine.move_to(MONDAY - timedelta(days=3))
    second = EnrollmentFactory(student=student)
    muted = EnrollmentFactory(student=student)
    services.set_muted(enrollment=muted, muted=True)
    EnrollmentEvent.objects.update(mail_state="none")
    Enrollment.objects.filter(pk=enrollment.pk).update(enrolled_at=MONDAY - timedelta(days=9))
    time_machine.move_to(MONDAY)
    assert services.queue_weekly_summaries() == 1
    assert services.queue_weekly_summaries() == 0
    event = EnrollmentEvent.objects.get(kind="weekly_summary")
    assert (event.enrollment_id, event.key) == (enrollment.pk, "2026-W48")
    send_all()
    (message,) = mail.outbox
    assert "“Lenses”: 0 of 6 lessons" in message.body
    assert second.course.title in message.body
    assert muted.course.title not in message.body
    time_machine.move_to(MONDAY + timedelta(days=7))
    assert services.queue_weekly_summaries() == 1


def test_the_link_in_a_reminder_ends_them_without_signing_in(enrollment, login, time_machine):
    quiet(enrollment)
    other = quiet(EnrollmentFactory(student=enrollment.student))
    time_machine.move_to(timezone.now() + timedelta(days=8))
    services.remind_inactive()
    send_all()
    first = next(message for message in mail.outbox if "Lenses" in message.subject)
    path = re.search(r"http://testserver(/reminders/\S+)", first.body).group(1)
    browser = login()
    assert "Lenses" in browser.get(path).content.decode()
    assert not Enrollment.objects.filter(is_muted=True).exists()
    assert browser.post(path).status_code == 200
    assert set(Enrollment.objects.filter(is_muted=True)) == {enrollment}
    assert browser.get(path[:-3] + "x/").status_code == 404
    services.queue_weekly_summaries()
    mail.outbox.clear()
    send_all()
    path = re.search(r"http://testserver(/reminders/\S+)", mail.outbox[0].body).group(1)
    browser.post(path)
    assert Enrollment.objects.get(pk=other.pk).is_muted


def test_muting_on_the_dashboard(enrollment, student, login):
    browser = login(student)
    assert "Turn reminders off" in browser.get("/dashboard/").content.decode()
    browser.post("/learn/lenses/-/mute/", {"muted": "1"})
    assert Enrollment.objects.get().is_muted
    assert "Turn reminders on" in browser.get("/dashboard/").content.decode()
    browser.post("/learn/lenses/-/mute/", {"muted": "0"})
    assert not Enrollment.objects.get().is_muted
