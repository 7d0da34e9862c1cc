"""Whatever stops an upload or a deletion, wherever: after the sweeper, storage and rows agree."""

import io
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, default_storage
from django.core.management import CommandError, call_command
from django.db.models import QuerySet
from django.utils import timezone

from files import services
from files.exceptions import FileInUse, StorageUnavailable
from files.models import StoredFile
from files.services import deleting, uploading
from files.tasks import report_orphans, sweep_files
from files.tests.factories import png_bytes, stored

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """The process ends here; nothing after it runs, cleaning up included."""


def a_day_later():
    StoredFile.objects.update(created_at=timezone.now() - timedelta(hours=25))
    sweep_files()
    assert list(services.check_storage()) == []


def stop(*_arguments, **_options):
    raise Killed


UPLOAD_STEPS = {
    "before the row": (uploading, "_reserve", stop),
    "after the row, before the blob": (InMemoryStorage, "_save", stop),
    "after the blob, before it is ready": (QuerySet, "update", stop),
}


def half_a_blob(storage, name, content):
    InMemoryStorage._open(storage, name, "wb").write(b"half")
    raise Killed


@pytest.mark.parametrize("step", [*UPLOAD_STEPS, "in the middle of the blob"])
def test_a_process_killed_while_it_takes_a_file_in(instructor, monkeypatch, step):
    where, name, how = UPLOAD_STEPS.get(step, (InMemoryStorage, "_save", half_a_blob))
    with monkeypatch.context() as patch:
        patch.setattr(where, name, how)
        patch.setattr(uploading, "_give_up", lambda row: None)  # who is killed cleans nothing up
        with pytest.raises(Killed):
            stored(instructor)
    assert not StoredFile.objects.ready().exists()
    a_day_later()
    assert not StoredFile.objects.exists()


DELETE_STEPS = {
    "after the commit, before the blob": (InMemoryStorage, "delete", stop),
    "after the blob, before the row": (QuerySet, "delete", stop),
    "before anything is done": (deleting, "finish_deleting", stop),
}


@pytest.mark.parametrize("step", DELETE_STEPS)
def test_a_process_killed_while_it_deletes(instructor, monkeypatch, django_capture_on_commit_callbacks, step):
    file = stored(instructor)
    where, name, how = DELETE_STEPS[step]
    with django_capture_on_commit_callbacks() as after_commit:
        services.delete_file(file=file)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(where, name, how)
        after_commit[0]()
    assert not StoredFile.objects.ready().exists()
    a_day_later()
    assert not StoredFile.objects.exists()


def away(*_arguments, **_options):
    raise OSError("storage is away")


@pytest.mark.parametrize("also_deleting", [False, True])
def test_storage_that_fails_while_it_takes_a_file_in(instructor, monkeypatch, also_deleting):
    with monkeypatch.context() as patch:
        patch.setattr(InMemoryStorage, "_save", away)
        if also_deleting:
            patch.setattr(InMemoryStorage, "delete", away)
        with pytest.raises(StorageUnavailable):
            stored(instructor)
    assert StoredFile.objects.count() == also_deleting
    sweep_files()
    assert not StoredFile.objects.exists()
    assert list(services.check_storage()) == []


def test_a_sweeper_that_came_first_wins(instructor, monkeypatch):
    """The writer that wakes up after a day finds its row taken, and leaves no blob behind."""
    save = InMemoryStorage._save

    def slow(storage, name, content):
        StoredFile.objects.update(status="deleting")
        return save(storage, name, content)

    with monkeypatch.context() as patch:
        patch.setattr(InMemoryStorage, "_save", slow)
        with pytest.raises(StorageUnavailable):
            stored(instructor)
    sweep_files()
    assert not StoredFile.objects.exists()
    assert list(services.check_storage()) == []


def test_young_uploads_are_left_alone_and_batches_follow_each_other(instructor):
    young, *old = [stored(instructor, b"x", f"{n}.txt") for n in range(5)]
    StoredFile.objects.update(status="uploading")
    StoredFile.objects.exclude(pk=young.pk).update(created_at=timezone.now() - timedelta(hours=25))
    assert services.sweep(batch=2) == len(old)
    assert StoredFile.objects.get() == young


