"""Doors to figures: what makes no sense is told, nothing of another's is offered, and nothing can be changed."""

import pytest
from django.urls import reverse
from django.utils import timezone

from analytics.models import CourseDailyStat, CourseStat
from analytics.tests.staff import API, build, course_of, days_of, site_days
from analytics.tests.test_staff_api import RANGES, between
from courses.tests.factories import CategoryFactory
from enrollments.models import Enrollment

pytestmark = pytest.mark.django_db
LIST = "admin:analytics_coursestat_changelist"


@pytest.fixture
def school(instructor, outsider_instructor, student):
    return build(instructor, outsider_instructor, student)


# --- Ranges, on every door

HUGE = [
    ({"from": "99999-01-01", "to": "99999-01-31"}, 400), ({"from": "0001-01-01", "to": "0001-01-31"}, 200),
    ({"from": "9999-12-01", "to": "9999-12-31"}, 400), ({"from": "٢٠٢٦-٠١-٠١", "to": "2026-01-31"}, 400),
    ({"from": "", "to": "2026-01-31"}, 400), ({"period": "all"}, 200), ({"period": "all", "limit": "5"}, 400),
]  # fmt: skip


def test_ranges_of_a_course(school, api, login, instructor):
    days_of(school.light, 0, 40, enrollments=1)
    client, browser = api(instructor), login(instructor)
    for params, status in [*RANGES, *HUGE]:
        answer = client.get(f"{API}/courses/{school.light.pk}/trend", params)
        page = browser.get(school.stat.get_absolute_url(), {"tab": "trend", **params})
        assert (answer.status_code, page.status_code) == (status, status), params
        if status == 400:
            assert answer.json()["code"] == "invalid_range"
            assert 'role="alert"' in page.content.decode() and len(page.context["span"]) == 30
        else:
            lengths = {len(picture.rows) for picture in page.context["pictures"]}
            assert lengths == {len(answer.json()["series"])}, params


NO_DAYS = ["6", "366", "-30", "0", "thirty", "7.5", "1e9", "99999999999999999999", "\0", "3\0", "٣٠"]
NO_LIMIT = ["4", "51", *NO_DAYS[2:]]


def test_days_and_limits_that_are_none(school, api, login, student, admin_user):
    site_days(0, new_users=1)
    mine, admin, page = api(student), api(admin_user), login(student)
    doors = [(mine, "my-activity", "days", NO_DAYS), (admin, "system/user-growth", "days", NO_DAYS),
             (admin, "system/enrollment-trend", "days", NO_DAYS), (admin, "system/popular-courses", "limit", NO_LIMIT),
             (admin, "system/top-instructors", "limit", NO_LIMIT)]  # fmt: skip
    for client, path, name, values in doors:
        for params in [{name: value} for value in values] + [
            {name: ["7", "8"]},
            {"period": "7d"},
            between(-6, 0),
        ]:
            answer = client.get(f"{API}/{path}", params)
            assert (answer.status_code, answer.json()["code"]) == (400, "invalid_range"), (path, params)
    for value in NO_DAYS:
        shown = page.get("/progress/", {"days": value})
        assert (shown.status_code, shown.context["days"]) == (200, 30)
        assert "Ask for 7 to 365 days." in shown.content.decode()


NONSENSE = ["\0", "a\0b", "'", "9" * 400]


def test_no_address_breaks_a_page(school, login, admin_user):
    pages = {
        reverse(LIST): ("q", "status", "category", "owner", "o", "p", "e"),
        school.stat.get_absolute_url(): ("tab", "period"),
        f"{school.stat.get_absolute_url()}?tab=students": ("search", "risk", "status", "ordering", "page",
                                                           "progress_min"),
        reverse("admin:analytics_coursestat_export", args=[school.stat.pk, "students", "csv"]): ("search", "risk"),
    }  # fmt: skip
    client = login(admin_user)
    for address, names in pages.items():
        head, _mark, query = address.partition("?")
        known = {"tab": "students"} if query else {}
        for params in [{**known, name: value} for name in names for value in NONSENSE]:
            answer = client.get(head, params)
            assert answer.status_code in (200, 302, 400, 404, 429), (address, params)


# --- What is offered


