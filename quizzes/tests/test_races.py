"""Races at one barrier, on both databases: constraints and compare-and-swap decide, not luck."""

import pytest
from django.db import models

from enrollments.models import LessonProgress
from enrollments.tests.factories import EnrollmentFactory
from quizzes import services
from quizzes.exceptions import AttemptClosed, StaleRevision
from quizzes.layout import read
from quizzes.models import Answer, Attempt
from quizzes.services import Sent
from quizzes.tests.factories import AttemptFactory, QuizFactory, answer_all, responses, whole

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=["row locks", "no row locks"])
def locks(request, monkeypatch):
    """Row locks are an addition: everything holds without them too."""
    if request.param == "no row locks":
        monkeypatch.setattr(models.QuerySet, "select_for_update", lambda self, **options: self.all())


def failures(results):
    return [result for result in results if isinstance(result, Exception)]


def test_thirty_starts_make_one_attempt(race):
    quiz = QuizFactory(questions=5)
    student = EnrollmentFactory(course=quiz.course).student
    results = race(*[lambda: services.start_attempt(quiz=whole(quiz), student=student)] * 30)
    assert not failures(results)
    assert sum(attempt.is_new for attempt in results) == 1
    assert {attempt.pk for attempt in results} == {Attempt.objects.get().pk}
    assert Answer.objects.count() == 5


def test_the_limit_of_attempts_holds(race):
    quiz = QuizFactory(max_attempts=3, questions=2)
    row = AttemptFactory(quiz=quiz, answers="wrong").enrollment

    def loop():
        while True:
            attempt = services.start_attempt(quiz=whole(quiz), student=row.student)
            services.submit_attempt(
                attempt=Attempt.objects.select_related("enrollment", "quiz__lesson", "quiz__course").get(
                    pk=attempt.pk
                ),
                by=row.student,
            )

    results = race(*[loop] * 10)
    assert {error.code for error in failures(results)} == {"attempts_exhausted"}
    assert sorted(Attempt.objects.values_list("number", "status")) == [
        (1, "graded"),
        (2, "graded"),
        (3, "graded"),
    ]


def test_twenty_submits_mark_once(race, locks):
    attempt = AttemptFactory(quiz=QuizFactory(lesson=True))
    answer_all(attempt)
    student, first = attempt.enrollment.student, read(attempt.layout)[0].question_id

    def submit(place):
        def call():
            row = Attempt.objects.select_related("enrollment__course", "quiz__lesson", "quiz__course").get(
                pk=attempt.pk
            )
            done = services.submit_attempt(
                attempt=row, by=student, answers={first: Sent({"option": place}, 10 + place)}
            )
            return done.status, done.score, done.submitted_at, done.percentage, done.is_passed

        return call

    results = race(*[submit(n % 3 + 1) for n in range(20)])
    assert not failures(results) and len(set(results)) == 1
    row = Attempt.objects.get()
    assert row.counted_at is not None and row.score == sum(a.points_earned for a in row.answers.all())
    assert all(answer.graded_revision == answer.revision for answer in row.answers.all())
    assert LessonProgress.objects.filter(status="completed").count() == (1 if row.is_passed else 0)


def test_saves_in_any_order_keep_the_newest(race, locks):
    attempt = AttemptFactory()
    question = read(attempt.layout)[0].question_id

    def save(revision):
        return lambda: services.save_answer(
            attempt=attempt, question_id=question, response={"option": revision % 3 + 1}, revision=revision
        )

    results = race(*[save(revision) for revision in [9, 1, 8, 2, 7, 3, 6, 4, 5, 10, 10, 9]])
    assert {type(error) for error in failures(results)} <= {StaleRevision}
    row = Answer.objects.get(attempt=attempt, question=question)
    assert (row.revision, row.response) == (10, {"option": 10 % 3 + 1})


@pytest.mark.parametrize("round_", range(6))
def test_what_was_acknowledged_is_what_was_marked(race, locks, round_):
    attempt = AttemptFactory()
    question, student = read(attempt.layout)[0].question_id, attempt.enrollment.student
    right = responses(attempt)[question]["option"]
    acknowledged = []

    def saver(start):
        def call():
            for revision in range(start, start + 40, 8):
                place = right if revision % 2 else right % 3 + 1
                services.save_answer(
                    attempt=attempt, question_id=question, response={"option": place}, revision=revision
                )
                acknowledged.append((revision, place))

        return call

    def submit():
        row = Attempt.objects.select_related("enrollment__course", "quiz__lesson", "quiz__course").get(
            pk=attempt.pk
        )
        return services.submit_attempt(attempt=row, by=student)

    results = race(*[saver(n + 1) for n in range(8)], *[submit] * 4)
    assert {type(error) for error in failures(results)} <= {AttemptClosed, StaleRevision}
    row = Answer.objects.get(attempt=attempt, question=question)
    if acknowledged:
        revision, place = max(acknowledged)
        assert (row.revision, row.response) == (revision, {"option": place})
    assert row.graded_revision == row.revision
    assert row.is_correct == (row.response == {"option": right})
