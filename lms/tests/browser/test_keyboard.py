"""The journey by keyboard alone."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.tests.factories import UserFactory
from enrollments.models import LessonProgress
from enrollments.tests.factories import EnrollmentFactory
from lms.tests.browser import world
from lms.tests.browser.walk import PASSWORD, is_saved, settle
from quizzes.models import Attempt

pytestmark = [pytest.mark.browser, pytest.mark.drawn]

FOCUS = """() => {
  const here = document.activeElement;
  const shown = here.matches("input[type=radio], input[type=checkbox]") ? here.closest("label") ?? here : here;
  const has = (element) => {
    const style = getComputedStyle(element);
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none";
  };
  const box = here.getBoundingClientRect();
  const [x, y] = [box.left + box.width / 2, box.top + Math.min(box.height / 2, 20)];
  const top = document.elementFromPoint(x, y);
  return {
    what: here.outerHTML.slice(0, 120),
    ring: has(here) || has(shown),
    seen: Boolean(top) && (here.contains(top) || top.contains(here) || shown.contains(top)),
  };
}"""


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_the_whole_way_by_keyboard(open_page: Any, locale: str) -> None:
    made = world.build(film=False)
    person = UserFactory(email="salma@example.com", locale=locale)
    enrollment = EnrollmentFactory(course=made.course, student=person)
    page = open_page(locale=locale)
    page.goto("/accounts/login/")
    tab_to(page, "[name=login]")
    page.keyboard.type("salma@example.com")
    tab_to(page, "main [name=password]")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/dashboard/")
    page.keyboard.press("Tab")
    expect(page.locator("a.skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    enter(page, ".resume a.btn--primary", "**/learn/**")
    tab_to(page, "#completion button:not([name])")
    page.keyboard.press("Space")
    expect(page.locator("#completion .pill--done")).to_be_visible()
    expect(page.locator("#way-on")).to_be_focused()  # where one was, one goes on
    assert LessonProgress.objects.get(enrollment=enrollment).is_completed
    page.goto(made.quiz.get_absolute_url())
    enter(page, "main .panel form [type=submit]", "**/attempts/1/")
    tab_to(page, "[data-number='1'] input[data-answer]")
    page.keyboard.press("ArrowDown")
    is_saved(page, 1)
    tab_to(page, "[data-number='2'] input[data-answer]")
    page.keyboard.press("Space")
    is_saved(page, 2)
    enter(page, ".quiz-end [value=submit]", "**/submit/")
    enter(page, "main form [type=submit]", "**/result/")
    assert Attempt.objects.get().answers.exclude(answered_at=None).count() == 2


def drawn_focus(page: Page) -> dict[str, Any]:
    """Return what has the focus and how it looks, as soon as a busy machine has drawn it."""
    for _frame in range(60):
        settle(page)
        focus: dict[str, Any] = page.evaluate(FOCUS)
        if focus["ring"] and focus["seen"]:
            break
    return focus


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there; at each step it must be seen."""
    for _step in range(80):
        page.keyboard.press("Tab")
        focus = drawn_focus(page)
        assert focus["ring"], f"no sign of focus: {focus['what']}"
        assert focus["seen"], f"the focus is hidden: {focus['what']}"
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"Tab never comes to {selector}")


def enter(page: Page, selector: str, address: str) -> None:
    """Go there with Tab, press Enter, arrive at the address."""
    tab_to(page, selector)
    page.keyboard.press("Enter")
    page.wait_for_url(address)
