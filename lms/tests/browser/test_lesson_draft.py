"""What an author types in a lesson outlives the sign-in that ends before it is saved, for this author alone."""

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.tests.factories import UserFactory
from courses import services
from courses.models import Lesson
from courses.tests.factories import LessonFactory

pytestmark = [pytest.mark.browser, pytest.mark.drawn, pytest.mark.django_db(transaction=True)]
TYPED = "# Light\n\nAn hour of work about lenses."


@pytest.fixture
def lesson() -> Lesson:
    made: Lesson = LessonFactory(title="Lenses", body="Short.")
    return made


def address(lesson: Lesson) -> str:
    return reverse("admin:courses_lesson_change", args=[lesson.pk])


def stored(lesson: Lesson) -> str:
    return Lesson.objects.get(pk=lesson.pk).body


def lose(page: Page, lesson: Lesson) -> None:
    """Type, and save after the session has ended."""
    page.goto(address(lesson))
    page.locator("[name=body]").fill(TYPED)
    Session.objects.all().delete()
    page.locator("[name=_save]:not([aria-hidden])").click()
    expect(page.locator("[name=login]")).to_be_visible()
    assert stored(lesson) == "Short."


def kept(page: Page) -> int:
    count: int = page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('draft.')).length")
    return count


def test_text_is_put_back_after_logging_in_and_forgotten_once_saved(
    open_page: Any, lesson: Lesson, sign_in: Any
) -> None:
    author = lesson.course.instructor
    author.set_password("a long enough password")
    author.save()
    page = open_page()
    sign_in(page, author)
    lose(page, lesson)
    page.locator("[name=login]").fill(author.email)
    page.locator("[name=password]").fill("a long enough password")
    page.locator("[name=password]").press("Enter")
    note = page.locator("[data-draft]")
    expect(note.get_by_role("status")).to_have_text(
        "What you typed here last was not saved. This browser has kept it."
    )
    expect(page.locator("[name=body]")).to_have_value("Short.")
    note.get_by_role("button", name="Restore what you typed").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[name=body]")).to_have_value(TYPED)
    expect(page.locator("[name=body]")).to_be_focused()
    expect(note).to_be_hidden()
    expect(page.locator("[data-preview] h1, [data-preview] h2").first).to_have_text("Light")
    page.locator("[name=_save]:not([aria-hidden])").click()
    page.wait_for_url("**/outline/**")
    assert (stored(lesson), kept(page)) == (TYPED, 0)
    page.goto(address(lesson))
    expect(note).to_be_hidden()


def test_text_waits_for_its_author_alone_and_tells_of_another_change(
    open_page: Any, lesson: Lesson, sign_in: Any
) -> None:
    page = open_page(locale="ar", width=360)
    author, admin = lesson.course.instructor, UserFactory(role="admin")
    type(author).objects.update(locale="ar")
    sign_in(page, author)
    lose(page, lesson)
    sign_in(page, admin)
    page.goto(address(lesson))
    note, body = page.locator("[data-draft]"), page.locator("[name=body]")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(note).to_be_hidden()
    services.update_lesson(lesson=lesson, by=admin, fields={"body": "Theirs."})
    sign_in(page, author)
    page.goto(address(lesson))
    expect(body).to_have_value("Theirs.")
    page.locator("[data-draft-restore]").click()
    page.locator("[name=_save]:not([aria-hidden])").click()
    expect(page.locator("body")).to_contain_text("Theirs.")  # beside what was typed: nothing is overwritten
    expect(body).to_have_value(TYPED)
    assert (stored(lesson), kept(page)) == ("Theirs.", 1)
    page.goto(address(lesson))
    expect(note).to_be_visible()
    page.locator("[data-draft-discard]").click()
    expect(body).to_have_value("Theirs.")
    assert kept(page) == 0
