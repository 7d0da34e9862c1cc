"""The life of a course: draft, published, archived, and the recycle bin."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.models.audit import record
from accounts.services import ensure_instructor_profile
from courses.checks import Problem, registered_problems
from courses.exceptions import CourseHasStudents, NotPublishable, WrongStatus
from courses.models import Course, Lesson
from courses.services.texts import index_course
from courses.services.writing import lock_course, raise_versions, recount_course

Status = Course.Status


@transaction.atomic
def publish(*, course: Course, by: User | None, publish_content: bool = False) -> Course:
    """Open a draft or archived course to everybody and return it; a published one stays as it is.

    With `publish_content`, first every module, and each lesson without a blocking problem. Raises
    NotPublishable with every blocking problem (then nothing is changed, content included), WrongStatus.
    """
    course = lock_course(course.pk)
    if course.deleted_at:
        raise WrongStatus
    if course.is_published:
        return course
    published_some = publish_content and _publish_content(course)
    blocking = [problem for problem in course.problems() if problem.is_blocking]
    if blocking:
        raise NotPublishable(blocking)
    course.published_at = course.published_at or timezone.now()
    _move(course, by, Status.PUBLISHED, "course.published", structure=published_some)
    recount_course(course)
    return course


def _publish_content(course: Course) -> bool:
    """Publish what can be; return whether anything was. Lessons are tried first, then taken back."""
    modules = course.modules.filter(is_published=False).update(is_published=True, revision=F("revision") + 1)
    waiting = list(course.lessons.present().filter(is_published=False).values_list("pk", flat=True))
    course.lessons.filter(pk__in=waiting).update(is_published=True)
    broken = {problem.target.pk for problem in course.problems() if problem.is_blocking}
    course.lessons.filter(pk__in=broken & set(waiting)).update(is_published=False)
    published = set(waiting) - broken
    course.lessons.filter(pk__in=published).update(revision=F("revision") + 1)
    return bool(modules or published)


@transaction.atomic
def unpublish(*, course: Course, by: User | None) -> Course:
    """Take a published course out of the catalogue; who is enrolled keeps access. Raises WrongStatus."""
    course = lock_course(course.pk)
    if course.status == Status.DRAFT and not course.deleted_at:
        return course
    if not course.is_published:
        raise WrongStatus
    return _move(course, by, Status.DRAFT, "course.unpublished")


@transaction.atomic
def archive(*, course: Course, by: User | None) -> Course:
    """Close a course to new people; who is enrolled reads on and finishes.

    Raises WrongStatus for one in the bin.
    """
    course = lock_course(course.pk)
    if course.deleted_at:
        raise WrongStatus
    if course.status == Status.ARCHIVED:
        return course
    return _move(course, by, Status.ARCHIVED, "course.archived")


@transaction.atomic
def restore(*, course: Course, by: User | None) -> Course:
    """Bring an archived course, or one from the bin, back as a draft.

    Raises WrongStatus for a published one.
    """
    course = lock_course(course.pk)
    if course.is_published:
        raise WrongStatus
    if course.status == Status.DRAFT and not course.deleted_at:
        return course
    course.deleted_at = None
    return _move(course, by, Status.DRAFT, "course.restored")


@transaction.atomic
def bin_course(*, course: Course, by: User | None, force: bool = False) -> Course:
    """Put a course into the recycle bin: nobody but admins sees it, access rests until it is restored.

    Raises CourseHasStudents while people are enrolled, unless `force` (which doors leave to admins).
    """
    course = lock_course(course.pk)
    if course.deleted_at:
        return course
    if course.enrollment_count and not force:
        raise CourseHasStudents
    course.deleted_at = timezone.now()
    return _move(course, by, Status.DRAFT, "course.binned")


@transaction.atomic
def transfer_course(*, course: Course, by: User | None, instructor: User) -> Course:
    """Give a course to another teacher; its files stay with the old one and keep working.

    Raises ValidationError `not_an_instructor`.
    """
    refuse_unless_teacher(instructor)
    course = lock_course(course.pk)
    if course.instructor_id == instructor.pk:
        return course
    data = {"instructor": [str(course.instructor_id), str(instructor.pk)]}
    ensure_instructor_profile(user=instructor)
    course.instructor = instructor
    course.save(update_fields=["instructor"])
    index_course(course)
    raise_versions(course)
    record(by=by, action="course.transferred", target=course, data=data)
    return course


def refuse_unless_teacher(person: User) -> None:
    """Raise ValidationError `not_an_instructor` unless `person` may own courses."""
    if not person.is_teacher:
        message = _("Courses belong to instructors and admins.")
        raise ValidationError({"instructor": ValidationError(message, code="not_an_instructor")})


def refuse_broken(course: Course, lessons: Iterable[Lesson], places: Mapping[Any, str] | None = None) -> None:
    """Raise NotPublishable if one of these lessons, which are published, has a blocking problem.

    `places` says by id where in a sent tree each of them stands. Called after the write, inside its
    transaction: so the apps above judge what students would get.
    """
    if blocking := blocking_among(course, lessons):
        raise NotPublishable(blocking, places)


def blocking_among(course: Course, lessons: Iterable[Lesson]) -> list[Problem]:
    """Return the blocking problems of these lessons, those that the apps above find included."""
    rows = {lesson.pk: lesson for lesson in lessons}
    found: list[Problem] = [problem for lesson in rows.values() for problem in lesson.problems()]
    found += [problem for problem in registered_problems(course) if problem.target.pk in rows]
    return [problem for problem in found if problem.is_blocking]


def _move(course: Course, by: User | None, status: str, action: str, structure: bool = False) -> Course:
    data: dict[str, Any] = {"status": [course.status, status]}
    course.status = status
    course.save(update_fields=["status", "published_at", "deleted_at"])
    raise_versions(course, structure=structure)
    record(by=by, action=action, target=course, data=data)
    return course
