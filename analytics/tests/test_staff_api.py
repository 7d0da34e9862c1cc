"""Figures over the API for those who teach: ranges, filters, and nothing of anybody else's."""

from datetime import timedelta

import pytest

from accounts.tests.factories import UserFactory
from analytics import services
from analytics.days import site_today
from analytics.models import CourseStat, SiteDailyStat
from analytics.tests.staff import API, ago, build, course_of, crowd, days_of, site_days
from enrollments.models import Enrollment

pytestmark = pytest.mark.django_db


@pytest.fixture
def school(instructor, outsider_instructor, student):
    return build(instructor, outsider_instructor, student)


@pytest.fixture
def ask(api, instructor):
    """Ask as the owner; return the JSON of a 200."""
    client = api(instructor)

    def get(path, **params):
        answer = client.get(f"{API}{path}", params)
        assert answer.status_code == 200, answer.content
        assert answer.headers["Cache-Control"] == "private, no-store"
        return answer.json()

    return get


# --- A course


def test_the_course_at_one_look(school, ask):
    found = ask(f"/courses/{school.light.slug}")
    assert found["course"] == {"id": str(school.light.pk), "slug": "optics", "title": "Optics"}
    assert found["refreshed_at"].endswith("Z")
    stats = found["stats"]
    assert (stats["enrolled_now"], stats["enrollments"], stats["completion_rate"]) == (3, 3, 33.33)
    assert (stats["average_quiz_score"], stats["dropout_rate"], stats["average_time_hours"]) == (
        None,
        None,
        0.5,
    )
    engagement = found["engagement"]
    assert (engagement["total_hours"], engagement["minutes_per_active_day"]) == (1.5, None)
    assert engagement["most_watched_lesson"]["total_minutes"] == 31.5
    assert found["histogram"] == [0] * 10
    reviews = found["reviews"]
    assert (reviews["average"], reviews["count"]) == (4.0, 1)
    assert reviews["distribution"] == {"1": 0, "2": 0, "3": 0, "4": 1, "5": 0}
    assert [(r["author"], r["rating"]) for r in reviews["newest"]] == [("Hind D.", 4)]


def test_lessons_in_their_order_without_those_that_are_gone(school, ask):
    rows = ask(f"/courses/{school.light.pk}/lessons")["lessons"]
    assert [(row["number"], row["started"], row["reach"], row["drop_off"]) for row in rows] == [
        (1, 3, 100.0, 33.33), (2, 2, 66.67, 50.0), (3, 1, 33.33, None),
    ]  # fmt: skip
    school.stat.lessons[0]["id"] = "01a1fc7a-db6d-7633-9612-746b3ae3f4c6"
    school.stat.save()
    assert len(ask(f"/courses/{school.light.pk}/lessons")["lessons"]) == 2


def test_a_course_without_a_row_gets_one_when_it_is_asked_for(instructor, ask):
    course = course_of(instructor, "New", 1)
    crowd(course, 1)
    found = ask(f"/courses/{course.pk}")
    assert (found["stats"]["enrollments"], found["stats"]["completion_rate"]) == (1, 0.0)
    assert found["refreshed_at"] and CourseStat.objects.count() == 1


def test_a_range_of_n_days_has_exactly_n_entries(school, ask):
    days_of(school.light, 0, 3, 400, enrollments=2, time_spent_seconds=1800)
    lengths = {"": 30, "7d": 7, "30d": 30, "90d": 90, "1y": 365}
    for period, length in lengths.items():
        series = ask(f"/courses/{school.light.pk}/trend", period=period)["series"]
        dates = [entry["date"] for entry in series]
        first = site_today() - timedelta(days=length - 1)
        assert dates == [str(first + timedelta(days=n)) for n in range(length)]
        assert [entry["is_partial"] for entry in series] == [False] * (length - 1) + [True]
        assert [series[0]["total_enrollments"], series[-1]["total_enrollments"]] == [
            2,
            6,
        ]  # two of long before
        assert (series[-4]["enrollments"], series[-2]["enrollments"], series[-1]["time_hours"]) == (2, 0, 0.5)


