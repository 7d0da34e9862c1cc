"""Tables as files: what the screen shows, numbers as numbers, and nothing that runs."""

import csv
import io

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from courses.models import Lesson
from enrollments import services
from enrollments.tests.factories import EnrollmentFactory, complete

pytestmark = pytest.mark.django_db
FORMULA = '=HYPERLINK("http://evil.example","x")'


def read_csv(response):
    assert response["Content-Type"].startswith("text/csv")
    assert "attachment" in response["Content-Disposition"]
    return list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))


def read_xlsx(response):
    book = load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    return [[cell.value for cell in row] for row in book.active.iter_rows()]


def export(kind):
    return reverse("admin:enrollments_enrollment_export", args=[kind])


@pytest.fixture
def crowd(course, lessons, enrollment):
    """The student with a third done, and somebody whose name is a formula."""
    complete(enrollment, lessons[:2])
    return enrollment, EnrollmentFactory(course=course, student__full_name=FORMULA)


def test_the_list_as_it_is_filtered(crowd, login, instructor):
    EnrollmentFactory(student__full_name="Somebody Else")  # of another teacher
    services.drop(enrollment=crowd[1], by=crowd[1].student)
    client = login(instructor)
    head, *rows = read_csv(client.get(export("csv")))
    assert head[0] == "Student" and len(rows) == 2
    head, *rows = read_csv(client.get(export("csv"), {"status__exact": "active"}))
    assert [row[:7] for row in rows] == [
        ["Salma Haddad", "student@example.com", "Lenses", "In progress", "33.33", "2", "6"]
    ]
    assert read_csv(client.get(export("csv"), {"q": "nobody"})) == [head]
    assert client.get(export("pdf")).status_code == 404


def test_numbers_are_numbers_and_formulas_are_text(crowd, login, instructor):
    rows = read_xlsx(login(instructor).get(export("xlsx")))
    assert {row[0] for row in rows[1:]} == {"Salma Haddad", FORMULA}
    assert sorted(row[4] for row in rows[1:]) == [0, 33.33]
    rows = read_csv(login(instructor).get(export("csv")))
    assert f"'{FORMULA}" in [row[0] for row in rows]


def test_the_grid_is_the_screen(crowd, login, instructor, course):
    Lesson.objects.filter(title="Lesson 1.1").update(title="@SUM(1)")
    path = reverse("admin:enrollments_enrollment_grid_export", args=[course.pk, "csv"])
    head, *rows = read_csv(login(instructor).get(path, {"o": "-progress"}))
    assert head[4:] == ["'@SUM(1)", "Lesson 1.2", "Lesson 1.3", "Lesson 2.1", "Lesson 2.2", "Lesson 2.3"]
    assert (
        rows[0]
        == ["Salma Haddad", "student@example.com", "In progress", "33.33", "Done", "Done"] + ["Not yet"] * 4
    )
    path = reverse("admin:enrollments_enrollment_grid_export", args=[course.pk, "xlsx"])
    assert len(read_xlsx(login(instructor).get(path))) == 3
