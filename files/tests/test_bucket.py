"""Files in a bucket that speaks S3: signed addresses, lifetimes, and a bucket that is away at every step."""

import io
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.core.files.storage import default_storage
from django.http import HttpResponse

from accounts.services import set_avatar
from files import services
from files.bucket import BucketStorage
from files.exceptions import StorageUnavailable
from files.models import StoredFile
from files.tests.factories import VTT, mp4_bytes, png_bytes, stored
from lms.lib.middleware import security_headers

pytestmark = pytest.mark.django_db


def names(bucket):
    return sorted(found.key for found in bucket.objects.all())


def test_an_upload_lies_in_the_bucket_and_is_fetched_by_a_signed_address(bucket, instructor, login):
    film = stored(instructor, mp4_bytes(90), "درس.mp4")
    assert names(bucket) == [film.file.name]
    answer = login(instructor).get(film.get_absolute_url())
    assert (answer.status_code, answer["Cache-Control"]) == (302, "no-store")
    fetched = requests.get(answer["Location"], timeout=5)
    assert fetched.content == mp4_bytes(90)
    assert fetched.headers["Content-Type"] == "video/mp4"
    assert "filename*=UTF-8''%D8%AF" in fetched.headers["Content-Disposition"]
    part = requests.get(answer["Location"], headers={"Range": "bytes=4-7"}, timeout=5)
    assert (part.status_code, part.content) == (206, b"ftyp")


@pytest.mark.parametrize(
    "content, name, duration, seconds",
    [
        (png_bytes(), "a.png", None, 900),
        (b"notes", "a.txt", None, 900),
        (mp4_bytes(5400), "a.mp4", 5400, 900 + 5400),
        (mp4_bytes(1)[:200], "a.mp4", None, 4 * 3600),
    ],
)
def test_an_address_lives_as_long_as_what_it_opens(
    bucket, instructor, login, content, name, duration, seconds
):
    file = stored(instructor, content, name)
    StoredFile.objects.filter(pk=file.pk).update(duration_seconds=duration)
    location = login(instructor).get(file.get_absolute_url())["Location"]
    query = parse_qs(urlsplit(location).query)
    assert query["X-Amz-Expires"] == [str(seconds)]
    assert query["response-content-type"] == ["text/plain; charset=utf-8" if name == "a.txt" else file.mime]


def test_captions_come_from_the_view(bucket, instructor, login):
    file = stored(instructor, VTT, "a.vtt")
    answer = login(instructor).get(file.get_absolute_url())
    assert (answer.status_code, b"".join(answer.streaming_content)) == (200, VTT)
    part = login(instructor).get(file.get_absolute_url(), headers={"Range": "bytes=0-5"})
    assert b"".join(part.streaming_content) == b"WEBVTT"


def test_the_gate_stands_before_the_address_and_each_is_counted(
    bucket, instructor, login, student, admin_user
):
    file = stored(instructor)
    assert login(student).get(file.get_absolute_url()).status_code == 404
    login(admin_user).get(file.get_absolute_url())
    login(admin_user).get(file.get_absolute_url(), headers={"Range": "bytes=5-"})
    assert login(admin_user).head(file.get_absolute_url()).status_code == 302
    etag = f'"{file.sha256}"'
    again = login(admin_user).get(file.get_absolute_url(), headers={"If-None-Match": etag})
    assert again.status_code == 304
    file.refresh_from_db()
    assert file.download_count == 1


def test_deleting_empties_the_bucket(bucket, instructor, django_capture_on_commit_callbacks):
    file = stored(instructor)
    with django_capture_on_commit_callbacks(execute=True):
        services.delete_file(file=file)
    assert names(bucket) == []
    assert list(services.check_storage()) == []


def test_pictures_of_people_lie_there_too(bucket, student, login):
    set_avatar(user=student, file=io.BytesIO(png_bytes()), size=100)
    assert len(names(bucket)) == 1
    answer = login(student).get(student.avatar_url)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    assert b"".join(answer.streaming_content)[8:12] == b"WEBP"


