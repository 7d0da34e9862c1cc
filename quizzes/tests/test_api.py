"""The API: the integrator's journey, every refusal with its code, and that a refusal changes nothing."""

import json
import uuid

import pytest

from enrollments.models import LessonProgress
from enrollments.services import drop, suspend
from enrollments.tests.factories import EnrollmentFactory
from quizzes import services
from quizzes.models import Answer, Attempt, Question, Quiz
from quizzes.tests.factories import AttemptFactory, QuizFactory, QuizLessonFactory, responses

pytestmark = pytest.mark.django_db

V1 = "/api/v1"


def state(*models):
    """Return every row, to see that nothing changed."""
    return [list(model.objects.order_by("pk").values()) for model in models]


def everything():
    return state(Quiz, Question, Attempt, Answer)


def code(response):
    body = response.json()
    return response.status_code, body["errors"][0]["code"] if body["code"] == "validation_error" else body[
        "code"
    ]


# --- The student's side


def test_a_student_takes_a_quiz(api, student, django_capture_on_commit_callbacks):
    quiz = QuizFactory(lesson=True)
    EnrollmentFactory(course=quiz.course, student=student)
    client = api(student)
    listed = client.get(f"{V1}/courses/{quiz.course.slug}/quizzes").json()
    assert [
        (item["id"], item["questions_in_attempt"], item["points_in_attempt"]) for item in listed["items"]
    ] == [(str(quiz.pk), 3, 4)]
    detail = client.get(f"{V1}/quizzes/{quiz.pk}").json()
    assert detail["my"]["can_start"]["code"] == "start" and detail["my"]["result"] is None
    assert "problems" not in detail and "total_questions" not in detail

    started = client.post(f"{V1}/quizzes/{quiz.pk}/attempts", {})
    attempt = Attempt.objects.get()
    assert started.status_code == 201 and started["Location"] == f"{V1}/attempts/{attempt.pk}"
    assert started["Cache-Control"] == "private, no-store"
    again = client.post(f"{V1}/quizzes/{quiz.pk}/attempts")
    assert (again.status_code, again.json()) == (200, started.json())
    body = started.json()
    assert [question["type"] for question in body["questions"]] == [
        "single_choice",
        "multiple_choice",
        "true_false",
    ]
    assert [option["number"] for option in body["questions"][1]["options"]] == [1, 2, 3, 4]
    assert len(body["unanswered"]) == 3 and "score" not in body

    for question_id, response in responses(attempt).items():
        saved = client.put(
            f"{V1}/attempts/{attempt.pk}/answers/{question_id}", {"response": response, "revision": 1}
        )
        assert saved.status_code == 200 and saved.json()["revision"] == 1
    assert client.get(f"{V1}/attempts/{attempt.pk}").json()["unanswered"] == []
    with django_capture_on_commit_callbacks(execute=True):
        done = client.post(f"{V1}/attempts/{attempt.pk}/submit", {})
    assert done.status_code == 200
    body = done.json()
    assert (body["status"], body["score"], body["max_score"], body["percentage"]) == ("graded", 4, 4, 100)
    assert body["is_passed"] and body["review"] == "marked"
    assert body["questions"][0]["options"][0]["feedback"] == "Yes, on the Nile."
    assert body["questions"][0]["explanation"] == "It has been since 969."
    assert client.post(f"{V1}/attempts/{attempt.pk}/submit").json() == body
    assert LessonProgress.objects.get(lesson=quiz.lesson).completed_via == "quiz"
    mine = client.get(f"{V1}/quizzes/{quiz.pk}").json()["my"]
    assert mine["result"] == {"percentage": 100.0, "is_passed": True, "attempts": 1}


def test_answers_may_go_with_the_submit(api):
    attempt = AttemptFactory()
    answers = [{"question": str(pk), "response": r, "revision": 1} for pk, r in responses(attempt).items()]
    done = api(attempt.enrollment.student).post(f"{V1}/attempts/{attempt.pk}/submit", {"answers": answers})
    assert done.json()["percentage"] == 100


