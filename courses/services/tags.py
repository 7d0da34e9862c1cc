"""Tags, made by use, and categories, made by admins."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.models.audit import record
from courses.catalogue_version import touch_catalogue
from courses.exceptions import CategoryInUse
from courses.models import Category, Course, Tag
from courses.services.merging import merge_tags
from courses.services.texts import index_course
from lms.lib.slugs import slugify_unicode, unique_slug
from lms.lib.tasks import wake
from lms.lib.text import normalise_for_search


def tags_named(names: Iterable[str]) -> list[Tag]:
    """Return the tags of these names, each once, made where they are new; the spelling of the first stays."""
    keys: dict[str, str] = {}
    for name in names:
        keys.setdefault(normalise_for_search(name), name)
    keys.pop("", None)
    known = {tag.key: tag for tag in Tag.objects.filter(key__in=keys)}
    for key, name in keys.items():
        if key not in known:
            slug = unique_slug(slugify_unicode(name, 50), _slug_is_taken, fallback="tag", max_length=60)
            # Two authors at once: the unique key decides, the loser takes the winner's row.
            known[key], _made = Tag.objects.get_or_create(key=key, defaults={"name": name, "slug": slug})
    return [known[key] for key in keys]


@transaction.atomic
def add_tag(*, by: User | None, name: str) -> Tag:
    """Return the tag of this name, made if it is new. Raises ValidationError for a name that does not fit."""
    tag = Tag(name=" ".join(name.split()))
    tag.clean_fields(exclude=["slug", "key"])
    found = tags_named([tag.name])
    if not found:
        raise ValidationError({"name": ValidationError(_("Use letters or digits."), code="invalid")})
    return found[0]


@transaction.atomic
def delete_tag(*, tag: Tag, by: User | None) -> None:
    """Delete a tag; courses lose it."""
    courses = list(tag.courses.select_related("category", "instructor"))
    record(by=by, action="tag.deleted", target=tag)
    tag.delete()
    for course in courses:
        index_course(course)
    touch_catalogue()


def _slug_is_taken(slug: str) -> bool:
    return Tag.objects.filter(slug=slug).exists()


@transaction.atomic
def save_category(
    *, by: User | None, name_en: str, name_ar: str, category: Category | None = None
) -> Category:
    """Make a category, at the end of the list, or rename one; its address stays. Courses are found by the new
    name as soon as the task `refresh_search` has run. Raises ValidationError for a name that does not fit.
    """
    row = category or Category(position=Category.objects.count() + 1)
    row.name_en, row.name_ar = name_en.strip(), name_ar.strip()
    row.clean_fields(exclude=["slug"])
    if category is None:
        taken = set(Category.objects.values_list("slug", flat=True))
        base = slugify_unicode(row.name_en, 90)
        row.slug = unique_slug(base, taken.__contains__, fallback="category", max_length=100)
    row.save()
    record(by=by, action="category.saved", target=row)
    touch_catalogue()
    if category is not None:
        wake("courses.refresh_search")
    return row


@transaction.atomic
def delete_category(*, category: Category, by: User | None) -> None:
    """Delete a category; raise CategoryInUse while a course, binned ones included, stands in it."""
    record(by=by, action="category.deleted", target=category)
    try:
        with transaction.atomic():
            category.delete()
    except ProtectedError:
        raise CategoryInUse from None
    touch_catalogue()


@transaction.atomic
def reorder_categories(*, by: User | None, ids: Sequence[Any]) -> None:
    """Put the categories into the order of `ids`; those not named follow."""
    rows = {row.pk: row for row in Category.objects.all()}
    named = [rows.pop(pk) for pk in ids if pk in rows]
    for position, row in enumerate([*named, *rows.values()], start=1):
        row.position = position
    Category.objects.bulk_update([*named, *rows.values()], ["position"])
    touch_catalogue()


@transaction.atomic
def rename_tag(*, tag: Tag, by: User | None, name: str) -> Tag:
    """Give a tag another name; one that already exists takes over its courses and is returned."""
    tag.name = " ".join(name.split())
    tag.key = normalise_for_search(tag.name)
    tag.clean_fields(exclude=["slug"])
    other = Tag.objects.filter(key=tag.key).exclude(pk=tag.pk).first()
    if other is not None:
        merge_tags(tags=[tag], into=other, by=by)
        return other
    tag.save(update_fields=["name", "key"])
    record(by=by, action="tag.renamed", target=tag)
    for course in tag.courses.select_related("category", "instructor"):
        index_course(course)
    touch_catalogue()
    return tag


def refresh_search(courses: Iterable[Course] | None = None) -> int:
    """Write the search words of `courses` anew (None: of all); return how many. Harmless twice."""
    rows = Course.objects.select_related("category", "instructor").iterator() if courses is None else courses
    done = 0
    for course in rows:
        index_course(course)
        done += 1
    touch_catalogue()
    return done
