"""The outline of a course: modules and lessons, what they hold, their order, and taking them away.

Each verb locks the course once, so positions and figures have one writer at a time.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.models.audit import record
from courses.exceptions import LessonsHaveProgress, LessonTypeFixed, LimitReached, OrderMismatch
from courses.learners import learners
from courses.models import Course, Lesson, Module
from courses.services.cleaning import clean_lesson_fields, clean_module_fields
from courses.services.life import blocking_among, refuse_broken
from courses.services.slugs import lesson_slug
from courses.services.texts import hold_files, may_show_pictures, register_pictures
from courses.services.writing import (
    close_gaps,
    lock_course,
    next_position,
    place,
    put_at,
    raise_versions,
    recount_course,
    refuse_stale,
    still_there,
)
from lms.lib.slugs import unique_slug

MAX_MODULES = 100
MAX_LESSONS = 1000
COUNTS_FOR_PROGRESS = {"is_published", "is_required"}


# --- Modules


@transaction.atomic
def add_module(*, course: Course, by: User | None, title: str, **fields: Any) -> Module:
    """Add a module at the end of the course and return it.

    `fields` are those of MODULE_FIELDS. Raises ValidationError, LimitReached.
    """
    course = lock_course(course.pk)
    module = _new_module(course, {"title": title, **fields})
    raise_versions(course, structure=True)
    return module


@transaction.atomic
def update_module(
    *, module: Module, by: User | None, fields: Mapping[str, Any], revision: int | None = None
) -> Module:
    """Change what is sent, of MODULE_FIELDS, and return the module, fresh.

    Raises ValidationError; NotPublishable when publishing it would show a broken lesson; StaleRevision when it
    no longer has the `revision` that the author read.
    """
    course = lock_course(module.course_id)
    module = still_there(course.modules.all(), module.pk)
    refuse_stale(module, revision)
    changed = _assign(module, clean_module_fields(module=module, fields=fields))
    if not changed:
        return module
    _save_author_change(module, changed)
    if "is_published" in changed:
        if module.is_published:
            refuse_broken(course, module.lessons.live().prefetch_related("resources"))
        recount_course(course)
    raise_versions(course, structure="is_published" in changed)
    return module


def publish_module(*, module: Module, by: User | None) -> Module:
    """Show a module and its published lessons; a shown one stays as it is. Raises NotPublishable."""
    return update_module(module=module, by=by, fields={"is_published": True})


def unpublish_module(*, module: Module, by: User | None) -> Module:
    """Hide a module with its lessons; a hidden one stays as it is."""
    return update_module(module=module, by=by, fields={"is_published": False})


@transaction.atomic
def remove_module(*, module: Module, by: User | None, force: bool = False) -> None:
    """Take a module away; its lessons are removed and can be restored to another module.

    Raises LessonsHaveProgress while students have worked in it, unless `force`.
    """
    course = lock_course(module.course_id)
    module = still_there(course.modules.all(), module.pk)
    remove_lessons(course, module.lessons.present(), by, force)
    module.delete()
    close_gaps(course.modules.all())
    recount_course(course)
    raise_versions(course, structure=True)


@transaction.atomic
def restore_module(
    *,
    course: Course,
    by: User | None,
    lessons: Sequence[UUID],
    title: str,
    position: int | None = None,
    **fields: Any,
) -> Module:
    """Bring removed lessons back in a new module, in this order, and return it: how a removal is undone.

    At the end of the course unless a `position` (from 1) is given; `fields` are those of MODULE_FIELDS. Raises
    ValidationError (`unknown_lesson` for an id that is no removed lesson of the course), LimitReached.
    """
    course = lock_course(course.pk)
    rows = course.lessons.filter(deleted_at__isnull=False).in_bulk(list(lessons))
    if len(rows) != len(lessons):
        message = _("This is not a removed lesson of the course.")
        raise ValidationError({"lessons": ValidationError(message, code="unknown_lesson")})
    if course.lessons.present().count() + len(rows) > MAX_LESSONS:
        raise LimitReached(MAX_LESSONS)
    module = _new_module(course, {"title": title, **fields})
    taken = set(course.lessons.present().values_list("slug", flat=True))
    for place_in_module, pk in enumerate(lessons, start=1):
        lesson = rows[pk]
        lesson.module, lesson.position, lesson.deleted_at = module, place_in_module, None
        lesson.slug = unique_slug(lesson.slug, taken.__contains__, fallback="lesson")
        lesson.revision += 1
        taken.add(lesson.slug)
    Lesson.objects.bulk_update(rows.values(), ["module", "position", "deleted_at", "slug", "revision"])
    if position is not None:
        put_at(course.modules.all(), module.pk, position)
        module.refresh_from_db(fields=["position"])
    _hide_broken(course, rows)
    recount_course(course)
    raise_versions(course, structure=True)
    return module


@transaction.atomic
def reorder_modules(*, course: Course, by: User | None, ids: Sequence[UUID]) -> None:
    """Put the modules into the order of `ids`; raise OrderMismatch unless these are exactly the course's."""
    course = lock_course(course.pk)
    if _reorder(course.modules.all(), ids):
        raise_versions(course, structure=True)


