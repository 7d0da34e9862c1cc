"""The pages, by plain form posts as a browser without scripts sends them."""

import re
import uuid
from html import unescape

import pytest
from django.urls import reverse

from courses.models import Course
from enrollments.models import LessonProgress
from enrollments.services import drop, suspend
from enrollments.tests.factories import EnrollmentFactory
from quizzes import services
from quizzes.models import Answer, Attempt
from quizzes.tests.factories import AttemptFactory, QuizFactory, add_essay, responses

pytestmark = pytest.mark.django_db


def page(attempt, name="take_quiz"):
    return reverse(f"quizzes:{name}", args=[attempt.quiz_id, attempt.number])


def fields(html):
    """Return what a form on the page would send, buttons aside."""
    sent = {}
    for tag in re.findall(r"<input[^>]*>", html):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        kind, name = attributes.get("type"), attributes.get("name")
        if not name or (kind in ("checkbox", "radio") and " checked" not in tag) or name == "q":
            continue
        sent.setdefault(name, []).append(unescape(attributes.get("value", "")))
    return sent


def answers_of(attempt):
    rows = {row.question_id: row for row in Answer.objects.filter(attempt=attempt)}
    return [rows[uuid.UUID(entry["id"])] for entry in attempt.layout["questions"]]


def test_the_journey_without_a_script(login, django_capture_on_commit_callbacks):
    quiz = QuizFactory(lesson=True)
    row = EnrollmentFactory(course=quiz.course)
    browser = login(row.student)
    start = browser.get(quiz.get_absolute_url())
    assert start.status_code == 200 and "Start the quiz" in start.text
    response = browser.post(reverse("quizzes:start_attempt", args=[quiz.pk]))
    attempt = Attempt.objects.get()
    assert response.url == page(attempt)

    taking = browser.get(page(attempt))
    assert taking["Cache-Control"] == "private, no-store"
    sent = fields(taking.text)
    right = list(responses(attempt).values())
    sent |= {"answer_1": right[0]["option"], "answer_2": right[1]["options"], "flag_3": "1", "go": "submit"}
    response = browser.post(page(attempt), sent)
    assert response.url == page(attempt, "submit_attempt")
    one, two, three = answers_of(attempt)
    assert [one.response, two.response, three.response] == [right[0], right[1], None]
    assert [one.revision, two.revision, three.revision, three.is_flagged] == [1, 1, 1, True]

    confirm = browser.get(page(attempt, "submit_attempt"))
    assert "Submit with 1 question open?" in confirm.text and "You cannot change your answers" in confirm.text
    with django_capture_on_commit_callbacks(execute=True):
        response = browser.post(page(attempt, "submit_attempt"))
    assert response.url == page(attempt, "attempt_result")
    result = browser.get(page(attempt, "attempt_result"))
    assert "You passed" in result.text and "75%" in result.text and "3 of 4 points" in result.text
    assert "You chose this, right" in result.text and "It has been since 969." in result.text
    assert LessonProgress.objects.get(lesson=quiz.lesson).completed_via == "quiz"
    assert browser.get(page(attempt)).url == page(attempt, "attempt_result")


def test_what_was_not_changed_is_not_saved_again(login):
    attempt = AttemptFactory()
    browser = login(attempt.enrollment.student)
    sent = fields(browser.get(page(attempt)).text) | {"answer_1": "2"}
    browser.post(page(attempt), sent)
    sent = fields(browser.get(page(attempt)).text)
    assert sent["answer_1"] == ["2"]
    browser.post(page(attempt), sent)
    assert [row.revision for row in answers_of(attempt)] == [1, 0, 0]


def test_one_question_a_page_saves_on_the_way(login):
    attempt = AttemptFactory(quiz=QuizFactory(one_question_per_page=True))
    browser = login(attempt.enrollment.student)
    first = browser.get(page(attempt))
    assert 'id="question-1"' in first.text and 'id="question-2"' not in first.text
    response = browser.post(page(attempt), fields(first.text) | {"answer_1": "1", "go": "3"})
    assert response.url == f"{page(attempt)}?q=3"
    third = browser.get(response.url)
    assert 'id="question-3"' in third.text and 'id="question-1"' not in third.text
    assert "Question 1, answered" in third.text and "1 of 3 answered" in third.text
    browser.post(page(attempt), fields(third.text) | {"go": "1"})
    assert [row.response for row in answers_of(attempt)] == [{"option": 1}, None, None]


def test_a_choice_that_came_too_late_is_asked_about(login):
    attempt = AttemptFactory()
    browser = login(attempt.enrollment.student)
    sent = fields(browser.get(page(attempt)).text)
    question = answers_of(attempt)[0].question_id
    services.save_answer(attempt=attempt, question_id=question, response={"option": 3}, revision=4)
    response = browser.post(page(attempt), sent | {"answer_1": "2", "answer_3": "1"})
    assert response.status_code == 409
    assert "changed on another page or device" in response.text
    assert [row.response for row in answers_of(attempt)] == [{"option": 3}, None, {"option": 1}]
    again = fields(response.text)
    assert again["answer_1"] == ["2"]  # what was chosen here is still there
    browser.post(page(attempt), again)
    assert answers_of(attempt)[0].response == {"option": 2}


