import threading

import pytest
from django.core.files.storage import default_storage

from files import streams
from files.models import StoredFile
from files.permissions import _rules
from files.tests.factories import VTT, mp4_bytes, stored

pytestmark = pytest.mark.django_db


def _body(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.fixture(autouse=True)
def _nobody_streams(monkeypatch):
    """An answer that a test does not read keeps its place among the streams, as it would on a server."""
    monkeypatch.setattr(streams, "_places", threading.BoundedSemaphore(8))


@pytest.fixture
def film(instructor):
    return stored(instructor, mp4_bytes(), "film.mp4")


def test_who_may_open_a_private_file(film, login, instructor, student, admin_user):
    statuses = {
        name: login(person).get(film.get_absolute_url()).status_code
        for name, person in [
            ("visitor", None),
            ("student", student),
            ("owner", instructor),
            ("admin", admin_user),
        ]
    }
    assert statuses == {"visitor": 404, "student": 404, "owner": 200, "admin": 200}


def test_page_and_api_agree(film, login, api, instructor, student):
    url = f"/api/v1/files/{film.pk}/download"
    assert api(student).get(url).status_code == 404
    assert _body(api(instructor).get(url)) == _body(login(instructor).get(film.get_absolute_url()))


def test_a_registered_rule_opens_the_door(film, login, student, monkeypatch):
    monkeypatch.setitem(globals(), "asked", [])
    rules = list(_rules)
    _rules[:] = [lambda user, file: 1 / 0, lambda user, file: user == student]
    try:
        assert login(student).get(film.get_absolute_url()).status_code == 200
        assert login(None).get(film.get_absolute_url()).status_code == 404
    finally:
        _rules[:] = rules


def test_unfinished_files_are_nobodys(film, login, instructor, admin_user):
    StoredFile.objects.filter(pk=film.pk).update(status="deleting")
    for person in (instructor, admin_user):
        assert login(person).get(film.get_absolute_url()).status_code == 404


@pytest.mark.parametrize(
    "asked, status, sent",
    [
        ("bytes=0-3", 206, (0, 3)),
        ("bytes=10-", 206, (10, None)),
        ("bytes=-5", 206, (-5, None)),
        ("bytes=0-99999999", 206, (0, None)),
        ("bytes=5-2", 200, None),
        ("bytes=0-1,4-5", 200, None),
        ("lines=1-2", 200, None),
        ("bytes=-", 200, None),
    ],
)
def test_ranges(film, login, instructor, asked, status, sent):
    with default_storage.open(film.file.name) as blob:
        whole = blob.read()
    response = login(instructor).get(film.get_absolute_url(), headers={"Range": asked})
    body = _body(response)
    assert response.status_code == status
    assert response["Accept-Ranges"] == "bytes"
    if sent is None:
        assert body == whole
    else:
        first, last = sent
        assert body == (whole[first:] if last is None else whole[first : last + 1])
        start = first if first >= 0 else film.size + first
        assert response["Content-Range"] == f"bytes {start}-{start + len(body) - 1}/{film.size}"


def test_a_range_outside_is_416(film, login, instructor):
    response = login(instructor).get(film.get_absolute_url(), headers={"Range": f"bytes={film.size}-"})
    assert response.status_code == 416
    assert response["Content-Range"] == f"bytes */{film.size}"


@pytest.mark.parametrize(
    "headers, status",
    [
        ({"Range": "bytes=0-" + "9" * 5000}, 206),
        ({"Range": "bytes=" + "9" * 5000 + "-"}, 416),
        ({"Range": "bytes=-" + "9" * 5000}, 206),
        ({"Range": "bytes=" + "0" * 5000 + "-" + "0" * 5000 + "1"}, 206),
        ({"If-Modified-Since": "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"}, 200),
    ],
)
def test_numbers_beyond_all_measure(film, login, instructor, headers, status):
    response = login(instructor).get(film.get_absolute_url(), headers=headers)
    assert response.status_code == status


def test_conditions(film, login, instructor):
    client = login(instructor)
    etag = client.head(film.get_absolute_url())["ETag"]
    assert client.get(film.get_absolute_url(), headers={"If-None-Match": etag}).status_code == 304
    stale = client.get(film.get_absolute_url(), headers={"Range": "bytes=0-3", "If-Range": '"other"'})
    assert stale.status_code == 200
    fresh = client.get(film.get_absolute_url(), headers={"Range": "bytes=0-3", "If-Range": etag})
    assert fresh.status_code == 206


def test_headers_keep_the_content_harmless(instructor, login):
    page = stored(instructor, b"<script>alert(1)</script>", "page.txt")
    response = login(instructor).get(page.get_absolute_url())
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"].startswith("attachment")
    assert "sandbox" in response["Content-Security-Policy"]
    assert response["Cache-Control"] == "private, no-cache"


def test_names_in_any_script_survive(instructor, login):
    file = stored(instructor, VTT, 'ترجمة "1".vtt')
    value = login(instructor).get(file.get_absolute_url())["Content-Disposition"]
    assert "\n" not in value and 'filename="_____ _1_.vtt"' in value
    assert "filename*=UTF-8''%D8%AA%D8%B1" in value


def test_public_files_are_everybodys(instructor, login):
    file = stored(instructor, visibility="public")
    response = login(None).get(file.get_absolute_url())
    assert response.status_code == 200
    assert response["Cache-Control"] == "public, max-age=86400"


def test_downloads_count_whole_reads_by_others(film, login, instructor, admin_user):
    login(instructor).get(film.get_absolute_url())
    login(admin_user).head(film.get_absolute_url())
    login(admin_user).get(film.get_absolute_url(), headers={"Range": "bytes=10-"})
    film.refresh_from_db()
    assert film.download_count == 0
    login(admin_user).get(film.get_absolute_url())
    film.refresh_from_db()
    assert film.download_count == 1


def test_serving_stays_in_budget(film, login, instructor, max_queries):
    client = login(instructor)
    with max_queries(4):
        client.get(film.get_absolute_url())


def test_half_of_the_threads_stream_at_most(film, login, instructor, monkeypatch):
    monkeypatch.setattr(streams, "_places", threading.BoundedSemaphore(1))
    client = login(instructor)
    first = client.get(film.get_absolute_url())
    refused = client.get(film.get_absolute_url())
    assert (refused.status_code, refused["Retry-After"]) == (503, "2")
    _body(first)
    assert client.get(film.get_absolute_url()).status_code == 200
