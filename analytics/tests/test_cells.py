"""What somebody wrote stays what it is in every file: no program runs it, no character of it is lost."""

import csv
import io
from itertools import cycle

import pytest
from django.urls import reverse
from django.utils.translation import gettext, override
from openpyxl import load_workbook

from accounts.models import User
from analytics import services
from analytics.models import CourseStat
from analytics.readers import courses
from analytics.tests.staff import API, crowd
from courses.models import Course, Lesson
from courses.tests.factories import CourseFactory
from enrollments.models import Enrollment
from quizzes.models import Question, Quiz
from quizzes.services import add_question, publish_quiz
from quizzes.tests.factories import QuizFactory
from quizzes.tests.test_statistics import sit

pytestmark = pytest.mark.django_db
FORMS = ["=1+1", "+1", "-1", "-5", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠A1", " =1", "\u00a0+1",
         "\u200f-1", "\u061c=1"]  # fmt: skip
ARABIC = "سلمى، حدّاد — ١٢"


@pytest.fixture
def stat(instructor):
    """A course in which every name, title, question and answer is a formula, and some are Arabic."""
    course = CourseFactory(instructor=instructor, title="Optics", modules=1, lessons=len(FORMS))
    crowd(course, len(FORMS) + 1)
    _write(User.objects.filter(role="student"), "full_name", [*FORMS, ARABIC])
    _write(Lesson.objects.filter(course=course), "title", FORMS)
    quizzes = [QuizFactory(course=course, questions=0, draft=True) for _form in FORMS[:2]]
    for quiz in quizzes:
        for _form in FORMS:
            add_question(quiz=quiz, type="short_answer", text="Say it.", accepted_answers=["x"], points=10)
        publish_quiz(quiz=quiz, by=instructor)
    _write(Quiz.objects.filter(course=course), "title", FORMS)
    _write(Question.objects.filter(quiz__course=course), "text", FORMS)
    sit(quizzes[0], [[10] * len(FORMS)] * 10, [[{"text": form} for form in FORMS]] * 10)
    services.refresh_course(course.pk)
    return CourseStat.objects.get(course=course)


def _write(rows, field, texts):
    found = list(rows.order_by("pk"))
    for row, text in zip(found, cycle(texts), strict=False):
        setattr(row, field, text)
    rows.model.objects.bulk_update(found, [field])


def file(client, path, **params):
    answer = client.get(path, params)
    assert answer.status_code == 200, answer
    return b"".join(answer.streaming_content)


def lines(body):
    assert body.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))[1:]


def sheet(body):
    return load_workbook(io.BytesIO(body)).active


def column(found, place):
    """Return a column below its heading: text cells only, as somebody wrote them."""
    cells = [row[place] for row in found.iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells} == {"s"}
    return [cell.value.replace("_x000D_", "\r") for cell in cells]  # as a file writes a carriage return


TABLES = [
    ("students", 0, "name", "items"),
    ("lessons", 1, "title", "lessons"),
    ("quizzes", 0, "title", "quizzes"),
]


@pytest.mark.parametrize("table, place, name, items", TABLES)
def test_names_and_titles(stat, login, api, instructor, table, place, name, items):
    path = f"{API}/courses/{stat.course_id}/{table}"
    said = [
        row[name]
        for row in api(instructor).get(path, {"page_size": 100} if table == "students" else {}).json()[items]
    ]
    assert set(said) >= set(FORMS[: len(said)])  # JSON says it untouched
    pages = [api(instructor), f"{path}/export"], [login(instructor), reverse(
        "admin:analytics_coursestat_export", args=[stat.pk, table, "csv"])]  # fmt: skip
    for client, address in pages:
        rows = lines(file(client, address))
        assert [row[place] for row in rows] == [f"'{text}" if text in FORMS else text for text in said]
    assert column(sheet(file(api(instructor), f"{path}/export", **{"as": "xlsx"})), place) == said


def test_questions_and_answers(stat, login, instructor):
    hardest = [question["text"] for question in courses.quizzes(stat)[0]["hardest"]]
    assert len(hardest) == 3 and set(hardest) <= set(FORMS)
    address = reverse("admin:analytics_coursestat_export", args=[stat.pk, "quizzes", "csv"])
    assert lines(file(login(instructor), address))[0][8] == "'" + "\n".join(hardest)
    rows = lines(file(login(instructor), reverse("admin:quizzes_attempt_export", args=["answers"])))
    assert len(rows) == 10 * len(FORMS)
    assert [row[5] for row in rows[: len(FORMS)]] == [row[6] for row in rows[: len(FORMS)]] == [
        f"'{form}" for form in FORMS
    ]  # fmt: skip
    assert {row[7] for row in rows} == {"10.00"}  # numbers stay numbers


def test_titles_in_ones_own_file(stat, api):
    learner = Enrollment.objects.filter(course=stat.course_id).first().student
    for form in FORMS:
        Course.objects.filter(pk=stat.course_id).update(title=form)
        assert lines(file(api(learner), f"{API}/my-progress/export"))[0][0] == f"'{form}"


def test_an_arabic_file_opens_intact(stat, login, instructor):
    instructor.locale = "ar"
    instructor.save()
    client = login(instructor)
    address = "admin:analytics_coursestat_export"
    found = sheet(file(client, reverse(address, args=[stat.pk, "students", "xlsx"]), search="سلمى"))
    rows = lines(file(client, reverse(address, args=[stat.pk, "students", "csv"]), search="سلمى"))
    assert found.sheet_view.rightToLeft
    with override("ar"):
        assert found["A1"].value == gettext("Student") != "Student"
    assert found["A2"].value == ARABIC == rows[0][0]