# --- Lessons


@transaction.atomic
def add_lesson(
    *, module: Module, by: User | None, title: str, position: int | None = None, **fields: Any
) -> Lesson:
    """Add a lesson to a module, at the end unless a `position` (from 1) is given, and return it.

    `fields` are those of LESSON_FIELDS; `type` is text unless sent. Raises ValidationError, LessonSlugTaken,
    LimitReached; NotPublishable when it is sent as published and something is missing.
    """
    course = lock_course(module.course_id)
    module = still_there(course.modules.all(), module.pk)
    if course.lessons.present().count() >= MAX_LESSONS:
        raise LimitReached(MAX_LESSONS)
    lesson = Lesson(course=course, module=module, position=next_position(module.lessons.all()))
    values = clean_lesson_fields(lesson=lesson, by=by, fields={"title": title, **fields})
    wanted_slug = values.pop("slug", None)
    _assign(lesson, values)
    lesson.slug = lesson_slug(lesson, wanted_slug)
    if lesson.video_file_id:
        hold_files([lesson.video_file_id])
    lesson.save(force_insert=True)
    if may_show_pictures(lesson.body):
        register_pictures(lesson, lesson.body)
    if position is not None:
        put_at(module.lessons.all(), lesson.pk, position)
        lesson.refresh_from_db(fields=["position"])
    if lesson.is_published:
        refuse_broken(course, [lesson])
        recount_course(course)
    raise_versions(course, structure=True)
    return lesson


@transaction.atomic
def update_lesson(
    *, lesson: Lesson, by: User | None, fields: Mapping[str, Any], revision: int | None = None
) -> Lesson:
    """Change what is sent, of LESSON_FIELDS, and return the lesson, fresh.

    The address changes only when it is sent. Raises ValidationError, LessonSlugTaken, LessonTypeFixed;
    NotPublishable when it is or becomes published and something would be missing; StaleRevision when it no
    longer has the `revision` that the author read.
    """
    course = lock_course(lesson.course_id)
    lesson = still_there(course.lessons.select_related("module", "video_file"), lesson.pk)
    refuse_stale(lesson, revision)
    values = clean_lesson_fields(lesson=lesson, by=by, fields=fields)
    wanted_slug = values.get("slug")
    if wanted_slug not in (None, lesson.slug):
        values["slug"] = lesson_slug(lesson, wanted_slug)
    before = lesson.type
    changed = _assign(lesson, values)
    if "type" in changed and {before, lesson.type} & set(Lesson.FIXED_TYPES):
        raise LessonTypeFixed
    if not changed:
        return lesson
    if "video_file" in changed and lesson.video_file_id:
        hold_files([lesson.video_file_id])
    _save_author_change(lesson, changed | {"updated_at"})
    if "body" in changed:
        register_pictures(lesson, lesson.body)
    if lesson.is_published and lesson.deleted_at is None:
        refuse_broken(course, [lesson])
    recount_course(course)
    raise_versions(course, structure=bool(changed & COUNTS_FOR_PROGRESS))
    return lesson


def publish_lesson(*, lesson: Lesson, by: User | None) -> Lesson:
    """Show a lesson to students; a shown one stays as it is. Raises NotPublishable."""
    return update_lesson(lesson=lesson, by=by, fields={"is_published": True})


def unpublish_lesson(*, lesson: Lesson, by: User | None) -> Lesson:
    """Hide a lesson from students; a hidden one stays as it is."""
    return update_lesson(lesson=lesson, by=by, fields={"is_published": False})


@transaction.atomic
def remove_lesson(*, lesson: Lesson, by: User | None, force: bool = False) -> Lesson:
    """Remove a lesson: hidden and uncounted, restorable for 30 days; a removed one stays as it is.

    Raises LessonsHaveProgress while students have worked in it, unless `force`; their progress stays theirs.
    """
    course = lock_course(lesson.course_id)
    lesson = still_there(course.lessons.all(), lesson.pk)
    if lesson.deleted_at:
        return lesson
    siblings = course.lessons.filter(module=lesson.module_id)
    remove_lessons(course, course.lessons.filter(pk=lesson.pk), by, force)
    close_gaps(siblings)
    recount_course(course)
    raise_versions(course, structure=True)
    lesson.refresh_from_db()
    return lesson


@transaction.atomic
def restore_lesson(*, lesson: Lesson, by: User | None, module: Module, position: int | None = None) -> Lesson:
    """Bring a removed lesson back into a module of its course, at the end unless a `position` is given.

    Its address gets a number when another lesson has taken it; it comes back hidden when it has meanwhile lost
    what a published lesson needs. A lesson that is not removed stays as it is.
    Raises ValidationError `unknown_module`, LimitReached.
    """
    course = lock_course(lesson.course_id)
    lesson = still_there(course.lessons.all(), lesson.pk)
    if lesson.deleted_at is None:
        return lesson
    if course.lessons.present().count() >= MAX_LESSONS:
        raise LimitReached(MAX_LESSONS)
    target = _module_of(course, module)
    lesson.slug = _free_again(lesson)
    lesson.deleted_at = None
    _settle(course, lesson, target, position)
    if _hide_broken(course, [lesson.pk]):
        lesson.is_published = False
        recount_course(course)
    return lesson


