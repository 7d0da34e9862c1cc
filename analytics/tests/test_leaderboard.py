"""The leaderboard: off unless staff say so, names that give nobody away, shared ranks, and ten minutes of rest."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from accounts.tests.factories import UserFactory
from analytics import services
from analytics.models import CourseStat
from analytics.readers import leaderboard
from analytics.readers.leaderboard import public_name
from courses.tests.factories import CourseFactory
from enrollments.models import Enrollment
from enrollments.tests.factories import EnrollmentFactory
from quizzes.tests.factories import AttemptFactory, QuizFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(instructor):
    """A course whose leaderboard is on."""
    course = CourseFactory(instructor=instructor, title="Lenses", modules=1)
    services.set_leaderboard(course=course, enabled=True, by=instructor)
    return course


def address(course):
    return f"/api/v1/analytics/courses/{course.pk}/leaderboard"


def join(course, name, progress=0, *, days_ago=0, status="active", role="student", **person):
    """Put somebody into the course as far as `progress`; who is done was done so many days ago."""
    student = UserFactory(full_name=name, role=role, password=None, **person)
    now = timezone.now()
    is_done = progress == 100
    return Enrollment.objects.create(
        student=student, course=course, progress_percentage=Decimal(progress), total_lessons_count=3,
        completed_lessons_count=3 if is_done else 0, status="completed" if is_done else status,
        completed_at=now - timedelta(days=days_ago) if is_done else None,
        dropped_at=now if status == "dropped" else None,
        enrolled_at=now - timedelta(days=60, seconds=int(float(progress))),
        counted_version=course.structure_version,
    )  # fmt: skip


def test_ranks_are_shared_and_ordered_by_who_was_first(course, api, max_queries):
    join(course, "Late Finisher", 100, days_ago=1)
    me = join(course, "Early Finisher", 100, days_ago=9)
    join(course, "Half Way", 50)
    join(course, "Ahmad Al Masri", "66.67")
    join(course, "Two Half", 50)
    join(course, "Nothing", 0)
    client = api(me.student)
    body = client.get(address(course)).json()
    assert [(p["rank"], p["name"], p["score"]) for p in body["entries"]] == [
        (1, "Early F.", 100.0), (1, "Late F.", 100.0), (3, "Ahmad M.", 66.67), (4, "Half W.", 50.0),
        (4, "Two H.", 50.0), (6, "Nothing", 0.0),
    ]  # fmt: skip
    assert [p["is_me"] for p in body["entries"]] == [True] + [False] * 5
    assert body["me"] == {"rank": 1, "score": 100.0} and body["students"] == 6
    assert set(body["entries"][0]) == {"rank", "name", "score", "is_me"}  # no ids, no e-mail
    with max_queries(2):
        assert client.get(address(course)).json() == body


def test_who_takes_part(course, api, instructor, admin_user):
    seen = join(course, "Seen", 10)
    for status in ("dropped", "suspended", "expired"):
        join(course, status, 20, status=status)
    join(course, "Gone", 30, is_active=False)
    join(course, "An Admin", 40, role="admin")
    Enrollment.objects.create(student=instructor, course=course, progress_percentage=50)
    body = api(admin_user).get(address(course)).json()
    assert [place["name"] for place in body["entries"]] == ["Seen"] and body["me"] is None
    assert api(seen.student).get(address(course)).json()["me"]["rank"] == 1


def test_with_graded_quizzes_the_score_is_the_mean_and_none_yet_counts_as_nothing(course, api, instructor):
    first, second = (EnrollmentFactory(course=course, student=UserFactory(full_name=n, password=None))
                     for n in ("Right Answer", "No Quiz"))  # fmt: skip
    quiz = QuizFactory(course=course, questions=1)
    practice = QuizFactory(course=course, questions=1, type="practice")
    AttemptFactory(quiz=quiz, enrollment=first, answers="right")
    AttemptFactory(quiz=practice, enrollment=second, answers="right")
    for row, progress in ((first, "33.33"), (second, "66.67")):
        Enrollment.objects.filter(pk=row.pk).update(progress_percentage=progress)
    body = api(instructor).get(address(course)).json()
    assert [(p["name"], p["score"]) for p in body["entries"]] == [("Right A.", 66.67), ("No Q.", 33.34)]


def test_beyond_ten_ones_own_rank(course, api, login):
    rows = [join(course, f"Student Number{n}", 50 - n) for n in range(12)]
    body = api(rows[11].student).get(address(course)).json()
    assert len(body["entries"]) == 10 and not any(place["is_me"] for place in body["entries"])
    assert body["me"] == {"rank": 12, "score": 39.0}
    page = login(rows[11].student).get(reverse("analytics:leaderboard", args=[course.slug])).content.decode()
    assert page.count('aria-current="true"') == 1 and ">12<" in page and "You" in page


def test_places_kept_in_shares_are_everybodys_own(course, monkeypatch, max_queries):
    monkeypatch.setattr(leaderboard, "SHARE", 2)
    rows = [join(course, f"Student Number{n}", 50 - n) for n in range(7)]
    places = [leaderboard.shown_to(course, row.pk)["me"] for row in rows]
    assert places == [{"rank": n + 1, "score": Decimal(50 - n)} for n in range(7)]
    with max_queries(0):
        assert [leaderboard.shown_to(course, row.pk)["me"] for row in rows] == places
        assert leaderboard.shown_to(course, None)["me"] is None
    key = f"analytics:leaderboard:{course.pk}"
    board = cache.get(key)
    cache.clear()
    cache.set(key, board)  # the shares alone are lost
    assert leaderboard.shown_to(course, rows[3].pk)["me"] == places[3]


def test_who_has_no_place_costs_no_new_making(course, max_queries):
    gone = join(course, "Gone", 30, status="dropped")
    assert leaderboard.shown_to(course, gone.pk)["me"] is None
    with max_queries(0):
        assert leaderboard.shown_to(course, gone.pk)["students"] == 0


def test_it_rests_for_ten_minutes_and_lives_without_a_cache(course, api, time_machine):
    time_machine.move_to("2026-11-21T10:00:00Z", tick=False)
    row = join(course, "Salma Haddad", 10)
    client = api(row.student)

    def score():
        return client.get(address(course)).json()["me"]["score"]

    assert score() == 10
    Enrollment.objects.filter(pk=row.pk).update(progress_percentage=20)
    assert score() == 10
    cache.clear()
    assert score() == 20
    Enrollment.objects.filter(pk=row.pk).update(progress_percentage=30)
    time_machine.move_to("2026-11-21T10:10:01Z", tick=False)
    assert score() == 30


def test_staff_switch_it(api, instructor, login, student, django_capture_on_commit_callbacks):
    course = CourseFactory(instructor=instructor, modules=1)
    EnrollmentFactory(course=course, student=student)
    home = reverse("enrollments:course_home", args=[course.slug])
    board = reverse("analytics:leaderboard", args=[course.slug])
    client = api(instructor)
    for person in (student, instructor):
        assert api(person).get(address(course)).status_code == 404
        assert login(person).get(board).status_code == 404
    assert board not in login(student).get(home).content.decode()
    for _twice in range(2):
        answer = client.patch(address(course), {"enabled": True}, format="json")
        assert answer.status_code == 200 and answer.json()["enabled"] is True
    assert AuditEntry.objects.filter(action="analytics.leaderboard").count() == 1
    assert CourseStat.objects.get(course=course).leaderboard_enabled
    assert board in login(student).get(home).content.decode()
    assert login(student).get(board).status_code == 200
    client.patch(address(course), {"enabled": False}, format="json")
    assert api(student).get(address(course)).status_code == 404


def test_a_stale_editor_changes_nothing(course, api, instructor, student):
    off = CourseFactory(instructor=instructor, modules=1)
    client = api(instructor)
    for one in (course, off):
        answer = client.patch(address(one), {"enabled": True}, format="json", headers={"If-Match": '"old"'})
        assert (answer.status_code, answer.json()["code"]) == (412, "stale")
    assert not CourseStat.objects.filter(course=off, leaderboard_enabled=True).exists()
    tag = client.get(address(course))["ETag"]
    answer = client.patch(address(course), {"enabled": False}, format="json", headers={"If-Match": tag})
    assert answer.status_code == 200
    answer = api(student).patch(
        address(course), {"enabled": True}, format="json", headers={"If-Match": '"old"'}
    )
    assert answer.status_code == 403


@pytest.mark.parametrize("body", [{}, {"enabled": None}, {"enabled": "perhaps"}, {"enabled": True, "x": 1}])
def test_bodies_that_are_none(course, api, instructor, body):
    answer = api(instructor).patch(address(course), body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_error")


def test_who_may_look(course, api, student, classmate, outsider_instructor):
    row = EnrollmentFactory(course=course, student=student)
    assert api(student).get(address(course)).status_code == 200
    answers = [api(person).get(address(course)) for person in (classmate, outsider_instructor)]
    assert [(a.status_code, a.json()["code"]) for a in answers] == [
        (403, "permission_denied"),
        (403, "not_owner"),
    ]
    for person, code in ((student, 403), (outsider_instructor, 403)):
        assert api(person).patch(address(course), {"enabled": False}, format="json").status_code == code
    assert CourseStat.objects.get(course=course).leaderboard_enabled
    Enrollment.objects.filter(pk=row.pk).update(status="suspended")
    assert api(student).get(address(course)).status_code == 403


@pytest.mark.parametrize("full_name, shown", [
    ("Salma Haddad", "Salma H."), ("Salma", "Salma"), ("سلمى الحداد", "سلمى ا."), ("A B C D", "A D."), ("", ""),
])  # fmt: skip
def test_names(full_name, shown):
    assert public_name(full_name) == shown