def test_filters_and_choices_hold_own_courses_only(
    school, login, instructor, outsider_instructor, admin_user
):
    own, other = CategoryFactory(name_en="Light"), CategoryFactory(name_en="Noise")
    for course, category in ((school.light, own), (school.sound, other)):
        type(course).objects.filter(pk=course.pk).update(category=category)
    html = login(instructor).get(reverse(LIST)).content.decode()
    assert str(own.pk) in html and str(other.pk) not in html and "Noise" not in html
    assert outsider_instructor.full_name not in html and str(outsider_instructor.pk) not in html
    for params in ({"category": str(other.pk)}, {"q": "sound"}, {"owner": str(outsider_instructor.pk)}):
        shown = login(instructor).get(reverse(LIST), params, follow=True)
        assert school.sound.stat not in shown.context["cl"].result_list
    everything = login(admin_user).get(reverse(LIST)).content.decode()
    assert str(other.pk) in everything and outsider_instructor.full_name in everything
    choice = {"app_label": "analytics", "model_name": "coursestat", "field_name": "course", "term": "sound"}
    found = login(instructor).get(reverse("admin:autocomplete"), choice)
    assert found.status_code in (200, 403, 404) and "Sound" not in found.content.decode()


def test_columns_sort_with_those_without_a_value_last(school, login, instructor):
    CourseStat.objects.filter(course=school.lenses).update(completion_rate="75", average_quiz_score="50")
    CourseStat.objects.filter(course=school.light).update(average_quiz_score="40")
    course_of(instructor, "Nobody")
    client = login(instructor)
    expected = {
        "3": ["Optics", "Lenses", "Nobody"], "-3": ["Lenses", "Optics", "Nobody"],  # completion rate
        "7": ["Optics", "Lenses", "Nobody"], "-7": ["Lenses", "Optics", "Nobody"],  # quiz average
    }  # fmt: skip
    for order, titles in expected.items():
        rows = client.get(reverse(LIST), {"o": order}).context["cl"].result_list
        assert [stat.course.title for stat in rows] == titles, order


def test_nothing_is_added_changed_or_deleted_and_days_are_not_shown(school, login, admin_user):
    days_of(school.light, 0)
    client, base = login(admin_user), reverse(LIST)
    gone = [f"{base}add/", f"{base}{school.stat.pk}/delete/", f"{base}{school.stat.pk}/history/",
            "/admin/analytics/coursedailystat/", "/admin/analytics/sitedailystat/"]  # fmt: skip
    assert [client.get(path).status_code for path in gone] == [404] * len(gone)
    chosen = {"action": "delete_selected", "_selected_action": str(school.stat.pk), "post": "yes"}
    client.post(base, chosen)
    client.post(school.stat.get_absolute_url(), {"enrollments": "9"})
    assert CourseStat.objects.get(pk=school.stat.pk).enrollments == 3 and CourseDailyStat.objects.exists()


def test_buttons_come_back_to_the_same_tab(school, login, instructor):
    client, query = login(instructor), "tab=trend&period=90d"
    html = client.get(f"{school.stat.get_absolute_url()}?{query}").content.decode()
    url = reverse("admin:analytics_coursestat_verbs", args=[school.stat.pk])
    assert f'action="{url}?tab=trend&amp;period=90d"' in html
    answer = client.post(f"{url}?{query}", {"verb": "show_leaderboard"})
    assert answer.headers["Location"] == f"{school.stat.get_absolute_url()}?{query}"


def test_files_follow_the_filters_of_the_screen(school, login, instructor):
    row = Enrollment.objects.filter(course=school.light).first()
    Enrollment.objects.filter(pk=row.pk).update(status="dropped", dropped_at=timezone.now())
    page = login(instructor).get(
        school.stat.get_absolute_url(), {"tab": "students", "status": "dropped", "page": "1"}
    )
    address = reverse("admin:analytics_coursestat_export", args=[school.stat.pk, "students", "csv"])
    assert f'href="{address}?status=dropped"' in page.content.decode() and len(page.context["rows"]) == 1
    body = b"".join(login(instructor).get(f"{address}?status=dropped").streaming_content)
    assert body.count(b"\r\n") == 2
