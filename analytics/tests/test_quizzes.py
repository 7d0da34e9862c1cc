"""Quizzes of a course in figures: what their own page says, the hardest questions, and nothing of it to students."""

import csv
import io
from decimal import Decimal

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from analytics import services
from analytics.models import CourseStat
from analytics.tests.staff import API
from courses.tests.factories import CourseFactory
from quizzes.services import add_question, publish_quiz, quiz_statistics
from quizzes.tests.factories import CAPITALS, QuizFactory
from quizzes.tests.test_statistics import sit

pytestmark = pytest.mark.django_db
TEXTS = ["Easy: two and two?", "=HARD(1)", "Harder\nin two lines", "سؤال صعب", "Rarely seen"]
ONE, TWO = {"option": 1}, {"option": 2}


@pytest.fixture
def course(instructor):
    return CourseFactory(instructor=instructor, title="Optics", modules=1)


def quiz_of(course, texts, **fields):
    quiz = QuizFactory(course=course, draft=True, questions=0, **fields)
    for text in texts:
        add_question(quiz=quiz, type="single_choice", text=text, options=CAPITALS, points=100)
    publish_quiz(quiz=quiz, by=course.instructor)
    return quiz


def figures_of(course):
    services.refresh_course(course.pk)
    return CourseStat.objects.get(course=course)


def asked(api, person, course):
    return api(person).get(f"{API}/courses/{course.pk}/quizzes")


def test_the_three_hardest_of_ten_answers_or_more(course, api, instructor):
    quiz = quiz_of(course, TEXTS)
    # Shares of the points, to four places: 1, 0.2533, 0.2525 (a tie when rounded to two), 0, 0.5.
    sit(quiz, [[100, Decimal("25.33"), Decimal("25.25"), 0, 50]] * 9)
    assert figures_of(course).quizzes[0]["hardest"] == []  # nine answers are too few
    sit(quiz, [[100, Decimal("25.33"), Decimal("25.25"), 0, 50]])
    figures_of(course)
    (found,) = asked(api, instructor, course).json()["quizzes"]
    assert [(row["text"], row["n"], row["difficulty"]) for row in found["hardest"]] == [
        (TEXTS[3], 10, 0.0), (TEXTS[2], 10, 0.2525), (TEXTS[1], 10, 0.2533),
    ]  # fmt: skip
    assert found["key_looks_wrong"] == [] and not any(row["key_looks_wrong"] for row in found["hardest"])


def test_a_key_that_looks_wrong_is_carried_over_and_leads_to_its_question(course, api, login, instructor):
    quiz = quiz_of(course, TEXTS)
    knows, knows_not = [0, 100, 100, 100, 100], [100, 0, 0, 0, 0]
    sit(quiz, [knows] * 9 + [knows_not] * 12, [[TWO, *[ONE] * 4]] * 9 + [[ONE, *[TWO] * 4]] * 12)
    stat = figures_of(course)
    items = quiz_statistics(quiz).items
    first = items[0]
    assert first.key_looks_wrong and stat.quizzes[0]["key_looks_wrong"] == [str(first.question_id)]
    (found,) = asked(api, instructor, course).json()["quizzes"]
    url = f"{reverse('admin:quizzes_quiz_change', args=[quiz.pk])}#question-{first.question_id}"
    assert found["key_looks_wrong"] == [{"id": str(first.question_id), "text": TEXTS[0], "url": url}]
    hardest = {row["id"]: row for row in found["hardest"]}
    assert [row["difficulty"] for row in found["hardest"]] == [
        item.difficulty for item in sorted(items, key=lambda item: item.difficulty)[:3]
    ]
    for pk, row in hardest.items():
        assert row["url"].endswith(f"#question-{pk}")
        assert row["key_looks_wrong"] == (pk == str(first.question_id))
    html = login(instructor).get(stat.get_absolute_url(), {"tab": "quizzes"}).content.decode()
    page = login(instructor).get(url.partition("#")[0]).content.decode()
    assert f'href="{url}"' in html and "Keys that look wrong" in html
    assert f'id="question-{first.question_id}"' in page  # where the link leads


