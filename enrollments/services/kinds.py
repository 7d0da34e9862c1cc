"""What a lesson asks for, and what a course asks for beyond its lessons: told here by the apps above."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from courses.models import Lesson
    from enrollments.models import Enrollment


@dataclass(frozen=True)
class Requirement:
    """What is left to do: a code, a translated sentence, and the page where it is done ("" for none)."""

    code: str
    sentence: str
    link: str = ""


LessonKind = Callable[["Enrollment", "Sequence[Lesson]"], Mapping[UUID, Requirement]]
CompletionCheck = Callable[["Enrollment"], "Iterable[Requirement]"]

_kinds: dict[str, LessonKind] = {}
_checks: list[CompletionCheck] = []


def register_lesson_kind(lesson_type: str, provider: LessonKind) -> None:
    """Let an app complete lessons of `lesson_type` (a `Lesson.Type`); "Mark complete" no longer does.

    `provider(enrollment, lessons)` returns what each of the lessons asks for, by lesson id, in a constant
    number of queries. A second provider for one type stops the start.
    """
    if _kinds.setdefault(lesson_type, provider) is not provider:
        raise ImproperlyConfigured(f"Lessons of type {lesson_type} have a provider already.")


def register_completion_check(check: CompletionCheck) -> None:
    """Add `check(enrollment)`: what the course asks for beyond its lessons and is missing; empty means passed.

    It is asked only when every required lesson is completed, and for `missing_for_completion`.
    """
    if check not in _checks:
        _checks.append(check)


def lesson_kind(lesson_type: str) -> LessonKind | None:
    """Return the provider of a lesson type, None when its lessons are completed by hand or by watching."""
    return _kinds.get(lesson_type)


def failed_checks(enrollment: Enrollment) -> list[Requirement]:
    """Return what the registered completion checks find missing (their own queries)."""
    return [requirement for check in _checks for requirement in check(enrollment)]
