"""Figures of a quiz: tables worked out by hand, and NumPy's own answer to the same question."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import numpy as np
import pytest
from django.utils import timezone

from accounts.tests.factories import UserFactory
from enrollments.models import Enrollment
from quizzes import services
from quizzes.layout import Source, draw
from quizzes.models import Answer, Attempt, Quiz
from quizzes.services.items import correlation, key_looks_wrong
from quizzes.services.statistics import histogram_of
from quizzes.tests.factories import AttemptFactory, QuizFactory, add_essay

pytestmark = pytest.mark.django_db
V1 = "/api/v1"


def sit(quiz, marks, responses=None, *, seconds=60):
    """Let a new student for each row of `marks` (points by question) sit the quiz; the rows are made at once."""
    questions = list(quiz.questions.order_by("position"))
    people = [UserFactory.build() for _row in marks]
    type(people[0]).objects.bulk_create(people)
    enrollments = Enrollment.objects.bulk_create(
        Enrollment(student=person, course=quiz.course) for person in people
    )
    now, most = timezone.now(), sum(question.points for question in questions)
    sources = [
        Source(question, tuple(question.options.order_by("position").values_list("pk", "text", "match_text")))
        for question in questions
    ]
    laid_out = draw(sources, shuffle_questions=False, shuffle_options=False)
    attempts = Attempt.objects.bulk_create(
        Attempt(quiz=quiz, enrollment=row, number=1, status="graded", layout=laid_out, started_at=now,
                submitted_at=now + timedelta(seconds=seconds), graded_at=now, passing_score=quiz.passing_score,
                score=sum(given), max_score=most, percentage=Decimal(sum(given)) * 100 / most,
                is_passed=sum(given) * 100 / most >= quiz.passing_score)
        for row, given in zip(enrollments, marks, strict=True)
    )  # fmt: skip
    Answer.objects.bulk_create(
        Answer(attempt=attempt, question=question, points_max=question.points, points_earned=points,
               response=responses[n][m] if responses else {"option": 1}, revision=1, graded_revision=1,
               key_version=1)
        for n, (attempt, given) in enumerate(zip(attempts, marks, strict=True))
        for m, (question, points) in enumerate(zip(questions, given, strict=True))
    )  # fmt: skip
    return attempts


def test_no_data_is_null():
    quiz = QuizFactory(questions=1)
    found = services.quiz_statistics(quiz)
    assert (found.attempts, found.students, found.graded, found.histogram) == (0, 0, 0, (0,) * 10)
    assert (found.average, found.median, found.pass_rate, found.median_seconds) == (None,) * 4
    (item,) = found.items
    assert (item.n, item.unanswered, item.choices, item.key_looks_wrong) == (0, 0, (), False)
    assert (item.difficulty, item.discrimination, item.mean_seconds) == (None, None, None)
    assert services.quiz_statistics_of([]) == {}


def test_figures_by_hand():
    """One student at 0 and then 100, one at 75, one at 0, one who waits, one in progress; staff and voided left out."""
    quiz = QuizFactory()
    twice = AttemptFactory(quiz=quiz, answers="wrong").enrollment
    AttemptFactory(quiz=quiz, enrollment=twice, answers="right")
    AttemptFactory(quiz=quiz, answers="wrong")
    AttemptFactory(quiz=quiz)
    staff = [AttemptFactory(quiz=quiz, student=person, answers="right") for person in
             (quiz.course.instructor, UserFactory(role="admin"))]  # fmt: skip
    voided = AttemptFactory(quiz=quiz, answers="right")
    services.void_attempt(attempt=voided, reason="Copied", by=quiz.course.instructor)
    part = AttemptFactory(quiz=quiz)
    capital, _even, nile = part.layout["questions"]
    for entry in (capital, nile):  # the right option stands first
        services.save_answer(attempt=part, question_id=UUID(entry["id"]), revision=1, response={"option": 1})
    services.submit_attempt(attempt=part, by=part.enrollment.student)
    start = timezone.now()
    for n, row in enumerate(Attempt.objects.closed().exclude(pk__in=[one.pk for one in staff])):
        Attempt.objects.filter(pk=row.pk).update(
            started_at=start, submitted_at=start + timedelta(seconds=n * n * 10)
        )
    found = services.quiz_statistics(quiz)
    assert (found.attempts, found.students, found.graded) == (4, 3, 3)
    assert (found.average, found.median, found.pass_rate) == (Decimal(50), Decimal(50), Decimal("33.33"))
    assert found.histogram == (1, 0, 0, 0, 0, 1, 0, 0, 0, 1)
    assert found.median_seconds == 25  # of 0, 10, 40, 90
    first, even, true = found.items
    assert (first.n, first.unanswered, first.difficulty) == (3, 0, 0.3333)  # first attempts alone
    assert (even.n, even.unanswered, even.difficulty) == (3, 1, 0)
    assert (true.difficulty, true.discrimination) == (0.3333, None)
    assert [(choice.is_correct, choice.share) for choice in first.choices] == [
        (True, 0.3333), (False, 0.6667), (False, 0),
    ]  # fmt: skip
    assert [choice.share for choice in even.choices] == [0, 0.6667, 0, 0.6667]


@pytest.mark.parametrize(
    ("policy", "average", "median", "passed"),
    [("best", "100", "100", "100"), ("last", "0", "0", "0"), ("average", "50", "50", "0")],
)
def test_results_follow_the_policy(policy, average, median, passed):
    quiz = QuizFactory(questions=1, scoring_policy=policy)
    row = AttemptFactory(quiz=quiz, answers="right").enrollment
    AttemptFactory(quiz=quiz, enrollment=row, answers="wrong")
    found = services.quiz_statistics(quiz)
    assert [found.average, found.median, found.pass_rate] == [
        Decimal(one) for one in (average, median, passed)
    ]
    assert sum(found.histogram) == found.students == 1


def test_who_waits_for_a_person_has_no_result_yet():
    quiz = QuizFactory(draft=True, questions=1)
    add_essay(quiz)
    services.publish_quiz(quiz=quiz)
    AttemptFactory(quiz=quiz, answers="right")
    found = services.quiz_statistics(quiz)
    assert (found.attempts, found.students, found.graded, found.average, found.pass_rate) == (
        1,
        1,
        0,
        None,
        None,
    )
    assert [item.n for item in found.items] == [0, 0]


def test_an_item_by_hand():
    """Ten students, two questions of a point. Four know both, one only the first, one only the second, four none.

    x and y are 0 or 1: sums 5 and 5, products 4, so r = (10·4 − 25) ÷ (10·5 − 25) = 15 ÷ 25 = 0.6.
    """
    quiz = QuizFactory(questions=2)
    sit(quiz, [[1, 1]] * 4 + [[0, 1], [1, 0]] + [[0, 0]] * 4)
    first, second = services.quiz_statistics(quiz).items
    assert (first.n, first.difficulty, first.discrimination) == (10, 0.5, 0.6)
    assert second.discrimination == 0.6 and not first.is_few and not first.key_looks_wrong


def test_nine_answers_tell_no_discrimination():
    quiz = QuizFactory(questions=2)
    sit(quiz, [[1, 1]] * 5 + [[0, 0]] * 4)
    first, _second = services.quiz_statistics(quiz).items
    assert first.is_few and first.discrimination is None and first.difficulty == 0.5556


@pytest.mark.parametrize("marks", [[1, 1], [0, 0]])
def test_what_never_varies_has_no_discrimination(marks):
    quiz = QuizFactory(questions=2)
    sit(quiz, [marks] * 12)
    assert {item.discrimination for item in services.quiz_statistics(quiz).items} == {None}


def test_one_question_alone_has_no_rest():
    quiz = QuizFactory(questions=1)
    sit(quiz, [[1], [0]] * 10)
    (item,) = services.quiz_statistics(quiz).items
    assert (item.difficulty, item.discrimination) == (0.5, None)


def test_numpy_finds_the_same():
    """Sixty students by chance, questions of different points and part marks: difficulty and discrimination."""
    chance = np.random.default_rng(7)
    quiz = QuizFactory(draft=True)  # 1, 2 and 1 points
    for points in (3, 7):
        services.add_question(quiz=quiz, type="single_choice", text="Is it so?", points=points,
                              options=[("Yes", True), ("No", False)])  # fmt: skip
    most = np.array([1, 2, 1, 3, 7])
    skill = chance.random((60, 1))
    shares = np.round(np.clip(skill + chance.normal(0, 0.3, (60, 5)), 0, 1), 2)
    marks = np.round(shares * most, 2)
    sit(quiz, [[Decimal(str(one)) for one in row] for row in marks])
    found = services.quiz_statistics(quiz)
    for n, item in enumerate(found.items):
        rest = (marks.sum(axis=1) - marks[:, n]) / (most.sum() - most[n])
        assert item.difficulty == pytest.approx((marks[:, n] / most[n]).mean(), abs=1e-4)
        assert item.discrimination == pytest.approx(np.corrcoef(marks[:, n] / most[n], rest)[0, 1], abs=1e-4)
    shown = np.array([float(row.percentage) for row in Attempt.objects.all()])
    assert float(found.median) == pytest.approx(np.median(shown), abs=0.01)
    assert float(found.average) == pytest.approx(shown.mean(), abs=0.01)
    bars, _edges = np.histogram(shown, bins=10, range=(0, 100))
    assert list(found.histogram) == list(bars)


def test_correlation_keeps_within_its_bounds():
    sums = {"pairs": 3, "sx": 0.3, "sy": 0.3, "sxx": 0.05, "syy": 0.05, "sxy": 0.05}
    assert correlation(sums) == 1
    assert correlation(sums | {"sxx": 0.03}) is None


def test_bars():
    shown = [Decimal(one) for one in ("0", "9.99", "10", "59.99", "60", "99.99", "100")]
    assert histogram_of(shown) == (2, 1, 0, 0, 0, 1, 1, 0, 0, 2)


def test_a_wrong_key_shows():
    """Nine students who know the rest choose the second option, where the key says the first; twelve know nothing."""
    quiz = QuizFactory(questions=5)
    one, two = {"option": 1}, {"option": 2}
    sit(
        quiz,
        [[0, 1, 1, 1, 1]] * 9 + [[1, 0, 0, 0, 0]] * 12,
        [[two, *[one] * 4]] * 9 + [[one, *[two] * 4]] * 12,
    )
    first, *others = services.quiz_statistics(quiz).items
    assert first.discrimination == -1 and first.key_looks_wrong
    assert [(c.share, c.upper_share) for c in first.choices] == [(0.5714, 0), (0.4286, 1), (0, 0)]
    assert not any(item.key_looks_wrong for item in others) and others[0].discrimination > 0.9


def test_the_upper_third_alone_can_doubt_a_key():
    """The whole does well by the key, but of the best third more choose one wrong option."""
    quiz = QuizFactory(questions=3)
    one, two = {"option": 1}, {"option": 2}
    marks = [[0, 1, 1]] * 5 + [[1, 1, 1]] * 3 + [[1, 1, 0]] * 8 + [[0, 0, 0]] * 8
    given = [[two, one, one]] * 5 + [[one, one, one]] * 3 + [[one, one, two]] * 8 + [[two, two, two]] * 8
    sit(quiz, marks, given)
    first, _second, _third = services.quiz_statistics(quiz).items
    assert first.discrimination > -0.1 and first.key_looks_wrong
    assert [(c.share, c.upper_share) for c in first.choices][:2] == [(0.4583, 0.375), (0.5417, 0.625)]


def test_nineteen_answers_doubt_no_key():
    quiz = QuizFactory(questions=2)
    sit(quiz, [[0, 1]] * 9 + [[1, 0]] * 10)
    first, _second = services.quiz_statistics(quiz).items
    assert first.discrimination == -1 and not first.key_looks_wrong
    assert not key_looks_wrong(services.ItemStatistics(first.question_id, 1, n=20), ())


@pytest.mark.parametrize(
    ("response", "unanswered"),
    [
        (None, 1), ({"text": ""}, 1), ({"text": " \n\t "}, 1), ({"text": "a b"}, 0), ({"options": []}, 1),
        ({"options": [2]}, 0), ({"blanks": ["", " "]}, 1), ({"blanks": ["", "x"]}, 0), ({"pairs": {}}, 1),
        ({"pairs": {"1": "a"}}, 0), ({"order": []}, 1), ({"option": 1}, 0),
    ],
)  # fmt: skip
def test_empty_responses_are_unanswered(response, unanswered):
    quiz = QuizFactory(questions=1)
    sit(quiz, [[0]], [[response]])
    (item,) = services.quiz_statistics(quiz).items
    assert (item.n, item.unanswered) == (1, unanswered)


def test_excluded_questions_have_no_difficulty_and_time_is_of_those_who_told():
    quiz = QuizFactory(questions=2)
    attempts = sit(quiz, [[0, 1], [0, 0], [0, 0]])
    first, second = quiz.questions.order_by("position")
    Answer.objects.filter(question=first).update(points_max=0)
    for attempt, seconds in zip(attempts, (10, 25, 0), strict=True):
        Answer.objects.filter(attempt=attempt, question=second).update(time_spent_seconds=seconds)
    gone, kept = services.quiz_statistics(quiz).items
    assert (gone.n, gone.difficulty, gone.mean_seconds) == (3, None, None)
    assert (kept.difficulty, kept.mean_seconds) == (0.3333, 18)


def test_many_quizzes_at_once(max_queries):
    course = QuizFactory(questions=1).course
    quizzes = [QuizFactory(questions=2, course=course) for _n in range(2)]
    sit(quizzes[0], [[1, 1], [0, 1]])
    sit(quizzes[1], [[0, 0]])
    Quiz.objects.filter(pk=quizzes[0].pk).update(position=9)  # their order is not that of their ids
    rows = list(Quiz.objects.filter(course=course))
    with max_queries(6):
        found = services.quiz_statistics_of(rows)
    assert {pk: (one.students, one.average) for pk, one in found.items() if one.students} == {
        quizzes[0].pk: (2, Decimal(75)), quizzes[1].pk: (1, Decimal(0)),
    }  # fmt: skip
    assert found[quizzes[0].pk] == services.quiz_statistics(quizzes[0])
    assert found[quizzes[1].pk].items[0].choices[0].share == 1


@pytest.mark.parametrize("students", [1, 30])
def test_statistics_by_the_api_cost_the_same_for_many(login, max_queries, students):
    quiz = QuizFactory(questions=2 if students == 1 else 6)
    sit(quiz, [[1] * quiz.total_questions] * students)
    browser = login(quiz.course.instructor)
    with max_queries(10):
        body = browser.get(f"{V1}/quizzes/{quiz.pk}/statistics").json()
    assert (body["students"], body["average"], body["histogram"][9]) == (students, 100.0, students)
    assert body["median_seconds"] == 60 and len(body["items"]) == quiz.total_questions
    assert body["items"][0]["choices"][0] | {"option": ""} == {
        "option": "", "is_correct": True, "share": 1.0, "upper_share": 1.0,
    }  # fmt: skip


def test_staff_see_the_figures_beside_the_questions(login):
    quiz = QuizFactory(questions=5)
    browser, page = login(quiz.course.instructor), f"/admin/quizzes/quiz/{quiz.pk}/change/"
    assert "Pass rate" not in browser.get(page).content.decode()
    one, two = {"option": 1}, {"option": 2}
    sit(
        quiz,
        [[0, 1, 1, 1, 1]] * 9 + [[1, 0, 0, 0, 0]] * 12,
        [[two, *[one] * 4]] * 9 + [[one, *[two] * 4]] * 12,
    )
    text = browser.get(page).content.decode()
    assert "Pass rate" in text and "42.85%" in text and text.count("The key looks wrong") == 1
    assert "Mean share of the points" in text and text.count("What was chosen") == 10
