"""What goes wrong on the way to a certificate: a clear sentence or harmless text, never a 500, nothing half written."""

from contextlib import contextmanager
from html import unescape
from http.cookies import SimpleCookie
from urllib.parse import quote

import pytest
from django.db import transaction
from django.test import Client
from rest_framework.test import APIClient

from certificates.models import Certificate
from courses import services as courses
from courses.models import Course
from lms.tests.permissions import admin, pages
from lms.tests.test_permissions import filled, send
from lms.tests.world import fingerprint
from quizzes.tests.factories import AttemptFactory, QuizFactory

pytestmark = pytest.mark.django_db
API = "/api/v1"
NEW = {"email": "new@example.com", "password": "Harbour-77-sea", "full_name": "New Person"}
UNKNOWN = "01a1fc7a-db6d-7633-9612-746b3ae3f4c6"
SCRIPT = "<script>alert('x')</script>"


@pytest.fixture
def nothing_changes():
    """`with nothing_changes():` fails when a row of ours is another afterwards."""

    @contextmanager
    def watch(*except_for):
        before = fingerprint()
        yield
        after = fingerprint()
        assert [name for name in before if before[name] != after[name] and name not in except_for] == []

    return watch


def browser(world, role):
    client = Client()
    client.cookies = SimpleCookie(world.cookies[role])
    return client


def caller(world, role):
    client = APIClient()
    client.force_authenticate(world.people[role])
    return client


def problem(response, status, code):
    """Check a refusal of the API: status, code, and a sentence."""
    body = response.json()
    codes = {body["code"], *(entry["code"] for entry in body["errors"])}
    assert (response.status_code, response.headers["Content-Type"]) == (status, "application/problem+json")
    assert code in codes
    assert len(body["detail"]) > 10
    return body


def says(response, words, status=200):
    """Check that a page tells it in words."""
    assert response.status_code == status, response.content[:500]
    assert words in unescape(response.content.decode())


# --- Accounts


def test_wrong_password(world, nothing_changes):
    sent = {"email": "salma@example.com", "password": "Wrong-42-lit"}
    with nothing_changes("accounts.SignInRecord"):
        problem(APIClient().post(f"{API}/auth/login", sent), 401, "bad_credentials")
        page = browser(world, "visitor")
        says(
            page.post("/accounts/login/", {"login": sent["email"], "password": sent["password"]}), "password"
        )
        assert "_auth_user_id" not in page.session


@pytest.mark.parametrize("email", ["salma@example.com", " SALMA@Example.com"])
def test_taken_email(world, nothing_changes, email):
    with nothing_changes("accounts.SignInRecord"):
        problem(APIClient().post(f"{API}/auth/register", NEW | {"email": email}), 409, "email_taken")
        form = {"email": email, "password1": NEW["password"], "full_name": NEW["full_name"]}
        says(browser(world, "visitor").post("/accounts/signup/", form), "already")


@pytest.mark.parametrize(
    ("password", "code", "words"),
    [
        ("Ab-1", "password_too_short", "at least 8"),
        ("password", "password_too_common", "common"),
        ("New-Person-1", "password_too_similar", "too similar"),
        ("harbour-77-sea", "password_no_upper", "capital letter"),
        ("Harbour-sea-sea", "password_no_digit", "digit"),
        ("Harbour77sea", "password_no_special", "character"),
    ],
)
def test_weak_password(world, nothing_changes, password, code, words):
    with nothing_changes():
        problem(APIClient().post(f"{API}/auth/register", NEW | {"password": password}), 422, code)
        form = {"email": NEW["email"], "password1": password, "full_name": NEW["full_name"]}
        says(browser(world, "visitor").post("/accounts/signup/", form), words)


# --- Enrolling


def test_enrolling_twice(world, nothing_changes):
    with nothing_changes():
        answer = caller(world, "student").post(f"{API}/enrollments", {"course": world.course.slug})
        body = problem(answer, 409, "already_enrolled")
        assert body["next_url"] == f"/learn/{quote(world.course.slug)}/"
        page = browser(world, "student").post(f"/courses/{world.course.slug}/enroll/")
        assert (page.status_code, page.headers["Location"]) == (302, body["next_url"])


