"""Steps that several journeys share."""

import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, expect

PASSWORD = "Lantern-42-lit"
DEADLINE = 10  # seconds
# Where motion is reduced, every change is a transition of no length, and what inherits it begins a frame later.
DRAWN = """async () => {
  let fading;
  do {
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    fading = document.getAnimations().filter((one) => one instanceof CSSTransition);
    await Promise.allSettled(fading.map((one) => one.finished));
  } while (fading.length);
}"""


def until(page: Page, is_so: Callable[[], Any]) -> Any:
    """Wait until the server knows something; return what `is_so` answered."""
    give_up = time.monotonic() + DEADLINE
    while not (answer := is_so()):
        assert time.monotonic() < give_up, "it never became so"
        page.wait_for_timeout(50)
    return answer


def settle(page: Page) -> None:
    """Wait until what was changed (window, theme, focus) has been drawn: two frames, and what fades over."""
    page.evaluate(DRAWN)


def seen(page: Page, selector: str) -> Locator:
    """Return the first element that is visible: a phone and a desktop have their own buttons."""
    return page.locator(f"{selector} >> visible=true").first


def press(page: Page, selector: str) -> None:
    """Click what is visible and wait until the next page, if there is one, has loaded."""
    seen(page, selector).click()
    page.wait_for_load_state()


def log_in(page: Page, email: str) -> None:
    """Log in through the form."""
    page.goto("/accounts/login/")
    page.locator("[name=login]").fill(email)
    page.locator("main [name=password]").fill(PASSWORD)
    press(page, "main form button[type=submit]")


def answer(page: Page, number: int, *options: str) -> None:
    """Choose options of a question by their texts, wherever they were shuffled to."""
    question = page.locator(f"[data-question][data-number='{number}']")
    for text in options:
        question.locator("label.choice", has_text=text).locator("input").check()


def answer_true(page: Page, number: int) -> None:
    """Choose the first option of a question of true or false."""
    page.locator(f"[data-number='{number}'] input[data-answer]").first.check()


def is_chosen(page: Page, number: int, text: str) -> None:
    """Assert that an option is chosen."""
    option = page.locator(f"[data-number='{number}'] label.choice", has_text=text)
    expect(option.locator("input")).to_be_checked()


def is_saved(page: Page, number: int) -> None:
    """Assert that the page says: the answer is saved."""
    expect(page.locator(f"[data-number='{number}'] [data-saved] .icon")).to_be_visible()
