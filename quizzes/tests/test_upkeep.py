"""Figures that drifted are found, named, and put right from their rows."""

from io import StringIO

import pytest
from django.core.management import call_command

from quizzes import services, tasks
from quizzes.models import Attempt, Quiz
from quizzes.tests.factories import AttemptFactory, QuizFactory

pytestmark = pytest.mark.django_db


def test_drift_is_found_and_put_right():
    attempt = AttemptFactory(answers="right")
    AttemptFactory(quiz=attempt.quiz)
    assert services.check_quiz_drift() == []
    quizzes, attempts = Quiz.objects.filter(pk=attempt.quiz_id), Attempt.objects.filter(pk=attempt.pk)
    before = (
        quizzes.values("total_questions", "attempt_points").get(),
        attempts.values("score", "is_passed").get(),
    )
    quizzes.update(total_questions=9, attempt_points=0)
    attempts.update(score=1, percentage=25, is_passed=False)
    tasks.check_drift()  # looks, and changes nothing
    assert attempts.get().score == 1
    told = StringIO()
    call_command("check_quiz_drift", stdout=told)
    assert "2 differ." in told.getvalue() and str(attempt.pk) in told.getvalue()
    call_command("check_quiz_drift", "--fix", stdout=told)
    assert before == (
        quizzes.values("total_questions", "attempt_points").get(), attempts.values("score", "is_passed").get(),
    )  # fmt: skip
    assert services.check_quiz_drift() == []


def test_a_pass_that_was_kept_stays_when_a_score_is_put_right():
    attempt = AttemptFactory(answers="wrong")
    attempts = Attempt.objects.filter(pk=attempt.pk)
    attempts.update(is_passed=True, pass_kept=True)
    assert services.check_quiz_drift() == []
    attempts.update(score=1, percentage=25)
    assert len(services.check_quiz_drift(fix=True)) == 1
    assert attempts.values_list("percentage", "is_passed", "pass_kept").get() == (0, True, True)


def test_a_quiz_with_draws_does_not_drift():
    quiz = QuizFactory(draft=True, questions=4)
    services.update_quiz(quiz=quiz, questions_per_attempt=2)
    assert services.check_quiz_drift() == [] and Quiz.objects.get().attempt_points == 2
