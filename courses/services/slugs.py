"""Addresses of courses and lessons: made from the title, kept for ever."""

import re
from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from courses.exceptions import LessonSlugTaken, SlugTaken
from courses.models import Course, CourseSlug, Lesson
from lms.lib.slugs import MAX_LENGTH, is_reserved, slugify_unicode, unique_slug

TRIES = 40  # parallel authors of one title; each lost race is one more try
SUFFIX_ROOM = 10


def clean_slug(text: str) -> str:
    """Return a typed address as it is stored.

    Raises ValidationError: `invalid_slug` when nothing is left of it, `slug_reserved` for our own words and
    for what looks like an id.
    """
    slug = slugify_unicode(text)
    if not slug:
        raise ValidationError(_("Use letters or digits."), code="invalid_slug")
    if is_reserved(slug):
        raise ValidationError(_("This address is reserved. Choose another."), code="slug_reserved")
    return slug


def follows_title(course: Course) -> bool:
    """Return whether the address is the one made from the title: a typed one stays when the title changes."""
    base = slugify_unicode(course.title)
    if not base:
        return bool(re.fullmatch(r"course-[a-z2-9]{8}", course.slug))
    stem, _dash, number = course.slug.rpartition("-")
    was_cut = len(base) + len(number) + 1 > MAX_LENGTH
    is_numbered = number.isdigit() and (base == stem or (was_cut and base.startswith(stem)))
    return course.slug == base or is_numbered


def save_with_slug(course: Course, slug: str | None, save: Callable[[], None]) -> None:
    """Give `course` an address, call `save`, and remember the address as the course's for ever.

    With a `slug` (from `clean_slug`) that one or SlugTaken; without, the first free one made from the title.
    A course may take back an address of its own. Must run inside a transaction.
    """
    if slug is not None and _foreign(course, slug).exists():
        raise SlugTaken(slug)
    for _attempt in range(TRIES):
        course.slug = slug or _free_slug(course)
        try:
            with transaction.atomic():
                save()
                row, _made = CourseSlug.objects.get_or_create(slug=course.slug, defaults={"course": course})
                if row.course_id != course.pk:
                    raise IntegrityError("another course's address")
        except IntegrityError:
            # Somebody took it between the look and the write; anything else is not ours to mend.
            if not _foreign(course, course.slug).exists():
                raise
            if slug is not None:
                raise SlugTaken(slug) from None
        else:
            return
    raise SlugTaken(course.slug)


def _foreign(course: Course, slug: str) -> models.QuerySet[CourseSlug]:
    return CourseSlug.objects.filter(slug=slug).exclude(course=course.pk)


def _free_slug(course: Course) -> str:
    base = slugify_unicode(course.title)
    near = CourseSlug.objects.filter(slug__startswith=base[: MAX_LENGTH - SUFFIX_ROOM])
    taken = set(near.exclude(course=course.pk).values_list("slug", flat=True)) if base else set()
    return unique_slug(base, taken.__contains__)


def lesson_slug(lesson: Lesson, wanted: str | None = None) -> str:
    """Return the address of a lesson, unique among the course's present lessons, whose course is locked.

    Without `wanted` it is made from the title; a `wanted` one that is taken raises LessonSlugTaken.
    """
    base = wanted or slugify_unicode(lesson.title)
    near = Lesson.objects.present().filter(course=lesson.course_id).exclude(pk=lesson.pk)
    near = near.filter(slug__startswith=base[: MAX_LENGTH - SUFFIX_ROOM])
    taken = set(near.values_list("slug", flat=True)) if base else set()
    if wanted is not None and wanted in taken:
        raise LessonSlugTaken(wanted)
    return unique_slug(base, taken.__contains__, fallback="lesson")
