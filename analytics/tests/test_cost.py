"""What figures cost does not grow: queries with the rows tripled, and how few of many are found."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.db.models import Value
from django.db.models.functions import Coalesce
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from analytics import services
from analytics.models import CourseStat
from analytics.readers import reviews, students
from analytics.readers.teaching import teaching
from analytics.tests.staff import API, build, course_of, crowd, days_of, site_days
from courses.models import Course
from enrollments.models import Enrollment, Review
from enrollments.services import recount_rating

pytestmark = pytest.mark.django_db

PERSON = 1  # the token's
PAGE = 2  # session and person
STAFF = {
    "courses/{0}": 6, "courses/{0}/lessons": 3, "courses/{0}/quizzes": 3, "courses/{0}/trend": 3,
    "courses/{0}/trend?period=1y": 3, "courses/{0}/students": 6, "courses/{0}/students?ordering=-enrolled_at": 6,
    "courses/{0}/students?risk=inactive&search=crowd": 6, "courses/{0}/leaderboard": 2 + 2, "instructors/me": 8,
}  # fmt: skip
SITE = {
    "system/overview": 8, "system/user-growth?days=365": 8, "system/enrollment-trend": 8,
    "system/popular-courses": 8, "system/top-instructors?limit=50": 8,
}  # fmt: skip
OWN = {"my-progress": 7, "my-dashboard": 10, "my-activity?days=365": 10}
TABS = {"": 6, "?tab=lessons": 3, "?tab=quizzes": 3, "?tab=students": 6, "?tab=trend": 3}


@pytest.fixture
def school(instructor, outsider_instructor, student):
    school = build(instructor, outsider_instructor, student)
    CourseStat.objects.filter(pk=school.stat.pk).update(leaderboard_enabled=True)
    return school


def costs(client, paths, prefix=""):
    """Return how many queries each address takes when nothing is kept, once progress has been counted."""
    found = {}
    for path in paths:
        client.get(prefix + path)
        cache.clear()
        with CaptureQueriesContext(connection) as captured:
            assert client.get(prefix + path).status_code == 200, path
        found[path] = len(captured)
    return found


def test_queries_are_equal_with_the_rows_tripled(school, api, login, student, instructor, admin_user):
    course, page = school.light, school.stat.get_absolute_url()
    doors = [
        (api(instructor), {path.format(course.pk): cost for path, cost in STAFF.items()}, f"{API}/", PERSON),
        (api(admin_user), SITE, f"{API}/", PERSON),
        (api(student), OWN, f"{API}/", PERSON),
        (login(instructor), {**TABS}, page, PAGE),
        (login(instructor), {"/admin/": 8}, "", PAGE),
        (login(admin_user), {"/admin/": 8}, "", PAGE),
    ]
    found = []
    for size in (20, 60):
        grow(school, size)
        found.append([costs(client, paths, prefix) for client, paths, prefix, _sign_in in doors])
    assert found[0] == found[1]
    for (_client, paths, _prefix, sign_in), measured in zip(doors, found[1], strict=True):
        too_dear = {path: cost for path, cost in measured.items() if cost > paths[path] + sign_in}
        assert not too_dear


def grow(school, size):
    """Bring courses, students, reviews and days to three times what they were."""
    crowd(school.light, size, f"crowd{size}x")
    rows = Enrollment.objects.filter(course=school.light, review=None)
    Review.objects.bulk_create(Review(enrollment=row, rating=3) for row in rows)
    recount_rating(school.light.pk)
    days_of(school.light, *range(size, 2 * size), enrollments=1)
    site_days(*range(size, 2 * size), new_users=1)
    for number in range(size // 10):
        crowd(course_of(school.light.instructor, f"More {size} {number}"), 2, f"few{size}x{number}x")


# --- The newest of many courses


def test_the_newest_enrollments_are_those_of_all_courses(instructor):
    now = timezone.now()
    for number in range(3):  # the newest twelve: of the first course alone, then in turns
        course = course_of(instructor, f"Course {number}")
        crowd(course, 13, f"in{number}x")
        for place, row in enumerate(Enrollment.objects.filter(course=course)):
            age = timedelta(hours=place) if number == 0 else timedelta(hours=5 + 2 * place + number)
            Enrollment.objects.filter(pk=row.pk).update(enrolled_at=now - age)
    expected = Enrollment.objects.order_by("-enrolled_at", "-pk")[:10]
    assert teaching(instructor)["recent_enrollments"] == list(expected)


def test_with_fewer_than_ten_in_each_course_none_is_missed(instructor):
    for number in range(3):
        crowd(course_of(instructor, f"Course {number}"), number, f"in{number}x")
    assert len(teaching(instructor)["recent_enrollments"]) == 3


def test_of_each_course_no_more_than_ten_are_compared(instructor, django_assert_num_queries):
    now = timezone.now()
    for number in range(2):
        course = course_of(instructor, f"Course {number}")
        crowd(course, 40, f"in{number}x")
        for place, row in enumerate(Enrollment.objects.filter(course=course)):
            Enrollment.objects.filter(pk=row.pk).update(
                enrolled_at=now - timedelta(minutes=place * 2 + number)
            )
    with CaptureQueriesContext(connection) as captured:
        teaching(instructor)
    asked = next(q["sql"] for q in captured if "LIMIT 10" in q["sql"] and '"enrolled_at" >=' in q["sql"])
    with connection.cursor() as cursor:
        cursor.execute(asked.replace("LIMIT 10", "LIMIT 1000"))
        assert len(cursor.fetchall()) <= 20


# --- Reviews


def rate(course, *ratings):
    rows = Enrollment.objects.filter(course=course, review=None)[: len(ratings)]
    made = [
        Review.objects.create(enrollment=row, rating=rating)
        for row, rating in zip(rows, ratings, strict=True)
    ]
    recount_rating(course.pk)
    return made


def of_now(course):
    return Course.objects.get(pk=course.pk)


def test_reviews_are_looked_for_when_they_have_changed(instructor, django_assert_num_queries):
    course = course_of(instructor, "Optics")
    crowd(course, 14)
    first, *_others = rate(course, *[3] * 12)
    assert len(reviews.newest([of_now(course)])) == 10
    assert reviews.spread(of_now(course)) == {"1": 0, "2": 0, "3": 12, "4": 0, "5": 0}
    again = of_now(course)
    with django_assert_num_queries(1):
        reviews.newest([again]), reviews.spread(again)
    (latest,) = rate(course, 5)
    assert reviews.newest([of_now(course)])[0] == latest
    assert reviews.spread(of_now(course))["5"] == 1
    Review.objects.filter(pk=first.pk).update(rating=1)
    recount_rating(course.pk)
    assert reviews.spread(of_now(course)) == {"1": 1, "2": 0, "3": 11, "4": 0, "5": 1}


def test_what_is_hidden_is_not_shown_whatever_is_kept(instructor):
    course = course_of(instructor, "Optics")
    crowd(course, 2)
    review, other = rate(course, 4, 4)
    assert set(reviews.newest([of_now(course)])) == {review, other}
    Review.objects.filter(pk=review.pk).update(is_hidden=True)  # and its course not counted yet
    assert reviews.newest([of_now(course)]) == [other]


# --- The list of students


def test_the_order_of_names_is_one_however_it_is_found(school, monkeypatch):
    crowd(school.light, 8)
    sorted_by = list(students.students(school.stat))
    monkeypatch.setattr(students, "LARGE", 1)
    along_the_index = students.students(school.stat)
    assert "COALESCE" in str(along_the_index.query)
    assert list(along_the_index) == sorted_by
    for asked in ({"status": "active"}, {"progress_max": "0"}, {"search": "crowd"}):
        assert "COALESCE" not in str(students.chosen(school.stat, asked).query), asked
    assert "COALESCE" in str(students.chosen(school.stat, {"status": "", "search": ""}).query)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="asks PostgreSQL for its plans")
def test_postgresql_finds_names_and_the_newest_by_their_indexes(instructor):
    course = course_of(instructor, "Optics")
    crowd(course, 30)
    newest = Enrollment.objects.filter(course=course).order_by("-enrolled_at").values("enrolled_at")[9:10]
    names = User.objects.get_queryset().order_by(Coalesce("full_name", Value("")))[:20]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
    assert "enrollment_course_enrolled" in newest.explain()
    assert "user_name_order" in names.explain()


def test_an_hour_touches_the_course_that_moved_and_no_other(instructor):
    courses = [course_of(instructor, f"Course {number}") for number in range(5)]
    for number, course in enumerate(courses):
        crowd(course, 1, f"in{number}x")
    hour = timedelta(hours=1)
    then = timezone.now() - 2 * hour
    Enrollment.objects.update(updated_at=then)
    Course.objects.update(updated_at=then, structure_changed_at=then)
    services.refresh_changed()
    CourseStat.objects.update(refreshed_at=timezone.now() - hour)
    before = dict(CourseStat.objects.values_list("course", "refreshed_at"))
    Enrollment.objects.filter(course=courses[3]).update(updated_at=timezone.now())
    services.refresh_changed()
    after = dict(CourseStat.objects.values_list("course", "refreshed_at"))
    assert [pk for pk in before if after[pk] != before[pk]] == [courses[3].pk]
