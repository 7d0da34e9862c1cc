"""The preview beside a certificate's template, when somebody draws more of it than the server has room for."""

from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import expect

from accounts.tests.factories import UserFactory
from certificates import services

pytestmark = [pytest.mark.browser, pytest.mark.drawn]


@pytest.fixture
def one_a_minute(settings: Any) -> None:
    """One drawing a minute."""
    rates = {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "download": "1/min"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_a_drawing_too_many_loses_nothing_and_comes_later(
    open_page: Any, sign_in: Any, complaints: Any, one_a_minute: None, locale: str
) -> None:
    complaints.expect("429")
    template = services.save_template(by=None, name="Formal")
    page = open_page(locale=locale)
    page.clock.install()
    sign_in(page, UserFactory(role="admin", locale=locale))
    drawings: list[str] = []
    page.on("request", lambda asked: asked.method == "POST" and drawings.append(asked.url))
    page.goto(reverse("admin:certificates_certificatetemplate_change", args=[template.pk]))
    pictures, said = page.locator("[data-preview-out] img"), page.locator("[data-preview] [role=alert]")
    expect(pictures).to_have_count(4)
    page.clock.run_for(1000)
    assert len(drawings) == 1  # widgets that set themselves up change nothing
    before = pictures.first.get_attribute("src")
    page.locator("[name=title_en]").fill("Well done")
    page.clock.run_for(600)
    expect(said).to_be_visible()
    assert pictures.first.get_attribute("src") == before
    expect(page.locator("[name=title_en]")).to_have_value("Well done")
    cache.clear()  # the minute is over
    page.clock.fast_forward(61_000)
    expect(said).to_have_count(0)
    assert pictures.first.get_attribute("src") != before
