"""What is made from an author's text when it is saved: words to search, and the pictures in it."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from courses.models import Course, Lesson
from files.models import StoredFile
from lms.lib.markdown import file_ids, plain_text
from lms.lib.text import normalise_for_search

TITLE_KEY_LENGTH = 512


def index_course(course: Course) -> None:
    """Write what search and the order of titles go by, when the course, its tags or category have changed."""
    parts = [course.title, course.subtitle, *course.tags.values_list("name", flat=True)]
    if course.category:
        parts += [course.category.name_en, course.category.name_ar]
    parts += [course.instructor.full_name, plain_text(course.description)]
    course.search_text = normalise_for_search("\n".join(parts))
    course.title_key = normalise_for_search(course.title)[:TITLE_KEY_LENGTH]
    Course.objects.filter(pk=course.pk).update(search_text=course.search_text, title_key=course.title_key)


def may_show_pictures(text: str) -> bool:
    """Return whether it is worth parsing a text for pictures."""
    return "file:" in text.lower()


def register_pictures(row: Course | Lesson, text: str) -> None:
    """Keep as rows which of our pictures `text` shows; those of a course's description become public."""
    ids = file_ids(text) if may_show_pictures(text) else []
    hold_files(ids)
    row.inline_files.set(StoredFile.objects.filter(pk__in=ids))
    if isinstance(row, Course):
        make_public(ids)


def hold_files(ids: Iterable[Any]) -> None:
    """Lock files that are being attached; raise ValidationError `unknown_file` if one is on its way out.

    So attaching and deleting the same file cannot both win.
    """
    wanted = set(ids)
    if not wanted:
        return
    ready = StoredFile.objects.ready().filter(pk__in=wanted).order_by("pk")
    if len(ready.select_for_update(no_key=True)) < len(wanted):
        raise ValidationError(_("A file you chose has been deleted."), code="unknown_file")


def make_public(ids: Iterable[Any]) -> None:
    """Let visitors see what the catalogue shows of a course."""
    private = StoredFile.objects.filter(pk__in=list(ids), visibility=StoredFile.Visibility.PRIVATE)
    private.update(visibility=StoredFile.Visibility.PUBLIC)
