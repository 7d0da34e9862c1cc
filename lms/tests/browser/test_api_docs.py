"""Swagger UI and ReDoc in Chromium, with nothing but this site to ask. `complaints` fails for any other."""

import pytest

pytestmark = pytest.mark.browser


def test_swagger_ui_draws_every_operation(open_page):
    page = open_page()
    page.goto("/api/v1/docs")
    page.wait_for_selector(".swagger-ui .opblock")
    assert "API" in page.inner_text(".info .title")
    assert page.locator(".opblock-summary-path", has_text="/api/v1/enrollments").count() > 5
    page.locator("#operations-accounts-auth_login .opblock-summary-control").click()
    page.wait_for_selector("#operations-accounts-auth_login .opblock-body")


def test_redoc_draws_every_operation(open_page):
    page = open_page()
    page.goto("/api/v1/redoc")
    page.wait_for_selector('[data-section-id="operation/auth_login"]')
    assert page.locator("h1", has_text="API").count() == 1
    assert page.locator('[data-section-id^="operation/"]').count() > 50
    assert page.locator('img[alt="redocly logo"]').count() == 0