@pytest.mark.parametrize(
    "bad",
    [{"answer_1": "9"}, {"answer_1": "x"}, {"answer_1": ["1", "2"]}, {"answer_1": "1", "revision_1": "-4"},
     {"answer_1": "1", "revision_1": "9" * 40}, {"answer_2": ["1", "77"]},
     {"answer_1": "1", "revision_1": "0" * 11 + "9" * 20}, {"answer_1": "0" * 11 + "9" * 5000}],
)  # fmt: skip
def test_what_no_page_sends_is_refused(login, bad):
    attempt = AttemptFactory()
    browser = login(attempt.enrollment.student)
    sent = fields(browser.get(page(attempt)).text)
    response = browser.post(page(attempt), sent | bad)
    assert response.status_code == 422
    assert [row.revision for row in answers_of(attempt)] == [0, 0, 0]


def test_foreign_attempts_are_not_found(login, classmate):
    attempt = AttemptFactory()
    EnrollmentFactory(course=attempt.quiz.course, student=classmate)
    for person in (classmate, attempt.quiz.course.instructor):
        browser = login(person)
        for name in ("take_quiz", "submit_attempt", "attempt_result"):
            assert browser.get(page(attempt, name)).status_code == 404
            if name != "attempt_result":
                assert browser.post(page(attempt, name), {"answer_1": "1"}).status_code == 404
    attempt.refresh_from_db()
    assert attempt.is_open


def test_visitors_sign_in_first(client):
    attempt = AttemptFactory()
    for address in (attempt.quiz.get_absolute_url(), page(attempt), page(attempt, "attempt_result")):
        assert client.get(address).url.startswith(reverse("account_login"))


def test_strangers_read_how_to_get_in_and_nothing_else(login, student):
    quiz = QuizFactory(title="Lanterns and lenses")
    browser = login(student)
    response = browser.get(quiz.get_absolute_url())
    assert response.status_code == 403 and "Enroll in the course" in response.text
    assert "Lanterns and lenses" not in response.text
    response = browser.post(reverse("quizzes:start_attempt", args=[quiz.pk]))
    assert response.url == quiz.course.get_absolute_url()
    assert not Attempt.objects.exists()


def test_drafts_and_what_does_not_exist_are_not_found(login):
    quiz = QuizFactory(draft=True)
    browser = login(EnrollmentFactory(course=quiz.course).student)
    for address in (quiz.get_absolute_url(), reverse("quizzes:quiz_detail", args=[uuid.uuid4()])):
        assert browser.get(address).status_code == 404
    assert browser.post(reverse("quizzes:start_attempt", args=[quiz.pk])).status_code == 404
    assert not Attempt.objects.exists()


def test_who_left_keeps_the_score_but_not_the_questions(login):
    attempt = AttemptFactory(answers="right")
    drop(enrollment=attempt.enrollment, by=attempt.enrollment.student)
    browser = login(attempt.enrollment.student)
    assert "100%" in browser.get(attempt.quiz.get_absolute_url()).text
    result = browser.get(page(attempt, "attempt_result"))
    assert "100%" in result.text and "capital of Egypt" not in result.text


def test_who_is_suspended_in_the_middle_is_told(login):
    attempt = AttemptFactory()
    suspend(enrollment=attempt.enrollment, by=attempt.quiz.course.instructor, reason="Late fees")
    browser = login(attempt.enrollment.student)
    for name in ("take_quiz", "submit_attempt"):
        response = browser.get(page(attempt, name))
        assert response.status_code == 403 and "suspended" in response.text
    assert browser.post(page(attempt, "submit_attempt")).status_code in (302, 403)
    attempt.refresh_from_db()
    assert attempt.is_open


def test_a_course_in_the_bin_takes_its_attempts_along(login):
    attempt = AttemptFactory(answers="right")
    Course.objects.filter(pk=attempt.quiz.course_id).update(status="draft", deleted_at=attempt.started_at)
    browser = login(attempt.enrollment.student)
    assert browser.get(page(attempt, "attempt_result")).status_code == 404
    assert browser.get(attempt.quiz.get_absolute_url()).status_code == 404


@pytest.mark.parametrize(
    ("policy", "answers", "shows_answers", "shows_key"),
    [
        ("never", "right", False, False),
        ("after_submit", "wrong", True, True),
        ("after_pass", "wrong", True, False),
        ("after_pass", "right", True, True),
    ],
)
def test_the_review_policy(login, policy, answers, shows_answers, shows_key):
    attempt = AttemptFactory(quiz=QuizFactory(review_policy=policy), answers=answers)
    result = login(attempt.enrollment.student).get(page(attempt, "attempt_result")).text
    assert ("capital of Egypt" in result) == shows_answers
    assert ("It has been since 969." in result) == shows_key
    assert ("Right answer" in result or "right</span>" in result) == shows_key


