"""What OIDC_PROVIDERS may say."""

import json

import pytest
from django.core.exceptions import ImproperlyConfigured

from lms.lib.oidc import OidcProvider, read_providers

GOOD = {
    "id": "school",
    "name": "School account",
    "server_url": "https://login.example.org/realms/school/",
    "client_id": "lms",
    "client_secret": "hush-hush",
}


def test_nothing_is_no_provider():
    assert read_providers("  ") == []


def test_a_provider_is_read():
    assert read_providers(json.dumps([GOOD | {"trust_email": True}])) == [
        OidcProvider(
            id="school",
            name="School account",
            server_url="https://login.example.org/realms/school",
            client_id="lms",
            client_secret="hush-hush",
            trust_email=True,
        )
    ]
    assert read_providers(json.dumps([GOOD]))[0].trust_email is False
    local = GOOD | {"server_url": "http://127.0.0.1:9000"}
    assert read_providers(json.dumps([local]))[0].server_url == "http://127.0.0.1:9000"


@pytest.mark.parametrize(
    ("entries", "names"),
    [
        ("{", "JSON"),
        (GOOD, "list"),
        (["school"], "list"),
        ([{k: v for k, v in GOOD.items() if k != "client_id"}], "entry 1: client_id"),
        ([GOOD | {"client_secret": ""}], "client_secret"),
        ([GOOD | {"name": 5}], "name"),
        ([GOOD | {"id": "our/school"}], "id"),
        ([GOOD | {"server_url": "http://login.example.org"}], "server_url"),
        ([GOOD | {"server_url": "https://"}], "server_url"),
        ([GOOD | {"trust_email": "yes"}], "trust_email"),
        ([GOOD | {"role": "admin"}], "unknown role"),
        ([GOOD, GOOD], "once"),
        ([GOOD, GOOD | {"id": "b", "name": " "}], "entry 2: name"),
    ],
)
def test_what_is_wrong_is_named_and_no_secret_repeated(entries, names):
    text = entries if isinstance(entries, str) else json.dumps(entries)
    with pytest.raises(ImproperlyConfigured, match="OIDC_PROVIDERS") as refusal:
        read_providers(text)
    assert names in str(refusal.value)
    assert "hush-hush" not in str(refusal.value)