def test_days_between_two_dates(school, ask):
    to, since = site_today() - timedelta(days=2), site_today() - timedelta(days=9)
    days_of(school.light, 0, 5, 12, completions=1, enrollments=1)
    series = ask(f"/courses/{school.light.pk}/trend", **{"from": since, "to": to})["series"]
    assert [series[0]["date"], series[-1]["date"], len(series)] == [str(since), str(to), 8]
    assert sum(entry["completions"] for entry in series) == 1
    assert series[-1]["total_enrollments"] == 2 and not series[-1]["is_partial"]


def test_all_of_a_long_time_is_grouped_and_says_so(school, ask):
    days_of(school.light, 0, 1, enrollments=1, active_students=4)
    for back, bucket in ((179, "day"), (180, "week"), (729, "week"), (730, "month")):
        first = days_of(school.light, back, enrollments=1, active_students=4)[0]
        found = ask(f"/courses/{school.light.pk}/trend", period="all")
        series = found["series"]
        assert (found["bucket"], series[0]["date"]) == (bucket, str(first.date))
        assert series[-1]["until"] == str(site_today())
        assert sum(entry["enrollments"] for entry in series) == series[-1]["total_enrollments"] == 3
        assert max(entry["active_students"] for entry in series) == 4  # people of two days are not added up
        first.delete()


def test_what_lies_ahead_is_not_shown(school, ask):
    days_of(school.light, -1, enrollments=1)  # some students are a day ahead
    series = ask(f"/courses/{school.light.pk}/trend")["series"]
    assert (len(series), series[-1]["date"], series[-1]["total_enrollments"]) == (30, str(site_today()), 0)


DAY = timedelta(days=1)


def between(first, last):
    return {"from": str(site_today() + first * DAY), "to": str(site_today() + last * DAY)}


RANGES = [
    (between(-5, 0), 400), (between(-6, 0), 200), (between(-364, 0), 200), (between(-365, 0), 400),
    (between(0, -30), 400), (between(-10, 1), 400), ({"from": "2026-01-01"}, 400), ({"to": "2026-01-01"}, 400),
    ({"from": "yesterday", "to": "today"}, 400), ({"from": "2026-01-01\0", "to": "2026-01-09"}, 400),
    ({"from": "2026-02-30", "to": "2026-03-20"}, 400), ({"period": "8d"}, 400), ({"period": "\0"}, 400),
    ({"period": "7d", **between(-9, 0)}, 400), ({"days": "30"}, 400), ({"period": ["7d", "30d"]}, 400),
]  # fmt: skip


def test_ranges_that_are_none(school, api, instructor):
    client = api(instructor)
    for params, status in RANGES:
        answer = client.get(f"{API}/courses/{school.light.pk}/trend", params)
        assert answer.status_code == status, params
        assert status == 200 or answer.json()["code"] == "invalid_range", params


# --- Its students


def names(found):
    return [row["name"] for row in found["items"]]


def test_students_with_what_is_known_of_them(school, ask):
    found = ask(f"/courses/{school.light.pk}/students")
    assert (found["total"], names(found)) == (3, ["Hind Done", "Salma Haddad", "Yusuf Silent"])
    done, fresh, silent = found["items"]
    assert (done["status"], done["progress_percentage"], done["level"]) == ("completed", 100.0, "excellent")
    assert (done["completed_lessons_count"], done["total_lessons_count"], done["risk"]) == (3, 3, [])
    assert (fresh["level"], fresh["average_quiz_score"], fresh["certificate_number"]) == (None, None, None)
    assert "7 days" in fresh["level_rule"]
    assert [risk["kind"] for risk in silent["risk"]] == ["inactive", "behind"]
    assert silent["risk"][0]["sentence"] == "Not seen for 20 days."


