"""Starting, saving and submitting: what is done, what is refused, and that a refusal changes nothing."""

import uuid
from datetime import timedelta

import pytest

from enrollments.models import Enrollment
from enrollments.services import drop, suspend
from enrollments.tests.factories import EnrollmentFactory
from lms.lib.errors import DomainError
from quizzes import services
from quizzes.exceptions import (
    AccessRefused,
    AttemptClosed,
    AttemptsExhausted,
    InvalidResponse,
    NotFound,
    QuizClosed,
    StaleRevision,
)
from quizzes.models import Answer, Attempt
from quizzes.permissions import can_start
from quizzes.services import Sent
from quizzes.tests.factories import AttemptFactory, QuizFactory, answer_all, responses, whole

pytestmark = pytest.mark.django_db


def stored(attempt):
    rows = Answer.objects.filter(attempt=attempt).order_by("pk")
    return list(
        rows.values("question_id", "response", "revision", "is_flagged", "answered_at", "points_earned")
    )


def question_of(attempt, kind):
    return next(uuid.UUID(q["id"]) for q in attempt.layout["questions"] if q["type"] == kind)


# --- Start


def test_a_start_draws_every_question_once():
    quiz = QuizFactory(passing_score=75)
    attempt = AttemptFactory(quiz=quiz)
    assert (attempt.is_new, attempt.number, attempt.status, attempt.passing_score) == (
        True,
        1,
        "in_progress",
        75,
    )
    drawn = [entry["id"] for entry in attempt.layout["questions"]]
    assert drawn == [str(pk) for pk in quiz.questions.values_list("pk", flat=True)]
    rows = Answer.objects.filter(attempt=attempt)
    assert sorted(str(row.question_id) for row in rows) == sorted(drawn)
    assert {(row.response, row.revision, row.points_earned) for row in rows} == {(None, 0, None)}


def test_starting_again_goes_on_with_the_same_attempt():
    first = AttemptFactory()
    again = services.start_attempt(quiz=whole(first.quiz), student=first.enrollment.student)
    assert again == first and not again.is_new
    assert Attempt.objects.count() == 1


def test_a_running_attempt_goes_on_though_the_quiz_was_taken_back():
    attempt = AttemptFactory()
    services.unpublish_quiz(quiz=attempt.quiz)
    again = services.start_attempt(quiz=whole(attempt.quiz), student=attempt.enrollment.student)
    assert again == attempt


def test_shuffled_questions_and_options_keep_true_before_false():
    quiz = QuizFactory(shuffle_questions=True, shuffle_options=True)
    seen_questions, seen_options = set(), set()
    for _n in range(25):
        layout = AttemptFactory(quiz=quiz).layout["questions"]
        seen_questions.add(tuple(entry["id"] for entry in layout))
        by_type = {entry["type"]: entry for entry in layout}
        seen_options.add(tuple(by_type["multiple_choice"]["options"]))
        two = quiz.questions.get(type="true_false").options.order_by("position")
        assert by_type["true_false"]["options"] == [str(option.pk) for option in two]
    assert len(seen_questions) > 1 and len(seen_options) > 1


@pytest.mark.parametrize(
    ("spoil", "error", "code"),
    [
        (lambda quiz, row: services.unpublish_quiz(quiz=quiz), NotFound, "not_found"),
        (lambda quiz, row: drop(enrollment=row, by=row.student), AccessRefused, "dropped"),
        (
            lambda quiz, row: suspend(enrollment=row, by=quiz.course.instructor, reason="Late fees"),
            AccessRefused,
            "suspended",
        ),
        (
            lambda quiz, row: Enrollment.objects.filter(pk=row.pk).update(
                enrolled_at=row.enrolled_at - timedelta(days=9),
                expires_at=row.enrolled_at - timedelta(days=1),
            ),
            AccessRefused,
            "access_expired",
        ),
        (lambda quiz, row: None, None, "start"),
    ],
)
def test_who_may_start(spoil, error, code):
    quiz = QuizFactory()
    row = EnrollmentFactory(course=quiz.course)
    spoil(quiz, row)
    answer = can_start(whole(quiz), row.student)
    assert (answer.allowed, answer.code) == (error is None, code)
    if error is not None:
        with pytest.raises(error) as refusal:
            services.start_attempt(quiz=whole(quiz), student=row.student)
        assert refusal.value.code == code
        assert not Attempt.objects.exists()


def test_a_stranger_is_told_to_enroll(student):
    quiz = QuizFactory()
    with pytest.raises(AccessRefused) as refusal:
        services.start_attempt(quiz=whole(quiz), student=student)
    assert (refusal.value.code, refusal.value.status) == ("not_enrolled", 403)
    assert refusal.value.next_url == quiz.course.get_absolute_url()
    assert not Attempt.objects.exists()


def test_a_locked_lesson_locks_its_quiz():
    quiz = QuizFactory(lesson=True, course__is_sequential=True)
    row = EnrollmentFactory(course=quiz.course)
    with pytest.raises(AccessRefused) as refusal:
        services.start_attempt(quiz=whole(quiz), student=row.student)
    assert refusal.value.code == "previous_lesson"
    assert not Attempt.objects.exists()


