"""Students by lessons: who has done what in a course, a page of students at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.db.models.expressions import OrderBy
from django.utils.translation import gettext_lazy as _

from courses.models import Course, Lesson
from enrollments.models import Enrollment, LessonProgress
from enrollments.models.enrollment import EnrollmentQuerySet

STUDENTS_A_PAGE = 50
Status = LessonProgress.Status
SIGNS = {Status.COMPLETED: "✓", Status.IN_PROGRESS: "◐", Status.NOT_STARTED: "○"}
WORDS = {Status.COMPLETED: _("Done"), Status.IN_PROGRESS: _("Started"), Status.NOT_STARTED: _("Not yet")}
ORDERS = {
    "name": [OrderBy(F("student__full_name")), OrderBy(F("pk"))],
    "-progress": [OrderBy(F("progress_percentage"), descending=True), OrderBy(F("pk"))],
    "progress": [OrderBy(F("progress_percentage")), OrderBy(F("pk"))],
    "-seen": [OrderBy(F("last_accessed_at"), descending=True, nulls_last=True), OrderBy(F("pk"))],
    "seen": [OrderBy(F("last_accessed_at"), nulls_first=True), OrderBy(F("pk"))],
}


@dataclass(frozen=True)
class Cell:
    """How one student stands in one lesson."""

    status: str

    @property
    def sign(self) -> str:
        return SIGNS[Status(self.status)]

    @property
    def word(self) -> Any:
        return WORDS[Status(self.status)]


@dataclass(frozen=True)
class Line:
    """One student with a cell for each lesson."""

    enrollment: Enrollment
    cells: list[Cell]


def lessons_of(course: Course) -> list[Lesson]:
    """Return the columns: the course's live lessons in their order (one query)."""
    lessons = Lesson.objects.live().filter(course=course).select_related("module").defer("body")
    return list(lessons.in_order())


def students_of(course: Course, order: str) -> EnrollmentQuerySet:
    """Return the rows: everybody who is or was in the course; `order` is a key of ORDERS."""
    rows = Enrollment.objects.filter(course=course).select_related("student")
    return rows.order_by(*ORDERS[order])


def lines_of(rows: Iterable[Enrollment], lessons: Sequence[Lesson]) -> list[Line]:
    """Return the lines of some students (one query, however many)."""
    rows = list(rows)
    known = LessonProgress.objects.filter(enrollment__in=rows, lesson__in=lessons)
    status = {
        (enrollment, lesson): value
        for enrollment, lesson, value in known.values_list("enrollment", "lesson", "status")
    }
    return [
        Line(row, [Cell(status.get((row.pk, lesson.pk), Status.NOT_STARTED)) for lesson in lessons])
        for row in rows
    ]
