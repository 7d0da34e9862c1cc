"""What api.md says of every write, tried on every route of the table: If-Match, Idempotency-Key, unknown fields."""

import json

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from lms.tests.permissions import Row
from lms.tests.test_permissions import ALL, filled
from lms.tests.world import build, fingerprint

WRITERS = ("admin", "owner", "student")
API = "/api/v1/"
TAKES_ANYTHING = {"auth-logout"}  # leaving always works
TELLS_THE_TIME = {"user-export"}
KEEPS_NOTHING = {"certificate-template-preview"}  # a file that is drawn anew changes nothing


def done(status):
    return status.startswith("2")


def writer_of(row: Row) -> str | None:
    """Return somebody whom the table lets do it."""
    return next((role for role in WRITERS if done(row.expected(role))), None)


def rows(*methods: str) -> list[tuple[Row, str]]:
    found = [(row, writer_of(row)) for row in ALL if row.path.startswith(API) and row.method in methods]
    return [(row, role) for row, role in found if role]


def client_of(world, role):
    client = APIClient()
    client.force_authenticate(world.people[role])
    return client


def send(world, row, role, body=..., **headers):
    from django.core.files.uploadedfile import SimpleUploadedFile

    from files.tests.factories import png_bytes

    options = {"data": filled(row.body if body is ... else body, world.names), "format": "json"}
    if row.body == "PICTURE":
        options = {
            "data": {"file": SimpleUploadedFile("new.png", png_bytes()), **({} if body is ... else body)},
            "format": "multipart",
        }
    elif row.body is None and body is ...:
        options = {}
    client = client_of(world, role)
    return getattr(client, row.method.lower())(filled(row.path, world.names), headers=headers, **options)


class Undo(Exception):
    pass


def undone(look):
    """Run `look` and undo whatever it did."""
    try:
        with transaction.atomic():
            found = look()
            raise Undo
    except Undo:
        return found


