"""The description of the API: served from this site alone, whole, and switched off by one setting."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.contrib.staticfiles import finders
from django.core.management import call_command

from lms.api_docs import description

API = "/api/v1"
ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.django_db


def test_schema_has_no_warning_and_is_valid(tmp_path):
    call_command("spectacular", fail_on_warn=True, validate=True, file=str(tmp_path / "openapi.yaml"))
    assert yaml.safe_load((tmp_path / "openapi.yaml").read_text())["openapi"] == "3.1.0"


def test_both_forms_say_the_same(client):
    as_json = client.get(f"{API}/openapi.json")
    as_yaml = client.get(f"{API}/openapi.yaml")
    assert as_json.status_code == as_yaml.status_code == 200
    assert as_json.headers["Content-Type"].startswith("application/vnd.oai.openapi+json")
    assert json.loads(as_json.content) == yaml.safe_load(as_yaml.content)
    assert all(path.startswith(f"{API}/") for path in as_json.json()["paths"])


@pytest.mark.parametrize("page", ["docs", "redoc"])
def test_pages_take_everything_from_here(client, page):
    html = client.get(f"{API}/{page}").content.decode()
    addresses = re.findall(r'(?:src|href|spec-url)="([^"]*)"', html)
    assert len(addresses) >= 4
    for address in addresses:
        assert address.startswith("/"), address
        assert not address.startswith("//"), address
        if address.startswith("/static/"):
            assert finders.find(address.removeprefix("/static/")), address
        answer = client.get(address)
        assert answer.status_code == 200, address
    assert "<style" not in html
    assert " style=" not in html
    assert "<script>" not in html
    assert (
        "'unsafe-inline'"
        not in re.search(r"script-src[^;]*", client.get(f"{API}/{page}").headers["Content-Security-Policy"])[
            0
        ]
    )


def test_description_can_be_switched_off():
    script = (
        "import django; django.setup()\n"
        "from django.test import Client\n"
        "paths = ('openapi.json', 'openapi.yaml', 'docs', 'redoc')\n"
        "answers = [Client().get(f'/api/v1/{path}') for path in paths]\n"
        "assert [(a.status_code, a.json()['code']) for a in answers] == [(404, 'not_found')] * 4, answers\n"
    )
    environment = {
        "PATH": "/usr/bin:/bin",
        "DJANGO_SETTINGS_MODULE": "lms.settings_test",
        "API_DOCS_ENABLED": "false",
    }
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_description_is_made_once_and_not_sent_twice(client, form):
    first = client.get(f"{API}/openapi.{form}")
    made = description.cache_info().misses
    again = client.get(f"{API}/openapi.{form}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert description.cache_info().misses == made
    assert "Accept-Language" in first.headers["Vary"]
    other = client.get(f"{API}/openapi.{form}", {"lang": "xx"})  # a language we do not have adds nothing
    assert other.content == first.content
    assert description.cache_info().misses == made


def test_headers_of_writes_are_described(client):
    paths = client.get(f"{API}/openapi.json").json()["paths"]
    for path, methods in paths.items():
        for method, operation in methods.items():
            headers = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "header"}
            wants_key = method == "post" and not path.startswith(f"{API}/auth/")
            assert ("Idempotency-Key" in headers) == wants_key, (method, path)
            assert ("If-Match" in headers) == (method in ("put", "patch", "delete")), (method, path)
