"""Pictures of people: what comes in, what goes out, who sees them."""

from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from accounts import pictures, services
from accounts.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/users/me/avatar"


def picture(format="PNG", size=(800, 600), mode="RGB", **options):
    target = BytesIO()
    Image.new(mode, size, "red").save(target, format, **options)
    return SimpleUploadedFile(f"me.{format.lower()}", target.getvalue())


def names():
    try:
        return set(default_storage.listdir("avatars")[1])
    except FileNotFoundError:
        return set()


@pytest.fixture(autouse=True)
def _no_pictures():
    for name in names():
        default_storage.delete(f"avatars/{name}")


def put(client, file):
    return client.put(URL, {"file": file}, format="multipart")


@pytest.mark.parametrize(
    "format, mode",
    [("JPEG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("GIF", "P"), ("WEBP", "RGB"), ("JPEG", "CMYK")],
)
def test_becomes_a_square_webp(api, student, format, mode):
    answer = put(api(student), picture(format, mode=mode))
    assert answer.status_code == 200
    student.refresh_from_db()
    assert student.avatar.name.endswith(".webp") and "me" not in student.avatar.name.removesuffix(
        ".webp"
    ).split("/")
    with Image.open(student.avatar) as image:
        assert (image.format, image.size) == ("WEBP", (512, 512))
    assert answer.json()["avatar_url"].startswith(f"/avatars/{student.pk}?v=")


def test_nothing_hidden_stays(student):
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    exif[0x0112] = 6
    file = picture("JPEG", exif=exif)
    services.set_avatar(user=student, file=file, size=file.size)
    raw = student.avatar.open().read()
    assert b"secret place" not in raw and b"EXIF" not in raw


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"<svg onload=alert(1)>",
        b"%PDF-1.7",
        b"\xff\xd8\xff\xe0 broken",
        b"<?php",
        b"BM" + b"\0" * 60,
    ],
)
def test_what_is_no_picture(api, student, content):
    answer = put(api(student), SimpleUploadedFile("me.png", content))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] in {"image_invalid", "empty"}
    student.refresh_from_db()
    assert not student.avatar and not names()


def test_too_large(api, student, monkeypatch):
    monkeypatch.setattr(pictures, "MAX_BYTES", 10)
    assert put(api(student), picture()).status_code == 413
    monkeypatch.setattr(pictures, "MAX_BYTES", 10**7)
    monkeypatch.setattr(pictures, "MAX_PIXELS", 1000)
    answer = put(api(student), picture())
    assert answer.json()["errors"][0]["code"] == "image_invalid"
    assert not names()


def test_takes_multipart_alone(api, student):
    assert api(student).put(URL, {"file": "x"}).status_code == 415
    assert api(student).put(URL, {}, format="multipart").status_code == 422


def test_new_one_replaces_the_former(api, student, django_capture_on_commit_callbacks):
    put(api(student), picture())
    before = names()
    with django_capture_on_commit_callbacks(execute=True):
        put(api(student), picture("GIF", mode="P"))
    assert len(names()) == 1 and names() != before
    with django_capture_on_commit_callbacks(execute=True):
        assert api(student).delete(URL).status_code == 204
        assert api(student).delete(URL).status_code == 204
    assert not names()
    student.refresh_from_db()
    assert student.avatar_url is None


def test_who_sees_it(login, student, classmate, instructor):
    services.ensure_instructor_profile(user=instructor)
    for person in (student, instructor):
        file = picture()
        services.set_avatar(user=person, file=file, size=file.size)
    answer = login(classmate).get(student.avatar_url)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/webp"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"].startswith("private")
    assert login(None).get(student.avatar_url).status_code == 404
    assert login(None).get(instructor.avatar_url).status_code == 200
    assert login(classmate).get(f"/avatars/{classmate.pk}").status_code == 404
    type(instructor).objects.filter(pk=instructor.pk).update(is_active=False)
    assert login(None).get(instructor.avatar_url).status_code == 404


def test_settings_page(login, student):
    client = login(student)
    assert client.post("/settings/picture/", {"file": picture()})["Location"] == "/settings/"
    assert f"/avatars/{student.pk}" in client.get("/settings/").content.decode()
    bad = client.post("/settings/picture/", {"file": SimpleUploadedFile("me.png", b"x")})
    assert bad.status_code == 200 and "Choose a picture" in bad.content.decode()
    assert client.post("/settings/picture/").status_code == 200
    client.post("/settings/picture/remove/")
    student.refresh_from_db()
    assert not student.avatar


def test_stray_files_are_tidied_away():
    kept = UserFactory()
    file = picture()
    services.set_avatar(user=kept, file=file, size=file.size)
    default_storage.save("avatars/stray.webp", ContentFile(b"x"))
    services.tidy_accounts()
    assert "stray.webp" in names()  # it may belong to an upload that is not done
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        services.tidy_accounts()
    assert names() == {kept.avatar.name.removeprefix("avatars/")}
