"""Courses from the rows of a table: all of them, or none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from courses.models import Category, Course
from courses.services.authoring import create_course, update_course
from courses.services.life import transfer_course
from courses.transfer import read_cells
from lms.lib.errors import DomainError


class Outcome(models.TextChoices):
    """What becomes of a row."""

    CREATED = "created", gettext_lazy("New draft")
    CHANGED = "changed", gettext_lazy("Changed")
    UNCHANGED = "unchanged", gettext_lazy("As it was")
    REFUSED = "refused", gettext_lazy("Refused")


@dataclass(frozen=True)
class RowReport:
    """What became of the row with this number in the file; `course_id` is None for what a dry run would make."""

    number: str
    title: str
    outcome: Outcome
    sentences: tuple[str, ...] = ()
    course_id: UUID | None = None


def import_courses(*, by: User, rows: Sequence[dict[str, str]], dry_run: bool = False) -> list[RowReport]:
    """Make a draft of each row without a slug, and change the fields that the others name of the courses of `by`.

    `rows` are those of `courses.transfer.read_table`. Old slugs find their course, too. One row that is refused
    undoes all; so does `dry_run`, which answers what the import would. Status is never touched.
    """
    with transaction.atomic():
        importer = _Importer(by)
        reports = [importer.report(row) for row in rows]
        if dry_run or any(report.outcome == Outcome.REFUSED for report in reports):
            transaction.set_rollback(True)
    return reports


class _Importer:
    """What many rows of one file share."""

    def __init__(self, by: User) -> None:
        self.by = by
        self.seen: set[UUID] = set()
        self.categories: dict[str, Category] = {}
        rows = Category.objects.all()
        for row in rows:
            self.categories |= {key.casefold(): row for key in (row.name_en, row.name_ar)}
        self.categories |= {row.slug: row for row in rows}  # before a name that is spelt the same

    def report(self, row: dict[str, str]) -> RowReport:
        number, title = row["#"], row.get("title", "").strip() or row.get("slug", "").strip()
        try:
            with transaction.atomic():
                outcome, course = self._write(read_cells(row))
        except (DomainError, ValidationError) as error:
            return RowReport(number, title, Outcome.REFUSED, tuple(_sentences(error)))
        made = outcome == Outcome.CREATED
        return RowReport(number, course.title, outcome, course_id=None if made else course.pk)

    def _write(self, values: dict[str, Any]) -> tuple[Outcome, Course]:
        slug = values.pop("slug", "")
        course = self._known(slug) if slug else None
        teacher = self._teacher(values.pop("instructor", None))
        if "category" in values:
            values["category"] = self._category(values["category"])
        if "prerequisite_courses" in values:
            values["prerequisite_courses"] = self._prerequisites(values["prerequisite_courses"], course)
        if course is None:
            if "title" not in values:
                raise ValidationError({"title": _("A new course needs a title.")})
            return Outcome.CREATED, create_course(by=self.by, instructor=teacher, **values)
        before = course.revision
        course = update_course(course=course, by=self.by, fields=values)
        if teacher is not None:
            course = transfer_course(course=course, by=self.by, instructor=teacher)
        return (Outcome.CHANGED if course.revision > before else Outcome.UNCHANGED), course

    def _known(self, slug: str) -> Course:
        editable = Course.objects.editable_by(self.by)
        course = editable.filter(slug=slug).first() or editable.filter(slugs__slug=slug).first()
        if course is None:
            raise ValidationError({"slug": _("You have no course with this address.")}, code="unknown_course")
        if course.pk in self.seen:
            raise ValidationError({"slug": _("This course stands in a row above already.")}, code="duplicate")
        self.seen.add(course.pk)
        return course

    def _category(self, name: str) -> Category | None:
        if not name:
            return None
        found = self.categories.get(name) or self.categories.get(name.casefold())
        if found is None:
            raise ValidationError({"category": _("There is no such category.")}, code="unknown_category")
        return found

    def _prerequisites(self, slugs: Sequence[str], course: Course | None) -> list[Course]:
        """Return those that the person can see, and those that are required already."""
        if not slugs:
            return []
        known = Q(pk__in=Course.objects.visible_to(self.by).values("pk"))
        if course is not None:
            known |= Q(pk__in=course.prerequisite_courses.values("pk"))
        found = Course.objects.filter(known, slug__in=slugs)
        missing = set(slugs) - {course.slug for course in found}
        if missing:
            sentence = _("There is no course with the address %(slug)s.") % {"slug": min(missing)}
            raise ValidationError({"prerequisite_courses": sentence}, code="unknown_course")
        return list(found)

    def _teacher(self, email: str | None) -> User | None:
        if not email:
            return None
        person = User.objects.filter(email=User.clean_email(email), is_active=True).first()
        if person is None or not self.by.is_admin:
            raise ValidationError({"instructor": _("There is no such teacher.")}, code="not_an_instructor")
        return person


def _sentences(error: DomainError | ValidationError) -> Iterator[str]:
    """Yield what a refusal says, each with its column before it."""
    if isinstance(error, ValidationError):
        for name, messages in getattr(error, "message_dict", {"": error.messages}).items():
            yield from (f"{name}: {message}" if name else str(message) for message in messages)
    elif error.errors:
        yield from (f"{entry.field}: {entry.message}" for entry in error.errors)
    else:
        yield str(error)
