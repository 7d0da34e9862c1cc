"""Figures in the admin and as files: what each shows is what the API says; what each costs."""

import csv
import io
import re
from itertools import pairwise

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from accounts.models import AuditEntry, User
from analytics import services
from analytics.models import CourseStat
from analytics.tests.staff import API, build, course_of, crowd, days_of, site_days
from courses.models import Course
from enrollments.models import Enrollment
from lms.lib.sheets import TYPES

pytestmark = pytest.mark.django_db
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\uff1d1"]


@pytest.fixture
def school(instructor, outsider_instructor, student):
    return build(instructor, outsider_instructor, student)


def file_of(school, table, kind):
    return reverse("admin:analytics_coursestat_export", args=[school.stat.pk, table, kind])


def body(answer):
    assert answer.status_code == 200, answer
    return b"".join(answer.streaming_content)


def read_csv(answer):
    text = body(answer)
    assert text.startswith(b"\xef\xbb\xbf") and "attachment" in answer["Content-Disposition"]
    return list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))


def read_xlsx(answer):
    book = load_workbook(io.BytesIO(body(answer)))
    return [[cell.value for cell in row] for row in book.active.iter_rows()]


# --- One list behind every door


def test_who_is_at_risk_is_marked_beside_the_name(school, login, instructor):
    html = login(instructor).get(school.stat.get_absolute_url(), {"tab": "students"}).content.decode()
    rows = {name: row for row in html.split("<tr>") for name in ("Yusuf Silent", "Hind Done") if name in row}
    assert [">At risk</span></th>" in rows[name] for name in ("Yusuf Silent", "Hind Done")] == [True, False]


def test_screen_and_files_and_api_show_the_same_students(school, login, api, instructor):
    instructor.time_zone = "Pacific/Kiritimati"
    instructor.save()
    client, choice = login(instructor), {"ordering": "-progress_percentage", "progress_max": "100"}
    screen = client.get(school.stat.get_absolute_url(), {"tab": "students", **choice}).context
    shown = [[value for _column, value in cells] for _row, cells in screen["table"]["rows"]]
    head, *rows = read_csv(client.get(file_of(school, "students", "csv"), choice))
    sheet_head, *sheet = read_xlsx(client.get(file_of(school, "students", "xlsx"), choice))
    also, *more = read_csv(api(instructor).get(f"{API}/courses/{school.light.pk}/students/export", choice))
    items = api(instructor).get(f"{API}/courses/{school.light.pk}/students", choice).json()["items"]
    assert [str(column.heading) for column in screen["table"]["columns"]] == head == sheet_head == also
    assert more == rows and len(rows) == 3
    assert [row[3] for row in rows] == [str(line[3]) for line in shown] == [str(row[3]) for row in sheet]
    assert [row[0] for row in rows] == [row[0] for row in sheet] == [row[0] for row in shown]
    for line, cells, row, item in zip(shown, sheet, rows, items, strict=True):
        by_name = dict(zip(head, row, strict=True))
        assert (row[0], row[1]) == (item["name"], item["email"]) == (line[0], line[1]) == (cells[0], cells[1])
        numbers = [head.index(name) for name in ("Progress (%)", "Completed lessons", "Lessons", "Hours")]
        of_api = [item[name] for name in
                  ("progress_percentage", "completed_lessons_count", "total_lessons_count", "time_hours")]  # fmt: skip
        assert [cells[at] for at in numbers] == [float(row[at]) for at in numbers] == of_api
        assert [float(line[at]) for at in numbers] == of_api
        assert (by_name["Quiz average (%)"], item["average_quiz_score"]) == ("", None)
        assert by_name["At risk"] == " ".join(risk["sentence"] for risk in item["risk"]) == (cells[11] or "")
        assert by_name["Level"] == cells[10]


LESSON_FIGURES = ("number", "started", "completed", "completion_rate", "reach", "drop_off", "average_minutes",
                  "average_completion_minutes", "total_minutes")  # fmt: skip


