"""Copies: of a course as somebody's new draft, of a module or lesson beside its original."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from django.db import models, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.models.audit import record
from accounts.services import ensure_instructor_profile
from courses.exceptions import LessonRemoved, LimitReached
from courses.models import Course, Lesson, LessonResource, Module
from courses.services.life import refuse_unless_teacher
from courses.services.outline import MAX_LESSONS, MAX_MODULES
from courses.services.slugs import save_with_slug
from courses.services.texts import index_course
from courses.services.writing import (
    lock_course,
    next_position,
    put_at,
    raise_versions,
    recount_course,
    still_there,
)
from lms.lib.slugs import slugify_unicode, unique_slug

Row = TypeVar("Row", bound=models.Model)
Copier = Callable[[Course, Course, Mapping[UUID, Lesson]], None]
_copiers: list[Copier] = []

COURSE_OWN = (
    "subtitle",
    "description",
    "objectives",
    "requirements",
    "category",
    "level",
    "language",
    "price",
    "currency",
    "max_students",
    "access_days",
    "is_sequential",
    "certificate_enabled",
    "min_quiz_average",
    "thumbnail",
    "promo_video_url",
    "estimated_duration_minutes",
)
# A fixed date belongs to one run of a course; days after enrolling hold for every run.
MODULE_OWN = ("title", "description", "is_published", "release_after_days")
LESSON_OWN = (
    "title",
    "slug",
    "description",
    "type",
    "body",
    "video_file",
    "video_url",
    "video_duration_seconds",
    "required_watch_percentage",
    "link_url",
    "duration_minutes",
    "is_preview",
    "is_required",
    "is_published",
    "position",
)
RESOURCE_OWN = ("kind", "title", "file", "url", "language", "position")


def register_copier(copy: Copier) -> None:
    """Add `copy(source, target, lesson_map)`: what hangs on the lessons, for the app above that keeps it.

    Called inside the transaction of a duplication, after the lessons are there. `lesson_map` gives the new
    lesson for the id of each copied one; for a copied lesson or module `source` is `target`, and only what
    hangs on the mapped lessons is to be copied. What it raises undoes the whole duplication.
    """
    if copy not in _copiers:
        _copiers.append(copy)


@transaction.atomic
def duplicate_course(*, course: Course, by: User | None) -> Course:
    """Copy a course as a draft of `by` (of the same owner when an admin or nobody asks) and return it.

    With modules, lessons, resources, tags, prerequisites and publish flags; files are shared. Fixed dates,
    figures, people, reviews and old addresses stay behind. Raises ValidationError `not_an_instructor`.
    """
    source = lock_course(course.pk)
    owner = source.instructor if by is None or by.is_admin else by
    refuse_unless_teacher(owner)
    copy = _like(source, COURSE_OWN, Course(instructor=owner, title=copied_title(source)))
    save_with_slug(copy, None, lambda: copy.save(force_insert=True))
    copy.tags.set(source.tags.all())
    copy.prerequisite_courses.set(source.prerequisite_courses.all())
    copy.inline_files.set(source.inline_files.all())
    lesson_map = _copy_modules(source.modules.order_by("position"), copy)
    _run_copiers(source, copy, lesson_map)
    index_course(copy)
    recount_course(copy)
    ensure_instructor_profile(user=owner)
    record(by=by, action="course.duplicated", target=copy, data={"source": str(source.pk)})
    return Course.objects.for_catalogue().get(pk=copy.pk)


@transaction.atomic
def duplicate_module(*, module: Module, by: User | None) -> Module:
    """Copy a module with its lessons to the place after it, unpublished, and return the copy.

    Raises LimitReached.
    """
    course = lock_course(module.course_id)
    source = still_there(course.modules.all(), module.pk)
    if course.modules.count() >= MAX_MODULES:
        raise LimitReached(MAX_MODULES)
    _refuse_too_many(course, source.lessons.count())
    start = next_position(course.modules.all())
    lesson_map = _copy_modules(
        course.modules.filter(pk=source.pk),
        course,
        position=start,
        title=copied_title(source),
        is_published=False,
    )
    copy = course.modules.get(position=start)
    put_at(course.modules.all(), copy.pk, source.position + 1)
    _run_copiers(course, course, lesson_map)
    recount_course(course)
    raise_versions(course, structure=True)
    copy.refresh_from_db()
    return copy


@transaction.atomic
def duplicate_lesson(*, lesson: Lesson, by: User | None) -> Lesson:
    """Copy a lesson to the place after it, unpublished, and return the copy.

    Raises LessonRemoved, LimitReached.
    """
    course = lock_course(lesson.course_id)
    source = still_there(course.lessons.select_related("module"), lesson.pk)
    if source.module is None or source.position is None:
        raise LessonRemoved
    _refuse_too_many(course, 1)
    changes = {
        "title": copied_title(source),
        "is_published": False,
        "position": next_position(source.module.lessons.all()),
    }
    lesson_map = _copy_lessons([source], course, {source.module_id: source.module}, changes)
    copy = lesson_map[source.pk]
    put_at(source.module.lessons.all(), copy.pk, source.position + 1)
    _run_copiers(course, course, lesson_map)
    raise_versions(course, structure=True)
    copy.refresh_from_db()
    return copy


def copied_title(row: Course | Module | Lesson) -> str:
    """Return "Copy of …", cut to what a title may have."""
    return (_("Copy of %(title)s") % {"title": row.title})[:255]


def _refuse_too_many(course: Course, more: int) -> None:
    if course.lessons.present().count() + more > MAX_LESSONS:
        raise LimitReached(MAX_LESSONS)


def _run_copiers(source: Course, target: Course, lesson_map: Mapping[UUID, Lesson]) -> None:
    for copy in _copiers:
        copy(source, target, lesson_map)


def _like(source: Row, names: Iterable[str], copy: Row) -> Row:
    """Give `copy` the values of `source` in these fields; keys go by id, so that nothing is read."""
    for name in names:
        column: Any = source._meta.get_field(name)
        setattr(copy, column.attname, getattr(source, column.attname))
    return copy


def _copy_modules(modules: Iterable[Module], target: Course, **changes: Any) -> dict[UUID, Lesson]:
    """Copy modules with their lessons into `target`, in a constant number of queries."""
    copies = {}
    for module in modules:
        copy = _like(module, [*MODULE_OWN, "position"], Module(course=target))
        for name, value in changes.items():
            setattr(copy, name, value)
        copies[module.pk] = copy
    Module.objects.bulk_create(copies.values())
    lessons = Lesson.objects.present().filter(module__in=copies.keys()).order_by("position")
    return _copy_lessons(list(lessons), target, copies, {})


def _copy_lessons(
    lessons: Sequence[Lesson], target: Course, modules: Mapping[Any, Module], changes: Mapping[str, Any]
) -> dict[UUID, Lesson]:
    """Copy lessons, what hangs on them and the pictures in them, each into the module of its own one's id."""
    taken = set(target.lessons.present().values_list("slug", flat=True))
    copies = {}
    for lesson in lessons:
        copy = _like(lesson, LESSON_OWN, Lesson(course=target, module=modules[lesson.module_id]))
        for name, value in changes.items():
            setattr(copy, name, value)
        base = copy.slug if copy.title == lesson.title else slugify_unicode(copy.title)
        copy.slug = unique_slug(base, taken.__contains__, fallback="lesson")
        taken.add(copy.slug)
        copies[lesson.pk] = copy
    Lesson.objects.bulk_create(copies.values())
    _copy_resources(copies)
    links = Lesson.inline_files.through.objects
    links.bulk_create(
        links.model(lesson_id=copies[link.lesson_id].pk, storedfile_id=link.storedfile_id)
        for link in links.filter(lesson__in=copies.keys())
    )
    return copies


def _copy_resources(copies: Mapping[UUID, Lesson]) -> None:
    rows = LessonResource.objects.filter(lesson__in=copies.keys())
    LessonResource.objects.bulk_create(
        _like(row, RESOURCE_OWN, LessonResource(lesson=copies[row.lesson_id])) for row in rows
    )
