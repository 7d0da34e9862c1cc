import io
import zipfile

import pytest
from django.core.files.storage import default_storage

from files import services
from files.exceptions import (
    FileInUse,
    FileRefused,
    FileTooLarge,
    QuotaExceeded,
    UnsupportedType,
)
from files.models import StoredFile
from files.tests.factories import stored

pytestmark = pytest.mark.django_db


def _zip(*names, content=b"x"):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, content)
    return out.getvalue()


def _nothing_is_left():
    return not StoredFile.objects.exists()


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
    assert refused.value.reason == "public_not_allowed"
    with pytest.raises(UnsupportedType):
        stored(student, _zip("a.txt"), "a.zip")
    assert _nothing_is_left()


@pytest.mark.parametrize(
    "sent, kept",
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\temp\\a.txt", "a.txt"),
        ("a\u202etxt.exe.txt", "atxt.exe.txt"),
        ("\0.txt", "file.txt"),
        ("درس.txt", "درس.txt"),
        ("x" * 300 + ".txt", "x" * 251 + ".txt"),
        ("", "file"),
        ("\u202e\u0000/", "file"),
        ('say "hi" & <b>.txt', 'say "hi" & <b>.txt'),
        ("a." + "x" * 300, "a." + "x" * 253),
        ("x.php.jpg", "x.php.jpg"),
        ("half \ud800.txt", "half.txt"),
        ("e\u0301.txt", "\u00e9.txt"),
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


def test_deleting_takes_blob_and_row(instructor, django_capture_on_commit_callbacks):
    file = stored(instructor)
    with django_capture_on_commit_callbacks(execute=True):
        services.delete_file(file=file, by=instructor)
        assert default_storage.exists(file.file.name)  # not before the commit
        assert not StoredFile.objects.ready().exists()
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
