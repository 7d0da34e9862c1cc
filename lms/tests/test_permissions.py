"""The table of role x route x status, run: each role asks for every route, and what is refused changes nothing."""

from copy import copy
from http.cookies import SimpleCookie
from string import Formatter
from typing import Any

import pytest
from django.contrib.messages import ERROR
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver, resolve
from rest_framework.test import APIClient

from files.tests.factories import png_bytes
from lms.tests.permissions import (
    ROLES,
    Row,
    admin,
    api_accounts,
    api_analytics,
    api_courses,
    api_learning,
    pages,
)
from lms.tests.world import World, build, fingerprint

TABLES = {
    "accounts": api_accounts,
    "courses": api_courses,
    "learning": api_learning,
    "analytics": api_analytics,
    "pages": pages,
    "admin": admin,
}

ALL: list[Row] = [row for table in TABLES.values() for row in table.ROWS]
REFUSED = {"401", "403", "404", "405", "409", "413", "422", "login", "door", "told"}
WORDS = {name for row in ALL for _text, name, _form, _type in Formatter().parse(row.path) if name}


def filled(value: Any, names: dict[str, str]) -> Any:
    """Return a path or body with the names of the world in it."""
    if isinstance(value, str):
        return value.format(**names)
    if isinstance(value, dict):
        return {key: filled(part, names) for key, part in value.items()}
    if isinstance(value, list):
        return [filled(part, names) for part in value]
    return value


def send(world: World, row: Row, role: str) -> Any:
    """Ask as the role, as its own client would: the API in JSON, pages by forms."""
    person, path = world.people[role], filled(row.path, world.names)
    body = row.body
    if path.startswith("/api/"):
        client = APIClient()
        client.force_authenticate(copy(person))  # what a verb sets on the person, no rollback takes back
        options = {"data": filled(body, world.names), "format": "json"}
    else:
        client = Client()
        client.cookies = SimpleCookie(world.cookies[role])
        options = {"data": filled(body, world.names)}
    if body == "PICTURE":
        options = {"data": {"file": SimpleUploadedFile("new.png", png_bytes())}}
        options |= {"format": "multipart"} if path.startswith("/api/") else {}
    if body is None:
        options = {}
    return getattr(client, row.method.lower())(path, **options)


def kind_of_redirect(response: Any) -> str:
    """Return `login`, `door` (the admin's, which says 403 to who has no business there), `told` or 302."""
    location = response.headers["Location"]
    if location.startswith("/accounts/login/"):
        return "login"
    if location.startswith("/admin/login/"):
        return "door"
    said = getattr(response.wsgi_request, "_messages", ())
    return "told" if any(message.level >= ERROR for message in said) else "302"


def ask(world: World, row: Row, role: str) -> tuple[str, Any]:
    """Return what the role gets, and what the tables hold when it was refused; whatever happened is undone."""
    with transaction.atomic():
        response = send(world, row, role)
        if response.streaming:
            b"".join(response.streaming_content)  # a stream that nobody reads keeps its place
        status = str(response.status_code)
        if status == "302":
            status = kind_of_redirect(response)
        after = fingerprint() if status in REFUSED else {}
        transaction.set_rollback(True)
    return status, after


@pytest.mark.dear(seconds=10)
@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_what_the_table_says(role):
    world = build()
    before, wrong = fingerprint(), []
    for row in ALL:
        expected = row.expected(role)
        status, after = ask(world, row, role)
        if status != expected:
            wrong.append(f"{row.method} {row.path}: {status}, not {expected}")
        elif expected in REFUSED and after != before:
            wrong.append(f"{row.method} {row.path}: refused, and yet changed {changes(before, after)}")
    assert not wrong, "\n".join(wrong)


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return the tables that differ."""
    return [table for table, rows in before.items() if after[table] != rows]


# --- Every route is in the table

EXEMPT = {
    "": "the site's own redirects to the one login page and to the one page that changes a password",
    "admin:": "django's catch-all, and its redirect of an address without `change/`",
}


def routes(resolver: Any, namespace: str = "") -> list[tuple[str, URLPattern]]:
    """Return every route of the URLconf with its full name."""
    found = []
    for part in resolver.url_patterns:
        if isinstance(part, URLPattern):
            found.append((f"{namespace}{part.name or ''}", part))
        else:
            inner = f"{namespace}{part.namespace}:" if part.namespace else namespace
            found += routes(part, inner)
    return found


def methods_of(route: URLPattern) -> set[str]:
    """Return the methods that a route of the API, or a decorated or class view of the pages, answers."""
    view: Any = route.callback
    if actions := getattr(view, "actions", None):
        return {method.upper() for method in actions} - {"HEAD"}
    if made := getattr(view, "cls", None):
        return {m.upper() for m in ("get", "post", "put", "patch", "delete") if hasattr(made, m)}
    return set()


def test_every_route_is_in_the_table():
    told = {(row.name, row.method) for row in ALL}
    names = {name for name, _method in told}
    missing = []
    for name, route in routes(get_resolver()):
        if name in EXEMPT:
            continue
        missing += [f"{name} ({method})" for method in methods_of(route) if (name, method) not in told]
        if name not in names:
            missing.append(name)
    assert not missing, "say in lms/tests/permissions who gets what:\n" + "\n".join(sorted(missing))


@pytest.mark.django_db
def test_every_method_of_a_page_is_in_the_table():
    world = build()
    told = {(row.name, row.method) for row in ALL}
    missing = []
    for row in pages.ROWS:
        with transaction.atomic():
            answer = send(world, Row("TRACE", row.name, row.path, row.statuses), "admin")
            transaction.set_rollback(True)
        allowed = {method.strip() for method in answer.headers.get("Allow", "").split(",")}
        asked = allowed & {"GET", "POST", "PUT", "PATCH", "DELETE"}
        missing += [f"{row.name} ({m})" for m in asked if (row.name, m) not in told and m != "PUT"]
    assert not missing, "\n".join(sorted(set(missing)))


def test_every_address_is_the_one_it_is_named_for():
    names = dict.fromkeys(WORDS, "01a1fc7a-db6d-7633-9612-746b3ae3f4c6")
    for row in ALL:
        found = resolve(row.path.split("?")[0].format(**names))
        assert found.view_name == row.name or found.url_name is None, row.path


@pytest.mark.parametrize("table", TABLES)
def test_no_line_stands_twice(table):
    lines = [(row.method, row.path, str(row.body)) for row in TABLES[table].ROWS]
    assert len(lines) == len(set(lines))
