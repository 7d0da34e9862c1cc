"""Every page of the journey fits its window, stands mirrored in Arabic, and leaves axe nothing to find."""

from typing import Any

import pytest
from playwright.sync_api import Page

from lms.tests.browser.axe import in_the_window, violations
from lms.tests.browser.stops import visits
from lms.tests.browser.walk import settle

pytestmark = pytest.mark.browser

WIDTHS = [360, 768, 1280]
TOO_WIDE = """() => {
  const wide = document.documentElement.clientWidth;
  const scrolls = (element) => {
    for (let up = element.parentElement; up; up = up.parentElement)
      if (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(up).overflowX)) return true;
    return false;
  };
  const out = [...document.body.querySelectorAll("*")].filter((element) => {
    const box = element.getBoundingClientRect();
    if (!box.width || !box.height || getComputedStyle(element).position === "fixed") return false;
    return (box.right > wide + 1 || box.left < -1) && !element.matches(".visually-hidden, .skip") && !scrolls(element)
      && !element.closest(".visually-hidden");
  });
  const moves = document.documentElement.scrollWidth > wide;
  const told = out.slice(0, 3).map((element) => element.outerHTML.slice(0, 120));
  const name = document.querySelector(".brand__name");
  if (name && name.scrollWidth > name.clientWidth) told.push("the name of the site is cut");
  return moves ? [...told, "the page scrolls sideways"] : told;
}"""
# What stands at the start of a line, and what at its end, where there is room for both.
SIDES = {
    ".brand": "start",
    ".site-header__tools": "end",
    ".outline-panel": "start",
    ".split--start > :first-child": "start",
    ".split--end > aside": "end",
    ".hero__cover": "end",
    ".door > .door__form": "start",
    ".promises > :first-child": "start",
}
WHERE = """selectors => Object.fromEntries(selectors.flatMap((selector) =>
  [...document.querySelectorAll(selector)].map((element) => {
    const box = element.getBoundingClientRect();
    return [selector, box.left + box.width / 2 < innerWidth / 2 ? "left" : "right"];
  })))"""


@pytest.mark.drawn
@pytest.mark.dear(seconds=80)
@pytest.mark.parametrize("locale", ["en", "ar"])
def test_every_page(open_page: Any, sign_in: Any, complaints: Any, locale: str) -> None:
    """One walk for both: to come to a page costs as much as to look at it."""
    direction = {"en": "ltr", "ar": "rtl"}[locale]
    wrong = []
    for name, page in visits(open_page, sign_in, complaints, locale):
        assert page.locator("html").get_attribute("dir") == direction
        wrong += [f"{name}: {what}" for what in (*misplaced(page, direction), *barriers(page))]
    assert not wrong, "\n".join(wrong)


def misplaced(page: Page, direction: str) -> list[str]:
    """Return what is too wide for a window or stands on the wrong side; the window is as before afterwards."""
    start, end = ("left", "right") if direction == "ltr" else ("right", "left")
    sides, found, before = {"start": start, "end": end}, [], page.viewport_size
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        settle(page)
        found += [f"at {width}: {what}" for what in page.evaluate(TOO_WIDE)]
    for selector, side in page.evaluate(WHERE, list(SIDES)).items():
        if side != sides[SIDES[selector]]:
            found.append(f"{selector} stands on the {side}")
    assert before is not None
    page.set_viewport_size(before)
    return found


def barriers(page: Page) -> list[str]:
    """Return what axe finds."""
    return [f"{what}: {nodes[:3]}" for what, nodes in violations(page, in_the_window)]