def test_no_more_attempts_than_allowed():
    quiz = QuizFactory(max_attempts=2)
    attempt = AttemptFactory(quiz=quiz, answers="wrong")
    row = attempt.enrollment
    second = AttemptFactory(quiz=quiz, enrollment=row, answers="wrong")
    assert second.number == 2
    with pytest.raises(AttemptsExhausted):
        services.start_attempt(quiz=whole(quiz), student=row.student)
    assert Attempt.objects.count() == 2


def test_a_quiz_taken_back_starts_no_new_attempt():
    attempt = AttemptFactory(answers="wrong")
    services.unpublish_quiz(quiz=attempt.quiz)
    with pytest.raises(QuizClosed):
        services.start_attempt(quiz=whole(attempt.quiz), student=attempt.enrollment.student)
    assert Attempt.objects.count() == 1


# --- Save


def test_saving_a_choice_and_clearing_it():
    attempt = AttemptFactory()
    question = question_of(attempt, "single_choice")
    saved = services.save_answer(attempt=attempt, question_id=question, response={"option": 2}, revision=1)
    row = Answer.objects.get(attempt=attempt, question=question)
    assert (row.response, row.revision, row.answered_at) == ({"option": 2}, 1, saved.answered_at)
    services.save_answer(attempt=attempt, question_id=question, response=None, revision=2, is_flagged=True)
    row.refresh_from_db()
    assert (row.response, row.revision, row.is_flagged) == (None, 2, True)
    assert Answer.objects.filter(pk=row.pk, response__isnull=True).exists()


def test_the_places_of_a_multiple_choice_are_a_set():
    attempt = AttemptFactory()
    question = question_of(attempt, "multiple_choice")
    services.save_answer(attempt=attempt, question_id=question, response={"options": [3, 1]}, revision=7)
    assert Answer.objects.get(attempt=attempt, question=question).response == {"options": [1, 3]}


def test_a_lower_revision_never_overwrites_a_higher_one():
    attempt = AttemptFactory()
    question = question_of(attempt, "single_choice")
    save = lambda place, revision: services.save_answer(  # noqa: E731
        attempt=attempt, question_id=question, response={"option": place}, revision=revision
    )
    save(1, 5)
    before = stored(attempt)
    assert save(1, 5).revision == 5  # the same again is fine
    for place, revision in [(2, 5), (2, 4), (1, 4)]:
        with pytest.raises(StaleRevision) as refusal:
            save(place, revision)
        assert refusal.value.extra["answer"] == {
            "question": str(question), "response": {"option": 1}, "revision": 5, "is_flagged": False,
        }  # fmt: skip
    assert stored(attempt) == before


@pytest.mark.parametrize(
    ("kind", "response"),
    [
        ("single_choice", {"option": 0}),
        ("single_choice", {"option": 4}),
        ("single_choice", {"option": "1"}),
        ("single_choice", {"option": True}),
        ("single_choice", {"option": 1.0}),
        ("single_choice", {"option": None}),
        ("single_choice", {"option": [1]}),
        ("single_choice", {"options": [1]}),
        ("single_choice", {"option": 1, "score": 4}),
        ("single_choice", {}),
        ("single_choice", []),
        ("single_choice", "Cairo"),
        ("true_false", {"option": 3}),
        ("multiple_choice", {"options": [1, 1]}),
        ("multiple_choice", {"options": [1, 5]}),
        ("multiple_choice", {"options": {"1": True}}),
        ("multiple_choice", {"option": 1}),
        ("multiple_choice", {"options": [[1]]}),
    ],
)
def test_a_response_of_another_shape_is_refused(kind, response):
    attempt = AttemptFactory()
    before = stored(attempt)
    with pytest.raises(InvalidResponse):
        services.save_answer(
            attempt=attempt, question_id=question_of(attempt, kind), response=response, revision=1
        )
    assert stored(attempt) == before


def test_an_answer_to_another_attempt_or_question_is_not_found(classmate):
    attempt, other = AttemptFactory(), AttemptFactory()
    mine, theirs = question_of(attempt, "true_false"), question_of(other, "true_false")
    before = stored(attempt), stored(other)
    for calls in (
        {"attempt": attempt, "question_id": theirs},
        {"attempt": other, "question_id": theirs, "student": attempt.enrollment.student},
        {"attempt": attempt, "question_id": uuid.uuid4()},
        {"attempt": uuid.uuid4(), "question_id": mine},
    ):
        with pytest.raises(NotFound):
            services.save_answer(response={"option": 1}, revision=1, **calls)
    assert (stored(attempt), stored(other)) == before


def test_nothing_is_saved_in_a_closed_attempt():
    attempt = AttemptFactory(answers="right")
    before = stored(attempt)
    with pytest.raises(AttemptClosed):
        services.save_answer(
            attempt=attempt,
            question_id=question_of(attempt, "true_false"),
            response={"option": 2},
            revision=9,
        )
    assert stored(attempt) == before


