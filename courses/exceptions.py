"""Why something about a course was refused."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lms.lib.errors import DomainError, FieldError, Stale

if TYPE_CHECKING:
    from courses.checks import Problem


class NotOwner(DomainError):
    """The course is visible, but another teacher's: 403."""

    status = 403
    code = "not_owner"
    message = gettext_lazy("This course belongs to another teacher.")


class NotAllowed(DomainError):
    """The course is visible, but only teachers change courses: 403."""

    status = 403
    code = "permission_denied"
    message = gettext_lazy("Only the teacher of this course may do this.")


class OwnsCourses(DomainError):
    """Who owns a course outside the bin stays a teacher."""

    code = "owns_courses"
    message = gettext_lazy("This person owns courses. Give them to another teacher first.")


class WrongStatus(DomainError):
    """The verb does not start from the course's present status."""

    code = "wrong_status"
    message = gettext_lazy("The course is not in a state from which this is possible.")


class StaleRevision(Stale):
    """Another author saved after this one had read."""


class Renamed(Stale):
    """Another author gave it another name; what this one typed is not saved."""

    def __init__(self, now: str, typed: str) -> None:
        text = _("Somebody renamed this to “%(now)s” in the meantime; “%(typed)s” is not saved.")
        super().__init__(text % {"now": now, "typed": typed})


class Vanished(DomainError):
    """Somebody removed it between the look and the lock: 404, as for anything that is not there."""

    status = 404
    code = "not_found"
    message = gettext_lazy("There is nothing here, or it is not for you.")


class LessonRemoved(DomainError):
    """What is done to a lesson of the outline cannot be done to a removed one."""

    code = "lesson_removed"
    message = gettext_lazy("This lesson has been removed. Restore it first.")


class NotPublishable(DomainError):
    """Blocking problems are left; each is one entry of `errors`, with its target and where it is mended."""

    code = "not_publishable"
    message = gettext_lazy("This cannot be published yet.")

    def __init__(self, problems: "Iterable[Problem]", places: Mapping[Any, str] | None = None) -> None:
        super().__init__(errors=[self._entry(problem, places or {}) for problem in problems])

    @staticmethod
    def _entry(problem: "Problem", places: Mapping[Any, str]) -> FieldError:
        """`field` is the place in the tree that was sent, else what kind of thing it is about."""
        pk = problem.target.pk
        field = places.get(pk, problem.target_type)
        return FieldError(field, problem.code, problem.sentence, {"target": str(pk), "url": problem.url})


class CourseHasStudents(DomainError):
    """A course with students does not go to the recycle bin."""

    code = "course_has_students"
    message = gettext_lazy("People are enrolled in this course. Archive it instead.")


class BelowEnrollmentCount(DomainError):
    """The limit of seats would be lower than the seats taken."""

    code = "below_enrollment_count"

    def __init__(self, taken: int) -> None:
        text = ngettext(
            "There is already %(count)d student in this course.",
            "There are already %(count)d students in this course.",
            taken,
        ) % {"count": taken}
        super().__init__(text, errors=[FieldError("max_students", self.code, text)])


class SlugTaken(DomainError):
    """Another course has, or once had, this address."""

    code = "slug_taken"

    def __init__(self, slug: str) -> None:
        text = _("The address “%(slug)s” belongs to another course.") % {"slug": slug}
        super().__init__(text, errors=[FieldError("slug", self.code, text)])


class LessonSlugTaken(DomainError):
    """Another lesson of the course has this address."""

    code = "slug_taken"

    def __init__(self, slug: str, place: str = "slug") -> None:
        text = _("The address “%(slug)s” belongs to another lesson of this course.") % {"slug": slug}
        super().__init__(text, errors=[FieldError(place, self.code, text)])


class LessonTypeFixed(DomainError):
    """A quiz or an assignment stays what it is, and nothing else becomes one."""

    code = "lesson_type_fixed"
    message = gettext_lazy("The type of this lesson cannot be changed. Add a new lesson instead.")


class LessonsHaveProgress(DomainError):
    """Removing lessons that people worked on wants `force`; each lesson is one entry of `errors`."""

    code = "lessons_have_progress"
    message = gettext_lazy("Students have worked on this. Removing it hides it; their progress is kept.")

    def __init__(self, lessons: Sequence[tuple[str, str, int]]) -> None:
        super().__init__(
            errors=[
                FieldError(
                    "lesson",
                    self.code,
                    ngettext(
                        "“%(title)s”: %(count)d student", "“%(title)s”: %(count)d students", people
                    )
                    % {"title": title, "count": people},
                    {"target": lesson_id, "people": people},
                )
                for lesson_id, title, people in lessons
            ]
        )  # fmt: skip


class OrderMismatch(DomainError):
    """The list of ids is not exactly what is there: one is missing, foreign or doubled."""

    code = "order_mismatch"
    message = gettext_lazy("The list changed in the meantime. Load it again and repeat the move.")


class LimitReached(DomainError):
    """A course has at most 100 modules and 1,000 lessons, a lesson at most 50 resources."""

    code = "limit_reached"

    def __init__(self, limit: int) -> None:
        super().__init__(_("There can be at most %(limit)d of these.") % {"limit": limit})


class CategoryInUse(DomainError):
    """Courses still stand in the category."""

    code = "category_in_use"
    message = gettext_lazy("Courses are still in this category.")
