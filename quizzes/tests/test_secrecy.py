"""Before it is due nothing tells the key: not a byte, not a column, not an order of ids."""

import re
import uuid
from collections import Counter

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from courses import services as course_services
from enrollments.tests.factories import EnrollmentFactory
from files.tests.factories import stored
from quizzes import services
from quizzes.models import Attempt, Question, QuestionOption
from quizzes.services import OptionDraft
from quizzes.tests.factories import AttemptFactory, QuizFactory, add_essay, add_every_type, whole

pytestmark = pytest.mark.django_db
V1 = "/api/v1"
KEY_FIELDS = {
    "is_correct", "points_earned", "feedback", "explanation", "explanation_html", "key_version", "graded_revision",
    "is_chosen", "score", "percentage", "is_passed", "updated_at", "layout", "scoring", "accepted_answers", "expected",
    "numeric_value", "tolerance", "tolerance_kind", "case_sensitive", "match_text", "right_letter", "right_place",
    "is_excluded", "review_pictures", "pictures", "time_spent_seconds", "needs_manual_grading", "mail_state",
}  # fmt: skip
RESPONSES = {
    "single_choice": {"option": 1}, "true_false": {"option": 1}, "multiple_choice": {"options": [1, 2]},
    "short_answer": {"text": "Ibn al-Haytham"}, "numeric": {"text": "6650 km"}, "matching": {"pairs": {"1": "a"}},
    "ordering": {"order": [2, 1, 3, 4]}, "fill_blank": {"blanks": ["spring", ""]}, "essay": {"text": "Light is…"},
}  # fmt: skip
KEY_COLUMNS = [
    "is_correct", 'quizzes_questionoption"."feedback', "explanation", "key_version", "points_earned",
    "graded_revision", "accepted_answers", "numeric_value", "tolerance", "case_sensitive", "match_text", "scoring",
]  # fmt: skip


def addresses(attempt):
    """Return every address of a student with an open attempt, by page and by API."""
    quiz = attempt.quiz
    pages = [
        reverse(f"quizzes:{name}", args=[quiz.pk, attempt.number]) for name in ("take_quiz", "submit_attempt")
    ]
    api = ["", "/attempts"]
    return [
        quiz.get_absolute_url(),
        *pages,
        reverse("quizzes:attempt_result", args=[quiz.pk, attempt.number]),
        reverse("enrollments:course_home", args=[quiz.course.slug]),
        reverse("enrollments:lesson", args=[quiz.course.slug, quiz.lesson.slug]),
        f"{V1}/courses/{quiz.course.pk}/quizzes",
        *[f"{V1}/quizzes/{quiz.pk}{path}" for path in api],
        f"{V1}/quizzes/{quiz.pk}/questions",
        f"{V1}/attempts/{attempt.pk}",
        *[f"{V1}/questions/{entry['id']}" for entry in attempt.layout["questions"]],
    ]


def seen(browser, attempt, files=()):
    """Return status, headers and body of every answer, GET and OPTIONS, without what is new each time."""
    found = []
    for address in [*addresses(attempt), *(door for file in files for door in doors_of(file))]:
        for method in (browser.get, browser.options):
            response = method(address)
            headers = {name: value for name, value in response.headers.items() if name != "X-Request-ID"}
            content = b"".join(response.streaming_content) if response.streaming else response.content
            body = re.sub(rb'(csrfmiddlewaretoken" value="|X-CSRFToken": ")[^"]+', b"", content)
            body = re.sub(rb'"request_id":\s*"[^"]+"', b"", body)
            headers = {k: v for k, v in headers.items() if not k.startswith("X-RateLimit")}
            headers.pop("Content-Length", None)
            found.append((address, method.__name__, response.status_code, sorted(headers.items()), body))
    return found


def doors_of(file):
    return [file.get_absolute_url(), f"{V1}/files/{file.pk}", f"{V1}/files/{file.pk}/download"]