def test_times_are_utc(api):
    attempt = AttemptFactory()
    body = api(attempt.enrollment.student).get(f"{V1}/attempts/{attempt.pk}").json()
    assert body["started_at"].endswith("Z")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"response": {"option": 9}, "revision": 1}, "invalid_response"),
        ({"response": {"option": "1"}, "revision": 1}, "invalid_response"),
        ({"response": {"options": [1]}, "revision": 1}, "invalid_response"),
        ({"response": {"option": 1}, "revision": 0}, "min_value"),
        ({"response": {"option": 1}, "revision": 10**9 + 1}, "max_value"),
        ({"response": {"option": 1}}, "required"),
        ({"revision": 1}, "required"),
        ({"response": {"option": 1}, "revision": 1, "score": 4}, "unknown_field"),
        ({"response": {"option": 1}, "revision": 1, "is_correct": True}, "unknown_field"),
        ({"response": {"option": 1}, "revision": 1, "points_earned": 1}, "unknown_field"),
        ({"response": {"option": 1}, "revision": 1, "is_flagged": "perhaps"}, "invalid"),
    ],
)
def test_what_a_save_does_not_take(api, body, expected):
    attempt = AttemptFactory()
    question = attempt.layout["questions"][0]["id"]
    before = everything()
    response = api(attempt.enrollment.student).put(f"{V1}/attempts/{attempt.pk}/answers/{question}", body)
    assert code(response) == (422, expected)
    assert everything() == before


def test_deep_long_and_broken_bodies_are_refused(api):
    attempt = AttemptFactory()
    client, before = api(attempt.enrollment.student), everything()
    address = f"{V1}/attempts/{attempt.pk}/answers/{attempt.layout['questions'][0]['id']}"

    def put(raw):
        return client.put(address, raw, content_type="application/json")

    deep = '{"revision": 1, "response": ' + "[" * 100_000 + "]" * 100_000 + "}"
    assert put(deep).status_code in (400, 422)
    assert put(b'{"revision": 1, "response": {"option": NaN}}').status_code == 400
    assert put(b'{"revision": 1, "revision": 2, "response": null}').status_code == 400
    assert put(b"\xff\xfe").status_code == 400
    assert code(put(json.dumps({"revision": 1, "response": "x" * 1_100_000}))) == (413, "too_large")
    assert (
        client.put(address, "response=1", content_type="application/x-www-form-urlencoded").status_code == 415
    )
    assert everything() == before


def test_a_stale_save_carries_what_is_stored(api):
    attempt = AttemptFactory()
    question = attempt.layout["questions"][0]["id"]
    client, address = api(attempt.enrollment.student), f"{V1}/attempts/{attempt.pk}/answers/{question}"
    client.put(address, {"response": {"option": 1}, "revision": 7, "is_flagged": True})
    before = everything()
    late = client.put(address, {"response": {"option": 2}, "revision": 7})
    assert code(late) == (409, "stale_revision")
    assert late.json()["answer"] == {
        "question": question, "response": {"option": 1}, "revision": 7, "is_flagged": True,
    }  # fmt: skip
    assert client.put(address, {"response": {"option": 1}, "revision": 7}).status_code == 200
    assert everything() == before


def test_a_closed_attempt_takes_nothing(api):
    attempt = AttemptFactory(answers="wrong")
    question, before = attempt.layout["questions"][0]["id"], everything()
    client = api(attempt.enrollment.student)
    late = client.put(
        f"{V1}/attempts/{attempt.pk}/answers/{question}", {"response": {"option": 1}, "revision": 9}
    )
    assert code(late) == (409, "attempt_closed")
    again = client.post(
        f"{V1}/attempts/{attempt.pk}/submit",
        {"answers": [{"question": question, "response": {"option": 1}, "revision": 9}]},
    )
    assert again.status_code == 200 and again.json()["score"] == 0
    kept = Answer.objects.get(question=question)
    assert (kept.late_response, kept.response) == (
        {"option": 1},
        {"option": 2},
    )  # for staff; it counts for nothing
    Answer.objects.update(late_response=None, late_at=None)
    assert everything() == before