def test_the_key_is_shown_when_no_attempt_is_left(login):
    quiz = QuizFactory(review_policy="after_pass", max_attempts=2)
    first = AttemptFactory(quiz=quiz, answers="wrong")
    browser = login(first.enrollment.student)
    assert "It has been since 969." not in browser.get(page(first, "attempt_result")).text
    AttemptFactory(quiz=quiz, enrollment=first.enrollment, answers="wrong")
    assert "It has been since 969." in browser.get(page(first, "attempt_result")).text


def test_no_review_while_another_attempt_is_open(login):
    first = AttemptFactory(answers="wrong")
    AttemptFactory(quiz=first.quiz, enrollment=first.enrollment)
    result = login(first.enrollment.student).get(page(first, "attempt_result")).text
    assert "capital of Egypt" not in result and "It has been since 969." not in result
    assert "Continue the open attempt" in result


def test_hostile_texts_stay_texts(login):
    script = "<script>alert(1)</script> [x](javascript:alert(1)) ![y](https://evil.example/p.png) {{7*7}}"
    quiz = QuizFactory(draft=True, title=script, description=script, instructions=script, questions=0)
    services.add_question(
        quiz=quiz, type="single_choice", text=script, explanation=script,
        options=[(f"{script} a", True, script), (f"{script} b", False, script)],
    )  # fmt: skip
    services.publish_quiz(quiz=quiz)
    attempt = AttemptFactory(quiz=quiz, enrollment=EnrollmentFactory(course=quiz.course))
    browser = login(attempt.enrollment.student)
    pages = [
        browser.get(quiz.get_absolute_url()),
        browser.get(page(attempt)),
        browser.get(page(attempt, "submit_attempt")),
    ]
    browser.post(page(attempt), fields(pages[1].text) | {"answer_1": "1"})
    browser.post(page(attempt, "submit_attempt"))
    pages.append(browser.get(page(attempt, "attempt_result")))
    for response in pages:
        assert response.status_code == 200
        assert "<script>alert" not in response.text and 'href="javascript' not in response.text
        assert (
            'src="https://evil' not in response.text
            and "49" not in re.findall(r"<h1.*?</h1>", response.text, re.S)[0]
        )


def test_the_lesson_page_carries_the_box(login):
    quiz = QuizFactory(lesson=True, max_attempts=3)
    row = EnrollmentFactory(course=quiz.course)
    browser = login(row.student)
    address = reverse("enrollments:lesson", args=[quiz.course.slug, quiz.lesson.slug])
    before = browser.get(address).text
    assert "Start the quiz" in before and "3 of 3 attempts left" in before and "Pass mark 60%" in before
    attempt = AttemptFactory(quiz=quiz, enrollment=row)
    assert "Continue the quiz" in browser.get(address).text
    services.submit_attempt(attempt=attempt, by=row.student)
    after = browser.get(address).text
    assert "Try again" in after and "See your last result" in after and "2 of 3 attempts left" in after


def test_the_course_home_lists_the_quizzes_without_a_lesson(login):
    quiz = QuizFactory(title="The whole course")
    QuizFactory(course=quiz.course, title="A hidden draft", draft=True)
    row = EnrollmentFactory(course=quiz.course)
    browser = login(row.student)
    address = reverse("enrollments:course_home", args=[quiz.course.slug])
    before = browser.get(address).text
    assert "The whole course" in before and "A hidden draft" not in before
    AttemptFactory(quiz=quiz, enrollment=row, answers="right")
    after = browser.get(address).text
    assert "100%" in after and "Passed" in after


@pytest.mark.parametrize("text", ["ض" * 20_000, "<i>" * 6000])
def test_an_endless_word_may_break_where_it_is_shown(login, text):
    """A browser lays out thousands of joined letters without a break for minutes."""
    quiz = QuizFactory(draft=True, questions=0)
    essay = add_essay(quiz)
    services.publish_quiz(quiz=quiz)
    attempt = AttemptFactory(quiz=quiz)
    services.save_answer(attempt=attempt, question_id=essay.pk, response={"text": text}, revision=1)
    services.submit_attempt(attempt=attempt, by=attempt.enrollment.student)
    answer, staff = attempt.answers.get(), login(quiz.course.instructor)
    for shown in (
        login(attempt.enrollment.student).get(page(attempt, "attempt_result")).text,
        staff.get(reverse("admin:quizzes_answer_change", args=[answer.pk])).text,
        staff.get(reverse("admin:quizzes_attempt_change", args=[attempt.pk])).text,
    ):
        assert text in unescape(shown.replace("<wbr>", "")) and "<i><i>" not in shown
        assert max(map(len, re.findall(r"ض+|(?:&lt;i&gt;)+", shown))) <= 600