def test_screen_and_files_and_api_show_the_same_lessons_with_equal_decimals(school, login, api, instructor):
    client = login(instructor)
    of_api = [
        [row[name] for name in LESSON_FIGURES]
        for row in api(instructor).get(f"{API}/courses/{school.light.pk}/lessons").json()["lessons"]
    ]
    table = client.get(school.stat.get_absolute_url(), {"tab": "lessons"}).context["table"]
    screen = [[value for column, value in cells if column.kind == "number"] for _row, cells in table["rows"]]
    _head, *lines = read_csv(client.get(file_of(school, "lessons", "csv")))
    _head, *sheet = read_xlsx(client.get(file_of(school, "lessons", "xlsx")))
    assert [
        [None if cell == "" else float(cell) for cell in (line[0], *line[2:])] for line in lines
    ] == of_api
    assert [[row[0], *row[2:]] for row in sheet] == screen_as_numbers(screen) == of_api
    assert [[line[place] for line in lines] for place in (4, 6, 7, 9)] == [
        ["33.33", "50.00", "100.00"], ["33.33", "50.00", ""], ["10.5", "", ""], ["31.5", "0.0", "0.0"],
    ]  # fmt: skip
    html = client.get(school.stat.get_absolute_url(), {"tab": "lessons"}).content.decode()
    assert "<bdi>50.00</bdi>" in html and "<bdi>100.00</bdi>" in html and "<bdi>0.0</bdi>" in html


FILES = [("lessons", "csv", "text/csv"), ("quizzes", "xlsx", TYPES["xlsx"]), ("students", "csv", "*/*"),
         ("students", "csv", "application/json")]  # fmt: skip


@pytest.mark.parametrize("table, as_, accept", FILES)
def test_a_file_is_had_by_its_own_type(school, api, instructor, table, as_, accept):
    path = f"{API}/courses/{school.light.pk}/{table}/export"
    assert body(api(instructor).get(path, {"as": as_}, HTTP_ACCEPT=accept))
    refused = api(instructor).get(path, {"as": "pdf"}, HTTP_ACCEPT=accept)
    assert (refused.status_code, refused["Content-Type"]) == (400, "application/problem+json")
    assert api(instructor).get(path, HTTP_ACCEPT="image/png").status_code == 406


def screen_as_numbers(rows):
    return [[None if value is None else float(value) for value in row] for row in rows]


def test_files_of_lessons_and_quizzes_by_address(school, login, api, instructor):
    client = login(instructor)
    assert len(read_csv(client.get(file_of(school, "quizzes", "csv")))) == 1
    answer = api(instructor).get(f"{API}/courses/optics/quizzes/export", {"as": "xlsx"})
    assert "optics-quizzes-" in answer["Content-Disposition"] and len(read_xlsx(answer)) == 1
    assert api(instructor).get(f"{API}/courses/optics/lessons/export", {"as": "pdf"}).status_code == 400


def test_names_that_are_formulas_are_text(school, login, api, instructor):
    people = list(User.objects.filter(role="student").order_by("pk"))
    for person, name in zip(people, FORMULAS, strict=False):
        User.objects.filter(pk=person.pk).update(full_name=name)
    course = f"{API}/courses/{school.light.pk}"
    names = {item["name"] for item in api(instructor).get(f"{course}/students").json()["items"]}
    assert names < set(FORMULAS)
    client = login(instructor)
    assert {row[0] for row in read_csv(client.get(file_of(school, "students", "csv")))[1:]} == {
        f"'{n}" for n in names
    }
    book = load_workbook(io.BytesIO(body(client.get(file_of(school, "students", "xlsx")))))
    cells = [row[0] for row in book.active.iter_rows(min_row=2)]
    assert {cell.value for cell in cells} == names and {cell.data_type for cell in cells} == {"s"}