def test_storage_and_rows_are_compared(bucket, instructor):
    _whole, cut, lost = (stored(instructor, b"text", f"{n}.txt") for n in range(3))
    bucket.Object(cut.file.name).put(Body=b"te")
    bucket.Object(lost.file.name).delete()
    bucket.put_object(Key="files/00/nobody.txt", Body=b"x")
    assert {finding.name for finding in services.check_storage()} == {
        cut.file.name, lost.file.name, "files/00/nobody.txt",
    }  # fmt: skip
    assert StoredFile.objects.count() == 3


def _away(*_arguments, **_options):
    from botocore.exceptions import EndpointConnectionError

    raise EndpointConnectionError(endpoint_url="http://bucket")


@pytest.mark.parametrize("step", ["put_object", "head_object"])
def test_a_bucket_that_is_away_leaves_nothing(bucket, instructor, api, step, monkeypatch):
    """`head_object` asks whether the name is free; `put_object` writes."""
    client = default_storage.connection.meta.client
    with monkeypatch.context() as patch:
        patch.setattr(client, step, _away)
        answer = api(instructor).post("/api/v1/files", {"file": io.BytesIO(b"text")}, format="multipart")
        assert answer.status_code == 415  # BytesIO has no name with an extension
        upload = io.BytesIO(b"text")
        upload.name = "a.txt"
        answer = api(instructor).post("/api/v1/files", {"file": upload}, format="multipart")
    assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")
    assert int(answer["Retry-After"]) > 0
    services.sweep()
    assert not StoredFile.objects.exists() and names(bucket) == []


def test_what_cannot_be_removed_waits_for_the_sweeper(
    bucket, instructor, monkeypatch, django_capture_on_commit_callbacks
):
    file = stored(instructor)
    with monkeypatch.context() as patch, django_capture_on_commit_callbacks(execute=True):
        patch.setattr(BucketStorage, "bucket", property(_away))
        services.delete_file(file=file)
    assert StoredFile.objects.get().status == "deleting"
    assert services.sweep() == 1
    assert names(bucket) == [] and not StoredFile.objects.exists()


def test_a_write_that_fails_where_nothing_can_be_deleted_either(bucket, instructor, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(BucketStorage, "bucket", property(_away))
        with pytest.raises(StorageUnavailable):
            stored(instructor)
    assert StoredFile.objects.get().status == "deleting"
    services.sweep()
    assert list(services.check_storage()) == []


def test_a_bucket_that_is_not_there_is_storage_that_is_away(bucket, instructor, login):
    file, captions = stored(instructor), stored(instructor, VTT, "a.vtt")
    for found in bucket.objects.all():
        found.delete()
    bucket.delete()
    assert login(instructor).get(captions.get_absolute_url()).status_code == 503
    with pytest.raises(StorageUnavailable):
        stored(instructor)
    assert services.finish_deleting(file) is False


def test_pages_may_show_what_lies_in_the_bucket(rf, settings):
    settings.S3_ORIGIN = "https://s3.example.org"
    answer = security_headers(lambda request: HttpResponse())(rf.get("/"))
    rules = dict(rule.strip().split(" ", 1) for rule in answer["Content-Security-Policy"].split(";"))
    assert (
        "https://s3.example.org" in rules["img-src"].split()
        and "https://s3.example.org" in rules["media-src"].split()
    )
    assert "s3.example.org" not in rules["script-src"]


def test_a_certificate_lies_there_too(bucket, login):
    from django.urls import reverse

    from certificates.tests.factories import CertificateFactory

    certificate = CertificateFactory(rendered=True)
    assert names(bucket) == [certificate.pdf.name]
    answer = login(certificate.enrollment.student).get(
        reverse("certificates:download", args=[certificate.code])
    )
    assert (answer.status_code, b"".join(answer)[:5]) == (200, b"%PDF-")
