"""What a score that waits must not tell by other ways, and what comes with the score whatever is reviewed."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from enrollments.models import LessonProgress
from enrollments.services import failed_checks
from enrollments.tests.factories import EnrollmentFactory
from quizzes import services
from quizzes.models import Attempt
from quizzes.tests.factories import AttemptFactory, QuizFactory, add_essay

pytestmark = pytest.mark.django_db
V1 = "/api/v1"
NINE = datetime(2030, 5, 6, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock():
    """Return a clock that stands at nine until it is moved."""
    with time_machine.travel(NINE, tick=False) as traveller:
        yield traveller


def withheld_quiz(**options):
    return QuizFactory(show_score_immediately=False, available_until=NINE + 60 * MINUTE, **options)


def numbers(browser, quiz, query):
    answer = browser.get(f"{V1}/quizzes/{quiz.pk}/attempts?{query}")
    assert answer.status_code == 200
    return [item["number"] for item in answer.json()["items"]]


def test_no_filter_and_no_order_tells_what_is_withheld(api, clock):
    quiz = withheld_quiz()
    row = EnrollmentFactory(course=quiz.course)
    for answers in ("wrong", "right", "wrong"):
        AttemptFactory(quiz=quiz, enrollment=row, answers=answers)
    student, staff = api(row.student), api(quiz.course.instructor)
    assert numbers(student, quiz, "passed=true") == numbers(student, quiz, "passed=false") == []
    assert numbers(student, quiz, "ordering=percentage") == numbers(student, quiz, "ordering=-percentage")
    assert numbers(staff, quiz, "passed=true") == [2]
    assert numbers(staff, quiz, "ordering=-percentage")[0] == 2
    clock.move_to(NINE + 61 * MINUTE)
    assert numbers(student, quiz, "passed=true") == [2]
    assert numbers(student, quiz, "passed=false") == [3, 1]
    assert numbers(student, quiz, "ordering=-percentage")[0] == 2


def test_a_voided_attempt_is_neither_passed_nor_failed(api):
    attempt = AttemptFactory(answers="right")
    by = attempt.quiz.course.instructor
    services.void_attempt(attempt=attempt, reason="Copied from a neighbour", by=by)
    for browser in (api(attempt.enrollment.student), api(by)):
        assert numbers(browser, attempt.quiz, "passed=true") == []
        assert numbers(browser, attempt.quiz, "") == [1]


def test_without_a_schedule_a_score_is_released_and_counted_on_access(login, api, clock):
    quiz = withheld_quiz(lesson=True, course__is_sequential=False)
    done, gone = AttemptFactory(quiz=quiz, answers="right"), AttemptFactory(quiz=quiz)
    student, row = done.enrollment.student, done.enrollment
    clock.move_to(NINE + 60 * MINUTE + timedelta(seconds=29))  # what is on its way may still come
    assert "percentage" not in api(student).get(f"{V1}/attempts/{done.pk}").json()
    clock.move_to(NINE + 61 * MINUTE)
    assert Attempt.objects.get(pk=gone.pk).is_open
    assert services.results_for([row.pk])[row.pk, quiz.pk].percentage == 100
    page = login(student).get(reverse("quizzes:attempt_result", args=[quiz.pk, 1])).text
    assert "100%" in page
    assert LessonProgress.objects.filter(enrollment=row, status="completed").exists()
    assert Attempt.objects.get(pk=done.pk).counted_at is not None


@pytest.mark.parametrize("door", ["quiz page", "quiz over the API", "attempt over the API"])
def test_every_door_of_the_student_counts_what_is_due(login, api, clock, door):
    quiz = withheld_quiz(lesson=True, course__is_sequential=False)
    done = AttemptFactory(quiz=quiz, answers="right")
    clock.move_to(NINE + 61 * MINUTE)
    student = done.enrollment.student
    if door == "quiz page":
        login(student).get(quiz.get_absolute_url())
    elif door == "quiz over the API":
        api(student).get(f"{V1}/quizzes/{quiz.pk}")
    else:
        api(student).get(f"{V1}/attempts/{done.pk}")
    assert Attempt.objects.get(pk=done.pk).counted_at is not None


def test_the_api_of_a_quiz_closes_an_overdue_attempt(api, clock):
    quiz = QuizFactory(time_limit_minutes=30, max_attempts=1)
    attempt = AttemptFactory(quiz=quiz)
    clock.move_to(NINE + 31 * MINUTE)
    mine = api(attempt.enrollment.student).get(f"{V1}/quizzes/{quiz.pk}").json()["my"]
    assert (mine["open_attempt"], mine["can_start"]["code"]) == (None, "attempts_exhausted")
    listed = api(attempt.enrollment.student).get(f"{V1}/quizzes/{quiz.pk}/attempts").json()["items"]
    assert [item["status"] for item in listed] == ["graded"]


@pytest.mark.parametrize("policy", ["never", "after_pass", "after_close", "after_submit"])
def test_a_graders_words_come_with_the_score_whatever_is_reviewed(login, api, clock, policy):
    quiz = withheld_quiz(draft=True, questions=1, review_policy=policy, passing_score=100)
    essay = add_essay(quiz)
    services.publish_quiz(quiz=quiz)
    attempt = AttemptFactory(quiz=quiz, answers="right")
    student, by = attempt.enrollment.student, quiz.course.instructor
    grade = services.Grade(essay.pk, Decimal(2), "Say more of waves.")
    services.grade_attempt(attempt=attempt, grades=[grade], by=by, feedback="Nearly there.")

    def told():
        page = login(student).get(reverse("quizzes:attempt_result", args=[quiz.pk, 1])).text
        shown = api(student).get(f"{V1}/attempts/{attempt.pk}").json()
        notes = [(note["question"], note["note"]) for note in shown.get("notes", [])]
        return page.count("Say more of waves."), "Nearly there." in page, notes

    assert told() == (0, False, [])
    clock.move_to(NINE + 61 * MINUTE)
    assert told() == (1, True, [(str(essay.pk), "Say more of waves.")])


def test_a_result_that_waits_is_not_asked_for_again(clock):
    quiz = withheld_quiz(course__min_quiz_average=50, title="The whole", max_attempts=1, questions=1)
    row = EnrollmentFactory(course=quiz.course)
    assert [thing.code for thing in failed_checks(row)] == ["quiz_not_taken"]
    attempt = AttemptFactory(quiz=quiz, enrollment=row)
    assert [thing.code for thing in failed_checks(row)] == ["quiz_not_taken"]
    services.submit_attempt(attempt=attempt, by=row.student)
    for answers in ("wrong", "right"):  # it says the same of both
        other = AttemptFactory(quiz=quiz, answers=answers).enrollment
        (thing,) = failed_checks(other)
        assert (thing.code, thing.link) == ("quiz_result_withheld", quiz.get_absolute_url())
        assert thing.sentence == "The result of “The whole” comes when the quiz has closed for everybody."
    clock.move_to(NINE + 61 * MINUTE)
    assert [thing.code for thing in failed_checks(row)] == ["quiz_average_too_low"]
