import pytest
from django.core.files.storage import InMemoryStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from files.models import StoredFile
from files.tests.factories import VTT, png_bytes, stored

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


def test_the_same_key_and_bytes_are_one_file(api, instructor):
    client = api(instructor)
    send = lambda content=VTT: client.post(  # noqa: E731
        "/api/v1/files", {"file": SimpleUploadedFile("a.vtt", content)}, format="multipart",
        headers={"Idempotency-Key": "k1"},
    )  # fmt: skip
    first, again, other = send(), send(), send(VTT + b"\n")
    assert first.status_code == again.status_code == 201
    assert (again.json()["id"], again["Idempotent-Replayed"]) == (first.json()["id"], "true")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert StoredFile.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_with_a_key_too_the_row_is_there_before_the_blob(api, instructor, monkeypatch):
    seen = []

    def save(storage, name, content):
        seen.append((connection.in_atomic_block, StoredFile.objects.get(file=name).status))
        raise OSError("away")

    monkeypatch.setattr(InMemoryStorage, "_save", save)
    answer = api(instructor).post(
        "/api/v1/files", {"file": SimpleUploadedFile("a.vtt", VTT)}, format="multipart",
        headers={"Idempotency-Key": "k2"},
    )  # fmt: skip
    assert answer.status_code == 503
    assert seen == [(False, "uploading")]


@pytest.mark.parametrize(
    "given, kept", [("Lecture one", "Lecture one.vtt"), ("x.png", "x.vtt"), ("../ü.vtt", "ü.vtt")]
)
def test_the_name_given_keeps_the_files_extension(api, instructor, given, kept):
    created = _upload(api(instructor), "a.vtt", VTT, original_name=given)
    assert created.json()["original_name"] == kept


def test_filters_search_and_order(api, instructor, student, admin_user):
    from courses.tests.factories import CourseFactory

    cover, text = stored(instructor, visibility="public"), stored(instructor, b"a", "notes.txt")
    CourseFactory(instructor=instructor, thumbnail=cover)

    def names(query, person=instructor):
        return [item["original_name"] for item in api(person).get(f"/api/v1/files?{query}").json()["items"]]

    assert names("kind=document") == names("unused=true") == names("search=note") == ["notes.txt"]
    assert names("visibility=public") == names("unused=false") == ["picture.png"]
    refused = api(instructor).get("/api/v1/files?unused=maybe")  # no is no answer to "maybe", nor is all
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_filter")
    assert (
        names("ordering=size") == names("ordering=original_name") == [text.original_name, cover.original_name]
    )
    assert names(f"owner={instructor.pk}", admin_user) == ["notes.txt", "picture.png"]
    assert names("", admin_user) == []
    refused = api(instructor).get(f"/api/v1/files?owner={student.pk}")
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    assert api(admin_user).get("/api/v1/files?owner=me").status_code == 400
    assert api(instructor).get("/api/v1/files?kind=svg").status_code == 400


def test_a_file_in_use_names_its_places(api, instructor):
    from courses.tests.factories import CourseFactory

    cover = stored(instructor)
    CourseFactory(instructor=instructor, title="Light and lenses", thumbnail=cover)
    refused = api(instructor).delete(f"/api/v1/files/{cover.pk}")
    assert (refused.status_code, refused.json()["code"]) == (409, "file_in_use")
    assert [entry["code"] for entry in refused.json()["errors"]] == ["file_in_use"]
    assert "Light and lenses" in refused.json()["errors"][0]["message"]
    assert StoredFile.objects.ready().get() == cover


def test_students_make_nothing_public(api, student):
    file = stored(student)
    for answer in (
        api(student).patch(f"/api/v1/files/{file.pk}", {"visibility": "public"}),
        _upload(api(student), visibility="public"),
    ):
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "public_not_allowed")
    assert StoredFile.objects.get().visibility == "private"


def test_budgets(login, instructor, max_queries):
    client = login(instructor)
    file = stored(instructor)
    with max_queries(8):
        assert client.post("/api/v1/files", {"file": SimpleUploadedFile("a.vtt", VTT)}).status_code == 201
    with max_queries(2 + 3):
        client.get("/api/v1/files")
    with max_queries(2 + 3):
        client.get(f"/api/v1/files/{file.pk}")


def test_a_program_may_ask_for_a_file_by_its_type(api, instructor):
    file = stored(instructor)
    for accepts in ("image/png", "image/*", "image/avif,image/webp"):
        answer = api(instructor).get(f"/api/v1/files/{file.pk}/download", headers={"Accept": accepts})
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
