"""A student's own figures, against a small world counted by hand; and who may see whose."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pypdfium2
import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from analytics import study_exports
from analytics.readers.study import Study
from certificates.tests.factories import CertificateFactory
from courses.tests.factories import CategoryFactory, CourseFactory
from enrollments import services
from enrollments.models import Enrollment, LessonProgress, StudyDay
from enrollments.tests.factories import EnrollmentFactory, complete, required_lessons
from quizzes.models import Attempt
from quizzes.tests.factories import AttemptFactory, QuizFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
TODAY = date(2026, 11, 21)
DAY = timedelta(days=1)
MINE = "/api/v1/analytics/my-"


def put(enrollment, **values):
    Enrollment.objects.filter(pk=enrollment.pk).update(**values)


def study_day(enrollment, back, seconds):
    StudyDay.objects.create(enrollment=enrollment, day_on=TODAY - back * DAY, seconds=seconds)


@pytest.fixture
def world(student, instructor, outsider_instructor, time_machine):
    """Salma is in three courses, two of them of the instructor: half done, done, dropped."""
    time_machine.move_to(NOW, tick=False)
    student.time_zone = "Africa/Cairo"
    student.save()
    half = CourseFactory(instructor=instructor, title="=Half()", modules=1, lessons=4)
    done = CourseFactory(instructor=outsider_instructor, title="Done", modules=1, lessons=3)
    left = CourseFactory(instructor=instructor, title="Left", modules=1, lessons=3)
    rows = [EnrollmentFactory(student=student, course=course) for course in (half, done, left)]
    complete(rows[0], required_lessons(half)[:2])
    complete(rows[1], required_lessons(done))
    services.drop(enrollment=rows[2], by=student)
    CertificateFactory(enrollment=Enrollment.objects.get(pk=rows[1].pk))
    rows = [Enrollment.objects.get(pk=row.pk) for row in rows]
    _sit(rows)
    put(
        rows[0],
        enrolled_at=NOW - 20 * DAY,
        started_at=NOW - 10 * DAY,
        last_accessed_at=NOW,
        time_spent_seconds=5400,
    )
    put(rows[1], enrolled_at=NOW - 20 * DAY, last_accessed_at=NOW - DAY, time_spent_seconds=1818)
    put(rows[2], enrolled_at=NOW - 3 * DAY)
    for back, seconds in ((1, 3600), (2, 1800), (40, 0)):
        study_day(rows[0], back, seconds)
    study_day(rows[1], 2, 1818)
    return rows


def _sit(rows):
    """Attempts: right and wrong at a graded quiz, one each at a practice, at one held back, at a final."""
    half, done = rows[0].course, rows[1].course
    graded = QuizFactory(course=half, questions=1, title="Graded")
    practice = QuizFactory(course=half, questions=1, title="Practice", type="practice")
    held = QuizFactory(course=half, questions=1, title="Held back",
                       show_score_immediately=False, available_until=NOW + 9 * DAY)  # fmt: skip
    final = QuizFactory(course=done, questions=1, title="Final", type="final")
    for quiz, row, answers in (
        (graded, rows[0], "right"), (graded, rows[0], "wrong"), (graded, rows[0], "right"),
        (practice, rows[0], "wrong"), (held, rows[0], "right"), (final, rows[1], "wrong"),
    ):  # fmt: skip
        AttemptFactory(quiz=quiz, enrollment=Enrollment.objects.get(pk=row.pk), answers=answers)
    Attempt.objects.filter(quiz=graded, number=3).update(status="voided")
    Attempt.objects.update(started_at=NOW - DAY, submitted_at=NOW - DAY)
    LessonProgress.objects.filter(status="completed").update(completed_at=NOW - 2 * DAY)


SUMMARY = {
    "enrollments": {"total": 3, "active": 1, "completed": 1},
    "average_progress": 50.0,
    "time_hours": 2.01,  # 7218 s, a half rounded up
    "lessons_completed": 5,
    "quizzes_taken": 3,  # graded, practice, final; the one held back is not told
    "quizzes_passed": 1,
    "quiz_attempts": 5,  # the voided one left out
    "average_quiz_score": 50.0,  # of 100 and 0; practice never
    "certificates": 1,
    "streak": {"current": 2, "longest": 2},
}


def test_every_sum_is_the_one_counted_by_hand(world, api, student, max_queries):
    client = api(student)
    with max_queries(7):
        answer = client.get(f"{MINE}progress")
    assert answer.status_code == 200 and answer["Cache-Control"] == "private, no-store"
    assert answer.json() == SUMMARY


def test_the_dashboard_tells_each_course(world, api, student, max_queries):
    client = api(student)
    with max_queries(10):
        body = client.get(f"{MINE}dashboard").json()
    assert body["summary"] == SUMMARY
    half, done, left = body["courses"]
    assert half["course"]["title"] == "=Half()"  # untouched in JSON
    assert {name: half[name] for name in ("status", "progress", "completed_lessons", "total_lessons", "time_hours",
            "quizzes_completed", "average_quiz_score", "level", "estimated_completion_on",
            "is_estimate_after_access", "certificate")} == {
        "status": "active", "progress": 50.0, "completed_lessons": 2, "total_lessons": 4, "time_hours": 1.5,
        "quizzes_completed": 2, "average_quiz_score": 100.0, "level": "good",
        "estimated_completion_on": "2026-12-01", "is_estimate_after_access": False, "certificate": None,
    }  # fmt: skip
    assert half["level_rule"].startswith("Progress of at least 50%")
    assert (done["status"], done["level"], done["average_quiz_score"]) == (
        "completed",
        "needs_improvement",
        0.0,
    )
    assert done["certificate"]["course_title"] == "Done" and done["estimated_completion_on"] is None
    assert (left["status"], left["level"], left["average_quiz_score"]) == ("dropped", None, None)
    assert [one["kind"] for one in body["achievements"]] == ["certificate"]
    assert len(body["activity"]) == 30


def test_days_hold_what_happened_on_them(world, api, student, max_queries):
    client = api(student)
    with max_queries(4):
        days = client.get(f"{MINE}activity?days=60").json()["series"]
    by_day = {day.pop("date"): day for day in days}
    assert len(days) == 60 and list(by_day)[-1] == "2026-11-21"
    quiet = {
        "lessons_completed": 0,
        "quizzes_taken": 0,
        "minutes": 0.0,
        "is_active": False,
        "is_partial": False,
    }
    assert by_day.pop("2026-11-21") == {**quiet, "is_partial": True}
    assert by_day.pop("2026-11-20") == {**quiet, "quizzes_taken": 5, "minutes": 60.0, "is_active": True}
    assert by_day.pop("2026-11-19") == {**quiet, "lessons_completed": 5, "minutes": 60.3, "is_active": True}
    assert by_day.pop("2026-10-12") == {**quiet, "is_active": True}
    assert all(day == quiet for day in by_day.values())


@pytest.mark.parametrize("name", ["progress", "dashboard", "activity"])
def test_nothing_is_null_or_zero(api, classmate, name):
    body = api(classmate).get(f"{MINE}{name}").json()
    if name == "activity":
        assert len(body["series"]) == 30 and not any(day["is_active"] for day in body["series"])
        return
    summary = body.get("summary", body)
    assert summary["average_progress"] is None and summary["average_quiz_score"] is None
    assert summary["time_hours"] == 0 and summary["enrollments"]["total"] == 0
    assert body.get("courses", []) == []


@pytest.mark.parametrize("query", ["days=6", "days=366", "days=x", "days=%00", "period=7d", "days=30&days=7"])
def test_ranges_that_are_none(api, classmate, query):
    answer = api(classmate).get(f"{MINE}activity?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_range")


@pytest.mark.parametrize("zone, moment", [
    ("UTC", "2026-11-21T10:00Z"), ("UTC", "2026-11-21T23:59:59Z"), ("Africa/Cairo", "2026-11-21T22:30Z"),
    ("Africa/Cairo", "2026-10-29T21:30Z"),  # clocks go back at the end of this day
    ("Africa/Cairo", "2026-04-23T22:30Z"),  # the day whose first hour is missing
    ("Pacific/Kiritimati", "2026-11-21T10:30Z"), ("Pacific/Pago_Pago", "2026-11-21T10:30Z"),
])  # fmt: skip
@pytest.mark.parametrize("count", [7, 30, 365])
def test_exactly_so_many_own_days(api, student, time_machine, zone, moment, count):
    now = datetime.fromisoformat(moment)
    time_machine.move_to(now, tick=False)
    student.time_zone = zone
    student.save()
    today = Study(student).today
    assert today == timezone.now().astimezone(Study(student).zone).date()
    days = [day["date"] for day in api(student).get(f"{MINE}activity?days={count}").json()["series"]]
    assert days == [(today - back * DAY).isoformat() for back in range(count - 1, -1, -1)]


def test_a_lesson_at_night_belongs_to_the_own_day(world, student, time_machine):
    LessonProgress.objects.filter(status="completed").update(
        completed_at=datetime(2026, 11, 20, 22, 30, tzinfo=UTC)
    )
    shown = {day.date: day.lessons_completed for day in Study(student).activity() if day.lessons_completed}
    assert shown == {date(2026, 11, 21): 5}  # half past midnight in Cairo
    student.time_zone = "UTC"
    shown = {day.date: day.lessons_completed for day in Study(student).activity() if day.lessons_completed}
    assert shown == {date(2026, 11, 20): 5}


def test_budgets_do_not_grow(world, api, student, max_queries):
    for number in range(4):
        row = EnrollmentFactory(student=student, course__modules=1)
        AttemptFactory(quiz=QuizFactory(course=row.course, questions=1), enrollment=row, answers="right")
        study_day(row, number, 60)
    client = api(student)
    with max_queries(7):
        assert client.get(f"{MINE}progress").json()["enrollments"]["total"] == 7
    with max_queries(10):
        client.get(f"{MINE}dashboard")


def test_recommended_are_alike_ones_then_popular_ones(student, instructor):
    optics, music = CategoryFactory(), CategoryFactory()
    made = {"instructor": instructor, "modules": 1}
    mine = CourseFactory(**made, category=optics, tags=["lenses"])
    EnrollmentFactory(student=student, course=mine)
    alike = CourseFactory(**made, title="Alike", category=optics)
    tagged = CourseFactory(**made, title="Tagged", category=music, tags=["lenses"])
    others = [CourseFactory(**made, title=f"Other {n}", category=music) for n in range(3)]
    CourseFactory(**made, title="Draft", category=optics, draft=True)
    for course, seats in ((alike, 1), (tagged, 2), (others[0], 9), (others[1], 5), (others[2], 0)):
        type(course).objects.filter(pk=course.pk).update(enrollment_count=seats)
    found = Study(student).recommendations()
    assert [course.title for course in found] == ["Tagged", "Alike", "Other 0", "Other 1"]
    assert mine not in Study(instructor).recommendations()


# --- Of somebody else


def of(student):
    return f"/api/v1/analytics/students/{student.pk}/dashboard"


def test_an_instructor_sees_own_courses_alone_sums_included(
    world, api, student, instructor, outsider_instructor
):
    body = api(instructor).get(of(student)).json()
    assert {row["course"]["title"] for row in body["courses"]} == {"=Half()", "Left"}
    assert body["student"]["full_name"] == "Salma Haddad" and "recommendations" not in body
    assert body["summary"] == {
        **SUMMARY,
        "enrollments": {"total": 2, "active": 1, "completed": 0},
        "time_hours": 1.5, "lessons_completed": 2, "quizzes_taken": 2, "quiz_attempts": 4,
        "average_quiz_score": 100.0, "certificates": 0,
    }  # fmt: skip
    assert [day["minutes"] for day in body["activity"][-3:]] == [30.0, 60.0, 0.0]
    other = api(outsider_instructor).get(of(student)).json()
    assert other["summary"]["time_hours"] == 0.51 and len(other["courses"]) == 1
    assert other["summary"]["streak"] == {"current": 2, "longest": 2}


def test_an_admin_sees_all_and_others_nothing(
    world, api, student, classmate, admin_user, outsider_instructor
):
    assert api(admin_user).get(of(student)).json()["summary"] == SUMMARY
    assert api(admin_user).get(of(classmate)).json()["courses"] == []
    for person in (student, classmate):
        answer = api(person).get(of(student))
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert api(outsider_instructor).get(of(classmate)).status_code == 404
    assert api(admin_user).get(of(world[0])).status_code == 404  # no such person


# --- As a file, and on the page


def read_csv(response):
    assert response.status_code == 200
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_file_is_the_screen(world, api, login, student):
    rows = read_csv(api(student).get(f"{MINE}progress/export"))
    assert rows == read_csv(login(student).get("/progress/export/csv/"))
    courses = Study(student).courses()
    assert [row["Course"] for row in rows] == ["'=Half()", "Done", "Left"]
    assert [Decimal(row["Progress (%)"]) for row in rows] == [
        c.enrollment.progress_percentage for c in courses
    ]
    assert [row["Hours"] for row in rows] == ["1.50", "0.51", "0.00"]
    assert [row["Quiz average (%)"] for row in rows] == ["100.00", "0.00", ""]
    assert [row["Level"] for row in rows] == ["Good", "Needs improvement", "Too early to say"]
    assert rows[0]["Done by, at this pace"] == "2026-12-01"
    assert rows[1]["Certificate"] == courses[1].certificate.number
    assert rows[0]["Last seen"] == "2026-11-21 12:00:00"  # in Cairo
    page = login(student).get("/progress/").content.decode()
    for words in ("=Half()", "2 of 4 lessons", "1.50 h", "quiz average 100%", "Good", "At this pace done on",
                  courses[1].certificate.number, "2.01"):  # fmt: skip
        assert words in page
    assert "Held back" not in page


def test_the_paper_says_the_same(world, api, student):
    answer = api(student).get(f"{MINE}progress/export?as=pdf", HTTP_ACCEPT="application/pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'attachment; filename="progress-2026-11-21.pdf"'
    with pypdfium2.PdfDocument(answer.content) as document:
        text = document[0].get_textpage().get_text_range()
    for words in ("=Half()", "Salma Haddad", "2 / 4", "1.50", "100.00%", "Good", "2.01"):
        assert words in text


def test_the_eleventh_file_in_a_minute_waits(api, login, classmate, settings):
    rates = {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "analytics_export": "10/min"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    client, page = api(classmate), login(classmate)
    for number in range(10):
        answer = page.get("/progress/export/csv/") if number % 2 else client.get(f"{MINE}progress/export")
        assert answer.status_code == 200
    answer = client.get(f"{MINE}progress/export")
    assert answer.status_code == 429 and answer["Retry-After"]
    assert page.get("/progress/export/pdf/").status_code == 429
    cache.clear()
    assert client.get(f"{MINE}progress/export").status_code == 200


@pytest.mark.parametrize("as_", ["xlsx", "x", "%00", "CSV"])
def test_no_other_kind_of_file(api, login, classmate, as_):
    answer = api(classmate).get(f"{MINE}progress/export?as={as_}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_filter")
    if as_ != "%00":
        assert login(classmate).get(f"/progress/export/{as_}/").status_code == 404
    assert set(study_exports.FORMATS) == {"csv", "pdf"}


def test_the_page_of_nobody_yet(login, classmate):
    page = login(classmate).get("/progress/").content.decode()
    assert (
        "You are not in a course yet" in page
        and "/courses/" in page
        and '<svg class="chart__plot"' not in page
    )


def test_days_on_the_page(world, login, student):
    client = login(student)
    for query, days in (("", 30), ("?days=90", 90), ("?days=365", 365), ("?days=5", 30)):
        answer = client.get(f"/progress/{query}")
        assert answer.context["days"] == days and len(answer.context["chart"].rows) == days
        assert ("Ask for 7 to 365 days." in answer.content.decode()) is (query == "?days=5")
    page = client.get(reverse("enrollments:dashboard")).content.decode()
    assert "Active on 2 days, 2 h in all." in page
    assert page.count('scope="row"') == 30 and "chart__bar--partial" in page