CHOICES = [
    ({"risk": "any"}, ["Yusuf Silent"]),
    ({"risk": "behind"}, ["Yusuf Silent"]),
    ({"status": "completed"}, ["Hind Done"]),
    ({"progress_min": 50}, ["Hind Done"]),
    ({"progress_max": 50, "ordering": "-name"}, ["Yusuf Silent", "Salma Haddad"]),
    ({"search": "hind done"}, ["Hind Done"]),
    ({"search": "yusuf@"}, ["Yusuf Silent"]),
    ({"search": "nobody"}, []),
    ({"ordering": "-progress_percentage", "page_size": 1}, ["Hind Done"]),
    ({"ordering": "enrolled_at", "page_size": 1}, ["Yusuf Silent"]),
    ({"ordering": "last_accessed_at", "page_size": 1}, ["Yusuf Silent"]),
]  # fmt: skip


def test_students_are_filtered_and_ordered(school, ask):
    for params, expected in CHOICES:
        assert names(ask(f"/courses/{school.light.pk}/students", **params)) == expected, params


def test_who_has_been_silent_longest_stands_first_among_those_at_risk(school, ask):
    crowd(school.light, 1, "abel")
    ago(Enrollment.objects.get(student__email="abel0@example.net"), 16)
    assert names(ask(f"/courses/{school.light.pk}/students", risk="any")) == ["Yusuf Silent", "Abel 00000"]


REFUSED = [
    ({"risk": "much"}, "invalid_filter"), ({"status": "x"}, "invalid_filter"), ({"x": 1}, "invalid_filter"),
    ({"progress_min": "many"}, "invalid_filter"), ({"progress_max": 101}, "invalid_filter"),
    ({"ordering": "email"}, "invalid_filter"),
    ({"search": "a"}, "search_too_short"), ({"search": "a\0b"}, "invalid_filter"), ({"page": 9}, "invalid_page"),
]  # fmt: skip


def test_choices_that_the_list_does_not_take(school, api, instructor):
    client = api(instructor)
    for params, code in REFUSED:
        answer = client.get(f"{API}/courses/{school.light.pk}/students", params)
        assert (answer.status_code, answer.json()["code"]) == (400, code), params


# --- Refreshing


def test_a_refresh_is_taken_once_a_minute(school, api, instructor, admin_user):
    CourseStat.objects.update(refreshed_at="2026-01-01T00:00Z")
    path = f"{API}/courses/{school.light.pk}/refresh"
    first, again = api(instructor).post(path), api(admin_user).post(path)
    assert (first.status_code, "Retry-After" in first.headers) == (202, True)
    assert (again.status_code, again.json()["code"]) == (429, "refreshed_just_now")
    assert again.headers["Retry-After"]
    assert api(instructor).post(f"{API}/courses/{school.lenses.pk}/refresh").status_code == 202


# --- Teachers


def test_a_teacher_sees_nothing_of_anothers(school, ask, api, outsider_instructor):
    mine = ask("/instructors/me")
    assert [row["title"] for row in mine["courses"]] == ["Optics", "Lenses"]
    assert mine["totals"] == {
        "courses": 2, "published": 2, "students": 3, "enrollments": 4, "active": 3, "completion_rate": 25.0,
        "average_rating": 4.0, "review_count": 1, "waiting": 0,
    }  # fmt: skip
    assert "Stranger" not in str(mine) and "Sound" not in str(mine)
    theirs = api(outsider_instructor).get(f"{API}/instructors/me").json()
    assert [row["title"] for row in theirs["courses"]] == ["Sound"]
    assert (theirs["totals"]["students"], theirs["totals"]["average_rating"]) == (2, 1.0)
    assert "Optics" not in str(theirs) and "Hind" not in str(theirs) and "Yusuf" not in str(theirs)


def test_a_student_of_two_courses_is_one_person_and_the_next_refresh_counts_anew(school, ask):
    assert ask("/instructors/me")["totals"]["students"] == 3
    crowd(school.lenses, 1)
    assert ask("/instructors/me")["totals"]["students"] == 3  # as of the figures
    services.refresh_course(school.lenses.pk)
    assert ask("/instructors/me")["totals"]["students"] == 4


def test_a_teacher_without_courses(api, outsider_instructor):
    found = api(outsider_instructor).get(f"{API}/instructors/me").json()
    totals = found["totals"]
    assert (totals["courses"], totals["students"], totals["completion_rate"], totals["average_rating"]) == (
        0,
        0,
        None,
        None,
    )
    assert found["courses"] == found["recent_enrollments"] == found["recent_reviews"] == []


