"""The "graded" mail: once, when a person has marked and the score is released, and to nobody who should not get it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.utils import timezone

from courses.models import Course
from quizzes import services, tasks
from quizzes.models import Attempt
from quizzes.services import Grade
from quizzes.tests.factories import AttemptFactory, QuizFactory, add_essay

pytestmark = pytest.mark.django_db
REASON = "A power cut"


def waiting(**options):
    """Return an attempt whose essay waits, and the essay."""
    quiz = QuizFactory(draft=True, questions=1, title="Light", course__title="Optics for all", **options)
    essay = add_essay(quiz)
    services.publish_quiz(quiz=quiz)
    return AttemptFactory(quiz=quiz, answers="right"), essay


def marked(attempt, essay, points=4):
    by = attempt.quiz.course.instructor
    row = Attempt.objects.select_related("quiz__course", "quiz__lesson__module", "enrollment").get(
        pk=attempt.pk
    )
    return services.grade_attempt(
        attempt=row, grades=[Grade(essay.pk, Decimal(points))], by=by, reason=REASON
    )


def sweep():
    """Do what the schedule does each minute; a wake-up call of tests runs at once after the commit."""
    for pk in Attempt.objects.with_mail_due(timezone.now()).values_list("pk", flat=True):
        tasks.send_graded_mail(str(pk))


def test_it_goes_out_once_after_the_last_marks(django_capture_on_commit_callbacks):
    attempt, essay = waiting()
    assert attempt.needs_manual_grading and attempt.mail_state == ""
    with django_capture_on_commit_callbacks(execute=True):
        done = marked(attempt, essay)
        assert mail.outbox == []
    (message,) = mail.outbox
    assert message.to == [attempt.enrollment.student.email]
    assert message.subject == "“Light” has been marked"
    assert f"/quizzes/{attempt.quiz_id}/attempts/1/result/" in message.body
    assert str(done.score) not in message.body
    stored = Attempt.objects.get(pk=attempt.pk)
    assert (stored.mail_state, stored.mail_lease_until, stored.mail_tries) == ("sent", None, 1)
    assert not stored.needs_manual_grading
    sweep()
    tasks.send_graded_mail(str(attempt.pk))
    marked(attempt, essay, points=5)  # a correction is no news
    sweep()
    assert len(mail.outbox) == 1


def test_what_the_machine_marked_is_no_news():
    attempt = AttemptFactory(answers="right")
    sweep()
    assert mail.outbox == [] and Attempt.objects.get(pk=attempt.pk).mail_state == ""


def test_a_withheld_score_is_not_told_before_its_time(time_machine):
    until = timezone.now() + timedelta(hours=2)
    attempt, essay = waiting(show_score_immediately=False, available_until=until)
    marked(attempt, essay)
    sweep()
    assert mail.outbox == []
    running = AttemptFactory(quiz=attempt.quiz)
    time_machine.move_to(until + timedelta(seconds=10))
    sweep()
    assert mail.outbox == []  # somebody is still sitting it
    services.submit_attempt(attempt=running, by=running.enrollment.student)
    sweep()
    assert [message.to for message in mail.outbox] == [[attempt.enrollment.student.email]]


@pytest.mark.parametrize("case", ["inactive", "in the bin", "voided", "reopened"])
def test_who_should_not_get_it_does_not(case):
    attempt, essay = waiting()
    student, by = attempt.enrollment.student, attempt.quiz.course.instructor
    attempt = marked(attempt, essay)
    if case == "inactive":
        type(student).objects.filter(pk=student.pk).update(is_active=False)
    elif case == "in the bin":
        Course.objects.update(status="draft", published_at=None, deleted_at=timezone.now())
    elif case == "voided":
        services.void_attempt(attempt=attempt, reason=REASON, by=by)
    else:
        services.reopen_attempt(attempt=attempt, minutes=5, reason=REASON, by=by)
    sweep()
    assert mail.outbox == []


def test_a_second_marking_after_a_reopening_is_told_again():
    attempt, essay = waiting()
    attempt = marked(attempt, essay)
    sweep()
    services.reopen_attempt(attempt=attempt, minutes=5, reason=REASON, by=attempt.quiz.course.instructor)
    again = services.submit_attempt(
        attempt=Attempt.objects.select_related("quiz__course", "quiz__lesson__module", "enrollment").get(),
        by=None,
    )
    assert again.needs_manual_grading
    marked(again, essay)
    sweep()
    assert len(mail.outbox) == 2
    assert len({message.extra_headers["Message-ID"] for message in mail.outbox}) == 2


def test_a_failure_is_tried_again_later_and_given_up_after_five(settings, time_machine):
    start = timezone.now()
    time_machine.move_to(start, tick=False)
    attempt, essay = waiting()
    marked(attempt, essay)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # nobody answers there
    tries = []
    for minute in range(0, 80):
        time_machine.move_to(start + timedelta(minutes=minute, seconds=1), tick=False)
        sweep()
        tries.append(Attempt.objects.get().mail_tries)
    assert [tries.index(n) for n in (1, 2, 3, 4, 5)] == [0, 3, 8, 17, 34]
    assert Attempt.objects.get().mail_state == "failed"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    services.wake_due_mail()
    assert mail.outbox == []


def test_a_leased_mail_is_left_alone_and_taken_up_when_its_worker_died(time_machine):
    start = timezone.now()
    time_machine.move_to(start, tick=False)
    attempt, essay = waiting()
    marked(attempt, essay)
    assert Attempt.objects.claim_mail(attempt.pk, now=start) is not None
    assert Attempt.objects.claim_mail(attempt.pk, now=start) is None
    assert services.wake_due_mail() == 0
    time_machine.move_to(start + timedelta(minutes=7), tick=False)
    assert services.wake_due_mail() == 1
    assert services.deliver_graded_mail(attempt.pk)


def test_it_speaks_the_language_of_the_student():
    attempt, essay = waiting()
    student = attempt.enrollment.student
    type(student).objects.filter(pk=student.pk).update(locale="ar")
    marked(attempt, essay)
    sweep()
    assert 'dir="rtl"' in mail.outbox[0].alternatives[0][0]


@pytest.mark.django_db(transaction=True)
def test_of_ten_senders_at_once_one_sends(race):
    attempt, essay = waiting()
    marked(attempt, essay)
    Attempt.objects.update(mail_state="pending", mail_lease_until=None, mail_tries=0)
    mail.outbox.clear()
    results = race(*[lambda: services.deliver_graded_mail(attempt.pk)] * 10)
    assert sorted(map(str, results)) == ["False"] * 9 + ["True"]
    stored = Attempt.objects.get(pk=attempt.pk)
    assert (len(mail.outbox), stored.mail_state, stored.mail_tries) == (1, "sent", 1)


@pytest.mark.django_db(transaction=True)
def test_a_lease_that_ran_out_is_taken_over_by_one(race):
    attempt, essay = waiting()
    marked(attempt, essay)
    past = timezone.now() - timedelta(minutes=1)
    Attempt.objects.update(mail_state="pending", mail_lease_until=past, mail_tries=1)
    mail.outbox.clear()
    results = race(*[lambda: services.deliver_graded_mail(attempt.pk)] * 6)
    assert sorted(map(str, results)) == ["False"] * 5 + ["True"]
    assert (len(mail.outbox), Attempt.objects.get(pk=attempt.pk).mail_tries) == (1, 2)