@pytest.mark.django_db
def test_a_stale_if_match_stops_every_change():
    world = build()
    before, wrong = fingerprint(), []

    def look(row, role, tag):
        answer = send(world, row, role, **{"If-Match": tag})
        same = tag == "*" or fingerprint() == before
        return answer.status_code, getattr(answer, "data", None), same

    for row, role in rows("PUT", "PATCH", "DELETE"):
        status, body, same = undone(lambda r=row, p=role: look(r, p, '"stale"'))
        if (status, (body or {}).get("code"), same) != (412, "stale", True):
            wrong.append(f"{row.method} {row.path}: {status} {body}, unchanged: {same}")
        status, body, _same = undone(lambda r=row, p=role: look(r, p, "*"))
        if not done(str(status)) and not (status == 412 and row.method == "PUT"):  # nothing to replace
            wrong.append(f"{row.method} {row.path} with *: {status} {body}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.django_db
def test_what_get_told_lets_the_change_through_once():
    world = build()
    wrong = []

    def look(row, role):
        client = client_of(world, role)
        tag = client.get(filled(row.path, world.names).split("?")[0]).headers.get("ETag")
        if tag is None:
            return None  # there is no GET at this address
        first = send(world, row, role, **{"If-Match": f"W/{tag}"})  # as compression makes it
        again = None
        if row.method == "PATCH":
            again = send(world, row, role, body=row.body | CHANGED.get(row.name, {}), **{"If-Match": tag})
        return first.status_code, again and again.status_code, getattr(first, "data", None)

    for row, role in rows("PUT", "PATCH", "DELETE"):
        told = undone(lambda r=row, p=role: look(r, p))
        if told is None:
            continue
        first, again, body = told
        if not done(str(first)):
            wrong.append(f"{row.method} {row.path}: {first} {body}")
        if again not in (None, 412):
            wrong.append(f"{row.method} {row.path}, the same tag again: {again}")
    assert not wrong, "\n".join(wrong)


CHANGED: dict[str, dict[str, str]] = {}


@pytest.mark.django_db
def test_every_single_object_has_an_etag_and_304():
    world = build()
    wrong = []

    def look(row, role):
        client, path = client_of(world, role), filled(row.path, world.names)
        answer = client.get(path)
        data = getattr(answer, "data", None)
        is_json = answer.headers.get("Content-Type", "").startswith("application/json")
        if answer.status_code != 200 or not is_json or "items" in data or row.name in TELLS_THE_TIME:
            return None
        tag = answer.headers.get("ETag", "none")
        same = client.get(path, headers={"If-None-Match": tag})
        return tag, same.status_code, same.headers.get("ETag"), same.content

    for row, role in rows("GET"):
        told = undone(lambda r=row, p=role: look(r, p))
        if told is not None and told[1:] != (304, told[0], b""):
            wrong.append(f"{row.path}: {told}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.django_db
def test_a_second_enrollment_names_the_field():
    world = build()
    answer = client_of(world, "student").post(f"{API}enrollments", {"course": world.names["slug"]})
    entry = answer.json()["errors"][0]
    assert (answer.status_code, answer.json()["code"]) == (409, "already_enrolled")
    assert (entry["field"], entry["code"]) == ("course", "already_enrolled")


@pytest.mark.django_db
def test_every_post_takes_an_idempotency_key():
    world = build()
    wrong = []

    def look(row, role):
        key = {"Idempotency-Key": "one"}
        first = send(world, row, role, **key)
        after = fingerprint()
        second = send(world, row, role, **key)
        same = [a == b for a, b in ((first.content, second.content), (fingerprint(), after))]
        same += [first.headers.get("Location") == second.headers.get("Location")]
        same += [str(first.headers.get("Location", "/api/")).startswith("/api/")]
        other = None
        if isinstance(row.body, dict):
            other = send(world, row, role, body={**row.body, "other": 1}, **key)
            other = (other.status_code, other.data["code"])
        return first.status_code, second.status_code, second.headers.get("Idempotent-Replayed"), same, other

    for row, role in rows("POST"):
        if row.path.startswith(f"{API}auth/") or row.name in KEEPS_NOTHING:
            continue
        first, second, replayed, same, other = undone(lambda r=row, p=role: look(r, p))
        if first != second or replayed != "true" or not all(same):
            wrong.append(f"{row.path}: {first}, then {second} ({replayed}, {same})")
        if other not in (None, (422, "idempotency_key_reused")):
            wrong.append(f"{row.path} with another body: {other}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.django_db
def test_every_write_refuses_fields_it_does_not_know():
    world = build()
    before, wrong = fingerprint(), []

    def look(row, role, names):
        body = row.body if isinstance(row.body, dict) else {}
        answer = send(world, row, role, body={**body, **dict.fromkeys(names, "x")})
        told = {e["field"] for e in (answer.data or {}).get("errors", ()) if e["code"] == "unknown_field"}
        return answer.status_code, set(names) - told, fingerprint() == before

    for row, role in rows("POST", "PUT", "PATCH"):
        if row.name in TAKES_ANYTHING:
            continue
        names = ["zzz", *read_only_of(row)]
        status, taken, same = undone(lambda r=row, p=role, n=names: look(r, p, n))
        if status != 422 or taken or not same:
            wrong.append(f"{row.method} {row.path}: {status}, took {taken}, unchanged: {same}")
    assert not wrong, "\n".join(wrong)


def read_only_of(row: Row) -> list[str]:
    """Return what the schema shows of the object and does not take in a body."""
    operation = operations().get((row.method, row.name))
    return sorted(operation) if operation else []


_known: dict[tuple[str, str], set[str]] = {}


def operations() -> dict[tuple[str, str], set[str]]:
    """Return, by method and route name, the fields of the answer that are none of the body."""
    if not _known:
        from django.urls import resolve
        from drf_spectacular.generators import SchemaGenerator

        schema = json.loads(json.dumps(SchemaGenerator().get_schema(request=None, public=True), default=str))
        sample = "01a1fc7a-db6d-7633-9612-746b3ae3f4c6"
        for path, methods in schema["paths"].items():
            filled_path = "/".join(sample if part.startswith("{") else part for part in path.split("/"))
            name = resolve(filled_path).view_name
            for method, operation in methods.items():
                body = fields_of(schema, operation.get("requestBody", {}).get("content", {}))
                answers = [code for code in operation["responses"] if code in ("200", "201")]
                shown = (
                    fields_of(schema, operation["responses"][answers[0]].get("content", {}))
                    if answers
                    else set()
                )
                _known[method.upper(), name] = (shown - body) if body or shown else set()
    return _known


def fields_of(schema, content) -> set[str]:
    for media in content.values():
        shape = media.get("schema", {})
        name = shape.get("$ref", "").rpartition("/")[2]
        shape = schema["components"]["schemas"][name] if name else shape
        return set(shape.get("properties", {})) - {"items", "total", "page", "next", "previous"}
    return set()
