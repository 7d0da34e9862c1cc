import io
import zipfile

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from files import services
from files.exceptions import (
    FileInUse,
    FileRefused,
    FileTooLarge,
    QuotaExceeded,
    TypeMismatch,
    UnsupportedType,
)
from files.models import StoredFile
from files.tests.factories import VTT, mp4_bytes, png_bytes, stored

pytestmark = pytest.mark.django_db


def _zip(*names, content=b"x"):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, content)
    return out.getvalue()


def _nothing_is_left():
    return not StoredFile.objects.exists()


@pytest.mark.parametrize(
    "name, content, kind",
    [
        ("a.png", png_bytes(), "image"),
        ("a.mp4", mp4_bytes(), "video"),
        ("a.PDF", b"%PDF-1.7 ...", "document"),
        ("notes.txt", "سلام".encode(), "document"),
        ("a.vtt", VTT, "caption"),
        ("a.docx", _zip("word/document.xml"), "document"),
        ("a.zip", _zip("a.txt"), "archive"),
        ("a.mp3", b"ID3" + bytes(20), "audio"),
    ],
)
def test_every_kind_is_taken(instructor, name, content, kind):
    file = stored(instructor, content, name)
    assert (file.kind, file.status) == (kind, "ready")
    with default_storage.open(file.file.name) as blob:
        assert len(blob.read()) == file.size > 0


def test_length_of_a_film_is_read(instructor):
    assert stored(instructor, mp4_bytes(seconds=75), "a.mp4").duration_seconds == 75


@pytest.mark.parametrize(
    "name, content, error, code",
    [
        ("a.svg", b"<svg/>", UnsupportedType, "unsupported_type"),
        ("a", b"x", UnsupportedType, "unsupported_type"),
        ("a.png", b"<html>", TypeMismatch, "type_mismatch"),
        ("a.jpg", png_bytes(), TypeMismatch, "type_mismatch"),
        ("a.mp4", b"RIFFxxxxAVI ", TypeMismatch, "type_mismatch"),
        ("a.docx", _zip("word/document.xml", "word/vbaProject.bin"), TypeMismatch, "type_mismatch"),
        ("a.txt", b"\xff\xfe\x00", TypeMismatch, "type_mismatch"),
        ("a.txt", b"", FileRefused, "file_empty"),
        ("a.vtt", b"no captions", FileRefused, "caption_invalid"),
        ("a.zip", _zip("../up.txt"), FileRefused, "archive_unsafe"),
        ("a.zip", _zip("/root.txt"), FileRefused, "archive_unsafe"),
        ("x.php", b"<?php", UnsupportedType, "unsupported_type"),
    ],
)
def test_refusals_leave_nothing(instructor, name, content, error, code):
    with pytest.raises(error) as refused:
        stored(instructor, content or b"", name) if content else services.store_file(
            owner=instructor, content=io.BytesIO(b""), name=name
        )
    assert refused.value.code == code
    assert _nothing_is_left()


def test_pixel_bomb_is_refused(instructor):
    out = io.BytesIO()
    Image.new("1", (9000, 9000)).save(out, "PNG")
    with pytest.raises(FileRefused) as refused:
        stored(instructor, out.getvalue(), "bomb.png")
    assert refused.value.code == "image_too_large"
    assert _nothing_is_left()


def test_picture_comes_back_upright_and_without_metadata(instructor):
    out = io.BytesIO()
    picture = Image.new("RGB", (40, 20), "red")
    exif = picture.getexif()
    exif[0x0112] = 6  # turned a quarter
    exif[0x010E] = "a secret place"
    picture.save(out, "JPEG", exif=exif)
    file = stored(instructor, out.getvalue(), "photo.jpg")
    assert (file.width, file.height) == (20, 40)
    with default_storage.open(file.file.name) as blob:
        data = blob.read()
    assert b"secret" not in data
    assert not Image.open(io.BytesIO(data)).getexif()


def test_limits_of_size_and_space(student, settings):
    settings.MAX_UPLOAD_SIZE_STUDENT = 100
    with pytest.raises(FileTooLarge):
        stored(student, b"x" * 101, "a.txt")
    assert _nothing_is_left()
    settings.UPLOAD_QUOTA_STUDENT = 150
    stored(student, b"x" * 100, "a.txt")
    with pytest.raises(QuotaExceeded):
        stored(student, b"x" * 60, "b.txt")
    assert StoredFile.objects.count() == 1


def test_students_cannot_publish_or_send_archives(student):
    with pytest.raises(FileRefused) as refused:
        stored(student, visibility="public")
    assert refused.value.code == "public_not_allowed"
    with pytest.raises(UnsupportedType):
        stored(student, _zip("a.txt"), "a.zip")
    assert _nothing_is_left()


@pytest.mark.parametrize(
    "sent, kept",
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\temp\\a.txt", "a.txt"),
        ("a\u202etxt.exe.txt", "atxt.exe.txt"),
        ("\0.txt", ".txt"),
        ("درس.txt", "درس.txt"),
        ("x" * 300 + ".txt", "x" * 251 + ".txt"),
        ("", "file"),
    ],
)
def test_names_are_fit_for_display(sent, kept):
    assert services.clean_name(sent) == kept


def test_a_file_in_use_stays(instructor):
    from courses.models import Course

    file = stored(instructor)
    Course.objects.create(title="Course", slug="course", instructor=instructor, thumbnail=file)
    with pytest.raises(FileInUse) as refused:
        services.delete_file(file=file)
    assert len(refused.value.errors) == 1
    assert StoredFile.objects.ready().get() == file


def test_deleting_takes_blob_and_row(instructor):
    file = stored(instructor)
    services.delete_file(file=file, by=instructor)
    assert _nothing_is_left()
    assert not default_storage.exists(file.file.name)
    services.delete_file(file=file, by=instructor)


def test_sweeper_finishes_what_was_interrupted(instructor, time_machine):
    time_machine.move_to("2026-11-01T10:00:00Z")
    half = stored(instructor)
    going = stored(instructor)
    StoredFile.objects.filter(pk=half.pk).update(status="uploading")
    StoredFile.objects.filter(pk=going.pk).update(status="deleting")
    assert services.sweep() == 1
    time_machine.move_to("2026-11-02T11:00:00Z")
    assert services.sweep() == 1
    assert _nothing_is_left()
    assert not default_storage.exists(half.file.name)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_uploads_at_the_edge_of_the_quota(student, settings, race):
    settings.UPLOAD_QUOTA_STUDENT = 150
    results = race(*[lambda n=n: stored(student, b"x" * 100, f"{n}.txt") for n in range(4)])
    assert sum(isinstance(result, StoredFile) for result in results) == 1
    assert sum(isinstance(result, QuotaExceeded) for result in results) == 3
    assert StoredFile.objects.count() == 1
