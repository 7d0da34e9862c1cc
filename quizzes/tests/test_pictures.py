"""Pictures in questions: attached by who may, shown with the page that shows the question, kept while shown."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.tests.factories import UserFactory
from enrollments.services import suspend
from enrollments.tests.factories import EnrollmentFactory
from files.exceptions import FileInUse
from files.models import StoredFile
from files.services import delete_file
from files.tests.factories import mp4_bytes, png_bytes, stored
from quizzes import services
from quizzes.models import Question
from quizzes.services import OptionDraft
from quizzes.tests.factories import AttemptFactory, QuizFactory, whole

pytestmark = pytest.mark.django_db
V1 = "/api/v1"


def shows(file, alt="A lamp"):
    return f"![{alt}](file:{file.pk})"


@pytest.fixture
def quiz():
    return QuizFactory(draft=True, questions=0)


def illustrated(quiz, **fields):
    """Add a question with a picture in each of its texts; return it and the pictures by place."""
    by = quiz.course.instructor
    files = {
        name: stored(by, name=f"the-{name}.png") for name in ("text", "option", "feedback", "explanation")
    }
    options = [
        (f"It {shows(files['option'])}", True, f"Yes {shows(files['feedback'])}"),
        ("Nothing", False, ""),
    ]
    question = services.add_question(
        quiz=quiz, type="single_choice", text=f"What shines?\n\n{shows(files['text'])}", options=options, by=by,
        explanation=shows(files["explanation"]), **fields,
    )  # fmt: skip
    return question, files


def may(user, file):
    return StoredFile.objects.get(pk=file.pk).can_view(user)


def test_what_the_texts_show_is_kept_as_rows(quiz):
    question, files = illustrated(quiz)
    assert set(question.pictures.all()) == {files["text"], files["option"]}
    assert set(question.review_pictures.all()) == {files["feedback"], files["explanation"]}
    for file in files.values():
        with pytest.raises(FileInUse) as refused:
            delete_file(file=file)
        assert [str(entry.message) for entry in refused.value.errors] == [f"{quiz.title} · {question}"]
    services.update_question(question=question, text="What shines?", explanation="")
    assert list(question.pictures.all()) == [files["option"]]
    assert list(question.review_pictures.all()) == [files["feedback"]]
    delete_file(file=files["text"])
    with pytest.raises(FileInUse):
        delete_file(file=files["option"])


def test_pairs_and_copies_keep_their_pictures(quiz):
    by = quiz.course.instructor
    left, right = stored(by), stored(by)
    pairs = [OptionDraft(shows(left), match_text=shows(right)), OptionDraft("Sun", match_text="Star")]
    question = services.add_question(
        quiz=quiz, type="matching", text="What belongs to what?", options=pairs, by=by
    )
    assert set(question.pictures.all()) == {left, right}
    (copy,) = services.copy_questions(quiz=QuizFactory(course=quiz.course), question_ids=[question.pk], by=by)
    assert set(copy.pictures.all()) == {left, right}
    again = services.duplicate_quiz(quiz=quiz, by=by)
    assert set(again.questions.get().pictures.all()) == {left, right}


@pytest.mark.parametrize("case", ["foreign", "unknown", "film", "deleting"])
def test_only_pictures_that_the_author_may_attach(quiz, api, case):
    by = quiz.course.instructor
    file = stored(by)
    if case == "foreign":
        file = stored(UserFactory(role="instructor"))
    elif case == "unknown":
        file.pk = uuid4()
    elif case == "film":
        file = stored(by, mp4_bytes(), "film.mp4")
    else:
        StoredFile.objects.update(status="deleting")
    body = {"type": "true_false", "text": f"Is it? {shows(file)}", "answer": True}
    answer = api(by).post(f"{V1}/quizzes/{quiz.pk}/questions", body, format="json")
    assert answer.status_code == 422
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [("text", "unknown_file")]
    assert not Question.objects.filter(quiz=quiz).exists()


def test_a_picture_that_the_course_holds_may_stay_when_another_edits(quiz):
    question, files = illustrated(quiz)
    admin = UserFactory(role="admin")
    services.update_question(question=question, text=f"Changed words {shows(files['text'])}", by=admin)
    another = UserFactory(role="instructor")
    type(quiz.course).objects.filter(pk=quiz.course_id).update(instructor=another)
    question = Question.objects.select_related("quiz__course").get(pk=question.pk)
    services.update_question(question=question, text=f"Again changed {shows(files['text'])}", by=another)
    foreign = QuizFactory(course__instructor=another, draft=True, questions=0)
    with pytest.raises(ValidationError):
        services.add_question(
            quiz=foreign, type="true_false", text=f"Is it? {shows(files['text'])}", answer=True, by=another
        )


def test_pages_show_them_under_a_name_that_tells_nothing(quiz, login, api):
    _question, files = illustrated(quiz)
    services.publish_quiz(quiz=quiz)
    attempt = AttemptFactory(quiz=whole(quiz))
    student = attempt.enrollment.student
    pages = [
        login(student).get(attempt.get_absolute_url()).text,
        api(student).get(f"{V1}/attempts/{attempt.pk}").json()["questions"][0]["text_html"],
    ]
    for page in pages:
        assert f'src="/files/{files["text"].pk}/picture.png"' in page
        assert "the-" not in page
    assert f"/files/{files['option'].pk}/picture.png" in pages[0]
    assert str(files["explanation"].pk) not in pages[0] and str(files["feedback"].pk) not in pages[0]
    services.save_answer(attempt=attempt, question_id=_question.pk, response={"option": 1}, revision=1)
    services.submit_attempt(attempt=attempt, by=student)
    result = login(student).get(reverse("quizzes:attempt_result", args=[quiz.pk, 1])).text
    for file in files.values():
        assert f"/files/{file.pk}/picture.png" in result
    editor = login(quiz.course.instructor).get(reverse("admin:quizzes_quiz_change", args=[quiz.pk])).text
    assert f"/files/{files['text'].pk}/picture.png" in editor


@pytest.mark.parametrize(
    "policy, asked, review",
    [
        ("after_submit", True, True),
        ("after_pass", True, False),
        ("never", False, False),
        ("after_close", False, False),
    ],
)
def test_after_closing_they_follow_the_review(quiz, policy, asked, review):
    _question, files = illustrated(quiz)
    until = timezone.now() + timedelta(hours=1)
    services.update_quiz(quiz=quiz, review_policy=policy, available_until=until, max_attempts=2)
    services.publish_quiz(quiz=quiz)
    attempt = AttemptFactory(quiz=whole(quiz))
    student = attempt.enrollment.student
    assert [may(student, file) for file in files.values()] == [True, True, False, False]
    services.submit_attempt(attempt=attempt, by=student)
    assert [may(student, file) for file in files.values()] == [asked, asked, review, review]


def test_who_never_had_the_question_or_lost_the_course_gets_nothing(quiz, max_queries):
    _question, files = illustrated(quiz)
    services.publish_quiz(quiz=quiz)
    attempt = AttemptFactory(quiz=whole(quiz))
    classmate = EnrollmentFactory(course=quiz.course).student
    assert not any(may(classmate, file) for file in files.values())
    student, teacher = attempt.enrollment.student, quiz.course.instructor
    assert may(student, files["text"])
    file = StoredFile.objects.get(pk=files["text"].pk)
    with max_queries(5):  # two of them ours
        assert file.can_view(student)
    suspend(enrollment=attempt.enrollment, by=teacher, reason="The fee is open.")
    assert not may(student, files["text"])
    assert may(teacher, files["explanation"]) and may(UserFactory(role="admin"), files["explanation"])
    assert not may(UserFactory(role="instructor"), files["text"])


def test_pictures_cost_one_query_however_many(quiz, login, max_queries):
    for _n in range(3):
        illustrated(quiz)
    services.publish_quiz(quiz=quiz)
    attempt = AttemptFactory(quiz=whole(quiz))
    browser = login(attempt.enrollment.student)
    with max_queries(7):
        browser.get(attempt.get_absolute_url())


def test_the_editor_keeps_a_picture_that_comes_with_the_form_under_a_neutral_name(quiz, login):
    question, _files = illustrated(quiz)
    browser = login(quiz.course.instructor)
    prefix = f"q-{question.pk}"
    sent = {
        "verb": "save_question", "question": question.pk, f"{prefix}-type": "true_false", f"{prefix}-points": "1",
        f"{prefix}-text": "Does it shine?", f"{prefix}-answer": "true", f"{prefix}-picture_alt": "A [lamp]",
        f"{prefix}-picture": SimpleUploadedFile("cairo-is-right.png", png_bytes(), "image/png"),
        f"{prefix}-options-TOTAL_FORMS": 0, f"{prefix}-options-INITIAL_FORMS": 0,
    }  # fmt: skip
    answer = browser.post(reverse("admin:quizzes_quiz_verbs", args=[quiz.pk]), sent)
    assert answer.status_code == 302
    file = StoredFile.objects.order_by("-created_at").first()
    assert (file.original_name, file.alt_text) == ("picture.png", "A [lamp]")
    assert Question.objects.get(pk=question.pk).text == f"Does it shine?\n\n![A (lamp)](file:{file.pk})"


def test_captured_queries_hold_no_review_picture_while_taking(quiz, login):
    illustrated(quiz)
    services.publish_quiz(quiz=quiz)
    attempt = AttemptFactory(quiz=whole(quiz))
    browser = login(attempt.enrollment.student)
    with CaptureQueriesContext(connection) as captured:
        browser.get(attempt.get_absolute_url())
    assert not [query for query in captured if "review_pictures" in query["sql"]]
