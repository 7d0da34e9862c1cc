"""Tables of enrollments as files: what the screen shows."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from django.utils.translation import gettext_lazy as _

from courses.models import Course
from enrollments.grid import Line, lessons_of, lines_of, students_of
from enrollments.models import Enrollment
from lms.lib.sheets import Column, chunked

# The staff's list (student and course are read with it).
ENROLLMENTS = [
    Column(_("Student"), lambda row: row.student.full_name),
    Column(_("E-mail"), lambda row: row.student.email),
    Column(_("Course"), lambda row: row.course.title),
    Column(_("Status"), Enrollment.get_status_display),
    Column(_("Progress (%)"), lambda row: row.progress_percentage, "number"),
    Column(_("Completed lessons"), lambda row: row.completed_lessons_count, "number"),
    Column(_("Lessons"), lambda row: row.total_lessons_count, "number"),
    Column(_("Last seen"), lambda row: row.last_accessed_at, "time"),
    Column(_("Access until"), lambda row: row.expires_at, "time"),
    Column(_("Source"), Enrollment.get_source_display),
]


def grid_table(course: Course, order: str) -> tuple[list[Column], Iterator[Line]]:
    """Return columns and rows of the grid, all students of the course (a query for each 500 of them)."""
    lessons = lessons_of(course)
    columns = [
        Column(_("Student"), lambda line: line.enrollment.student.full_name),
        Column(_("E-mail"), lambda line: line.enrollment.student.email),
        Column(_("Status"), lambda line: line.enrollment.get_status_display()),
        Column(_("Progress (%)"), lambda line: line.enrollment.progress_percentage, "number"),
        *(Column(lesson.title, partial(_word, number)) for number, lesson in enumerate(lessons)),
    ]
    rows = students_of(course, order)
    return columns, (line for chunk in chunked(rows) for line in lines_of(chunk, lessons))


def _word(number: int, line: Line) -> str:
    return str(line.cells[number].word)
