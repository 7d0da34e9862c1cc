"""What hangs on a lesson: files and links to take away, captions of its video."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.models import User
from courses.exceptions import LimitReached
from courses.models import Course, Lesson, LessonResource
from courses.services.cleaning import clean_resource_fields
from courses.services.life import refuse_broken
from courses.services.texts import hold_files
from courses.services.writing import (
    close_gaps,
    lock_course,
    next_position,
    put_at,
    raise_versions,
    still_there,
)

MAX_RESOURCES = 50


@transaction.atomic
def add_resource(*, lesson: Lesson, by: User | None, **fields: Any) -> LessonResource:
    """Attach a file or a link to a lesson, or captions to its video, and return the row.

    `fields` are those of RESOURCE_FIELDS; without a title the file's name stands. Raises ValidationError,
    LimitReached.
    """
    course, lesson = _locked(lesson)
    if lesson.resources.count() >= MAX_RESOURCES:
        raise LimitReached(MAX_RESOURCES)
    resource = LessonResource(lesson=lesson)
    if not fields.get("title"):
        file = fields.get("file")
        fields["title"] = file.original_name if file else fields.get("url", "")[:255]
    values = clean_resource_fields(resource=resource, by=by, fields=fields)
    position = values.pop("position", None)
    for name, value in values.items():
        setattr(resource, name, value)
    if resource.file_id:
        hold_files([resource.file_id])
    resource.position = next_position(_siblings(resource))
    resource.save(force_insert=True)
    if position is not None:
        put_at(_siblings(resource), resource.pk, position)
        resource.refresh_from_db(fields=["position"])
    _count_change(course, lesson)
    return resource


@transaction.atomic
def update_resource(
    *, resource: LessonResource, by: User | None, fields: Mapping[str, Any]
) -> LessonResource:
    """Change what is sent, of RESOURCE_FIELDS, and return the row. Raises ValidationError, NotPublishable."""
    course, lesson = _locked(resource.lesson)
    resource = still_there(lesson.resources.all(), resource.pk)
    resource.lesson = lesson
    values = clean_resource_fields(resource=resource, by=by, fields=fields)
    position = values.pop("position", None)
    kind_before = resource.kind
    for name, value in values.items():
        setattr(resource, name, value)
    if "file" in values and resource.file_id:
        hold_files([resource.file_id])
    if resource.kind != kind_before:
        resource.position = next_position(_siblings(resource))
    resource.save(update_fields=[*values, "position"])
    if position is not None:
        put_at(_siblings(resource), resource.pk, position)
        resource.refresh_from_db(fields=["position"])
    if lesson.is_published:
        refuse_broken(course, [lesson])
    _count_change(course, lesson)
    return resource


@transaction.atomic
def remove_resource(*, resource: LessonResource, by: User | None) -> None:
    """Detach a file, link or captions; the file itself stays its owner's.

    Raises NotPublishable when a published document lesson would lose its only file.
    """
    course, lesson = _locked(resource.lesson)
    lesson.resources.filter(pk=resource.pk).delete()
    close_gaps(_siblings(resource))
    if lesson.is_published:
        refuse_broken(course, [lesson])
    _count_change(course, lesson)


def _locked(lesson: Lesson) -> tuple[Course, Lesson]:
    course = lock_course(lesson.course_id)
    found = still_there(course.lessons.all(), lesson.pk)
    found.course = course
    return course, found


def _siblings(resource: LessonResource) -> Any:
    return LessonResource.objects.filter(lesson=resource.lesson_id, kind=resource.kind)


def _count_change(course: Course, lesson: Lesson) -> None:
    lesson.revision += 1
    lesson.save(update_fields=["revision", "updated_at"])
    raise_versions(course)
