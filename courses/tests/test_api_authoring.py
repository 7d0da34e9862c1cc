"""Copies, prerequisites and release dates over the API."""

import pytest

from courses import services
from courses.models import Course
from courses.tests.factories import CourseFactory

pytestmark = pytest.mark.django_db
API = "/api/v1"


def test_copies_over_the_api(api, course, lesson, instructor):
    client = api(instructor)
    for path, title, shown in (
        (f"/courses/{course.pk}", "Copy of Light and lenses", {"status": "draft"}),
        (f"/modules/{lesson.module_id}", "Copy of Module 1", {"is_published": False, "position": 2}),
        (f"/lessons/{lesson.pk}", "Copy of Lesson 1.1", {"is_published": False, "position": 2}),
    ):
        assert client.post(f"{API}{path}/duplicate", {"title": "x"}).json()["code"] == "validation_error"
        answer = client.post(f"{API}{path}/duplicate")
        body = answer.json()
        assert (answer.status_code, body["title"]) == (201, title)
        assert shown.items() <= body.items()
        assert client.get(answer.headers["Location"]).json()["title"] == title


def test_a_removed_lesson_is_not_copied(api, lesson, instructor):
    services.remove_lesson(lesson=lesson, by=instructor)
    answer = api(instructor).post(f"{API}/lessons/{lesson.pk}/duplicate")
    assert (answer.status_code, answer.json()["code"]) == (409, "lesson_removed")


def test_copies_are_counted(api, course, instructor, settings, monkeypatch):
    from courses.api.courses import CopyThrottle

    monkeypatch.setattr(CopyThrottle, "get_rate", lambda self: "1/hour")
    answers = [api(instructor).post(f"{API}/courses/{course.pk}/duplicate") for _round in range(2)]
    assert [answer.status_code for answer in answers] == [201, 429]
    assert answers[1].headers["X-RateLimit-Remaining"] == "0"
    assert "Retry-After" in answers[1].headers
    assert Course.objects.count() == 2


def test_prerequisites_over_the_api(api, course, instructor, outsider_instructor, student, shape):
    client, path = api(instructor), f"{API}/courses/{course.pk}"
    wanted = CourseFactory(instructor=outsider_instructor, title="Before")
    hidden = CourseFactory(instructor=outsider_instructor, draft=True)
    answer = client.patch(path, {"prerequisite_courses": [str(wanted.pk)]})
    assert [one["title"] for one in answer.json()["prerequisite_courses"]] == ["Before"]
    before = shape(course)
    for ids, code in (
        ([str(hidden.pk)], "unknown_course"),
        ([str(course.category_id or wanted.modules.first().pk)], "unknown_course"),
        ([str(course.pk)], "prerequisite_cycle"),
    ):
        refused = client.patch(path, {"prerequisite_courses": ids, "title": "Not this"})
        entry = refused.json()["errors"][0]
        assert refused.status_code == 422
        assert (entry["field"].split(".")[0], entry["code"]) == ("prerequisite_courses", code)
        assert shape(course) == before
    services.unpublish(course=wanted, by=outsider_instructor)
    assert api(student).get(path).json()["prerequisite_courses"] == []
    assert len(client.get(path).json()["prerequisite_courses"]) == 1
    assert client.put(path, {"title": "New", "description": course.description}).status_code == 200
    assert not course.prerequisite_courses.exists()  # what PUT omits goes back to its default


def test_release_over_the_api(api, course, instructor):
    module = course.modules.first()
    client, path = api(instructor), f"{API}/modules/{module.pk}"
    sent = {"release_at": "2030-01-05T08:00:00Z", "release_after_days": 14}
    assert sent.items() <= client.patch(path, sent).json().items()
    tree = api().get(f"{API}/courses/{course.pk}/content").json()
    assert sent.items() <= tree["modules"][0].items()
    for wrong in ({"release_after_days": 3651}, {"release_after_days": -1}, {"release_at": "tomorrow"}):
        assert client.patch(path, wrong).status_code == 422
    cleared = client.patch(path, {"release_at": None, "release_after_days": None}).json()
    assert (cleared["release_at"], cleared["release_after_days"]) == (None, None)
