"""Keys, verdicts and graders that cross submits and starts: constraints and swaps decide, not luck."""

from decimal import Decimal
from threading import Event

import pytest

from enrollments.tests.factories import EnrollmentFactory
from quizzes import services
from quizzes.exceptions import (
    AlreadyGraded,
    AttemptsExhausted,
    NothingToRegrade,
    PreviewStale,
    RegradeRunning,
)
from quizzes.layout import read
from quizzes.marking import mark
from quizzes.models import Answer, Attempt, Question, Quiz
from quizzes.services import Grade, OptionDraft
from quizzes.services.grading import keys_of
from quizzes.tests.factories import AttemptFactory, QuizFactory, add_essay, answer_all

pytestmark = pytest.mark.django_db(transaction=True)
Status = Attempt.Status


def sitting(pk):
    """The attempt as the gates give it."""
    return Attempt.objects.select_related(
        "quiz__course", "quiz__lesson__module", "enrollment__course", "enrollment__student"
    ).get(pk=pk)


def whole(quiz):
    return Quiz.objects.select_related("course__instructor", "lesson__module").get(pk=quiz.pk)


def failures(results):
    return [result for result in results if isinstance(result, Exception)]


def turn(question, right):
    options = [
        OptionDraft(option.text, place == right, option.feedback, option.pk)
        for place, option in enumerate(question.options.order_by("position"), start=1)
    ]
    services.update_question(question=Question.objects.get(pk=question.pk), options=options)


def test_a_key_changed_and_regraded_during_submits(race):
    """Twenty submit while the key turns and the quiz is marked again, twice at once.

    In the end every answer names the present key and equals a fresh marking by it; nobody who had passed has not.
    """
    quiz = QuizFactory(questions=2)
    first = quiz.questions.order_by("position").first()
    passed = [AttemptFactory(quiz=quiz, answers="right") for _n in range(3)]
    running = [AttemptFactory(quiz=quiz) for _n in range(20)]
    for attempt in running:
        answer_all(attempt)
    half, turned = Event(), Event()

    def submit(n, attempt):
        def call():
            if n >= 10:
                half.wait(30)
            services.submit_attempt(attempt=sitting(attempt.pk), by=attempt.enrollment.student)

        return call

    def author():
        half.set()
        turn(first, 2)
        turned.set()

    def regrader():
        turned.wait(30)
        try:
            token = services.preview_regrade(whole(quiz)).token
            services.order_regrade(
                quiz=whole(quiz), token=token, reason="Wrong key", by=quiz.course.instructor
            )
        except (NothingToRegrade, RegradeRunning, PreviewStale):
            pass
        services.regrade_ordered()

    results = race(*[submit(n, one) for n, one in enumerate(running)], author, regrader, regrader)
    assert not failures(results)
    services.regrade_ordered()
    rows = {row.pk: row for row in Attempt.objects.all()}
    assert {row.status for row in rows.values()} == {Status.GRADED}
    assert not Attempt.objects.being_regraded().exists() and not Attempt.objects.behind().exists()
    for row in rows.values():
        keys = keys_of(read(row.layout))
        for answer in row.answers.all():
            key, version = keys[answer.question_id]
            fresh = mark(key, answer.response)
            assert (answer.key_version, answer.points_earned) == (version, fresh.points)
        assert row.score == sum(answer.points_earned for answer in row.answers.all())
    assert all(rows[attempt.pk].is_passed and rows[attempt.pk].pass_kept for attempt in passed)
    assert services.check_quiz_drift() == []


@pytest.mark.parametrize("verdict", ["void", "excuse", "reopen"])
def test_verdicts_against_starts_and_submits(race, verdict):
    """Three attempts allowed, one used: whatever staff decide meanwhile, never more than the limit count."""
    quiz = QuizFactory(questions=1, max_attempts=3)
    first = AttemptFactory(quiz=quiz, answers="wrong")
    student, by = first.enrollment.student, quiz.course.instructor

    def sit():
        while True:
            attempt = services.start_attempt(quiz=whole(quiz), student=student)
            services.submit_attempt(attempt=sitting(attempt.pk), by=student)

    def decide():
        attempt = sitting(first.pk)
        if verdict == "void":
            return services.void_attempt(attempt=attempt, reason="A reason", by=by)
        if verdict == "excuse":
            return services.excuse_attempt(attempt=attempt, reason="A reason", by=by)
        return services.reopen_attempt(attempt=attempt, minutes=5, reason="A reason", by=by)

    results = race(*[sit] * 6, decide, decide)
    assert {getattr(error, "code", repr(error)) for error in failures(results)} <= {
        "attempts_exhausted", "invalid_status",
    }  # fmt: skip
    with pytest.raises(AttemptsExhausted):
        sit()
    rows = list(Attempt.objects.order_by("number"))
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    counted = [row for row in rows if row.status != Status.VOIDED and not row.is_excused]
    assert [row.status for row in counted] == [Status.GRADED] * 3


def test_a_verdict_against_the_submit_of_the_same_attempt(race):
    """Voided or graded, never half: what is voided has its answers sealed or not, and submits once."""
    attempt = AttemptFactory(quiz=QuizFactory(questions=2))
    answer_all(attempt)
    by, student = attempt.quiz.course.instructor, attempt.enrollment.student
    results = race(
        *[lambda: services.submit_attempt(attempt=sitting(attempt.pk), by=student)] * 6,
        *[lambda: services.void_attempt(attempt=sitting(attempt.pk), reason="A reason", by=by)] * 3,
    )
    assert {error.code for error in failures(results)} == {"invalid_status"}
    assert len(failures(results)) == 2  # one of the three voids wins
    assert Attempt.objects.get().status == Status.VOIDED
    restored = services.restore_attempt(attempt=sitting(attempt.pk), reason="A reason", by=by)
    assert (restored.status, restored.percentage) == (Status.GRADED, 100)


def test_two_graders_on_one_answer(race):
    quiz = QuizFactory(draft=True, questions=1)
    essay = add_essay(quiz)
    services.publish_quiz(quiz=quiz)
    attempt = AttemptFactory(quiz=quiz, answers="right")
    by = quiz.course.instructor

    def give(points):
        return lambda: services.grade_attempt(
            attempt=sitting(attempt.pk), grades=[Grade(essay.pk, Decimal(points))], by=by
        )

    results = race(*[give(points) for points in (1, 2, 3, 4)])
    assert [type(error) for error in failures(results)] == [AlreadyGraded] * 3
    answer, row = Answer.objects.get(question=essay), Attempt.objects.get()
    assert row.score == answer.points_earned + 1 and row.status == Status.GRADED
    assert {error.extra["answer"]["points"] for error in failures(results)} == {float(answer.points_earned)}


def test_two_orders_at_once(race):
    quiz = QuizFactory(questions=1)
    AttemptFactory(quiz=quiz, answers="right")
    EnrollmentFactory(course=quiz.course)
    turn(quiz.questions.get(), 2)
    token = services.preview_regrade(quiz).token
    results = race(
        *[
            lambda: services.order_regrade(
                quiz=whole(quiz), token=token, reason="Wrong key", by=quiz.course.instructor
            )
        ]
        * 4
    )
    assert {type(error) for error in failures(results)} <= {RegradeRunning, NothingToRegrade}
    assert [result for result in results if result == 1] == [1]
