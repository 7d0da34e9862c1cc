"""A course gets another address while its students have their pages open."""

import json

import pytest
from django.urls import reverse

from courses import services as courses
from enrollments.models import Enrollment, LessonProgress

pytestmark = pytest.mark.django_db


@pytest.fixture
def old(course, instructor):
    """`old("complete", lesson)`: an address that was right before the course moved; the course is fresh."""
    slug = course.slug
    courses.update_course(course=course, by=instructor, fields={"slug": "elsewhere"})
    course.refresh_from_db()

    def address(name, lesson=None):
        return reverse(f"enrollments:{name}", args=[slug] + ([lesson.slug] if lesson else []))

    return address


@pytest.fixture
def page(login, student):
    return login(student)


def test_an_open_lesson_goes_on_working(page, enrollment, lessons, old):
    first = lessons[0]
    answer = page.post(old("beat", first), {"position": 0, "seconds": 0, "watched": "[]"})
    assert (answer.status_code, json.loads(answer.content)["seconds"]) == (200, 0)
    assert page.post(old("bookmark", first), {"on": "1"}).status_code == 302
    assert (
        page.post(old("notes", first), {"notes": "Typed before the move", "revision": 0}).status_code == 302
    )
    answer = page.post(old("complete", first))
    assert (answer.status_code, answer["Location"]) == (302, f"/learn/elsewhere/{first.slug}/")
    row = LessonProgress.objects.get(enrollment=enrollment, lesson=first)
    assert (row.notes, row.is_bookmarked, row.is_completed) == ("Typed before the move", True, True)


@pytest.mark.parametrize("name", ["course_home", "drop", "review", "finished", "my_notes"])
def test_every_page_leads_to_the_new_address(page, enrollment, old, name):
    answer = page.get(old(name) + "?a=1")
    assert answer.status_code == 301
    assert answer["Location"] == reverse(f"enrollments:{name}", args=["elsewhere"]) + "?a=1"


def test_leaving_and_muting_from_an_open_page(page, enrollment, old):
    page.post(old("mute"), {"muted": "1"})
    page.post(old("drop"))
    enrollment.refresh_from_db()
    assert (enrollment.is_muted, enrollment.status) == (True, Enrollment.Status.DROPPED)


def test_the_outline_of_an_open_page_keeps_its_ticks(page, enrollment, lessons, old):
    page.post(old("complete", lessons[0]))
    assert page.get(old("outline")).context["outline"].done == 1
