"""Days: exactly as many as asked for on every door, in any zone and over a change of the clocks; and streaks."""

from datetime import datetime, timedelta

import pytest
from django.utils.formats import date_format

from accounts.models import User
from analytics.days import site_today
from analytics.readers.study import Study
from analytics.tests.factories import CourseStatFactory
from analytics.tests.staff import API
from courses.tests.factories import CourseFactory
from enrollments import services
from enrollments.tests.factories import EnrollmentFactory, required_lessons

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
MOMENTS = [
    ("UTC", "2026-11-21T23:59:59Z", "2026-11-21"),
    ("Africa/Cairo", "2026-11-21T22:30Z", "2026-11-22"),
    ("Africa/Cairo", "2026-04-23T22:30Z", "2026-04-24"),  # the day whose first hour is missing
    ("Africa/Cairo", "2026-10-29T21:30Z", "2026-10-29"),  # in the hour that comes twice
    ("Pacific/Kiritimati", "2026-11-21T10:30Z", "2026-11-22"),
]
PERIODS = {"7d": 7, "30d": 30, "1y": 365}


def ending(today, count):
    return [today - back * DAY for back in range(count - 1, -1, -1)]


@pytest.mark.parametrize("zone, moment, today", MOMENTS)
def test_days_of_the_site_for_staff(
    settings, time_machine, api, login, instructor, admin_user, zone, moment, today
):
    settings.DEFAULT_TIME_ZONE = zone
    time_machine.move_to(datetime.fromisoformat(moment), tick=False)
    stat = CourseStatFactory(course__instructor=instructor)
    teacher, admin, page = api(instructor), api(admin_user), login(instructor)
    assert str(site_today()) == today
    for period, count in PERIODS.items():
        expected = [str(day) for day in ending(site_today(), count)]
        first, last = expected[0], expected[-1]
        for params in ({"period": period}, {"from": first, "to": last}):
            series = teacher.get(f"{API}/courses/{stat.course_id}/trend", params).json()["series"]
            assert [entry["date"] for entry in series] == expected
            assert [entry["is_partial"] for entry in series] == [False] * (count - 1) + [True]
        shown = page.get(stat.get_absolute_url(), {"tab": "trend", "period": period}).context["pictures"]
        assert {len(picture.rows) for picture in shown} == {count}
        assert {picture.rows[-1][0] for picture in shown} == {f"{date_format(site_today())} (so far)"}
        for path in ("user-growth", "enrollment-trend"):
            series = admin.get(f"{API}/system/{path}", {"days": count}).json()["series"]
            assert [entry["date"] for entry in series] == expected
    later = {"from": first, "to": str(site_today() + DAY)}
    assert teacher.get(f"{API}/courses/{stat.course_id}/trend", later).status_code == 400


@pytest.mark.parametrize("zone, moment, today", MOMENTS)
def test_own_days_on_the_page(time_machine, login, student, zone, moment, today):
    time_machine.move_to(datetime.fromisoformat(moment), tick=False)
    EnrollmentFactory(student=student)
    moved(student, zone)
    client = login(student)
    for count in PERIODS.values():
        chart = client.get("/progress/", {"days": count}).context["chart"]
        assert len(chart.rows) == count
        assert chart.rows[-1][0] == f"{date_format(datetime.fromisoformat(today))} (so far)"
        assert [bar.is_partial for bar in chart.shapes] == [False] * (count - 1) + [True]


# --- Streaks


def moved(student, zone):
    """Let the student live in another zone."""
    student.time_zone = zone
    student.save()


@pytest.fixture
def study(student, time_machine):
    """`study(moment)`: a minute at a lesson then; without one, the streak of now."""
    row = EnrollmentFactory(student=student, course=CourseFactory(modules=1))
    lesson = required_lessons(row.course)[0]

    def at(moment):
        time_machine.move_to(datetime.fromisoformat(moment), tick=False)
        fresh = type(row).objects.select_related("course", "student").get(pk=row.pk)
        services.open_lesson(enrollment=fresh, lesson=lesson)

    return at


def streak(student, time_machine, moment):
    time_machine.move_to(datetime.fromisoformat(moment), tick=False)
    found = Study(User.objects.get(pk=student.pk)).streak
    return found.current, found.longest


def test_a_streak_over_midnight_and_on_a_day_without_activity(study, student, time_machine):
    moved(student, "Africa/Cairo")
    study("2026-11-20T21:50Z")  # ten to twelve on the 20th
    assert streak(student, time_machine, "2026-11-20T21:59Z") == (1, 1)
    study("2026-11-20T22:10Z")  # ten past midnight: another day, though the same in UTC
    assert streak(student, time_machine, "2026-11-20T22:11Z") == (2, 2)
    assert streak(student, time_machine, "2026-11-22T21:59Z") == (2, 2)  # the 22nd is not over
    assert streak(student, time_machine, "2026-11-22T22:00Z") == (0, 2)


@pytest.mark.parametrize("moments", [
    ("2026-04-22T21:30Z", "2026-04-23T21:30Z", "2026-04-24T20:30Z"),  # half past eleven, one day an hour short
    ("2026-10-28T20:30Z", "2026-10-29T21:30Z", "2026-10-30T21:30Z"),  # and one an hour long
])  # fmt: skip
def test_a_streak_over_a_change_of_the_clocks(study, student, time_machine, moments):
    moved(student, "Africa/Cairo")
    for moment in moments:
        study(moment)
    assert streak(student, time_machine, moments[-1]) == (3, 3)


def test_a_streak_after_moving_to_another_zone(study, student, time_machine):
    moved(student, "UTC")
    study("2026-11-19T12:00Z")
    study("2026-11-20T12:00Z")
    moved(student, "Pacific/Kiritimati")  # where it is the 21st already: what was done stays where it was
    assert streak(student, time_machine, "2026-11-20T13:00Z") == (2, 2)
    study("2026-11-20T14:00Z")
    assert streak(student, time_machine, "2026-11-20T15:00Z") == (3, 3)
    moved(student, "Pacific/Pago_Pago")  # where it is the 20th again: the day ahead waits for its time
    assert streak(student, time_machine, "2026-11-20T16:00Z") == (2, 2)
    assert streak(student, time_machine, "2026-11-21T16:00Z") == (3, 3)