def test_foreign_attempts_and_questions_are_not_found(api, student, classmate):
    quiz = QuizFactory()
    mine, theirs = AttemptFactory(quiz=quiz, student=student), AttemptFactory(quiz=quiz, student=classmate)
    other = AttemptFactory(student=student)
    client, before = api(student), everything()
    body = {"response": {"option": 1}, "revision": 1}
    foreign = other.layout["questions"][0]["id"]
    for address in (
        f"{V1}/attempts/{theirs.pk}/answers/{theirs.layout['questions'][0]['id']}",
        f"{V1}/attempts/{mine.pk}/answers/{foreign}",
        f"{V1}/attempts/{mine.pk}/answers/{uuid.uuid4()}",
        f"{V1}/attempts/{mine.pk}/answers/17",
        f"{V1}/attempts/{uuid.uuid4()}/answers/{foreign}",
    ):
        assert client.put(address, body).status_code == 404
    assert client.get(f"{V1}/attempts/{theirs.pk}").status_code == 404
    assert client.post(f"{V1}/attempts/{theirs.pk}/submit").status_code == 404
    answers = [{"question": foreign, **body}]
    assert client.post(f"{V1}/attempts/{mine.pk}/submit", {"answers": answers}).status_code == 404
    assert everything() == before


def test_who_may_not_start_is_told_why(api, student, outsider_instructor):
    quiz = QuizFactory()
    start = f"{V1}/quizzes/{quiz.pk}/attempts"
    assert code(api(student).post(start)) == (403, "not_enrolled")
    assert code(api(outsider_instructor).post(start)) == (403, "not_enrolled")
    assert code(api(quiz.course.instructor).post(start)) == (403, "not_enrolled")
    assert api(None).post(start).status_code == 401
    assert code(api(student).get(f"{V1}/quizzes/{quiz.pk}")) == (403, "not_enrolled")
    assert code(api(student).get(f"{V1}/quizzes/{quiz.pk}/attempts")) == (403, "not_enrolled")
    assert code(api(student).get(f"{V1}/courses/{quiz.course.pk}/quizzes")) == (403, "not_enrolled")
    row = EnrollmentFactory(course=quiz.course, student=student)
    suspend(enrollment=row, by=quiz.course.instructor, reason="Late fees")
    assert code(api(student).post(start)) == (403, "suspended")
    draft = QuizFactory(course=quiz.course, draft=True)
    assert api(student).post(f"{V1}/quizzes/{draft.pk}/attempts").status_code == 404
    assert api(student).get(f"{V1}/quizzes/{draft.pk}").status_code == 404
    assert not Attempt.objects.exists()


def test_exhausted_attempts_and_closed_quizzes(api):
    quiz = QuizFactory(max_attempts=1)
    attempt = AttemptFactory(quiz=quiz, answers="wrong")
    client = api(attempt.enrollment.student)
    assert code(client.post(f"{V1}/quizzes/{quiz.pk}/attempts")) == (409, "attempts_exhausted")
    services.unpublish_quiz(quiz=quiz)
    assert code(client.post(f"{V1}/quizzes/{quiz.pk}/attempts")) == (409, "quiz_closed")
    assert Attempt.objects.count() == 1


def test_who_left_keeps_the_score_lines(api):
    attempt = AttemptFactory(answers="right")
    student = attempt.enrollment.student
    drop(enrollment=attempt.enrollment, by=student)
    client = api(student)
    assert client.get(f"{V1}/quizzes/{attempt.quiz_id}/attempts").json()["items"][0]["percentage"] == 100
    body = client.get(f"{V1}/attempts/{attempt.pk}").json()
    assert (body["percentage"], body["review"]) == (100, "nothing") and "questions" not in body