def add_pictures(quiz):
    """Put pictures into a question, its options and its explanation; return them in this order."""
    files = [
        stored(quiz.course.instructor, name=f"{name}.png") for name in ("lamp", "red", "blue", "why", "so")
    ]
    text, red, blue, why, so = (f"![{n}](file:{file.pk})" for n, file in enumerate(files))
    services.add_question(
        quiz=quiz, type="single_choice", text=f"What colour has it?\n\n{text}", explanation=f"See {why}",
        options=[(red, True, f"Yes {so}"), (blue, False, ""), ("None", False, "")], by=quiz.course.instructor,
    )  # fmt: skip
    return files


def swap_typed_key(question):
    """Change what is right where nothing is chosen: within the same shape, as an author can."""
    options = list(question.options.order_by("position"))
    drafts = [OptionDraft(o.text, id=o.pk, match_text=o.match_text) for o in options]
    if question.type == "matching":
        first, second, *rest = drafts
        swapped = [first._replace(match_text=second.match_text), second._replace(match_text=first.match_text)]
        return {"options": [*swapped, *rest]}
    if question.type == "ordering":
        return {"options": drafts[::-1]}
    if question.type == "numeric":
        return {"numeric_value": 4180, "tolerance": 5, "tolerance_kind": "absolute"}
    if question.type == "essay":
        return {}
    accepted = [["autumn"], ["last season"]] if question.type == "fill_blank" else ["Ptolemy"]
    return {"accepted_answers": accepted, "case_sensitive": True}


def swap_keys(quiz):
    """Change in every question what is right, as an author does; and all that explains it."""
    for question in quiz.questions.all():
        if question.type not in Question.CHOICES:
            changed = {"explanation": "It is the other way round.", **swap_typed_key(question)}
            services.update_question(question=question, **changed)
            continue
        drafts = [
            OptionDraft(option.text, not option.is_correct, f"Now {option.is_correct}", option.pk)
            for option in question.options.order_by("position")
        ]
        if question.type == Question.Type.SINGLE_CHOICE:
            drafts = [draft._replace(is_correct=n == len(drafts) - 1) for n, draft in enumerate(drafts)]
        services.update_question(question=question, options=drafts, explanation="It is the other way round.")


def test_a_changed_key_changes_no_byte(login):
    quiz = QuizFactory(lesson=True, course__is_sequential=False, draft=True, questions=0)
    add_every_type(quiz)
    add_essay(quiz)
    files = add_pictures(quiz)
    services.publish_quiz(quiz=quiz)
    course_services.publish_lesson(lesson=quiz.lesson, by=quiz.course.instructor)
    quiz = whole(quiz)
    attempt = AttemptFactory(quiz=quiz)
    browser = login(attempt.enrollment.student)
    for entry in attempt.layout["questions"]:
        saved = browser.put(
            f"{V1}/attempts/{attempt.pk}/answers/{entry['id']}",
            {"response": RESPONSES[entry["type"]], "revision": 1},
            content_type="application/json",
        )
        assert set(saved.json()) == {"revision", "answered_at", "deadline_at"}
    with time_machine.travel(timezone.now(), tick=False):
        seen(browser, attempt)  # the first look marks the lesson as opened
        before = seen(browser, attempt, files)
        swap_keys(quiz)
        assert Question.objects.filter(quiz=quiz, key_version=2).count() == 9
        after = seen(browser, attempt, files)
    gets = [status for address, method, status, *_rest in before[-30:] if method == "get"]
    assert gets == [200] * 9 + [404] * 6  # the question's own pictures, not those of explanation and feedback
    for one, other in zip(before, after, strict=True):
        assert one == other


def test_no_field_of_the_key_travels(api):
    attempt = AttemptFactory(quiz=QuizFactory(lesson=True))
    client, crawled = api(attempt.enrollment.student), 0

    def names(value):
        if isinstance(value, dict):
            return set(value) | {name for inner in value.values() for name in names(inner)}
        return {name for inner in value for name in names(inner)} if isinstance(value, list) else set()

    for address in addresses(attempt):
        response = client.get(address)
        if not address.startswith(V1):
            continue
        if response.status_code == 200:
            crawled += 1
            allowed = {"is_passed"} if address.endswith(str(attempt.quiz_id)) else set()
            assert not (names(response.json()) & KEY_FIELDS) - allowed, address
        else:
            assert response.status_code in (403, 404)
    assert crawled == 4


