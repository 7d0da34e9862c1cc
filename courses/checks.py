"""What keeps a course or a lesson from being published, and what its author may still want to mend."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models
from django.urls import reverse
from django.utils.functional import Promise

if TYPE_CHECKING:
    from courses.models import Course


class Severity(models.TextChoices):
    BLOCKING = "blocking"
    WARNING = "warning"


@dataclass(frozen=True)
class Problem:
    """One line of the check list. `target` is the course, module or lesson that it is about.

    `page` names another admin page (its URL) where it is mended; else that is the target's own.
    """

    code: str
    sentence: str | Promise
    target: models.Model
    level: str = Severity.BLOCKING
    page: str = ""

    @property
    def is_blocking(self) -> bool:
        return self.level == Severity.BLOCKING

    @property
    def target_type(self) -> str:
        """`course`, `module` or `lesson`."""
        return str(self.target._meta.model_name)

    @property
    def url(self) -> str:
        """The admin page where it is mended."""
        options = self.target._meta
        name = f"admin:{options.app_label}_{options.model_name}_change"
        return self.page or reverse(name, args=[self.target.pk])


Check = Callable[["Course"], Iterable[Problem]]
CheckOfMany = Callable[[Sequence["Course"]], Iterable[Problem]]
_checks: list[tuple[Check, CheckOfMany]] = []


def register_publish_check(check: Check, *, of_many: CheckOfMany | None = None) -> None:
    """Add `check(course)`, which returns problems, each with its target.

    It looks at what students have, the live lessons: publishing a lesson asks it too, after the fact, and
    takes the lesson back when one of the problems blocks. `of_many(courses)` finds the same for a list of
    courses in a constant number of queries.
    """
    of_many = of_many or (lambda courses: [problem for course in courses for problem in check(course)])
    if all(known != check for known, _of_many in _checks):
        _checks.append((check, of_many))


def registered_problems(course: Course) -> list[Problem]:
    """Return what the apps above find."""
    return [problem for check, _of_many in _checks for problem in check(course)]


def registered_problems_of(courses: Sequence[Course]) -> list[Problem]:
    """Return what the apps above find in any of these courses."""
    return [problem for _check, of_many in _checks for problem in of_many(courses)]
