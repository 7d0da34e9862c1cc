"""Chromium in front of the live site. Whatever a page complains of makes the test fail."""

import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

from conftest import browser_path

# Playwright's loop runs in the thread of the test, where the ORM is as safe as without it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]
PATIENCE = 40_000  # milliseconds: a busy machine is slow, not wrong
WHISPERS = ("error", "assert")

OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests; each page has a context of its own."""
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE)
        browser = playwright.chromium.launch(executable_path=browser_path(), args=FLAGS)
        yield browser
        browser.close()


class Complaints:
    """What the pages of a test complained of. A refusal that is meant is announced with `expect(status)`."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.heard: list[str] = []
        self.expected: set[str] = set()

    def expect(self, *words: str) -> None:
        """Let messages pass that contain one of these."""
        self.expected.update(words)

    def listen(self, context: BrowserContext) -> None:
        context.on("console", self._said)
        context.on("weberror", lambda error: self.heard.append(f"uncaught: {error.error}"))
        context.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in WHISPERS or "Content Security Policy" in message.text:
            self.heard.append(f"console: {message.text} ({message.location.get('url')})")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.origin, "data:", "blob:", "about:")):
            self.heard.append(f"foreign: {request.url}")

    def unexpected(self) -> list[str]:
        return [said for said in self.heard if not any(words in said for words in self.expected)]


@pytest.fixture
def complaints(live_server: Any) -> Iterator[Complaints]:
    """Fails the test for console errors, uncaught errors, blocked content, and requests that leave the site."""
    kept = Complaints(live_server.url)
    yield kept
    assert kept.unexpected() == []


@pytest.fixture
def open_page(
    transactional_db: None, live_server: Any, chromium: Browser, complaints: Complaints, settings: Any
) -> Iterator[OpenPage]:
    """`open_page(locale="ar", width=360, scripts=False, scheme="dark")` is a page of a fresh, logged-out browser.

    Addresses are relative to the site: `page.goto("/courses/")`.
    """
    settings.SITE_URL = live_server.url
    contexts: list[BrowserContext] = []

    def fresh(
        *, locale: str = "en", width: int = 1280, scripts: bool = True, scheme: str = "light", **more: Any
    ) -> Page:
        context = chromium.new_context(
            base_url=live_server.url,
            locale=locale,
            viewport={"width": width, "height": 780 if width < 600 else 900},
            java_script_enabled=scripts,
            color_scheme=scheme,
            reduced_motion="reduce",
            accept_downloads=True,
            **more,
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        complaints.listen(context)
        return context.new_page()

    yield fresh
    for context in contexts:
        context.close()
    _finish_requests()


@pytest.fixture
def sign_in(live_server: Any) -> Callable[[Page, Any], None]:
    """Log a person of the factories in, on the page's own browser, without the form."""
    from django.conf import settings
    from django.test import Client

    def sign(page: Page, person: Any) -> None:
        client = Client()
        client.force_login(person)
        value = client.cookies[settings.SESSION_COOKIE_NAME].value
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": value, "url": live_server.url}
        page.context.add_cookies([cookie])

    return sign


def _finish_requests() -> None:
    """Wait for what the server still answers: emptying the tables under it would be a deadlock on PostgreSQL."""
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(timeout=5)