def test_lists_are_filtered_and_ordered(api):
    quiz = QuizFactory()
    first = AttemptFactory(quiz=quiz, answers="wrong")
    AttemptFactory(quiz=quiz, enrollment=first.enrollment, answers="right")
    AttemptFactory(quiz=quiz)
    address, staff = f"{V1}/quizzes/{quiz.pk}/attempts", api(quiz.course.instructor)
    assert staff.get(address).json()["total"] == 3
    assert api(first.enrollment.student).get(address).json()["total"] == 2
    by = lambda query: [  # noqa: E731
        (item["number"], item["status"]) for item in staff.get(f"{address}?{query}").json()["items"]
    ]
    assert by("passed=true") == [(2, "graded")]
    assert by(f"student={first.enrollment.student_id}&ordering=number") == [(1, "graded"), (2, "graded")]
    assert by("status=in_progress") == [(1, "in_progress")]
    for bad in ("status=lost", "passed=x", "ordering=layout", "enrollment=1", "student=1"):
        assert code(staff.get(f"{address}?{bad}"))[0] == 400
    assert code(staff.get(f"{address}?page=9")) == (400, "invalid_page")


# --- The author's side


def test_an_author_builds_a_quiz(api, instructor):
    lesson = QuizLessonFactory(module__course__instructor=instructor)
    client = api(instructor)
    made = client.post(
        f"{V1}/courses/{lesson.course.slug}/quizzes",
        {"title": "Optics", "lesson": str(lesson.pk), "type": "final"},
    )
    quiz = Quiz.objects.get()
    assert made.status_code == 201 and made["Location"] == f"{V1}/quizzes/{quiz.pk}"
    refused = client.post(f"{V1}/quizzes/{quiz.pk}/publish")
    assert code(refused) == (409, "not_publishable") and refused.json()["errors"][0]["code"] == "no_questions"
    add = lambda body: client.post(f"{V1}/quizzes/{quiz.pk}/questions", body)  # noqa: E731
    options = [{"text": "Yes", "is_correct": True}, {"text": "No", "feedback": "Look again."}]
    one = add({"type": "single_choice", "text": "Does glass bend light?", "options": options})
    two = add({"type": "true_false", "text": "Light is slow.", "answer": False, "points": 2.5})
    assert (one.status_code, two.status_code) == (201, 201)
    assert [(o["text"], o["is_correct"]) for o in two.json()["options"]] == [("True", False), ("False", True)]
    ids = [two.json()["id"], one.json()["id"]]
    ordered = client.post(f"{V1}/quizzes/{quiz.pk}/questions/reorder", {"ids": ids}).json()
    assert [item["id"] for item in ordered["items"]] == ids
    published = client.post(f"{V1}/quizzes/{quiz.pk}/publish", {}).json()
    assert published["is_published"] and (published["total_questions"], published["total_points"]) == (2, 3.5)
    lesson.course.refresh_from_db()
    assert lesson.course.quiz_count == 1
    assert client.post(f"{V1}/quizzes/{quiz.pk}/unpublish").json()["is_published"] is False
    lesson.course.refresh_from_db()
    assert lesson.course.quiz_count == 0
    changed = client.patch(
        f"{V1}/quizzes/{quiz.pk}", {"title": "Light", "passing_score": 75.5, "max_attempts": 2}
    )
    assert (changed.json()["title"], changed.json()["passing_score"]) == ("Light", 75.5)
    assert client.delete(f"{V1}/questions/{ids[0]}").status_code == 204
    assert client.delete(f"{V1}/quizzes/{quiz.pk}").status_code == 204
    assert not Quiz.objects.exists()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, "required"),
        ({"title": "x"}, "min_length"),
        ({"title": "Zero\x00"}, "invalid_characters"),
        ({"title": "Fine", "passing_score": 100.01}, "max_value"),
        ({"title": "Fine", "max_attempts": 0}, "min_value"),
        ({"title": "Fine", "type": "exam"}, "invalid_choice"),
        ({"title": "Fine", "review_policy": "after_all"}, "invalid_choice"),
        ({"title": "Fine", "is_published": True}, "unknown_field"),
        ({"title": "Fine", "total_points": 9}, "unknown_field"),
        ({"title": "Fine", "course": "x"}, "unknown_field"),
        ({"title": "Fine", "description": "x" * 1001}, "max_length"),
    ],
)
def test_what_a_quiz_does_not_take(api, body, expected):
    quiz = QuizFactory()
    before = everything()
    response = api(quiz.course.instructor).post(f"{V1}/courses/{quiz.course.pk}/quizzes", body)
    found = [error["code"] for error in response.json()["errors"]]
    assert response.status_code == 422 and (expected in found or found == ["null_characters_not_allowed"])
    assert everything() == before


