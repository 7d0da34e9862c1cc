"""Every page fits its window, and stands mirrored in Arabic."""

from typing import Any

import pytest

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


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_every_page_fits_and_follows_the_direction(
    open_page: Any, sign_in: Any, complaints: Any, locale: str
) -> None:
    direction = {"en": "ltr", "ar": "rtl"}[locale]
    start, end = ("left", "right") if direction == "ltr" else ("right", "left")
    sides = {"start": start, "end": end}
    wrong = []
    for name, page in visits(open_page, sign_in, complaints, locale):
        assert page.locator("html").get_attribute("dir") == direction
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            settle(page)
            wrong += [f"{name} at {width}: {what}" for what in page.evaluate(TOO_WIDE)]
        for selector, side in page.evaluate(WHERE, list(SIDES)).items():
            if side != sides[SIDES[selector]]:
                wrong.append(f"{name}: {selector} stands on the {side}")
    assert not wrong, "\n".join(wrong)