@pytest.mark.parametrize("slug", ["{draft_slug}", "{draft}", "no-such-course", UNKNOWN])
def test_enrolling_in_a_draft_or_in_nothing(world, nothing_changes, slug):
    course = filled(slug, world.names)
    with nothing_changes():
        answer = caller(world, "classmate").post(f"{API}/enrollments", {"course": course})
        problem(answer, 404, "not_found")
        page = browser(world, "classmate").post(f"/courses/{course}/enroll/")
        says(page, "not", status=404)


@pytest.mark.parametrize("course", [None, 7, [], {}, "", "\0", "a" * 300])
def test_enrolling_in_what_is_no_course(world, nothing_changes, course):
    with nothing_changes():
        answer = caller(world, "classmate").post(f"{API}/enrollments", {"course": course})
        assert answer.status_code in (404, 422)


# --- Lessons


def test_a_locked_lesson(world, nothing_changes):
    courses.update_course(course=world.course, by=world.people["owner"], fields={"is_sequential": True})
    locked = world.course.lessons.live().in_order()[1]
    with nothing_changes():
        page = browser(world, "student").get(f"/learn/{world.course.slug}/{locked.slug}/")
        says(page, world.lesson.title, status=403)
        assert locked.body not in page.content.decode()
        shown = caller(world, "student").get(f"{API}/lessons/{locked.pk}").json()
        assert (shown["locked"], shown["lock"]["code"], "body" in shown) == (True, "previous_lesson", False)
        steps = f"{API}/enrollments/{world.names['enrollment']}/lessons/{locked.pk}"
        problem(caller(world, "student").post(f"{steps}/complete", {}), 403, "previous_lesson")
        problem(caller(world, "student").put(f"{steps}/progress", {}), 403, "previous_lesson")


def test_an_unpublished_lesson(world, nothing_changes):
    with nothing_changes():
        says(
            browser(world, "student").get(f"/learn/{world.course.slug}/{world.hidden.slug}/"),
            "not",
            status=404,
        )
        problem(caller(world, "student").get(f"{API}/lessons/{world.hidden.pk}"), 404, "not_found")
        steps = f"{API}/enrollments/{world.names['enrollment']}/lessons/{world.hidden.pk}"
        problem(caller(world, "student").post(f"{steps}/complete", {}), 404, "not_found")


def test_a_lesson_of_another_course(world, nothing_changes):
    other = world.done.lessons.first()
    with nothing_changes():
        steps = f"{API}/enrollments/{world.names['enrollment']}/lessons/{other.pk}"
        problem(caller(world, "student").post(f"{steps}/complete", {}), 404, "not_found")
        says(browser(world, "student").get(f"/learn/{world.course.slug}/no-such-lesson/"), "not", status=404)


# --- Quizzes


def test_an_answer_to_another_question_or_attempt(world, nothing_changes):
    foreign = AttemptFactory(quiz=QuizFactory(course=world.done), student=world.people["classmate"])
    question = foreign.answers.first().question_id
    body = {"response": {"option": 1}, "revision": 1}
    client = caller(world, "student")
    with nothing_changes():
        for attempt, asked in (
            (world.attempt.pk, question),
            (world.attempt.pk, UNKNOWN),
            (foreign.pk, question),
            (foreign.pk, world.names["question"]),
            (UNKNOWN, question),
        ):
            answer = client.put(f"{API}/attempts/{attempt}/answers/{asked}", body)
            problem(answer, 404, "not_found")
        sent = {"answers": [{"question": str(question), **body}]}
        answer = client.post(f"{API}/attempts/{world.attempt.pk}/submit", sent)
        assert 400 <= answer.status_code < 500