def test_the_quiz_page_says_the_same(course, api, instructor):
    quiz = quiz_of(course, TEXTS[:3])
    sit(quiz, [[100, 0, 50], [100, 100, 0], [0, 0, 0]])
    figures_of(course)
    (found,) = asked(api, instructor, course).json()["quizzes"]
    its_own = api(instructor).get(f"/api/v1/quizzes/{quiz.pk}/statistics").json()
    same = ("attempts", "students", "average", "median", "pass_rate", "histogram", "median_seconds")
    assert {name: found[name] for name in same} == {name: its_own[name] for name in same}


QUIZ_FIGURES = ("attempts", "students", "average", "median", "pass_rate")


def test_screen_and_files_and_api_show_the_same_quizzes(course, api, login, instructor):
    for title, marks in (("=First", [100, 0, 50]), ("Second", [25, 25, 25]), ("Nobody yet", [])):
        quiz = quiz_of(course, TEXTS[:3], title=title)
        sit(quiz, [marks] * 11) if marks else None
    stat = figures_of(course)
    said = asked(api, instructor, course).json()["quizzes"]
    table = login(instructor).get(stat.get_absolute_url(), {"tab": "quizzes"}).context["table"]
    screen = [[value for _column, value in cells] for _row, cells in table["rows"]]
    address = "admin:analytics_coursestat_export"
    body = b"".join(
        login(instructor).get(reverse(address, args=[stat.pk, "quizzes", "csv"])).streaming_content
    )
    head, *lines = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""))
    book = b"".join(
        login(instructor).get(reverse(address, args=[stat.pk, "quizzes", "xlsx"])).streaming_content
    )
    sheet_head, *sheet = load_workbook(io.BytesIO(book)).active.iter_rows(values_only=True)
    assert head == list(sheet_head) == [str(column.heading) for column in table["columns"]]
    assert len(said) == len(lines) == len(sheet) == len(screen) == 3
    for row, shown, line, cells in zip(said, screen, lines, sheet, strict=True):
        figures = [row[name] for name in QUIZ_FIGURES]
        assert [number(cell) for cell in line[2:7]] == [number(cell) for cell in shown[2:7]] == figures
        assert list(cells[2:7]) == figures
        texts = "\n".join(question["text"] for question in row["hardest"])
        assert line[8].lstrip("'") == (shown[8] or "") == (cells[8] or "") == texts
        assert (shown[0], cells[0], line[0].lstrip("'")) == (row["title"],) * 3
    assert [line[4] for line in lines] == ["50.00", "25.00", ""]


def number(cell):
    return None if cell in ("", None) else float(cell)


def test_a_question_that_is_gone_is_left_out(course, api, instructor):
    quiz = quiz_of(course, TEXTS)
    sit(quiz, [[100, 25, 0, 0, 50]] * 10)
    stat = figures_of(course)
    stat.quizzes[0]["hardest"][0]["id"] = "01a1fc7a-db6d-7633-9612-746b3ae3f4c6"
    stat.quizzes[0]["key_looks_wrong"] = ["01a1fc7a-db6d-7633-9612-746b3ae3f4c6"]
    stat.save()
    (found,) = asked(api, instructor, course).json()["quizzes"]
    assert len(found["hardest"]) == 2 and found["key_looks_wrong"] == []


def test_question_texts_never_reach_a_student(course, api, login, student, classmate, outsider_instructor):
    quiz = quiz_of(course, TEXTS, title="What you know")
    attempts = sit(quiz, [[100, 25, 0, 0, 50]] * 10)
    stat = figures_of(course)
    learner = attempts[0].enrollment.student
    for person in (learner, student, classmate, outsider_instructor):
        for path in ("quizzes", "quizzes/export", "lessons", "students"):
            answer = api(person).get(f"{API}/courses/{course.pk}/{path}")
            assert answer.status_code == 403 and not any(text in answer.content.decode() for text in TEXTS)
        page = login(person).get(stat.get_absolute_url(), {"tab": "quizzes"}, follow=True)
        assert not any(text in page.content.decode() for text in TEXTS)
    for path in ("my-progress", "my-dashboard", "my-activity"):
        own = api(learner).get(f"{API}/{path}").content.decode()
        assert not any(text in own for text in TEXTS)
    for path in ("/progress/", "/dashboard/"):
        html = login(learner).get(path).content.decode()
        assert not any(text in html for text in TEXTS)
