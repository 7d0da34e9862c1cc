"""axe in a page: everything in light, what depends on colours in dark as well."""

from collections.abc import Callable, Iterator
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from lms.tests.browser.walk import settle

# Without the style sheets, which no rule of ours asks for: axe would write them into the page, against its policy.
EVERYTHING = {"resultTypes": ["violations"], "preload": {"assets": ["media"]}}
COLOURS = {**EVERYTHING, "runOnly": ["color-contrast", "link-in-text-block"]}


def in_the_window(page: Page, scheme: str) -> None:
    """Let the system of the reader ask for the theme."""
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")


def violations(page: Page, paint: Callable[[Page, str], None]) -> Iterator[tuple[str, list[str]]]:
    """Yield what axe finds, and where, in both themes; the page is left in the light one."""
    page.evaluate(Axe().axe_script)
    for scheme, options in (("light", EVERYTHING), ("dark", COLOURS)):
        paint(page, scheme)
        settle(page)
        found: list[dict[str, Any]] = page.evaluate(
            "options => axe.run(options).then(({ violations }) => violations)", options
        )
        for one in found:
            yield f"{scheme}: {one['id']}: {one['help']}", [node["html"][:160] for node in one["nodes"]]
    paint(page, "light")