def test_an_admin_sees_each_teacher(school, api, admin_user, instructor):
    found = api(admin_user).get(f"{API}/instructors/{instructor.pk}").json()
    assert (found["instructor"]["name"], found["totals"]["enrollments"]) == (instructor.full_name, 4)
    assert [row["course"]["title"] for row in found["recent_reviews"]] == ["Optics"]


# --- The site


def test_totals_start_from_the_sum_before_the_window(api, admin_user):
    site_days(0, 3, 50, new_users=2, new_enrollments=3, completions=1, certificates=1)
    people = api(admin_user).get(f"{API}/system/user-growth", {"days": 7}).json()["series"]
    assert [entry["total_users"] for entry in people] == [2, 2, 2, 4, 4, 4, 6]
    assert [people[-1]["date"], people[-1]["is_partial"]] == [str(site_today()), True]
    rows = api(admin_user).get(f"{API}/system/enrollment-trend", {"days": 365}).json()["series"]
    assert (len(rows), rows[0]["total_enrollments"], rows[-1]["total_enrollments"]) == (365, 0, 9)
    assert sum(entry["completions"] for entry in rows) == 3


def test_days_and_limits_out_of_range(api, admin_user):
    client = api(admin_user)
    days = [("6", 400), ("7", 200), ("366", 400), ("x", 400), ("\0", 400), ("-7", 400)]
    limits = [("4", 400), ("5", 200), ("50", 200), ("51", 400), ("x", 400)]
    asked = [(path, "days", *one) for path in ("user-growth", "enrollment-trend") for one in days]
    asked += [(path, "limit", *one) for path in ("popular-courses", "top-instructors") for one in limits]
    for path, name, value, status in asked:
        answer = client.get(f"{API}/system/{path}", {name: value})
        assert answer.status_code == status, (path, value)
        assert status == 200 or answer.json()["code"] == "invalid_range"


def test_the_site_before_its_first_figures(api, admin_user):
    found = api(admin_user).get(f"{API}/system/overview").json()
    assert (found["refreshed_at"], found["totals"], found["active"]["daily"]) == (None, None, 0)


def test_today_beside_yesterday(api, admin_user):
    site_days(1, new_users=5, active_users_1=2, active_users_7=2, active_users_30=2)
    site_days(0, new_users=1, active_users_1=1, active_users_7=3, active_users_30=4)
    found = api(admin_user).get(f"{API}/system/overview").json()
    assert (found["today"]["new_users"], found["yesterday"]["new_users"]) == (1, 5)
    assert found["active"] == {"daily": 1, "weekly": 3, "monthly": 4}
    assert found["totals"]["users"]["total"] == 0
    SiteDailyStat.objects.filter(date=site_today()).delete()
    found = api(admin_user).get(f"{API}/system/overview").json()
    assert (found["today"]["new_users"], found["yesterday"]["new_users"]) == (0, 5)


def test_popular_courses_and_top_instructors(school, api, admin_user):
    course_of(UserFactory(role="instructor", full_name="Nobody Yet"), "Empty")
    UserFactory(role="instructor", full_name="Without Courses")
    courses = api(admin_user).get(f"{API}/system/popular-courses").json()["courses"]
    assert [(row["title"], row["enrolled_now"]) for row in courses] == [
        ("Optics", 3),
        ("Sound", 2),
        ("Lenses", 1),
        ("Empty", 0),
    ]
    assert (courses[0]["completion_rate"], courses[-1]["enrollments"]) == (33.33, None)
    teachers = api(admin_user).get(f"{API}/system/top-instructors").json()["instructors"]
    assert [(row["name"], row["students"], row["courses"]) for row in teachers] == [
        ("Nour El-Masry", 3, 2), ("Tomás Rivera", 2, 1), ("Nobody Yet", 0, 1),
    ]  # fmt: skip
    assert [row["average_rating"] for row in teachers] == [4.0, 1.0, None]
