"""Several categories or tags become one: their courses move over, the others go."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import ProtectedError

from accounts.models import User
from accounts.models.audit import record
from courses.catalogue_version import touch_catalogue
from courses.exceptions import CategoryInUse
from courses.models import Category, Course, Tag
from courses.services.texts import index_course
from lms.lib.tasks import wake


@transaction.atomic
def merge_categories(*, categories: Iterable[Category], into: Category, by: User | None) -> int:
    """Move every course of `categories`, binned ones included, to `into` and delete them; return how many moved.

    `into` itself may be among them and stays. Courses are found by the new name as soon as the task
    `refresh_search` has run. Raises CategoryInUse when somebody puts a course into one of them meanwhile.
    """
    others = {row.pk: row for row in categories if row.pk != into.pk}
    moved = Course.objects.filter(category__in=others).update(category=into)
    for row in others.values():
        record(by=by, action="category.merged", target=row, data={"into": str(into.pk)})
    try:
        with transaction.atomic():
            Category.objects.filter(pk__in=others).delete()
    except ProtectedError:
        raise CategoryInUse from None
    if others:
        touch_catalogue()
        wake("courses.refresh_search")
    return moved


@transaction.atomic
def merge_tags(*, tags: Iterable[Tag], into: Tag, by: User | None) -> int:
    """Give every course of `tags` the tag `into` and delete the others; return how many courses had one.

    `into` itself may be among them and stays.
    """
    others = {row.pk: row for row in tags if row.pk != into.pk}
    courses = list(Course.objects.filter(tags__in=others).distinct().select_related("category", "instructor"))
    link = Course.tags.through
    rows = [link(course_id=course.pk, tag_id=into.pk) for course in courses]
    link._default_manager.bulk_create(rows, ignore_conflicts=True)
    for row in others.values():
        record(by=by, action="tag.merged", target=row, data={"into": str(into.pk)})
    Tag.objects.filter(pk__in=others).delete()
    for course in courses:
        index_course(course)
    if others:
        touch_catalogue()
    return len(courses)
