"""Pools and draws, and copies: which questions an attempt has, and what becomes of a duplicated course."""

from collections import Counter
from decimal import Decimal

import pytest
from django.urls import reverse

from courses import services as course_services
from courses.exceptions import NotPublishable
from enrollments.tests.factories import EnrollmentFactory
from lms.lib.errors import DomainError
from quizzes import services
from quizzes.exceptions import NotFound
from quizzes.models import Attempt, Question, Quiz
from quizzes.tests.factories import CAPITALS, AttemptFactory, QuizFactory, add_every_type, whole

pytestmark = pytest.mark.django_db
V1 = "/api/v1"


def bank(easy=4, hard=3, rest=2, **options):
    """Return an unpublished quiz with tagged questions: easy ones of 1 point, hard ones of 2, others of 1."""
    quiz = QuizFactory(draft=True, questions=0, **options)
    for tag, count, points in (("Easy", easy, 1), ("hard", hard, 2), ("", rest, 1)):
        for number in range(count):
            services.add_question(
                quiz=quiz, type="single_choice", text=f"{tag or 'Other'} question {number}", options=CAPITALS,
                points=points, tags=[tag] if tag else [],
            )  # fmt: skip
    return quiz


RULES = [{"tag": "easy", "count": 2}, {"tag": "hard", "count": 1}, {"tag": None, "count": 1}]


def drawn(attempt):
    ids = [entry["id"] for entry in attempt.layout["questions"]]
    texts = Question.objects.in_bulk(ids)
    return [str(texts[pk].text) for pk in texts]


def blocking(quiz):
    return {problem.code for problem in quiz.problems() if problem.is_blocking}


def test_each_attempt_draws_from_each_pool(login):
    quiz = bank()
    services.update_quiz(quiz=quiz, questions_per_attempt=4, draw_rules=RULES)
    services.publish_quiz(quiz=quiz)
    assert (quiz.total_questions, quiz.total_points, quiz.attempt_points) == (9, 12, 5)
    attempts = [AttemptFactory(quiz=whole(quiz)) for _n in range(8)]
    for attempt in attempts:
        kinds = Counter(text.split()[0] for text in drawn(attempt))
        assert kinds == {"Easy": 2, "hard": 1, "Other": 1} and attempt.answers.count() == 4
    assert len({tuple(sorted(drawn(attempt))) for attempt in attempts}) > 1
    browser = login(attempts[0].enrollment.student)
    assert "4 questions" in browser.get(quiz.get_absolute_url()).text
    shown = browser.get(f"{V1}/quizzes/{quiz.pk}").json()
    assert (shown["questions_in_attempt"], shown["points_in_attempt"]) == (4, 5)
    assert "draw_rules" not in shown and "total_questions" not in shown
    page = browser.get(attempts[0].get_absolute_url()).text
    others = set(Question.objects.values_list("text", flat=True)) - set(drawn(attempts[0]))
    assert not [text for text in others if text in page]
    services.submit_attempt(attempt=attempts[0], by=attempts[0].enrollment.student)
    assert Attempt.objects.get(pk=attempts[0].pk).max_score == 5


def test_a_draw_is_fair():
    quiz = bank(easy=5, hard=0, rest=0)
    services.update_quiz(quiz=quiz, questions_per_attempt=2)
    services.publish_quiz(quiz=quiz)
    times = Counter(text for _n in range(60) for text in drawn(AttemptFactory(quiz=whole(quiz))))
    # 24 each; the chance of leaving 6…45 by luck is below one in a hundred thousand
    assert len(times) == 5 and all(6 < count < 45 for count in times.values())


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"questions_per_attempt": 10}, "draw_too_large"),
        ({"questions_per_attempt": 5}, "draw_uneven_points"),
        ({"questions_per_attempt": 5, "draw_rules": RULES}, "draw_mismatch"),
        ({"draw_rules": RULES}, "draw_mismatch"),
        ({"questions_per_attempt": 4, "draw_rules": [RULES[0], RULES[0]]}, "draw_mismatch"),
        ({"questions_per_attempt": 4, "draw_rules": [{"tag": "hard", "count": 4}]}, "draw_too_large"),
    ],
)
def test_a_draw_that_does_not_work_out_is_not_published(settings, code):
    quiz = bank()
    services.update_quiz(quiz=quiz, **settings)
    assert blocking(quiz) == {code}
    with pytest.raises(NotPublishable):
        services.publish_quiz(quiz=quiz)
    services.update_quiz(quiz=quiz, questions_per_attempt=None, draw_rules=[])
    services.publish_quiz(quiz=quiz)
    with pytest.raises(NotPublishable):
        services.update_quiz(quiz=quiz, **settings)
    assert Quiz.objects.get().draw_rules == []


