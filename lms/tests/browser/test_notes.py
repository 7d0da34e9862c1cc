"""Notes are saved as they are typed, and nobody's notes are overwritten unread."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from enrollments import services
from enrollments.models import Enrollment, LessonProgress
from enrollments.tests.factories import EnrollmentFactory
from lms.tests.browser import world
from lms.tests.browser.walk import until

pytestmark = [pytest.mark.browser, pytest.mark.drawn]


@pytest.fixture
def made(transactional_db: None) -> world.World:
    return world.build(film=False)


@pytest.fixture
def enrollment(made: world.World) -> Enrollment:
    return EnrollmentFactory(course=made.course)


def lesson_page(open_page: Any, sign_in: Any, enrollment: Enrollment, made: world.World) -> Page:
    page: Page = open_page(width=1280)
    sign_in(page, enrollment.student)
    page.goto(f"/learn/{made.course.slug}/{made.text.slug}/")
    return page


def stored(enrollment: Enrollment) -> str:
    return LessonProgress.objects.get(enrollment=enrollment).notes


def elsewhere(enrollment: Enrollment, made: world.World, text: str) -> None:
    """Save notes as another device would that has read the present ones."""
    row = LessonProgress.objects.get(enrollment=enrollment)
    services.save_notes(enrollment=enrollment, lesson=made.text, notes=text, revision=row.notes_revision)


def test_what_another_device_saved_is_overwritten_by_hand_alone(
    open_page: Any, sign_in: Any, enrollment: Enrollment, made: world.World
) -> None:
    page = lesson_page(open_page, sign_in, enrollment, made)
    elsewhere(enrollment, made, "From the phone")
    notes = page.locator("#id_notes")
    notes.press_sequentially("From here")
    alert = page.locator("#notes [role=alert]")
    expect(alert).to_contain_text("From the phone")
    page.clock.install()
    notes.press_sequentially(", and more")
    page.clock.run_for(5000)
    page.locator("#notes").evaluate("form => htmx.trigger(form, 'save-notes')")
    expect(alert).to_contain_text("From the phone")
    assert stored(enrollment) == "From the phone"
    page.reload()  # still undecided: asked again, with both texts
    expect(alert).to_contain_text("From the phone")
    expect(notes).to_have_value("From here, and more")
    page.locator("#notes [type=submit]").click()
    until(page, lambda: stored(enrollment) == "From here, and more")
    expect(alert).to_have_count(0)
    page.reload()
    expect(notes).to_have_value("From here, and more")


def test_what_waited_offline_does_not_overwrite_what_came_later(
    open_page: Any, sign_in: Any, enrollment: Enrollment, made: world.World, complaints: Any
) -> None:
    complaints.expect("ERR_INTERNET_DISCONNECTED", "htmx:")
    page = lesson_page(open_page, sign_in, enrollment, made)
    page.context.set_offline(True)
    page.locator("#id_notes").press_sequentially("On the train")
    expect(page.locator(".toast--bad")).to_be_visible()
    elsewhere(enrollment, made, "At home, later")
    page.context.set_offline(False)
    page.reload()
    expect(page.locator("#notes [role=alert]")).to_contain_text("At home, later")
    expect(page.locator("#id_notes")).to_have_value("On the train")
    assert stored(enrollment) == "At home, later"


def test_what_waits_in_a_browser_is_put_back_for_its_writer_alone(
    open_page: Any, sign_in: Any, enrollment: Enrollment, made: world.World, complaints: Any
) -> None:
    complaints.expect("ERR_INTERNET_DISCONNECTED", "htmx:")
    page = lesson_page(open_page, sign_in, enrollment, made)
    page.context.set_offline(True)
    page.locator("#id_notes").press_sequentially("For my eyes alone")
    expect(page.locator(".toast--bad")).to_be_visible()
    page.context.set_offline(False)
    classmate = EnrollmentFactory(course=made.course)
    sign_in(page, classmate.student)
    page.goto(f"/learn/{made.course.slug}/{made.text.slug}/")
    expect(page.locator("#id_notes")).to_have_value("")
    sign_in(page, enrollment.student)
    page.goto(f"/learn/{made.course.slug}/{made.text.slug}/")
    expect(page.locator("#id_notes")).to_have_value("For my eyes alone")
    until(page, lambda: stored(enrollment) == "For my eyes alone")
    assert stored(classmate) == ""