@transaction.atomic
def move_lesson(*, lesson: Lesson, by: User | None, module: Module, position: int | None = None) -> Lesson:
    """Move a lesson to a module of its course, at the end unless a `position` (from 1) is given.

    Raises ValidationError `unknown_module` for a module of another course or a removed lesson; NotPublishable when it
    would come before students and is not fit for them.
    """
    course = lock_course(lesson.course_id)
    lesson = still_there(course.lessons.all(), lesson.pk)
    target = _module_of(course, module)
    if lesson.module_id is None:
        raise _unknown_module()
    if lesson.module_id == target.pk:
        ids = list(target.lessons.order_by("position").values_list("pk", flat=True))
        put_at(target.lessons.all(), lesson.pk, position or len(ids))
        lesson.refresh_from_db(fields=["position"])
        if ids.index(lesson.pk) + 1 != lesson.position:
            raise_versions(course, structure=True)
        return lesson
    source = still_there(course.modules.all(), lesson.module_id)
    _settle(course, lesson, target, position)
    close_gaps(source.lessons.all())
    if lesson.is_live:
        refuse_broken(course, [lesson])
    return lesson


@transaction.atomic
def reorder_lessons(*, module: Module, by: User | None, ids: Sequence[UUID]) -> None:
    """Put a module's lessons into the order of `ids`; raise OrderMismatch unless these are exactly its."""
    course = lock_course(module.course_id)
    if _reorder(still_there(course.modules.all(), module.pk).lessons.all(), ids):
        raise_versions(course, structure=True)


# --- What they share


def _new_module(course: Course, fields: Mapping[str, Any]) -> Module:
    if course.modules.count() >= MAX_MODULES:
        raise LimitReached(MAX_MODULES)
    module = Module(course=course, position=next_position(course.modules.all()))
    _assign(module, clean_module_fields(module=module, fields=fields))
    module.save(force_insert=True)
    return module


def _assign(row: Module | Lesson, values: Mapping[str, Any]) -> set[str]:
    changed = {name for name, value in values.items() if getattr(row, name) != value}
    for name in changed:
        setattr(row, name, values[name])
    return changed


def _save_author_change(row: Module | Lesson, changed: set[str]) -> None:
    row.revision += 1
    row.save(update_fields=[*sorted(changed), "revision"])


def _reorder(rows: Any, ids: Sequence[UUID]) -> bool:
    present = list(rows.order_by("position").values_list("pk", flat=True))
    if sorted(present) != sorted(ids):
        raise OrderMismatch
    place(rows, ids)
    return present != list(ids)


def _module_of(course: Course, module: Module) -> Module:
    found = course.modules.filter(pk=module.pk).first()
    if found is None:
        raise _unknown_module()
    return found


def _unknown_module() -> ValidationError:
    message = _("This module is not in the lesson's course.")
    return ValidationError({"module": ValidationError(message, code="unknown_module")})


def _settle(course: Course, lesson: Lesson, module: Module, position: int | None) -> None:
    lesson.module = module
    lesson.position = next_position(module.lessons.all())
    lesson.revision += 1
    lesson.save(update_fields=["module", "position", "slug", "deleted_at", "revision", "updated_at"])
    if position is not None:
        put_at(module.lessons.all(), lesson.pk, position)
        lesson.refresh_from_db(fields=["position"])
    recount_course(course)
    raise_versions(course, structure=True)


def _hide_broken(course: Course, ids: Iterable[UUID]) -> set[Any]:
    """Hide those of the lessons that are published and not fit to be; return their ids.

    A lesson may lose what it needs while it is removed; to undo the removal is no moment to refuse it.
    """
    rows = course.lessons.filter(pk__in=list(ids), is_published=True).select_related("video_file")
    broken = {one.target.pk for one in blocking_among(course, rows.prefetch_related("resources"))}
    if broken:
        course.lessons.filter(pk__in=broken).update(is_published=False)
    return broken


def _free_again(lesson: Lesson) -> str:
    others = Lesson.objects.present().filter(course=lesson.course_id)
    taken = set(others.filter(slug__startswith=lesson.slug[:190]).values_list("slug", flat=True))
    return unique_slug(lesson.slug, taken.__contains__, fallback="lesson")


def remove_lessons(course: Course, rows: Any, by: User | None, force: bool) -> None:
    """Hide present lessons of a locked course; raise LessonsHaveProgress unless `force`."""
    titles = dict(rows.values_list("pk", "title"))
    provider = learners()
    people = provider.people_with_progress(list(titles)) if provider and titles else {}
    touched = [(str(pk), titles[pk], count) for pk, count in people.items() if count]
    if touched and not force:
        raise LessonsHaveProgress(touched)
    if touched:
        data = {title: count for _pk, title, count in touched}
        record(by=by, action="course.lessons_removed", target=course, data={"progress": data})
    rows.update(deleted_at=timezone.now(), module=None, position=None, revision=F("revision") + 1)
