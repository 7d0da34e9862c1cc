"""The bank: one's own questions, searched and copied; and a preview that writes nothing."""

import pytest
from django.apps import apps
from django.urls import reverse

from accounts.tests.factories import UserFactory
from enrollments.tests.factories import EnrollmentFactory
from quizzes import services
from quizzes.layout import read
from quizzes.models import Question
from quizzes.preview import preview_quiz
from quizzes.tests.factories import (
    AttemptFactory,
    QuizFactory,
    add_essay,
    add_every_type,
    responses,
    whole,
)

pytestmark = pytest.mark.django_db
V1 = "/api/v1"


@pytest.fixture
def quiz():
    """A draft with a question of each type."""
    quiz = QuizFactory(draft=True, questions=0)
    add_every_type(quiz)
    return whole(quiz)


def ids(answer):
    assert answer.status_code == 200, answer.content
    return [item["id"] for item in answer.json()["items"]]


# --- The bank


def test_everybody_finds_their_own_and_admins_all(quiz, api):
    other = QuizFactory(questions=2)
    own = {str(pk) for pk in quiz.questions.values_list("pk", flat=True)}
    assert set(ids(api(quiz.course.instructor).get(f"{V1}/questions"))) == own
    assert len(ids(api(other.course.instructor).get(f"{V1}/questions"))) == 2
    assert len(ids(api(UserFactory(role="admin")).get(f"{V1}/questions"))) == len(own) + 2
    refused = api(EnrollmentFactory(course=quiz.course).student).get(f"{V1}/questions")
    assert refused.status_code == 403


@pytest.mark.parametrize(
    "query, found",
    [
        ({"search": "capital"}, ["What is the capital of Egypt?", "Match each country with its capital."]),
        ({"search": "EGYPT capital"}, ["What is the capital of Egypt?"]),
        ({"search": "geography"}, ["What is the capital of Egypt?"]),
        ({"type": "numeric"}, ["How long is the Nile, in km?"]),
        ({"tag": "geography"}, ["What is the capital of Egypt?"]),
        ({"tag": "جغرافيا"}, ["What is the capital of Egypt?"]),
        ({"tag": "geo"}, []),
        ({"tag": "Geography", "type": "numeric"}, []),
        ({"course": "0" * 8 + "-0000-7000-8000-" + "0" * 12}, []),
    ],
)
def test_search_and_filters(quiz, api, query, found):
    first = quiz.questions.order_by("position").first()
    services.update_question(question=first, tags=["Geography", "جغرافيا"])
    answer = api(quiz.course.instructor).get(f"{V1}/questions", query)
    assert {item["text"] for item in answer.json()["items"]} == set(found)


def test_what_an_item_says_and_what_is_refused(quiz, api, max_queries):
    client = api(quiz.course.instructor)
    client.get(f"{V1}/questions")
    with max_queries(5):
        item = client.get(f"{V1}/questions", {"type": "single_choice"}).json()["items"][0]
    assert (item["quiz_title"], item["course"], item["copied_from"]) == (
        quiz.title,
        str(quiz.course_id),
        None,
    )
    assert [option["is_correct"] for option in item["options"]] == [True, False, False]
    for query in ({"search": "a"}, {"type": "riddle"}, {"shape": "round"}):
        assert client.get(f"{V1}/questions", query).status_code == 400


def test_copies_are_deep_and_say_where_they_come_from(quiz, api):
    teacher = quiz.course.instructor
    target = QuizFactory(course=quiz.course, draft=True, questions=1)
    wanted = [str(pk) for pk in quiz.questions.values_list("pk", flat=True)]
    address = f"{V1}/quizzes/{target.pk}/questions/copy"
    made = api(teacher).post(address, {"question_ids": wanted}, format="json")
    assert made.status_code == 201 and len(made.json()) == len(wanted)
    copies = target.questions.filter(copied_from__isnull=False)
    assert [str(pk) for pk in copies.order_by("position").values_list("copied_from", flat=True)] == wanted
    source = Question.objects.get(pk=wanted[0])
    services.update_question(
        question=source, text="What is the capital of Jordan?", options=[("Amman", True), ("X", False)]
    )
    copy = copies.get(copied_from=source)
    assert copy.text == "What is the capital of Egypt?" and copy.options.count() == 3
    foreign = str(QuizFactory(questions=1).questions.get().pk)
    before = target.questions.count()
    for sent, status in (([foreign], 404), ([wanted[0], foreign], 404), ([], 422), (wanted[:1] * 101, 422)):
        assert api(teacher).post(address, {"question_ids": sent}, format="json").status_code == status
    assert target.questions.count() == before


def test_the_bank_in_the_admin_shows_the_key_and_copies(quiz, login, max_queries):
    teacher = quiz.course.instructor
    target = QuizFactory(course=quiz.course, draft=True, questions=0)
    QuizFactory(questions=1)
    browser = login(teacher)
    page = reverse("admin:quizzes_quiz_bank", args=[target.pk])
    with max_queries(12):
        shown = browser.get(page).text
    assert "What is the capital of Egypt?" in shown and "Cairo" in shown and "Question number" not in shown
    assert "Nile flows" not in browser.get(page, {"q": "capital"}).text
    assert "Nile flows" in browser.get(page, {"type": "true_false"}).text
    pks = [str(pk) for pk in quiz.questions.values_list("pk", flat=True)[:2]]
    done = browser.post(
        reverse("admin:quizzes_quiz_verbs", args=[target.pk]), {"verb": "copy_questions", "chosen": pks}
    )
    assert done.status_code == 302 and target.questions.count() == 2
    none = browser.post(
        reverse("admin:quizzes_quiz_verbs", args=[target.pk]), {"verb": "copy_questions"}, follow=True
    )
    assert "Choose at least one question." in none.text and target.questions.count() == 2


