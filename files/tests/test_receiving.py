"""What arrives over HTTP: bounded unread, counted, and nothing left of what stops on the way."""

import io
import tempfile

import pytest
from django.core.files.storage import InMemoryStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.tests.factories import PASSWORD
from files import uploads
from files.models import StoredFile
from files.tests.factories import png_bytes
from files.uploads import BoundedUploadHandler

pytestmark = pytest.mark.django_db
BORDER = "border"
FORM = f"multipart/form-data; boundary={BORDER}"
HEAD = (f'--{BORDER}\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n'
        "Content-Type: text/plain\r\n\r\n").encode()  # fmt: skip
END = f"\r\n--{BORDER}--\r\n".encode()


class Endless(io.RawIOBase):
    """A body that says how long it is, and how much of it was read."""

    def __init__(self, announced, head=HEAD):
        self.rest, self.announced, self.sent = head, announced, 0

    def read(self, size=-1):
        assert size >= 0, "the whole body was asked for at once"
        block = (self.rest or b"x" * size)[:size]
        self.rest = self.rest[len(block) :]
        self.sent += len(block)
        return block


def send(client, body, announced, path="/api/v1/files", **extra):
    return client.generic(
        "POST",
        path,
        b"",
        **{"wsgi.input": body, "CONTENT_LENGTH": str(announced), "CONTENT_TYPE": FORM, **extra},
    )  # fmt: skip


@pytest.fixture
def bearer(student):
    answer = Client().post(
        "/api/v1/auth/login", {"email": student.email, "password": PASSWORD}, content_type="application/json"
    )
    return {"HTTP_AUTHORIZATION": f"Bearer {answer.json()['access_token']}"}


def nothing_is_left():
    return not StoredFile.objects.exists()


@pytest.mark.parametrize("path", ["/api/v1/files", "/settings/picture/"])
def test_five_gigabytes_are_refused_unread(student, login, path):
    client, body = login(student), Endless(5 * 1024**3)
    answer = send(client, body, body.announced, path)
    assert (answer.status_code, body.sent) == (413, 0)
    assert "10" in answer.content.decode()
    assert nothing_is_left()


def test_with_a_token_too(bearer):
    body = Endless(11 * 1024**2)
    answer = send(Client(), body, body.announced, **bearer)
    assert (answer.status_code, answer.json()["code"], body.sent) == (413, "file_too_large", 0)
    assert nothing_is_left()


def test_staff_may_send_more(instructor, login, settings):
    settings.MAX_UPLOAD_SIZE = 20 * 1024**2
    body = HEAD + b"x" * 15 * 1024**2 + END
    answer = send(login(instructor), io.BytesIO(body), len(body))
    assert answer.status_code == 201


def test_what_grows_beyond_the_limit_is_stopped_there(student, login, bearer, settings):
    """Within the allowance for the form, so that only counting can stop it."""
    settings.MAX_UPLOAD_SIZE_STUDENT = 1024**2
    browser = Client(enforce_csrf_checks=True)  # looking for the token reads the form, long before the view
    browser.force_login(student)
    browser.get("/settings/")
    token = {"HTTP_X_CSRFTOKEN": browser.cookies["csrf"].value}
    for client, extra in ((login(student), {}), (browser, token), (Client(), bearer)):
        body = Endless(1024**2 + 60_000)
        answer = send(client, body, body.announced, **extra)
        assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")
        assert body.sent <= 1024**2 + 60_000
    assert nothing_is_left()


def test_without_a_length_nothing_is_read(student, login):
    body = Endless(0)
    answer = send(login(student), body, "", HTTP_TRANSFER_ENCODING="chunked")
    assert (answer.status_code, answer.json()["code"], body.sent) == (411, "length_required", 0)


def test_a_client_that_goes_away_leaves_nothing(student, login):
    whole = HEAD + b"x" * 200_000 + END
    for cut in (10, len(HEAD) + 5, len(HEAD) + 150_000, len(whole) - 6):
        answer = send(login(student), io.BytesIO(whole[:cut]), len(whole))
        assert answer.status_code in (400, 422)
    assert nothing_is_left()


def test_a_visitors_file_is_not_read(login):
    body = Endless(3 * 1024**2)
    answer = send(login(None), body, body.announced)
    assert answer.status_code == 401
    assert body.sent < 200_000


def test_a_full_disk_is_said(instructor, login, monkeypatch):
    class Full(io.BytesIO):
        def write(self, _data):
            raise OSError(28, "No space left on device")

    upload = {"file": SimpleUploadedFile("a.png", png_bytes())}
    monkeypatch.setattr(uploads.tempfile, "TemporaryFile", Full)
    answer = login(instructor).post("/api/v1/files", upload)
    assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")
    assert answer["Retry-After"] == "30"
    assert nothing_is_left()


def test_the_handler_keeps_no_name_on_disk(rf, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    handler = BoundedUploadHandler(None)
    handler.new_file("file", "a.txt", "text/plain", None, None, {})
    handler.receive_data_chunk(b"x" * 70_000, 0)
    assert list(tmp_path.iterdir()) == []
    assert handler.file_complete(70_000).size == 70_000
    handler.upload_interrupted()


def test_storage_without_room_is_said(instructor, login, monkeypatch):
    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(InMemoryStorage, "_save", full)
    answer = login(instructor).post("/api/v1/files", {"file": SimpleUploadedFile("a.png", png_bytes())})
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert nothing_is_left()
