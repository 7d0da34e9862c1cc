"""A second factor from setting it up to signing in with it, and a passkey alone, in a real browser."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from accounts.tests.factories import PASSWORD, UserFactory, prove
from accounts.tests.oidc_provider import CLIENT
from accounts.tests.test_second_factor_codes import code_of
from lms.lib.oidc import OidcProvider

pytestmark = pytest.mark.browser
OPTIONS = {"resultTypes": ["violations"], "preload": False}  # else it asks for stylesheets at wrong addresses
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.mark.parametrize(("locale", "width"), [("en", 1280), ("ar", 360)])
def test_an_app_and_a_passkey(
    open_page: Any, complaints: Any, settings: Any, locale: str, width: int
) -> None:
    complaints.expect("Applying inline style violates")  # axe itself
    school = OidcProvider("school", "School account", "https://login.example.org", *CLIENT)
    settings.OIDC_PROVIDERS = [school]
    person = prove(UserFactory(email="salma@example.com", locale=locale))
    page = open_page(locale=locale, width=width)
    give_password(page)
    secret = set_up_the_app(page)
    log_out(page)
    give_password(page)
    page.wait_for_url("**/accounts/2fa/authenticate/")
    looks_right(page, "second step")
    page.locator("[name=code]").fill(code_of(secret, steps=1))
    page.keyboard.press("Enter")
    page.wait_for_url("**/dashboard/")
    add_a_passkey(page)
    log_out(page)
    give_password(page)
    use_the_passkey(page)
    log_out(page)
    page.goto("/accounts/login/")
    use_the_passkey(page)
    person.refresh_from_db()
    assert person.authenticator_set.get(type="webauthn").last_used_at is not None


def give_password(page: Page) -> None:
    page.goto("/accounts/login/")
    page.locator("[name=login]").fill("salma@example.com")
    page.locator("main [name=password]").fill(PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def set_up_the_app(page: Page) -> str:
    page.goto("/settings/security/")
    looks_right(page, "security")
    page.locator("a[href$='/totp/activate/']").click()
    again(page)
    looks_right(page, "activate")
    secret = page.locator("#totp-key").inner_text()
    page.locator("[name=code]").fill(code_of(secret))
    page.keyboard.press("Enter")
    page.wait_for_url("**/accounts/2fa/recovery-codes/")
    expect(page.locator("#recovery-codes li")).to_have_count(10)
    looks_right(page, "recovery codes")
    page.reload()
    expect(page.locator("#recovery-codes")).to_have_count(0)
    for name in ("totp/deactivate/", "recovery-codes/generate/"):
        page.goto(f"/accounts/2fa/{name}")
        looks_right(page, name)
    page.goto("/accounts/3rdparty/")
    looks_right(page, "connections")
    return secret


def again(page: Page) -> None:
    page.wait_for_url("**/accounts/reauthenticate/**")
    looks_right(page, "reauthenticate")
    page.locator("main [name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/accounts/2fa/**")


def log_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.locator("main form [type=submit]").click()
    page.wait_for_url("**/")


def add_a_passkey(page: Page) -> None:
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    page.goto("/accounts/2fa/webauthn/add/")
    again(page)
    looks_right(page, "add passkey")
    page.locator("[name=name]").fill("هاتفي")
    page.locator("[data-passkey-button]").click()
    page.wait_for_url("**/accounts/2fa/recovery-codes/")
    page.goto("/accounts/2fa/")
    expect(page.locator("main")).to_contain_text("هاتفي")
    looks_right(page, "second factors")
    for word in ("edit", "remove"):
        page.locator(f"a[href$='/{word}/']").click()
        page.wait_for_url(f"**/{word}/")
        looks_right(page, f"{word} passkey")
        page.go_back()
        page.wait_for_url("**/accounts/2fa/")


def use_the_passkey(page: Page) -> None:
    page.locator("[data-passkey-button]").click()
    page.wait_for_url("**/dashboard/")


def looks_right(page: Page, name: str) -> None:
    """Fail for what axe finds, and for a page that is wider than the window."""
    found = Axe().run(page, options=OPTIONS).response["violations"]
    assert not found, (name, [(v["id"], [n["html"][:160] for n in v["nodes"][:3]]) for v in found])
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not wide, name
