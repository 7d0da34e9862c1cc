"""Where to look first: only what stands out is named, the worst first, with the way to it."""

import pytest
from django.urls import reverse

from analytics.models import CourseStat
from analytics.readers.attention import attention
from analytics.tests.staff import build
from courses.models import Lesson
from quizzes.models import Question
from quizzes.tests.factories import QuizFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def school(instructor, outsider_instructor, student):
    return build(instructor, outsider_instructor, student)


def lessons_with(stat, *started):
    for figures, count in zip(stat.lessons, started, strict=True):
        figures["started"] = count


def quiz_with(stat, *, hardest=(), wrong=()):
    """Let the figures of one quiz name its questions: `hardest` as (text, difficulty), `wrong` by their text."""
    texts = dict.fromkeys([text for text, _difficulty in hardest] + list(wrong))
    quiz = QuizFactory(course=stat.course, questions=len(texts))
    of = dict(zip(texts, quiz.questions.all(), strict=True))
    for text, question in of.items():
        Question.objects.filter(pk=question.pk).update(text=text)
    entries = [
        {"id": str(of[text].pk), "n": 10, "difficulty": share, "key_looks_wrong": text in wrong}
        for text, share in hardest
    ]
    stat.quizzes = [
        {"id": str(quiz.pk), "hardest": entries, "key_looks_wrong": [str(of[text].pk) for text in wrong]}
    ]
    return quiz


def test_the_lesson_that_most_went_no_further_than_is_the_earliest_of_equals(school):
    lessons_with(school.stat, 9, 6, 3)
    found = attention(school.stat)["lesson"]
    assert (found["title"], found["lost"], found["started"]) == ("Optics 1", 3, 9)
    lessons_with(school.stat, 9, 8, 3)
    assert attention(school.stat)["lesson"]["title"] == "Optics 2"


@pytest.mark.parametrize("started", [(3, 2, 1), (0, 0, 0), (2, 5, 5)])
def test_one_who_went_no_further_blames_no_lesson(school, started):
    lessons_with(school.stat, *started)
    assert attention(school.stat)["lesson"] is None


def test_wrong_keys_come_before_hard_questions_and_half_of_the_points_is_not_hard(school):
    quiz = quiz_with(
        school.stat,
        hardest=[("Hardest", 0.1), ("Wrong and hard", 0.2), ("Half", 0.5)],
        wrong=["Wrong and hard", "Wrong"],
    )
    found = attention(school.stat)["questions"]
    assert [(entry["text"], entry["key_looks_wrong"]) for entry in found] == [
        ("Wrong", True), ("Wrong and hard", True), ("Hardest", False),
    ]  # fmt: skip
    page = reverse("admin:quizzes_quiz_change", args=[quiz.pk])
    assert all(entry["url"] == f"{page}#question-{entry['id']}" for entry in found)


def test_what_is_gone_since_is_not_named(school):
    lessons_with(school.stat, 9, 3, 3)
    quiz_with(school.stat, hardest=[("Gone", 0.1)])
    Question.objects.all().delete()
    Lesson.objects.filter(pk=school.stat.lessons[0]["id"]).delete()
    assert attention(school.stat) == {"at_risk": 1, "lesson": None, "questions": []}


def test_titles_of_all_kinds_are_one_query_and_nothing_to_name_is_none(school, max_queries):
    with max_queries(0):
        attention(school.stat)
    lessons_with(school.stat, 9, 3, 3)
    quiz_with(school.stat, hardest=[("Hard", 0.1)])
    with max_queries(1):
        found = attention(school.stat)
    assert found["lesson"] and found["questions"]


def test_the_first_tab_says_it(school, login, instructor):
    client, url = login(instructor), school.stat.get_absolute_url()
    lessons_with(school.stat, 9, 3, 3)
    quiz = quiz_with(school.stat, hardest=[("Why is the sky <blue>?", 0.25)])
    school.stat.save()
    html = client.get(url).content.decode()
    assert "6 of 9 students went no further" in html and "1 student is at risk" in html
    assert "Why is the sky &lt;blue&gt;?" in html and "0.25 of the points" in html
    assert reverse("admin:quizzes_quiz_change", args=[quiz.pk]) in html
    calm = CourseStat.objects.get(course=school.lenses)
    assert "Nothing stands out." in client.get(calm.get_absolute_url()).content.decode()
