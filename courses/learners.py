"""The one hook through which the learning side tells who may read what. Filled when the site starts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from django.core.exceptions import ImproperlyConfigured
from django.db.models import QuerySet

if TYPE_CHECKING:
    from courses.models import Course, Lesson


class Learners(Protocol):
    """What the learning side answers; see `register_learners`."""

    def course_ids(self, user: Any) -> QuerySet[Any]:
        """Ids of the courses that `user` may keep reading, as a subquery."""

    def lesson_access(self, user: Any, lesson: "Lesson") -> Any:
        """Whether `user` may open `lesson`: an Access(allowed, code, sentence, available_at, next_url)."""

    def outline_access(
        self, user: Any, course: "Course", lessons: "Sequence[Lesson] | None" = None
    ) -> dict[Any, Any]:
        """The same for every live lesson of `course`, by lesson id, in a constant number of queries.

        `lessons` are these when they have been read already, with course and module.
        """

    def people_with_progress(self, lesson_ids: Any) -> dict[Any, int]:
        """How many people have progress in each of the lessons."""


_provider: Learners | None = None


def register_learners(provider: Learners) -> None:
    """Take the one provider of the learning side. A second one stops the start."""
    global _provider
    if _provider is not None and _provider is not provider:
        raise ImproperlyConfigured("Two providers of learners are registered; there can be one.")
    _provider = provider


def learners() -> Learners | None:
    """Return the registered provider, if any."""
    return _provider


def learner_course_ids(user: Any) -> QuerySet[Any] | None:
    """Return the courses `user` may keep reading as a subquery, or None without a provider."""
    return _provider.course_ids(user) if _provider else None
