import threading
from urllib.parse import unquote

import pytest
from django.core.files.storage import default_storage
from django.utils.http import http_date

from files import streams
from files.inspect import TYPES
from files.models import StoredFile
from files.permissions import _rules
from files.tests.factories import VTT, mp4_bytes, stored
from files.tests.samples import SAMPLES
from files.views import SANDBOX

pytestmark = pytest.mark.django_db


def _body(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.fixture(autouse=True)
def _nobody_streams(monkeypatch):
    """An answer that a test does not read keeps its place among the streams, as it would on a server."""
    monkeypatch.setattr(streams, "_places", threading.BoundedSemaphore(50))


@pytest.fixture
def film(instructor):
    return stored(instructor, mp4_bytes(), "film.mp4")


@pytest.fixture
def long_film(instructor, monkeypatch):
    """A film that takes the one place there is."""
    monkeypatch.setattr(streams, "_places", threading.BoundedSemaphore(1))
    return stored(instructor, mp4_bytes(media=2 * streams.SMALL), "film.mp4")


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


@pytest.mark.parametrize(
    "name",
    [
        "plain.vtt",
        "ترجمة.vtt",
        "50% \"a;b\" *'x'.vtt",
        "../../up.vtt",
        "a\r\nSet-Cookie: x=1.vtt",
        "\u202egnp.vtt",
    ],
)
@pytest.mark.parametrize("visibility", ["private", "public"])
def test_the_name_that_is_shown_is_the_name_that_is_saved(instructor, api, login, name, visibility):
    file = stored(instructor, VTT, name, visibility=visibility)
    shown = api(instructor).get(f"/api/v1/files/{file.pk}").json()["original_name"]
    assert not {"/", "\r", "\n", "\u202e"} & set(shown)
    reader = login(None if visibility == "public" else instructor)
    for path in (
        file.get_absolute_url(),
        f"/files/{file.pk}/another.name",
        f"/api/v1/files/{file.pk}/download",
    ):
        got = (api(instructor) if path.startswith("/api/") else reader).get(path)["Content-Disposition"]
        kind, fallback, saved = got.split("; ")
        assert (kind, saved.partition("''")[0]) == ("inline", "filename*=UTF-8")
        assert unquote(saved.partition("''")[2]) == shown
        assert fallback.isascii() and fallback.count('"') == 2


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


def test_half_of_the_threads_stream_at_most(long_film, login, instructor):
    client = login(instructor)
    first = client.get(long_film.get_absolute_url())
    refused = client.get(long_film.get_absolute_url())
    assert (refused.status_code, refused["Retry-After"]) == (503, "2")
    _body(first)
    assert client.get(long_film.get_absolute_url()).status_code == 200


def test_a_page_with_a_film_and_twenty_pictures_has_them_all(long_film, login, instructor):
    client = login(instructor)
    playing = client.get(long_film.get_absolute_url())
    small = [("p.png", None), ("c.vtt", VTT), ("d.pdf", SAMPLES["pdf"][0])]
    files = [stored(instructor, content, name) for name, content in small] * 7
    assert [client.get(file.get_absolute_url()).status_code for file in files] == [200] * 21
    assert client.get(long_film.get_absolute_url()).status_code == 503  # none of them gave a place back
    assert len(_body(playing)) == long_film.size


@pytest.mark.parametrize("more, status", [(0, 206), (1, 503)])
def test_what_is_sent_decides_and_not_the_size_of_the_file(long_film, login, instructor, more, status):
    client = login(instructor)
    playing = client.get(long_film.get_absolute_url())
    asked = {"Range": f"bytes=0-{streams.SMALL - 1 + more}"}
    assert client.get(long_film.get_absolute_url(), headers=asked).status_code == status
    _body(playing)
    assert client.get(long_film.get_absolute_url(), headers=asked).status_code == 206


ROWS = [
    ("a.png", None, "image/png", "inline"),
    ("a.mp4", mp4_bytes(), "video/mp4", "inline"),
    ("a.mp3", SAMPLES["mp3"][0], "audio/mpeg", "inline"),
    ("a.vtt", VTT, "text/vtt", "inline"),
    ("a.pdf", SAMPLES["pdf"][0], "application/pdf", "inline"),
    ("a.txt", b"text", "text/plain; charset=utf-8", "attachment"),
    ("a.md", b"# text", "text/plain; charset=utf-8", "attachment"),
    ("a.csv", b"1,2", "text/plain; charset=utf-8", "attachment"),
    ("a.docx", SAMPLES["docx"][0], TYPES["docx"][1], "attachment"),
    ("a.zip", SAMPLES["zip"][0], "application/zip", "attachment"),
]


@pytest.mark.parametrize("visibility", ["private", "public"])
def test_headers_of_every_kind(instructor, login, visibility):
    client = login(instructor)
    for name, content, mime, shown in ROWS:
        file = stored(instructor, content, name, visibility=visibility)
        got = client.head(file.get_absolute_url())
        assert (got["Content-Type"], got["Content-Disposition"].split(";")[0]) == (mime, shown), name
        assert got["X-Content-Type-Options"] == "nosniff"
        assert got["Content-Length"] == str(file.size)
        is_pdf = name == "a.pdf"
        assert got["Content-Security-Policy"] == ("frame-ancestors 'self'" if is_pdf else SANDBOX)
        assert got["X-Frame-Options"] == ("SAMEORIGIN" if is_pdf else "DENY")
        public = visibility == "public"
        assert got["Cross-Origin-Resource-Policy"] == ("cross-origin" if public else "same-site")
        assert got["Cache-Control"] == ("public, max-age=86400" if public else "private, no-cache")
        saved = client.head(f"{file.get_absolute_url()}?download=1")
        assert saved["Content-Disposition"].startswith("attachment")


def test_bytes_are_never_compressed(instructor, login):
    file = stored(instructor, b"text " * 1000, "a.txt")
    got = login(instructor).get(file.get_absolute_url(), headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in got
    assert (got["ETag"], got["Content-Length"]) == (f'"{file.sha256}"', "5000")


@pytest.mark.parametrize(
    "headers, status",
    [
        ({"If-None-Match": "{etag}"}, 304),
        ({"If-None-Match": 'W/{etag}, "other"'}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": '"other"'}, 200),
        ({"If-Modified-Since": "{date}"}, 304),
        ({"If-Modified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"}, 200),
        ({"If-Modified-Since": "yesterday"}, 200),
        ({"If-None-Match": '"other"', "If-Modified-Since": "{date}"}, 200),
        ({"If-None-Match": "{etag}", "Range": "bytes=0-1"}, 304),
        ({"If-Range": "{etag}", "Range": "bytes=0-1"}, 206),
        ({"If-Range": "{date}", "Range": "bytes=0-1"}, 206),
        ({"If-Range": "W/{etag}", "Range": "bytes=0-1"}, 200),
        ({"If-Range": "Mon, 01 Jan 2001 00:00:00 GMT", "Range": "bytes=0-1"}, 200),
        ({"If-Range": '"other"', "Range": "bytes=9999999-"}, 200),
        ({"Range": "bytes=-0"}, 416),
        ({"Range": "Bytes = 0-1"}, 206),
        ({"Range": "bytes=0-1-2"}, 200),
        ({"Range": "bytes=٠-١"}, 200),
    ],
)
def test_conditions_and_ranges_of_rfc_9110(film, login, instructor, headers, status):
    values = {"etag": f'"{film.sha256}"', "date": http_date(film.created_at.timestamp())}
    sent = {name: value.format(**values) for name, value in headers.items()}
    assert login(instructor).get(film.get_absolute_url(), headers=sent).status_code == status


def test_a_range_means_nothing_to_head(film, login, instructor):
    got = login(instructor).head(film.get_absolute_url(), headers={"Range": "bytes=0-1"})
    assert (got.status_code, got["Content-Length"], got.content) == (200, str(film.size), b"")


def test_the_front_server_sends_the_bytes(film, login, instructor, student, admin_user, settings):
    settings.FILE_ACCEL_PREFIX = "/protected/"
    got = login(admin_user).get(film.get_absolute_url(), headers={"Range": "bytes=0-1"})
    assert (got.status_code, got["X-Accel-Redirect"]) == (200, f"/protected/{film.file.name}")
    assert (
        got.content == b""
        and got["Content-Type"] == "video/mp4"
        and "sandbox" in got["Content-Security-Policy"]
    )
    assert "X-Accel-Redirect" not in login(student).get(film.get_absolute_url())
    later = login(admin_user).get(film.get_absolute_url(), headers={"Range": "bytes=7-"})
    assert later["X-Accel-Redirect"]
    film.refresh_from_db()
    assert film.download_count == 1


def test_an_answer_that_nobody_reads_gives_its_place_back(long_film, login, instructor):
    client = login(instructor)
    first = client.get(long_film.get_absolute_url())
    next(iter(first.streaming_content))
    for close in first._resource_closers:  # as the server does, by `close()`, when the client has gone away
        close()
    assert client.get(long_film.get_absolute_url()).status_code == 200


def test_a_blob_that_is_lost_is_said_and_takes_no_place(long_film, login, instructor):
    default_storage.delete(long_film.file.name)
    for _try in range(2):
        got = login(instructor).get(long_film.get_absolute_url())
        assert (got.status_code, got["Retry-After"]) == (503, "30")
    long_film.refresh_from_db()
    assert long_film.download_count == 0


@pytest.mark.parametrize(
    "path", ["{id}/..%2f..%2fsecret", "{id}/a%00.mp4", "..%2f{id}/a.mp4", "{other}/a.mp4", "1/a.mp4"]
)
def test_addresses_that_climb_lead_nowhere(film, login, instructor, path):
    path = path.format(id=film.pk, other=film.owner_id)
    assert login(instructor).get(f"/files/{path}").status_code == 404


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_twenty_downloads_at_once_count_twenty(instructor, login, admin_user, race):
    file = stored(instructor)
    clients = [login(admin_user) for _number in range(20)]
    for start in (0, 10):  # as many connections as two runs on one database may have
        race(*[lambda c=c: c.get(file.get_absolute_url()).close() for c in clients[start : start + 10]])
    file.refresh_from_db()
    assert file.download_count == 20
