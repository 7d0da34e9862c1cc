"""Queries of the hot paths, sign-in included: as many for fifty questions, attempts and students as for one."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrollments.tests.factories import EnrollmentFactory, complete, required_lessons
from quizzes import services
from quizzes.models import Attempt
from quizzes.tests.factories import AttemptFactory, QuizFactory, responses

pytestmark = [pytest.mark.django_db, pytest.mark.parametrize("questions", [1, 50])]
V1 = "/api/v1"


def setting(questions, **options):
    """A quiz lesson in a course that asks for a quiz average; its neighbours have sat it too."""
    quiz = QuizFactory(
        lesson=True, questions=questions, course__min_quiz_average=50, course__is_sequential=False, **options
    )
    if questions > 1:
        for _n in range(3):
            AttemptFactory(quiz=quiz, answers="wrong")
    return quiz


def page(name, attempt):
    return reverse(f"quizzes:{name}", args=[attempt.quiz_id, attempt.number])


def test_start(login, max_queries, questions):
    quiz = setting(questions)
    browser = login(EnrollmentFactory(course=quiz.course).student)
    with max_queries(12):
        assert browser.post(reverse("quizzes:start_attempt", args=[quiz.pk])).status_code == 302
    attempt = Attempt.objects.get(status="in_progress")
    services.submit_attempt(attempt=attempt, by=attempt.enrollment.student)
    with max_queries(12):
        started = browser.post(f"{V1}/quizzes/{quiz.pk}/attempts", {}, content_type="application/json")
    assert len(started.json()["questions"]) == questions


def test_taking_page(login, max_queries, questions):
    attempt = AttemptFactory(quiz=setting(questions))
    browser = login(attempt.enrollment.student)
    with max_queries(7):
        assert browser.get(page("take_quiz", attempt)).status_code == 200
    with max_queries(7):
        assert browser.get(f"{V1}/attempts/{attempt.pk}").status_code == 200


def test_save(login, questions):
    attempt = AttemptFactory(quiz=setting(questions))
    browser = login(attempt.enrollment.student)
    question = attempt.layout["questions"][-1]["id"]
    with CaptureQueriesContext(
        connection,
    ) as captured:
        saved = browser.put(
            f"{V1}/attempts/{attempt.pk}/answers/{question}",
            {"response": {"option": 1}, "revision": 1},
            content_type="application/json",
        )
    assert saved.status_code == 200
    control = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    queries = [query["sql"] for query in captured if not query["sql"].startswith(control)]
    assert len(queries) <= 4
    assert len([sql for sql in queries if sql.startswith(("UPDATE", "INSERT", "DELETE"))]) == 1
    assert attempt.answers.filter(revision=1).count() == 1


def test_submit_with_answers(login, max_queries, questions):
    attempt = AttemptFactory(quiz=setting(questions))
    browser = login(attempt.enrollment.student)
    answers = [{"question": str(pk), "response": r, "revision": 1} for pk, r in responses(attempt).items()]
    with max_queries(12):
        done = browser.post(
            f"{V1}/attempts/{attempt.pk}/submit", {"answers": answers}, content_type="application/json"
        )
    assert done.json()["percentage"] == 100
    again = AttemptFactory(quiz=attempt.quiz, enrollment=attempt.enrollment)
    with max_queries(12):
        assert browser.post(page("submit_attempt", again)).status_code == 302


def test_counting(max_queries, questions):
    quiz = setting(questions)
    attempt = AttemptFactory(quiz=quiz, answers="right")
    with max_queries(7):
        assert services.count_result(attempt)
    assert not services.count_result(attempt)


def test_counting_when_the_course_ends(max_queries, questions):
    quiz = setting(questions)
    attempt = AttemptFactory(quiz=quiz, answers="right")
    complete(
        attempt.enrollment, [step for step in required_lessons(quiz.course) if step.pk != quiz.lesson_id]
    )
    row = Attempt.objects.select_related("quiz__course", "quiz__lesson__module", "enrollment__course").get(
        pk=attempt.pk
    )
    with max_queries(10):
        assert services.count_result(row)
    attempt.enrollment.refresh_from_db()
    assert attempt.enrollment.status == "completed"


def test_result(login, max_queries, questions):
    attempt = AttemptFactory(quiz=setting(questions), answers="right")
    browser = login(attempt.enrollment.student)
    for address in (page("attempt_result", attempt), f"{V1}/attempts/{attempt.pk}"):
        with max_queries(8):
            assert browser.get(address).status_code == 200


def test_start_page(login, max_queries, questions):
    attempt = AttemptFactory(quiz=setting(questions), answers="right")
    browser = login(attempt.enrollment.student)
    for address in (attempt.quiz.get_absolute_url(), f"{V1}/quizzes/{attempt.quiz_id}"):
        with max_queries(8):
            assert browser.get(address).status_code == 200


def test_lists(login, max_queries, questions):
    attempt = AttemptFactory(quiz=setting(questions), answers="right")
    course = attempt.quiz.course
    for _n in range(5 if questions > 1 else 0):
        QuizFactory(course=course)
        AttemptFactory(quiz=attempt.quiz, enrollment=attempt.enrollment, answers="wrong")
    browser = login(attempt.enrollment.student)
    for address in (f"{V1}/courses/{course.pk}/quizzes", f"{V1}/quizzes/{attempt.quiz_id}/attempts"):
        with max_queries(5):
            assert browser.get(address).status_code == 200


def test_results_and_averages(max_queries, questions):
    quiz = setting(questions)
    rows = [AttemptFactory(quiz=quiz, answers="right").enrollment for _n in range(3 if questions > 1 else 1)]
    with max_queries(1):
        assert {result.percentage for result in services.results_for(rows).values()} == {100}
    with max_queries(1):
        assert set(services.quiz_averages(rows).values()) == {100}
