import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from files.models import StoredFile
from files.tests.factories import png_bytes, stored

pytestmark = pytest.mark.django_db


def _upload(client, name="picture.png", content=None, **fields):
    body = {"file": SimpleUploadedFile(name, content or png_bytes()), **fields}
    return client.post("/api/v1/files", body, format="multipart")


def test_upload_list_describe_delete(api, instructor, django_capture_on_commit_callbacks):
    client = api(instructor)
    created = _upload(client, alt_text="A blue square")
    assert created.status_code == 201
    assert created.json()["kind"] == "image"
    assert client.get(created["Location"]).json()["alt_text"] == "A blue square"
    assert client.get("/api/v1/files").json()["total"] == 1
    assert client.get("/api/v1/files/usage").json() == {"used": created.json()["size"], "quota": 20 * 1024**3}
    with django_capture_on_commit_callbacks(execute=True):
        assert client.delete(f"/api/v1/files/{created.json()['id']}").status_code == 204
    assert not StoredFile.objects.exists()


@pytest.mark.parametrize(
    "fields, name, content, status, code",
    [
        ({}, "a.svg", b"<svg/>", 415, "unsupported_type"),
        ({}, "a.png", b"nothing", 415, "type_mismatch"),
        ({"role": "admin"}, "a.png", png_bytes(), 422, "validation_error"),
        ({"visibility": "secret"}, "a.png", png_bytes(), 422, "validation_error"),
    ],
)
def test_refusals_change_nothing(api, instructor, fields, name, content, status, code):
    response = _upload(api(instructor), name, content, **fields)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert not StoredFile.objects.exists()


def test_a_missing_file_is_said(api, instructor):
    response = api(instructor).post("/api/v1/files", {}, format="multipart")
    assert (response.status_code, response.json()["code"]) == (422, "validation_error")
    assert response.json()["errors"][0]["code"] == "file_missing"


def test_others_see_nothing_and_change_nothing(api, instructor, student):
    file = stored(instructor)
    client = api(student)
    assert client.get("/api/v1/files").json()["items"] == []
    for method in ("get", "patch", "delete"):
        assert getattr(client, method)(f"/api/v1/files/{file.pk}", {}).status_code == 404
    StoredFile.objects.update(visibility="public")
    assert "sha256" not in client.get(f"/api/v1/files/{file.pk}").json()
    assert client.patch(f"/api/v1/files/{file.pk}", {"alt_text": "x"}).status_code == 403
    assert client.delete(f"/api/v1/files/{file.pk}").status_code == 403
    file.refresh_from_db()
    assert file.alt_text == ""


def test_only_name_text_and_visibility_change(api, instructor):
    file = stored(instructor)
    client = api(instructor)
    changed = client.patch(f"/api/v1/files/{file.pk}", {"original_name": "cover.exe", "visibility": "public"})
    assert changed.json()["original_name"] == "cover.png"
    refused = client.patch(f"/api/v1/files/{file.pk}", {"sha256": "0" * 64, "owner": "me"})
    assert {e["code"] for e in refused.json()["errors"]} == {"unknown_field"}
    file.refresh_from_db()
    assert file.sha256 != "0" * 64


def test_unknown_filters_are_refused(api, instructor):
    response = api(instructor).get("/api/v1/files?password=1")
    assert (response.status_code, response.json()["code"]) == (400, "invalid_filter")


def test_list_is_constant(api, instructor, max_queries):
    for _number in range(3):
        stored(instructor)
    with max_queries(3):
        api(instructor).get("/api/v1/files")
