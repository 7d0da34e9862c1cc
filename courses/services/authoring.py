"""Writing a course: its own fields. The outline is next door, in `outline`."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.models.audit import record
from accounts.services import ensure_instructor_profile
from courses.exceptions import BelowEnrollmentCount
from courses.models import Course
from courses.services.cleaning import clean_course_fields
from courses.services.life import refuse_unless_teacher
from courses.services.prerequisites import set_prerequisites
from courses.services.slugs import follows_title, save_with_slug
from courses.services.tags import tags_named
from courses.services.texts import hold_files, index_course, make_public, register_pictures
from courses.services.writing import lock_course, raise_versions, recount_course, refuse_stale

INDEXED = {"title", "subtitle", "description", "tags", "category"}
LISTS = {"tags", "prerequisite_courses"}  # rows of their own tables
AUDITED = ("price", "currency", "slug")


@transaction.atomic
def create_course(*, by: User, title: str, instructor: User | None = None, **fields: Any) -> Course:
    """Make a draft and return it.

    `by` owns it, unless an admin names another `instructor` (the door sees to that). `fields` are those of
    COURSE_FIELDS; `tags` are names, `category`, `thumbnail` and `prerequisite_courses` rows, the language the
    author's unless sent. Raises ValidationError for values that do not fit (`not_an_instructor` among them), SlugTaken.
    """
    owner = instructor or by
    refuse_unless_teacher(owner)
    course = Course(instructor=owner, language=owner.locale)
    values = clean_course_fields(course=course, by=by, fields={"title": title, **fields})
    slug = values.pop("slug", None)
    tags = values.pop("tags", [])
    prerequisites = values.pop("prerequisite_courses", [])
    for name, value in values.items():
        setattr(course, name, value)
    course.duration_minutes = course.estimated_duration_minutes or 0
    _attach_thumbnail(course)
    save_with_slug(course, slug, lambda: course.save(force_insert=True))
    course.tags.set(tags_named(tags))
    set_prerequisites(course, prerequisites)
    register_pictures(course, course.description)
    index_course(course)
    ensure_instructor_profile(user=owner)
    record(by=by, action="course.created", target=course)
    return course


@transaction.atomic
def update_course(
    *, course: Course, by: User | None, fields: Mapping[str, Any], revision: int | None = None
) -> Course:
    """Change what is sent, of COURSE_FIELDS, and return the course, fresh.

    Until the first publication the address follows the title, unless one was typed. Nothing new in `fields`
    changes nothing. Raises ValidationError (`prerequisite_cycle` among them), SlugTaken, BelowEnrollmentCount;
    StaleRevision when the course no longer has the `revision` that the author read.
    """
    course = lock_course(course.pk)
    refuse_stale(course, revision)
    values = clean_course_fields(course=course, by=by, fields=fields)
    tags = values.pop("tags", None)
    wanted_slug = values.pop("slug", None)
    prerequisites = values.pop("prerequisite_courses", None)
    changed = {name for name, value in values.items() if getattr(course, name) != value}
    tag_rows = None if tags is None else tags_named(tags)
    if tag_rows is not None and {tag.pk for tag in tag_rows} != set(course.tags.values_list("pk", flat=True)):
        changed.add("tags")
    if prerequisites is not None and set_prerequisites(course, prerequisites):
        changed.add("prerequisite_courses")
    may_follow = wanted_slug is None and course.published_at is None and follows_title(course)
    old = {name: getattr(course, name) for name in AUDITED}
    for name in changed - LISTS:
        setattr(course, name, values[name])
    if (
        "max_students" in changed
        and (course.max_students or course.enrollment_count) < course.enrollment_count
    ):
        raise BelowEnrollmentCount(course.enrollment_count)
    if wanted_slug not in (None, course.slug) or (may_follow and "title" in changed):
        save_with_slug(course, wanted_slug, lambda: course.save(update_fields=["slug"]))
        changed.add("slug")
    if changed:
        _save_changes(course, changed, tag_rows)
        _record_changes(course, by, old)
    return course


def _save_changes(course: Course, changed: set[str], tags: list[Any] | None) -> None:
    if "thumbnail" in changed:
        _attach_thumbnail(course)
    if changed - LISTS:
        course.save(update_fields=sorted(changed - LISTS))
    if "tags" in changed:
        course.tags.set(tags or [])
    if "description" in changed:
        register_pictures(course, course.description)
    if changed & INDEXED:
        index_course(course)
    if "estimated_duration_minutes" in changed:
        recount_course(course)
    raise_versions(course, structure="min_quiz_average" in changed)


def _attach_thumbnail(course: Course) -> None:
    if course.thumbnail_id:
        hold_files([course.thumbnail_id])
        make_public([course.thumbnail_id])


def _record_changes(course: Course, by: User | None, old: dict[str, Any]) -> None:
    """Prices and addresses are what people rely on: their changes are kept."""
    data = {
        name: [str(before), str(getattr(course, name))]
        for name, before in old.items()
        if before != getattr(course, name)
    }
    if data:
        record(by=by, action="course.changed", target=course, data=data)
