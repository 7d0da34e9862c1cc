"""Who gave the password and not the second factor gets what a visitor gets, at every address."""

import pytest
from django.test import Client

from accounts.tests.factories import PASSWORD
from accounts.tests.test_second_factor_codes import turn_on
from lms.tests.permissions import admin, pages
from lms.tests.test_permissions import REFUSED, ask
from lms.tests.world import build, fingerprint

DOORS = {
    "mfa_authenticate",
    "account_login",
    "account_signup",
    "mfa_login_webauthn",
}  # they lead to the second step


@pytest.mark.django_db
def test_half_signed_in_is_a_visitor_at_every_page():
    world = build()
    person = world.people["admin"]
    turn_on(person)
    client = Client()
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    assert client.get("/accounts/2fa/authenticate/").status_code == 200
    world.cookies["visitor"] = {name: morsel.value for name, morsel in client.cookies.items()}
    before, wrong = fingerprint(), []
    for row in [*pages.ROWS, *admin.ROWS]:
        if row.name in DOORS:
            continue
        expected = row.expected("visitor")
        status, after = ask(world, row, "visitor")
        if status != expected or (expected in REFUSED and after != before):
            wrong.append(f"{row.method} {row.path}: {status}, not {expected}")
    assert not wrong, "\n".join(wrong)
