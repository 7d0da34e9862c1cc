"""SQLite with another writer that does not end: a sentence and Retry-After at every door, and nothing half done."""

import sqlite3

import pytest
from django.conf import settings
from django.db import connection

from courses.models import Course

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(settings.USING_POSTGRES, reason="PostgreSQL locks rows, not the database"),
]


@pytest.fixture
def other_writer(instructor):
    """Somebody else who is in the middle of writing; we wait 20 ms instead of 20 s."""
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 20")
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield other
    other.close()
    connection.close()


def test_the_api_says_busy(api, instructor, other_writer):
    answer = api(instructor).post("/api/v1/courses", {"title": "Light"})
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert int(answer.headers["Retry-After"]) > 0
    other_writer.execute("COMMIT")
    assert not Course.objects.exists()
    assert api(instructor).post("/api/v1/courses", {"title": "Light"}).status_code == 201


def test_a_page_says_busy(client, login, instructor, request):
    browser = login(instructor)
    other = request.getfixturevalue("other_writer")
    answer = browser.post("/i18n/setlang/", {"language": "ar"})
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    other.execute("COMMIT")
    instructor.refresh_from_db()
    assert instructor.locale == "en"
