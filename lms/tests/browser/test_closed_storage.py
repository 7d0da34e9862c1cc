"""A browser that keeps nothing: private windows and strict settings throw as soon as a script asks for storage."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from enrollments.models import Enrollment
from enrollments.tests.factories import EnrollmentFactory
from lms.tests.browser import world
from lms.tests.browser.walk import answer, is_saved, press, until
from quizzes.models import Answer

pytestmark = [pytest.mark.browser, pytest.mark.drawn]
CLOSED = """for (const name of ["localStorage", "sessionStorage"]) {
  Object.defineProperty(window, name, { get() { throw new DOMException("Access is denied.", "SecurityError"); } });
}"""


@pytest.fixture
def made(transactional_db: None) -> world.World:
    return world.build()


@pytest.fixture
def enrollment(made: world.World) -> Enrollment:
    return EnrollmentFactory(course=made.course)


@pytest.fixture
def page(open_page: Any, sign_in: Any, enrollment: Enrollment) -> Page:
    page: Page = open_page()
    page.context.add_init_script(CLOSED)
    sign_in(page, enrollment.student)
    return page


def test_a_film_plays_at_the_chosen_speed_with_captions(
    page: Page, made: world.World, enrollment: Enrollment
) -> None:
    assert made.film is not None
    page.goto(f"/learn/{made.course.slug}/{made.film.slug}/")
    film = page.locator("video")
    film.evaluate("film => { film.muted = true }")
    page.locator("[data-speed]").click()
    expect(page.locator("[data-speed]")).to_have_text("1.25×")
    page.locator("[data-captions]").click()
    expect(page.locator("[data-captions][aria-pressed=true]")).to_be_visible()
    press(page, "[data-player] .media__controls [data-toggle]")
    expect(page.locator("[data-caption]")).to_have_text("A square walks to the right.")
    until(page, lambda: film.evaluate("film => film.currentTime > 2"))
    film.evaluate("film => film.pause()")
    until(page, lambda: world.watched(enrollment).last_position_seconds >= 2)
    assert film.evaluate("film => film.playbackRate") == 1.25


def test_notes_answers_and_the_theme_work(page: Page, made: world.World) -> None:
    page.goto(f"/learn/{made.course.slug}/{made.text.slug}/")
    page.locator("[data-theme-switch] >> visible=true").first.click()
    expect(page.locator("html[data-theme=dark]")).to_have_count(1)
    with page.expect_response(lambda got: got.headers.get("hx-notes") == "saved"):
        page.locator("[data-notes] textarea").fill("Upside down.")
    page.goto(made.quiz.get_absolute_url())
    press(page, "main .panel form [type=submit]")
    answer(page, 1, "The window")
    is_saved(page, 1)
    assert Answer.objects.exclude(answered_at=None).count() == 1
