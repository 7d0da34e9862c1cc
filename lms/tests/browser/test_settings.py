"""A person's own settings in a browser: language and zone, the data, and leaving."""

import io
import json

import pytest
from PIL import Image
from playwright.sync_api import expect

from accounts import services
from accounts.models import User
from accounts.tests.factories import UserFactory, prove
from lms.tests.browser.walk import PASSWORD, press

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def png() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (120, 80), "#005f78").save(target, "PNG")
    return target.getvalue()


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_settings_data_and_leaving(open_page, sign_in, locale):
    admin = UserFactory(role="admin")
    person = prove(UserFactory(full_name="Salma Haddad", locale=locale))
    services.set_accommodation(user=person, by=admin, time_factor="1.50", extra_attempts=1)
    page = open_page(locale=locale, width=360)
    sign_in(page, person)
    page.goto("/settings/")
    expect(page.locator("html")).to_have_attribute("lang", locale)
    expect(page.locator("main")).to_contain_text("× 1.5")

    page.set_input_files("[name=file]", {"name": "me.png", "mimeType": "image/png", "buffer": png()})
    expect(page.locator("#crop-preview")).to_be_visible()  # before it is sent
    press(page, "form[action='/settings/picture/'] button[type=submit]")
    assert User.objects.get(pk=person.pk).avatar

    other = "ar" if locale == "en" else "en"
    page.select_option("[name=locale]", other)
    page.select_option("[name=time_zone]", "Africa/Cairo")
    press(page, "form[action='/settings/'] button[type=submit]")
    expect(page.locator("html")).to_have_attribute("lang", other)
    person.refresh_from_db()
    assert (person.locale, person.time_zone) == (other, "Africa/Cairo")

    press(page, "a[href='/settings/privacy/']")
    with page.expect_download() as download:
        page.locator("form[action='/settings/privacy/export/'] button").click()
    known = json.loads(download.value.path().read_text())
    assert known["account"]["full_name"] == "Salma Haddad" and known["account"]["locale"] == other

    close = "form[action='/settings/privacy/close/']"
    page.locator(f"{close} [name=password]").fill("wrong")
    press(page, f"{close} button.btn--danger")
    expect(page.locator("main [role=alert]")).to_be_visible()
    page.locator(f"{close} [name=password]").fill(PASSWORD)
    press(page, f"{close} button.btn--danger")
    expect(page).to_have_url("/")
    person.refresh_from_db()
    assert not person.is_active and person.erasure_requested_at
    page.goto("/settings/")
    assert "/accounts/login/" in page.url