# --- Preview


def rows():
    """Return how many rows each table has."""
    return {model._meta.label: model._base_manager.count() for model in apps.get_models()}


def answers_of(quiz, draw_number, *, right):
    sheet = preview_quiz(quiz, draw_number).sheet
    quiz_again = whole(quiz)
    attempt = AttemptFactory(quiz=quiz_again)
    given = responses(attempt, right=right)
    return {question.id: given[question.id] for question in sheet.questions}


def test_the_same_number_gives_the_same_draw(quiz, api):
    services.update_quiz(quiz=quiz, shuffle_questions=True, shuffle_options=True, questions_per_attempt=5)
    client, address = api(quiz.course.instructor), f"{V1}/quizzes/{quiz.pk}/preview"
    before = rows()
    first, again = (client.post(address, {"draw_number": 7}, format="json").json() for _n in range(2))
    assert first == again and len(first["questions"]) == 5 == len(first["unanswered"])
    assert "score" not in first and "is_correct" not in first["questions"][0]
    draws = {
        tuple(q["id"] for q in client.post(address, {"draw_number": n}, format="json").json()["questions"])
        for n in range(10)
    }
    assert len(draws) > 5
    assert 0 <= client.post(address, {}, format="json").json()["draw_number"] < 2**31
    assert rows() == before


def test_it_is_marked_as_an_attempt_is_and_writes_nothing(quiz, api):
    add_essay(quiz)
    services.publish_quiz(quiz=quiz)
    attempt = AttemptFactory(quiz=whole(quiz), answers="right")
    given = {answer.question_id: answer for answer in attempt.answers.all()}
    sheet = preview_quiz(whole(quiz), 3).sheet
    drawn = {entry.question_id: entry for entry in read(attempt.layout)}
    sent = [
        {"question": str(q.id), "response": given[q.id].response}
        for q in sheet.questions
        if drawn[q.id].type not in ("ordering", "matching")  # their places are the draw's own
    ]
    client, before = api(quiz.course.instructor), rows()
    answer = client.post(
        f"{V1}/quizzes/{quiz.pk}/preview", {"draw_number": 3, "answers": sent}, format="json"
    ).json()
    assert rows() == before
    for question in answer["questions"]:
        stored = given[next(pk for pk in given if str(pk) == question["id"])]
        if drawn[stored.question_id].type not in ("ordering", "matching"):
            earned = None if stored.points_earned is None else float(stored.points_earned)
            assert (question["points_earned"], question["is_correct"]) == (earned, stored.is_correct)
    assert answer["percentage"] is None is answer["is_passed"]  # the essay would wait
    services.update_question(question=quiz.questions.get(type="essay"), scoring="full_marks")
    full = client.post(
        f"{V1}/quizzes/{quiz.pk}/preview", {"draw_number": 3, "answers": sent}, format="json"
    ).json()
    assert full["percentage"] == 70 and full["is_passed"]  # 14 of 20: two questions were left out


@pytest.mark.parametrize(
    "body, status",
    [
        ({"draw_number": -1}, 422),
        ({"draw_number": 2**31}, 422),
        ({"answers": [{"question": "0" * 8 + "-0000-7000-8000-" + "0" * 12, "response": None}]}, 404),
        ({"answers": [{"question": "first", "response": {"option": 9}}]}, 422),
        ({"layout": {}}, 422),
    ],
)
def test_what_a_preview_refuses(quiz, api, body, status):
    first = str(quiz.questions.order_by("position").first().pk)
    for answer in body.get("answers", []):
        answer["question"] = first if answer["question"] == "first" else answer["question"]
    sent = api(quiz.course.instructor).post(f"{V1}/quizzes/{quiz.pk}/preview", body, format="json")
    assert sent.status_code == status


def test_the_page_marks_by_a_plain_form_and_moves_items(quiz, login):
    browser, page = login(quiz.course.instructor), reverse("quizzes:preview", args=[quiz.pk])
    before, shown = rows(), browser.get(page, {"draw": 4})
    assert shown.status_code == 200 and "Draw 4" in shown.text
    form = {"csrfmiddlewaretoken": "x"}
    for question in preview_quiz(quiz, 4).sheet.questions:
        form |= {f"revision_{question.number}": 0, f"was_{question.number}": "null"}
        if question.type == "ordering":
            order = question
            form[f"answer_{question.number}"] = [option.place for option in question.options]
    form |= {"answer_1": 1}
    last = order.options[-1].place
    moved = browser.post(f"{page}?draw=4", form | {"move": f"{order.number}:{last}:-1"})
    places = [option.place for option in order.options]
    assert [option.place for option in moved.context["questions"][order.number - 1].ordered] == [
        *places[:-2], places[-1], places[-2],
    ]  # fmt: skip
    assert moved.context["questions"][0].was == "null" and moved.context["questions"][0].is_answered
    marked = browser.post(f"{page}?draw=4", form)
    assert marked.context["found"].is_marked and marked.context["found"].score >= 1
    for bad in ("x", "-1", "9" * 30):
        assert browser.get(page, {"draw": bad}).status_code == 200
    after = rows()
    assert after == before
