"""Fixtures of the accounts' tests: the API with real tokens, and mails that leave."""

import pytest
from django.core import mail
from rest_framework.test import APIClient

from accounts.tests.factories import PASSWORD

AUTH = "/api/v1/auth"


@pytest.fixture
def visitor():
    """An API client without credentials."""
    return APIClient()


@pytest.fixture
def log_in():
    """Log a person in to the API; return a client with the access token, its answer in `.tokens`."""

    def enter(person, **headers):
        client = APIClient(headers=headers)
        answer = client.post(f"{AUTH}/login", {"email": person.email, "password": PASSWORD})
        assert answer.status_code == 200, answer.content
        client.tokens = answer.json()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {client.tokens['access_token']}")
        return client

    return enter


@pytest.fixture
def sent(django_capture_on_commit_callbacks):
    """`with sent() as mails:` runs what waits for the commit; `mails` are those that left meanwhile."""
    from contextlib import contextmanager

    @contextmanager
    def watch():
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            yield mail.outbox

    return watch