@pytest.mark.parametrize(
    "rules",
    ["easy", [1], [{"tag": "a"}], [{"tag": "a", "count": 0}], [{"tag": "a", "count": True}], [{"tag": "", "count": 1}],
     [{"tag": "a\x00", "count": 1}], [{"tag": "a", "count": 1}] * 21],
)  # fmt: skip
def test_rules_of_another_shape_are_refused(api, rules):
    quiz = bank(1, 0, 0)
    answer = api(quiz.course.instructor).patch(
        f"{V1}/quizzes/{quiz.pk}", {"draw_rules": rules}, format="json"
    )
    assert answer.status_code == 422 and Quiz.objects.get().draw_rules == []


def test_pools_in_the_admin(login):
    quiz = bank()
    browser, page = login(quiz.course.instructor), reverse("admin:quizzes_quiz_change", args=[quiz.pk])
    form = browser.get(page).context["adminform"].form
    data = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    sent = data | {"questions_per_attempt": "4", "pools": "easy: 2\nhard: 1\n*: 1"}
    assert browser.post(page, sent).status_code == 302
    assert Quiz.objects.get().draw_rules == RULES
    assert "easy: 2\nhard: 1\n*: 1" in browser.get(page).text
    assert "a colon and a number" in browser.post(page, sent | {"pools": "easy"}).text


def test_editing_never_changes_a_running_attempt():
    quiz = bank()
    services.update_quiz(quiz=quiz, questions_per_attempt=4, draw_rules=RULES)
    services.publish_quiz(quiz=quiz)
    attempt = AttemptFactory(quiz=whole(quiz))
    before = attempt.layout
    services.add_question(quiz=quiz, type="single_choice", text="A new one", options=CAPITALS, tags=["easy"])
    services.update_quiz(quiz=quiz, questions_per_attempt=None, draw_rules=[], shuffle_options=True)
    again = services.start_attempt(quiz=whole(quiz), student=attempt.enrollment.student)
    assert (again.pk, again.layout) == (attempt.pk, before)


def test_duplicates_and_copied_questions(api, outsider_instructor):
    quiz = QuizFactory(draft=True, questions=0, time_limit_minutes=30)
    add_every_type(quiz)
    client = api(quiz.course.instructor)
    made = client.post(f"{V1}/quizzes/{quiz.pk}/duplicate", {}, format="json")
    assert (made.status_code, made.json()["is_published"], made.json()["time_limit_minutes"]) == (
        201,
        False,
        30,
    )
    copy = Quiz.objects.get(pk=made.json()["id"])
    assert (copy.total_questions, copy.total_points) == (quiz.total_questions, quiz.total_points)
    assert not set(copy.questions.values_list("pk")) & set(quiz.questions.values_list("pk"))
    assert copy.questions.get(type="matching").options.count() == 4 and not blocking(copy)
    one = quiz.questions.get(type="numeric")
    copied = client.post(
        f"{V1}/quizzes/{copy.pk}/questions/copy", {"question_ids": [str(one.pk)]}, format="json"
    )
    assert copied.status_code == 201 and copied.json()[0]["numeric_value"] == 6650
    assert Question.objects.get(pk=copied.json()[0]["id"]).copied_from == one
    foreign = QuizFactory(course__instructor=outsider_instructor).questions.first()
    with pytest.raises(NotFound):
        services.copy_questions(quiz=copy, question_ids=[foreign.pk], by=quiz.course.instructor)
    assert copy.questions.count() == 9


def test_a_duplicated_course_takes_its_quizzes_along():
    quiz = QuizFactory(lesson=True, time_limit_minutes=20, passing_score=Decimal(75))
    loose = QuizFactory(course=quiz.course, draft=True)
    AttemptFactory(quiz=quiz)
    copy = course_services.duplicate_course(course=quiz.course, by=quiz.course.instructor)
    made = {row.title: row for row in Quiz.objects.filter(course=copy).select_related("lesson")}
    assert set(made) == {quiz.title, loose.title}
    new = made[quiz.title]
    assert (new.is_published, new.passing_score, new.time_limit_minutes) == (True, 75, 20)
    assert new.lesson.course_id == copy.pk and new.lesson_id != quiz.lesson_id and new.attempts.count() == 0
    assert (made[loose.title].is_published, made[loose.title].lesson) == (False, None)
    copy.refresh_from_db()
    assert copy.quiz_count == 1
    course_services.publish(course=copy, by=copy.instructor)
    attempt = AttemptFactory(quiz=whole(new), enrollment=EnrollmentFactory(course=copy))
    assert len(attempt.layout["questions"]) == 3


def test_what_cannot_be_duplicated_into_another_course(api, outsider_instructor):
    quiz = bank(1, 0, 0)
    other = QuizFactory(course__instructor=outsider_instructor).course
    client = api(quiz.course.instructor)
    refused = client.post(f"{V1}/quizzes/{quiz.pk}/duplicate", {"course": str(other.pk)}, format="json")
    assert refused.status_code == 403 and Quiz.objects.filter(course=other).count() == 1
    with pytest.raises(DomainError):
        services.update_quiz(quiz=quiz, draw_rules="x")