def test_files_are_counted_and_written_down(school, login, api, instructor, settings):
    rates = {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "analytics_export": "10/min"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    client, path = api(instructor), f"{API}/courses/{school.light.pk}/students/export"
    body(client.get(path, {"risk": "any", "search": ""}))
    entry = AuditEntry.objects.get(action="analytics.export")
    assert (entry.actor, entry.target_id) == (instructor, str(school.light.pk))
    assert entry.data == {"table": "students", "format": "csv", "filters": {"risk": "any"}, "rows": 1}
    body(client.get(f"{API}/courses/{school.light.pk}/lessons/export"))
    for _n in range(8):
        body(login(instructor).get(file_of(school, "students", "csv")))
    assert AuditEntry.objects.filter(action="analytics.export").count() == 9
    refused = client.get(path), login(instructor).get(file_of(school, "students", "csv"))
    assert [answer.status_code for answer in refused] == [429, 429] and refused[0].headers["Retry-After"]
    assert AuditEntry.objects.filter(action="analytics.export").count() == 9


# --- The pages


def test_the_tabs(school, login, instructor):
    days_of(school.light, 0, 2, enrollments=1)
    client, url = login(instructor), school.stat.get_absolute_url()
    expected = {
        "overview": ["33.33%", "4.00", "Hind D.", "Optics 1"],
        "lessons": ["How far students come", "66.67", "Optics 3"],
        "quizzes": ["No quizzes yet"],
        "students": ["Not seen for 20 days.", "mailto:yusuf%40example.com", "Needs improvement"],
        "trend": ["Enrollments in all", "period=90d"],
    }
    for tab, words in expected.items():
        html = client.get(url, {"tab": tab}).content.decode()
        assert [word for word in words if word not in html] == [], tab
        assert "As of" in html and "Sound" not in html and "Stranger" not in html
    assert client.get(url, {"tab": "other"}).status_code == 404


def test_what_makes_no_sense_is_told(school, login, instructor):
    client, url = login(instructor), school.stat.get_absolute_url()
    for params in ({"tab": "trend", "from": "2026-01-01"}, {"tab": "trend", "period": "\0"},
                   {"tab": "students", "risk": "much"}, {"tab": "students", "search": "a"},
                   {"tab": "students", "progress_min": "x"}):  # fmt: skip
        answer = client.get(url, params)
        assert answer.status_code == 400 and answer.context["problem"], params
        assert 'role="alert"' in answer.content.decode()
    assert client.get(url, {"tab": "students", "search": "", "page": "99"}).status_code == 200


def test_the_buttons(school, login, instructor):
    client = login(instructor)
    url = reverse("admin:analytics_coursestat_verbs", args=[school.stat.pk])
    assert client.get(url).status_code == 405 and client.post(url, {"verb": "x"}).status_code == 400
    for verb, enabled in (("show_leaderboard", True), ("hide_leaderboard", False)):
        assert client.post(url, {"verb": verb}).status_code == 302
        assert CourseStat.objects.get(pk=school.stat.pk).leaderboard_enabled is enabled
    CourseStat.objects.update(refreshed_at="2026-01-01T00:00Z")
    told = [client.post(url, {"verb": "refresh"}, follow=True).content.decode() for _n in range(2)]
    assert "being refreshed" in told[0] and "within the last minute" in told[1]


def test_lists_and_filters_offer_nothing_of_anothers(
    school, login, instructor, outsider_instructor, admin_user
):
    url = reverse("admin:analytics_coursestat_changelist")
    html = login(instructor).get(url).content.decode()
    assert "Optics" in html and "Sound" not in html and "?owner=" not in html
    for params in ({"owner": str(outsider_instructor.pk)}, {"q": "Sound"}, {"status": "x", "category": "\0"}):
        shown = login(instructor).get(url, params, follow=True).context["cl"].result_list
        assert "Sound" not in [stat.course.title for stat in shown]
    everything = login(admin_user).get(url).content.decode()
    assert "Optics" in everything and "Sound" in everything and "?owner=" in everything
    shown = (
        login(admin_user)
        .get(url, {"owner": str(outsider_instructor.pk), "o": "-5"})
        .context["cl"]
        .result_list
    )
    assert [stat.course.title for stat in shown] == ["Sound"]


def test_a_new_course_is_listed_before_its_first_figures(
    school, login, instructor, outsider_instructor, admin_user
):
    url = reverse("admin:analytics_coursestat_changelist")
    new = course_of(instructor, "New", 1)
    crowd(new, 1)
    theirs = course_of(outsider_instructor, "Theirs")
    answer = login(instructor).get(url, {"q": "new"})
    (stat,) = answer.context["cl"].result_list
    assert (stat.course, stat.refreshed_at) == (new, None)
    html = answer.content.decode()
    assert f'href="{stat.get_absolute_url()}' in html and html.count("–") >= 6 and "0.00%" not in html
    assert not CourseStat.objects.filter(course=theirs).exists()  # nobody who sees it has looked
    assert "Theirs" in login(admin_user).get(url).content.decode()
    CourseStat.objects.filter(course=theirs).delete()
    assert (
        reverse("admin:analytics_coursestat_of", args=[new.pk])
        in login(instructor).get("/admin/").content.decode()
    )
    services.refresh_changed()  # the next hour takes the figures of what waits, and of what nobody has looked at
    assert set(CourseStat.objects.exclude(refreshed_at=None).values_list("course__title", flat=True)) == {
        "Optics", "Lenses", "Sound", "New", "Theirs",
    }  # fmt: skip


def test_the_list_costs_the_same_with_more_courses_and_writes_its_numbers_alike(
    school, login, instructor, max_queries
):
    url = reverse("admin:analytics_coursestat_changelist")
    client = login(instructor)
    for size in (1, 6):
        for number in range(size):
            course_of(instructor, f"More {size} {number}")
        client.get(url)
        with max_queries(6 + SIGN_IN):
            html = client.get(url).content.decode()
    assert "33.33%" in html and "0.00%" in html and ">0%" not in html


def test_a_course_and_its_figures_lead_to_each_other(school, login, instructor):
    client, new = login(instructor), course_of(instructor, "New")
    for course in (school.light, new):
        of_course = reverse("admin:analytics_coursestat_of", args=[course.pk])
        for page in ("admin:courses_course_change", "admin:courses_course_outline"):
            assert of_course in client.get(reverse(page, args=[course.pk])).content.decode()
        figures = client.get(of_course, follow=True)
        assert figures.context["stat"].course == course
        html = figures.content.decode()
        assert reverse("admin:courses_course_change", args=[course.pk]) in html
        assert reverse("admin:courses_course_outline", args=[course.pk]) in html
    Course.objects.filter(pk=new.pk).update(status="draft", deleted_at=timezone.now())
    assert client.get(of_course).status_code == 404


def test_what_the_admin_opens_with(school, login, instructor, outsider_instructor, admin_user):
    site_days(0, 1, new_users=1)
    mine = login(instructor).get("/admin/").content.decode()
    assert "Optics" in mine and "Hind Done" in mine and "risk=any" in mine and "chart__spark" in mine
    assert "Sound" not in mine and "Stranger" not in mine
    theirs = login(outsider_instructor).get("/admin/").content.decode()
    assert "Sound" in theirs and "Optics" not in theirs and "Yusuf" not in theirs
    site = login(admin_user).get("/admin/").content.decode()
    for page in (mine, site):
        levels = [int(level) for level in re.findall(r"<h([1-6])\b", page.partition("<h1")[2])]
        assert all(below - above <= 1 for above, below in pairwise([1, *levels]))  # none is left out
    assert "Top instructors" in site and "Background work" in site and "Sound" in site and "Optics" in site


def test_before_there_is_anything(login, instructor, admin_user):
    assert "No courses yet" in login(instructor).get("/admin/").content.decode()
    assert "never been taken" in login(admin_user).get("/admin/").content.decode()


# --- What it costs: the same with three times as much in every table

SIGN_IN = 2  # session and person, on pages
COSTS = {
    "courses/{0}": 6, "courses/{0}/lessons": 3, "courses/{0}/quizzes": 3, "courses/{0}/trend?period=90d": 3,
    "courses/{0}/trend?period=all": 3, "courses/{0}/students?risk=any": 6, "instructors/me": 8,
    "courses/{0}/students/export": 4 + 1, "courses/{0}/lessons/export": 4, "courses/{0}/quizzes/export?as=xlsx": 4,
}  # fmt: skip
PAGES = {"": 6, "?tab=lessons": 3, "?tab=quizzes": 3, "?tab=students": 6, "?tab=trend": 3}


def test_budgets_hold_with_the_rows_tripled(school, login, api, instructor, admin_user, max_queries):
    clients = api(instructor), login(instructor), login(admin_user)
    days_of(school.light, *range(20), enrollments=1)
    site_days(*range(20), new_users=1)
    for size in (10, 30):
        crowd(school.light, size, f"crowd{size}x")
        days_of(school.light, *range(size * 2, size * 4))
        look(school, *clients, max_queries)


def look(school, client, teacher, admin, max_queries):
    for path, cost in COSTS.items():
        cache.clear()
        with max_queries(cost):
            answer = client.get(f"{API}/{path.format(school.light.pk)}")
            if answer.streaming:
                body(answer)
        assert answer.status_code == 200, path
    for query, cost in PAGES.items():
        with max_queries(cost + SIGN_IN):
            assert teacher.get(f"{school.stat.get_absolute_url()}{query}").status_code == 200
    for opener in (teacher, admin):
        cache.clear()
        with max_queries(8 + SIGN_IN):
            assert opener.get("/admin/").status_code == 200


def test_a_file_of_many_chunks_costs_a_query_each(school, api, instructor, max_queries):
    crowd(school.light, 1100)
    with max_queries(4 + 3):
        rows = read_csv(api(instructor).get(f"{API}/courses/{school.light.pk}/students/export"))
    assert len(rows) == 1 + Enrollment.objects.filter(course=school.light).count()