def test_submitting_twice(world, nothing_changes, django_capture_on_commit_callbacks):
    client = caller(world, "student")
    with django_capture_on_commit_callbacks(execute=True):
        first = client.post(f"{API}/attempts/{world.attempt.pk}/submit", {})
    late = f"{API}/attempts/{world.attempt.pk}/answers/{world.names['question']}"
    problem(client.put(late, {"response": {"option": 1}, "revision": 5}), 409, "attempt_closed")  # kept once
    with nothing_changes():
        second = client.post(f"{API}/attempts/{world.attempt.pk}/submit", {})
        assert (first.status_code, second.status_code) == (200, 200)
        assert first.json() == second.json()
        page = browser(world, "student").post(f"/quizzes/{world.quiz.pk}/attempts/2/submit/")
        assert page.headers["Location"].endswith("/attempts/2/result/")
        problem(client.put(late, {"response": {"option": 2}, "revision": 6}), 409, "attempt_closed")


# --- Certificates


SPELLINGS = {
    "lower": str.lower,
    "bare": lambda code: code.replace("-", ""),
    "blanks": lambda code: f" {code.replace('-', ' ')} ",
    "letters": lambda code: code.replace("0", "O").replace("1", "l"),
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_a_code_in_other_spellings(world, spelling):
    code = Certificate.objects.get().code
    typed = quote(spelling(code))
    assert APIClient().get(f"{API}/certificates/verify/{typed}").json()["state"] == "valid"
    page = Client().get(f"/certificates/verify/{typed}/", follow=True)
    says(page, code)
    page = Client().get("/certificates/verify/", {"code": spelling(code)}, follow=True)
    says(page, code)


@pytest.mark.parametrize("typed", ["AAAA-BBBB-CCCC", "x", "٠٠٠", "<script>", "a" * 200, "%00", "..", "🎓"])
def test_a_code_that_is_none(world, nothing_changes, typed):
    with nothing_changes():
        answer = APIClient().get(f"{API}/certificates/verify/{quote(typed)}")
        assert (answer.status_code, answer.json()["state"]) == (200, "unknown")
        page = Client().get("/certificates/verify/", {"code": typed}, follow=True)
        assert page.status_code == 200
        assert "<script>" not in page.content.decode().replace("<script src", "")


# --- Texts


@pytest.mark.parametrize("title", ["مقدمة في البرمجة 🎓", "🎉🎉🎉", "Ünïcödé ✓ عربي", "👩‍🏫 תורה"])
def test_titles_in_any_script(world, title):
    made = caller(world, "owner").post(f"{API}/courses", {"title": title, "description": "واضح " * 20})
    assert made.status_code == 201, made.content
    course = Course.objects.get(pk=made.json()["id"])
    assert (course.title, bool(course.slug)) == (title, True)
    module = caller(world, "owner").post(f"{API}/courses/{course.pk}/modules", {"title": title}).json()
    for number in range(3):
        body = {"title": f"{title} {number}", "module": module["id"], "body": title, "is_published": True}
        answer = caller(world, "owner").post(f"{API}/courses/{course.pk}/lessons", body)
        assert answer.status_code == 201, answer.content
    assert caller(world, "owner").post(f"{API}/courses/{course.pk}/publish", {}).status_code == 200
    answer = caller(world, "classmate").post(f"{API}/enrollments", {"course": course.slug})
    assert answer.status_code == 201, answer.content
    for path in (f"/courses/{quote(course.slug)}/", f"/learn/{quote(course.slug)}/"):
        says(browser(world, "classmate").get(path), title)


def test_a_body_of_ten_megabytes(world, nothing_changes):
    text = "# Light\n\n" + "word " * 2_000_000
    owner, form = caller(world, "owner"), browser(world, "owner")
    assert len(text) > 10_000_000
    with nothing_changes():
        for answer in (
            owner.patch(f"{API}/lessons/{world.lesson.pk}", {"body": text}),
            owner.patch(f"{API}/courses/{world.course.pk}", {"description": text}),
            owner.post(f"{API}/markdown/preview", {"text": text}),
        ):
            problem(answer, 413, "too_large")
        for path, name in (
            (f"/admin/courses/lesson/{world.lesson.pk}/change/", "body"),
            ("/admin/courses/course/markdown/", "text"),
        ):
            answer = form.post(path, {name: text})
            assert answer.status_code in (400, 413)
            assert "<h1" in answer.content.decode()


def test_a_body_that_is_a_little_too_long(world, nothing_changes):
    with nothing_changes():
        answer = caller(world, "owner").patch(f"{API}/lessons/{world.lesson.pk}", {"body": "x" * 50_001})
        assert problem(answer, 422, "max_length")["errors"][0]["field"] == "body"


COURSE_TEXTS = {
    "title": SCRIPT,
    "subtitle": SCRIPT,
    "description": SCRIPT * 3,
    "objectives": [SCRIPT],
    "requirements": [SCRIPT],
    "category": "{category}",
}
NOTES = {"notes": SCRIPT, "notes_revision": 0, "is_bookmarked": True}
WRITES = [
    ("student", "patch", "/users/me", {"full_name": SCRIPT, "bio": SCRIPT}),
    ("owner", "patch", "/users/me", {"full_name": SCRIPT, "bio": SCRIPT}),
    ("owner", "patch", "/users/me/instructor-profile", {"headline": SCRIPT, "specialization": SCRIPT}),
    ("admin", "patch", "/categories/{category}", {"name_en": SCRIPT, "name_ar": SCRIPT}),
    ("admin", "patch", "/tags/{tag}", {"name": SCRIPT}),
    ("owner", "patch", "/courses/{course}", COURSE_TEXTS),
    ("owner", "patch", "/modules/{module}", {"title": SCRIPT, "description": SCRIPT}),
    ("owner", "patch", "/lessons/{lesson}", {"title": SCRIPT, "description": SCRIPT, "body": SCRIPT}),
    ("owner", "patch", "/resources/{resource}", {"title": SCRIPT}),
    ("owner", "patch", "/files/{file}", {"original_name": f"{SCRIPT}.mp4", "alt_text": SCRIPT}),
    ("owner", "patch", "/quizzes/{quiz}", {"title": SCRIPT, "description": SCRIPT, "instructions": SCRIPT}),
    ("owner", "patch", "/questions/{question}", {"text": SCRIPT, "explanation": SCRIPT}),
    ("student", "put", "/enrollments/{enrollment}/lessons/{lesson}/progress", NOTES),
    ("owner", "patch", "/enrollments/{enrollment}", {"notes": SCRIPT}),
    ("student", "patch", "/enrollments/{finished}/review", {"text": SCRIPT}),
    ("owner", "post", "/reviews/{review}/reply", {"text": SCRIPT}),
    ("owner", "patch", "/certificates/{certificate}", {"notes": SCRIPT}),
    ("owner", "post", "/certificates/{certificate}/revoke", {"category": "misconduct", "reason": SCRIPT}),
    ("owner", "post", "/enrollments/{enrollment}/unlock", {}),
]  # fmt: skip


@pytest.mark.dear(seconds=15)
def test_script_in_every_text_field_is_text_on_every_page(world):
    for role, method, path, body in WRITES:
        sent = {"data": filled(body, world.names)}
        answer = getattr(caller(world, role), method)(API + filled(path, world.names), **sent)
        assert answer.status_code == 200, (path, answer.content)
    world.names["slug"] = Course.objects.get(pk=world.course.pk).slug
    seen = 0
    for role in ("visitor", "student", "owner", "admin"):
        for row in (*pages.ROWS, *admin.ROWS):
            if row.method != "GET":
                continue
            with transaction.atomic():
                answer = send(world, row, role)
                html = b"".join(answer.streaming_content) if answer.streaming else answer.content
                transaction.set_rollback(True)
            assert answer.status_code < 500, (role, row.path)
            if not answer.headers.get("Content-Type", "").startswith("text/html"):
                continue
            assert b"<script>alert" not in html, (role, row.path)
            seen += b"&lt;script&gt;alert" in html
    assert seen > 40