def test_no_column_of_the_key_is_read_while_taking(login):
    attempt = AttemptFactory(quiz=QuizFactory(lesson=True))
    browser = login(attempt.enrollment.student)
    question = attempt.layout["questions"][0]["id"]
    with CaptureQueriesContext(connection) as captured:
        for name in ("take_quiz", "submit_attempt"):
            browser.get(reverse(f"quizzes:{name}", args=[attempt.quiz_id, attempt.number]))
        browser.get(f"{V1}/attempts/{attempt.pk}")
        browser.post(f"{V1}/quizzes/{attempt.quiz_id}/attempts", {}, content_type="application/json")
        browser.put(
            f"{V1}/attempts/{attempt.pk}/answers/{question}",
            {"response": {"option": 1}, "revision": 1},
            content_type="application/json",
        )
    for query in captured:
        for column in KEY_COLUMNS:
            assert f'"{column}"' not in query["sql"], query["sql"]


def test_no_column_of_the_key_is_read_at_the_start(login):
    quiz = QuizFactory()
    browser = login(EnrollmentFactory(course=quiz.course).student)
    with CaptureQueriesContext(connection) as captured:
        browser.post(reverse("quizzes:start_attempt", args=[quiz.pk]))
    # Drawing reads which texts stand on the right, to shuffle them, and leaves excluded questions out.
    columns = [column for column in KEY_COLUMNS if column not in ("match_text", "scoring")]
    for query in captured:
        if query["sql"].startswith("SELECT"):
            assert not [column for column in columns if f'"{column}"' in query["sql"]], query["sql"]


def test_no_stored_option_id_leaves(login):
    attempt = AttemptFactory(answers="wrong")
    again = AttemptFactory(quiz=attempt.quiz, enrollment=attempt.enrollment)
    browser = login(attempt.enrollment.student)
    ids = [str(pk) for pk in QuestionOption.objects.values_list("pk", flat=True)]
    services.submit_attempt(attempt=again, by=again.enrollment.student)
    shown = [
        browser.get(f"{V1}/attempts/{again.pk}").text,
        browser.get(reverse("quizzes:attempt_result", args=[again.quiz_id, again.number])).text,
    ]
    assert not [pk for pk in ids for body in shown if pk in body]


def test_place_and_rightness_do_not_correlate():
    quiz = QuizFactory(draft=True, questions=0, shuffle_options=True)
    options = [("Right", True, ""), ("Wrong", False, ""), ("Worse", False, ""), ("Worst", False, "")]
    for number in range(50):
        services.add_question(quiz=quiz, type="single_choice", text=f"Question {number}", options=options)
    services.publish_quiz(quiz=quiz)
    right = set(QuestionOption.objects.filter(is_correct=True).values_list("pk", flat=True))
    places = Counter()
    for _n in range(20):  # a thousand draws
        attempt = AttemptFactory(quiz=whole(quiz), enrollment=EnrollmentFactory(course=quiz.course))
        for entry in attempt.layout["questions"]:
            places[next(n for n, pk in enumerate(entry["options"]) if uuid.UUID(pk) in right)] += 1
    # 250 each; the chance of leaving 180…320 by luck is below one in a million
    assert sum(places.values()) == 1000 and all(180 < places[place] < 320 for place in range(4))


def test_questions_that_were_not_drawn_never_leave(login):
    attempt = AttemptFactory()
    services.add_question(
        quiz=attempt.quiz, type="true_false", text="Only later students meet this.", answer=True
    )
    browser = login(attempt.enrollment.student)
    for address in (attempt.get_absolute_url(), f"{V1}/attempts/{attempt.pk}"):
        assert "Only later students" not in browser.get(address).text
    done = services.submit_attempt(attempt=Attempt.objects.get(pk=attempt.pk), by=attempt.enrollment.student)
    assert done.max_score == 4