def test_who_lost_access_saves_no_more_but_is_marked():
    attempt = AttemptFactory()
    answer_all(attempt)
    suspend(enrollment=attempt.enrollment, by=attempt.quiz.course.instructor, reason="Late fees")
    before = stored(attempt)
    with pytest.raises(AccessRefused) as refusal:
        services.save_answer(
            attempt=attempt, question_id=question_of(attempt, "true_false"), response=None, revision=9
        )
    assert refusal.value.code == "suspended" and stored(attempt) == before
    done = services.submit_attempt(attempt=attempt, by=attempt.quiz.course.instructor)
    assert (done.percentage, done.submitted_by) == (100, "staff")


def test_several_answers_are_saved_in_one_statement(max_queries):
    attempt = AttemptFactory(quiz=QuizFactory(questions=5))
    ids = [uuid.UUID(entry["id"]) for entry in attempt.layout["questions"]]
    services.save_answer(attempt=attempt, question_id=ids[0], response={"option": 3}, revision=8)
    sent = {pk: Sent({"option": 1}, 1, pk == ids[1]) for pk in ids} | {ids[2]: Sent(None, 1)}
    student = attempt.enrollment.student
    with max_queries(3):  # one of them reads what was not written
        late = services.save_answers(attempt=attempt, student=student, answers=sent)
    assert late == {ids[0]}
    found = {row["question_id"]: row for row in stored(attempt)}
    assert [found[pk]["response"] for pk in ids] == [
        {"option": 3},
        {"option": 1},
        None,
        {"option": 1},
        {"option": 1},
    ]
    assert [found[pk]["is_flagged"] for pk in ids] == [False, True, False, False, False]


# --- Submit


def test_submitting_twice_marks_once():
    attempt = AttemptFactory(answers="right")
    attempt.refresh_from_db()
    facts = Attempt.objects.values().get(pk=attempt.pk), stored(attempt)
    again = services.submit_attempt(
        attempt=Attempt.objects.select_related("enrollment").get(pk=attempt.pk),
        by=attempt.enrollment.student,
        answers={pk: Sent(None, 99) for pk in responses(attempt)},
    )
    assert (again.status, again.score) == ("graded", 4)
    assert (Attempt.objects.values().get(pk=attempt.pk), stored(attempt)) == facts


def test_what_was_not_sent_before_goes_with_the_submit():
    attempt = AttemptFactory()
    answers = {pk: Sent(response, 3) for pk, response in responses(attempt).items()}
    done = services.submit_attempt(attempt=attempt, by=attempt.enrollment.student, answers=answers)
    assert (done.score, done.max_score, done.percentage, done.is_passed) == (4, 4, 100, True)
    assert all(row.revision == row.graded_revision == 3 for row in done.answers.all())


def test_a_bad_answer_refuses_the_whole_submit():
    attempt = AttemptFactory()
    before = stored(attempt)
    question = question_of(attempt, "single_choice")
    for answers in ({question: Sent({"option": 9}, 1)}, {uuid.uuid4(): Sent({"option": 1}, 1)}):
        with pytest.raises(DomainError):
            services.submit_attempt(attempt=attempt, by=attempt.enrollment.student, answers=answers)
    attempt.refresh_from_db()
    assert attempt.is_open and stored(attempt) == before


def test_what_is_unanswered_scores_nothing():
    attempt = AttemptFactory()
    done = services.submit_attempt(attempt=attempt, by=attempt.enrollment.student)
    assert (done.score, done.percentage, done.is_passed) == (0, 0, False)
    assert set(done.answers.values_list("points_earned", "is_correct")) == {(0, False)}


def test_part_marks_and_the_pass_mark_of_the_start():
    attempt = AttemptFactory(quiz=QuizFactory(passing_score=75))
    for question, response in responses(attempt).items():
        if question != question_of(attempt, "multiple_choice"):
            services.save_answer(attempt=attempt, question_id=question, response=response, revision=1)
    services.save_answer(
        attempt=attempt,
        question_id=question_of(attempt, "multiple_choice"),
        response={"options": [1]},
        revision=1,
    )
    services.update_quiz(quiz=attempt.quiz, passing_score=90)
    done = services.submit_attempt(attempt=attempt, by=attempt.enrollment.student)
    assert (done.score, done.percentage, done.is_passed) == (3, 75, True)


def test_a_damaged_key_waits_for_a_person_and_fails_no_submit():
    attempt = AttemptFactory()
    answer_all(attempt)
    question = attempt.quiz.questions.get(type="single_choice")
    question.options.update(is_correct=False)
    done = services.submit_attempt(attempt=attempt, by=attempt.enrollment.student)
    assert (done.status, done.score) == ("submitted", None)
    assert done.answers.get(question=question).points_earned is None
    assert done.answers.exclude(question=question).filter(points_earned__gt=0).count() == 2