def test_the_lesson_of_a_quiz_is_a_free_quiz_lesson_of_the_course(api):
    quiz = QuizFactory(lesson=True)
    course, other = quiz.course, QuizLessonFactory()
    client, before = api(course.instructor), everything()
    create = lambda lesson: client.post(  # noqa: E731
        f"{V1}/courses/{course.pk}/quizzes", {"title": "Second", "lesson": str(lesson)}
    )
    assert code(create(quiz.lesson_id)) == (409, "lesson_taken")
    text = course.lessons.filter(type="text").first()
    for lesson in (other.pk, text.pk, uuid.uuid4()):
        assert code(create(lesson)) == (422, "lesson_not_in_course")
    assert everything() == before


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"text": "Four"}, "min_length"),
        ({"points": 0}, "min_value"),
        ({"points": 1000.01}, "max_value"),
        ({"type": "riddle"}, "invalid_choice"),
        ({"key_version": 9}, "unknown_field"),
        ({"partial_credit": True}, "partial_credit_not_allowed"),
        ({"answer": True}, "unknown_field"),
        ({"options": [{"text": "a", "is_correct": True, "score": 1}]}, "unknown_field"),
        ({"options": [{"text": ""}, {"text": "b", "is_correct": True}]}, "blank"),
        ({"options": [{"text": f"{n}"} for n in range(21)]}, "max_length"),
        ({"options": [{"id": str(uuid.uuid4()), "text": "a"}]}, "unknown_option"),
    ],
)
def test_what_a_question_does_not_take(api, body, expected):
    quiz = QuizFactory(draft=True)
    client, before = api(quiz.course.instructor), everything()
    whole = {"type": "single_choice", "text": "Which is it?", **body}
    response = client.post(f"{V1}/quizzes/{quiz.pk}/questions", whole)
    assert response.status_code == 422 and expected in [error["code"] for error in response.json()["errors"]]
    question = quiz.questions.first()
    assert client.patch(f"{V1}/questions/{question.pk}", body).status_code == 422
    assert everything() == before


def test_a_published_quiz_stays_whole_and_a_met_question_keeps_its_shape(api):
    attempt = AttemptFactory()
    quiz, client = attempt.quiz, api(attempt.quiz.course.instructor)
    question = quiz.questions.get(type="single_choice")
    address = f"{V1}/questions/{question.pk}"
    options = client.get(address).json()["options"]
    keep = [{name: option[name] for name in ("id", "text", "is_correct", "feedback")} for option in options]
    before = everything()
    assert code(client.patch(address, {"options": keep[:2]})) == (409, "question_in_use")
    assert code(client.patch(address, {"type": "multiple_choice"})) == (409, "question_in_use")
    assert code(client.delete(address)) == (409, "question_in_use")
    assert code(client.delete(f"{V1}/quizzes/{quiz.pk}")) == (409, "quiz_has_attempts")
    wrong = [{**option, "is_correct": False} for option in keep]
    refused = client.patch(address, {"options": wrong})
    assert (
        code(refused) == (409, "not_publishable") and refused.json()["errors"][0]["code"] == "no_right_option"
    )
    assert code(client.post(f"{V1}/quizzes/{quiz.pk}/questions/reorder", {"ids": [str(question.pk)]})) == (
        409, "order_mismatch",
    )  # fmt: skip
    assert everything() == before
    words = client.patch(address, {"text": "Name the capital of Egypt.", "options": keep})
    assert words.json()["key_version"] == 1
    other = [{**option, "is_correct": option["text"] == "Giza"} for option in keep]
    assert client.patch(address, {"options": other}).json()["key_version"] == 2


