"""A course's outline as somebody reads it: modules with their lessons, each open or closed, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _

from courses.learners import learners
from courses.models import Course, Lesson, Module


@dataclass(frozen=True)
class Lock:
    """Why a lesson is closed, and where one goes on."""

    code: str
    sentence: str
    available_at: datetime | None = None
    next_url: str = ""


@dataclass(frozen=True)
class OutlineLesson:
    """A lesson and, when it is closed to the reader, the reason."""

    lesson: Lesson
    lock: Lock | None

    @property
    def is_open(self) -> bool:
        return self.lock is None


@dataclass
class OutlineModule:
    """A module that holds at least one lesson."""

    module: Module
    lessons: list[OutlineLesson] = field(default_factory=list)

    @property
    def minutes(self) -> int:
        return sum(row.lesson.minutes or 0 for row in self.lessons)


def outline_of(
    course: Course, user: Any, *, with_hidden: bool = False, with_resources: bool = False
) -> list[OutlineModule]:
    """Return the modules with their live lessons and what `user` may open, in a constant number of queries.

    `with_hidden` (for editors) brings modules and lessons that students do not have, empty modules included.
    """
    rows = course.lessons.present().in_order().select_related("module", "video_file")
    if not with_hidden:
        rows = rows.live()
    if with_resources:
        rows = rows.prefetch_related("resources__file", "inline_files")
    lessons = list(rows)
    for lesson in lessons:
        lesson.course = course
    modules = course.modules.order_by("position") if with_hidden else _modules_of(lessons)
    shelf = {module.pk: OutlineModule(module) for module in modules}
    locks = locks_of(course, user, lessons)
    for lesson in lessons:
        place = shelf.get(lesson.module_id) if lesson.module_id else None
        if place is None:
            continue
        lesson.module = place.module
        place.lessons.append(OutlineLesson(lesson, locks(lesson)))
    return [row for row in shelf.values() if row.lessons or with_hidden]


def _modules_of(lessons: Iterable[Lesson]) -> Iterable[Module]:
    """Return the modules of lessons that come in the order of the outline, each once."""
    return {lesson.module_id: lesson.module for lesson in lessons if lesson.module}.values()


def lock_of(lesson: Lesson, user: Any) -> Lock | None:
    """Return why `user` may not open this one lesson; None: they may."""
    provider = learners()
    if provider is None:
        return _without_provider(lesson, user)
    return _as_lock(provider.lesson_access(user, lesson))


def locks_of(course: Course, user: Any, lessons: Sequence[Lesson] | None = None) -> Any:
    """Return a function that says of each lesson of the course why `user` may not open it.

    `lessons`, when they are read already, come with course and module.
    """
    provider = learners()
    if provider is None:
        return lambda lesson: _without_provider(lesson, user)
    live = None if lessons is None else [lesson for lesson in lessons if lesson.is_live]
    access = provider.outline_access(user, course, live)
    return lambda lesson: (
        _as_lock(access.get(lesson.pk)) if lesson.is_live else _without_provider(lesson, user)
    )


def _as_lock(access: Any) -> Lock | None:
    if access is None:
        return _not_open()
    if access.allowed:
        return None
    return Lock(access.code, str(access.sentence), access.available_at, access.next_url or "")


def _without_provider(lesson: Lesson, user: Any) -> Lock | None:
    return None if lesson.course.can_edit(user or AnonymousUser()) else _not_open()


def _not_open() -> Lock:
    return Lock("not_enrolled", _("Enroll to open this lesson."))