def orphan(owner, **fields):
    file = stored(owner, b"text", "a.txt")
    StoredFile.objects.filter(pk=file.pk).update(created_at=timezone.now() - timedelta(days=8))
    return file


def test_orphans_of_staff_are_counted_and_those_of_students_removed(
    instructor, student, django_capture_on_commit_callbacks
):
    from courses.tests.factories import CourseFactory

    staffs, students, fresh = orphan(instructor), orphan(student), stored(student, b"text", "b.txt")
    cover = stored(instructor)
    StoredFile.objects.filter(pk=cover.pk).update(created_at=timezone.now() - timedelta(days=8))
    CourseFactory(instructor=instructor, thumbnail=cover)
    with django_capture_on_commit_callbacks(execute=True):
        report = services.report_orphans()
        report_orphans()
    assert (report.count, report.size, report.removed) == (1, 4, 1)
    assert set(StoredFile.objects.all()) == {staffs, fresh, cover}
    assert not default_storage.exists(students.file.name)


def test_what_only_a_finder_knows_is_kept(student):
    file = orphan(student)
    deleting._finders.append(lambda asked: ["a letter"] if asked == file else [])
    try:
        assert services.report_orphans().removed == 0
        with pytest.raises(FileInUse) as refused:
            services.delete_file(file=file)
    finally:
        deleting._finders.pop()
    assert [entry.message for entry in refused.value.errors] == ["a letter"]
    assert StoredFile.objects.ready().get() == file


def said(*arguments):
    out = io.StringIO()
    call_command("check_storage", *arguments, stdout=out)
    return out.getvalue()


def test_check_storage_says_and_mends(instructor, django_capture_on_commit_callbacks):
    whole, lost, shown = stored(instructor), stored(instructor), stored(instructor)
    from courses.tests.factories import CourseFactory

    CourseFactory(instructor=instructor, thumbnail=shown)
    assert "agree" in said()
    default_storage.delete(lost.file.name)
    default_storage.delete(shown.file.name)
    default_storage.save("files/zz/stray.png", ContentFile(png_bytes()))
    with pytest.raises(CommandError, match="3 differences"):
        said()
    assert default_storage.exists("files/zz/stray.png")
    with pytest.raises(CommandError, match="1 differences"), django_capture_on_commit_callbacks(execute=True):
        said("--fix")
    assert not default_storage.exists("files/zz/stray.png")
    assert set(StoredFile.objects.all()) == {whole, shown}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_attaching_and_deleting_cannot_both_win(instructor, race):
    from courses.models import Course
    from courses.services import update_course
    from courses.tests.factories import CourseFactory

    course = CourseFactory(instructor=instructor)
    for _round in range(3):
        file = stored(instructor)
        attach = lambda file=file: update_course(course=course, by=instructor, fields={"thumbnail": file})  # noqa: E731
        attached, deleted = race(attach, lambda file=file: services.delete_file(file=file))
        is_shown = Course.objects.filter(thumbnail=file).exists()
        assert is_shown != isinstance(attached, Exception)
        assert isinstance(deleted, FileInUse) == is_shown
        assert StoredFile.objects.filter(pk=file.pk).exists() == is_shown
        Course.objects.update(thumbnail=None)


@pytest.mark.django_db(transaction=True)
def test_attaching_and_deleting_in_turn(instructor):
    from courses.services import update_course
    from courses.tests.factories import CourseFactory

    course = CourseFactory(instructor=instructor)
    shown, gone = stored(instructor), stored(instructor)
    update_course(course=course, by=instructor, fields={"thumbnail": shown})
    with pytest.raises(FileInUse):
        services.delete_file(file=shown)
    services.delete_file(file=gone)
    with pytest.raises(Exception, match=r"not one of your files|deleted"):
        update_course(course=course, by=instructor, fields={"thumbnail": gone})
    course.refresh_from_db()
    assert course.thumbnail == shown
    assert list(services.check_storage()) == []