@pytest.mark.parametrize("who", ["student", "outsider_instructor", None])
def test_only_staff_write_and_see_keys(api, request, who):
    quiz = QuizFactory()
    person = request.getfixturevalue(who) if who else None
    if who == "student":
        EnrollmentFactory(course=quiz.course, student=person)
    client, question, before = api(person), quiz.questions.first(), everything()
    calls = [
        ("post", f"/courses/{quiz.course.pk}/quizzes"), ("patch", f"/quizzes/{quiz.pk}"),
        ("delete", f"/quizzes/{quiz.pk}"), ("post", f"/quizzes/{quiz.pk}/publish"),
        ("post", f"/quizzes/{quiz.pk}/unpublish"), ("get", f"/quizzes/{quiz.pk}/questions"),
        ("post", f"/quizzes/{quiz.pk}/questions"), ("post", f"/quizzes/{quiz.pk}/questions/reorder"),
        ("get", f"/questions/{question.pk}"), ("patch", f"/questions/{question.pk}"),
        ("delete", f"/questions/{question.pk}"),
    ]  # fmt: skip
    for method, path in calls:
        status = getattr(client, method)(f"{V1}{path}").status_code
        expected = 401 if person is None else 404 if path.startswith("/questions") else 403
        assert (method, path, status) == (method, path, expected)
    assert everything() == before


def test_staff_see_and_close_attempts_of_their_course_only(api, instructor, outsider_instructor, admin_user):
    attempt = AttemptFactory(quiz=QuizFactory(course__instructor=instructor))
    address = f"{V1}/attempts/{attempt.pk}"
    assert api(outsider_instructor).get(address).status_code == 404
    assert api(outsider_instructor).post(f"{address}/submit").status_code == 404
    assert api(admin_user).get(address).status_code == 200
    question = attempt.layout["questions"][0]["id"]
    answers = [{"question": question, "response": {"option": 1}, "revision": 1}]
    assert code(api(instructor).post(f"{address}/submit", {"answers": answers})) == (403, "permission_denied")
    assert (
        api(instructor).put(f"{address}/answers/{question}", {"response": None, "revision": 1}).status_code
        == 404
    )
    done = api(instructor).post(f"{address}/submit").json()
    assert (done["status"], done["review"]) == ("graded", "marked")
    attempt.refresh_from_db()
    assert attempt.submitted_by == "staff"


def test_hostile_text_is_harmless(api):
    quiz = QuizFactory(draft=True)
    client = api(quiz.course.instructor)
    script = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    body = {"type": "single_choice", "text": script, "explanation": script,
            "options": [{"text": script, "is_correct": True, "feedback": script}, {"text": "b"}]}  # fmt: skip
    assert client.post(f"{V1}/quizzes/{quiz.pk}/questions", body).json()["text"] == script
    services.publish_quiz(quiz=quiz)
    student = EnrollmentFactory(course=quiz.course).student
    shown = api(student).post(f"{V1}/quizzes/{quiz.pk}/attempts").json()["questions"][-1]
    for html in (shown["text_html"], shown["options"][0]["text_html"]):
        assert "<script" not in html and "<img" not in html
