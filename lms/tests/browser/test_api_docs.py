"""Swagger UI and ReDoc in Chromium, with nothing but this site to ask. `complaints` fails for any other."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.drawn]


def test_swagger_ui_knows_every_operation_and_opens_one(open_page, complaints):
    complaints.expect("escaping deep link whitespace")  # says Swagger UI of the name it made itself
    page = open_page()
    page.goto("/api/v1/docs#/accounts/auth_login")
    page.wait_for_selector("#operations-accounts-auth_login .opblock-body")
    assert "API" in page.inner_text(".info .title")
    # Of a long list it draws what is in sight; what it knows stands in its store.
    paths = page.evaluate("ui.specSelectors.operations().map((one) => one.get('path')).toJS()")
    assert len([path for path in paths if path.startswith("/api/v1/enrollments")]) > 5


def test_redoc_draws_every_operation(open_page):
    page = open_page()
    page.goto("/api/v1/redoc")
    page.wait_for_selector('[data-section-id="operation/auth_login"]')
    assert page.locator("h1", has_text="API").count() == 1
    assert page.locator('[data-section-id^="operation/"]').count() > 50
    assert page.locator('img[alt="redocly logo"]').count() == 0
