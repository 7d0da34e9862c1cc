"""Tables of enrollments as files: what the screen shows, numbers as numbers, no cell that runs as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from tempfile import TemporaryFile
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from courses.models import Course
from enrollments.grid import lessons_of, lines_of, students_of
from enrollments.models import Enrollment
from lms.lib.spreadsheets import safe_row

FORMATS = ("csv", "xlsx")
BATCH = 500
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
Row = Sequence[Any]


def file_of(rows: Iterable[Row], *, kind: str, name: str) -> FileResponse:
    """Return the rows as a file to download; `kind` is one of FORMATS, `name` has no ending.

    It is written to disk row by row, in the language and time zone of the request, then sent.
    """
    target = TemporaryFile()  # noqa: SIM115  the response closes it
    (_write_csv if kind == "csv" else _write_xlsx)(rows, target)
    target.seek(0)
    return FileResponse(target, as_attachment=True, filename=f"{name}.{kind}", content_type=TYPES[kind])


def _write_csv(rows: Iterable[Row], target: Any) -> None:
    text = io.TextIOWrapper(target, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    for row in rows:
        writer.writerow(safe_row(_cells(row)))
    text.flush()
    text.detach()


def _write_xlsx(rows: Iterable[Row], target: Any) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        cells = safe_row(_cells(row))
        sheet.append([ILLEGAL_CHARACTERS_RE.sub("", c) if isinstance(c, str) else c for c in cells])
    book.save(target)


def _cells(row: Row) -> list[Any]:
    return [_plain(value) for value in row]


def _plain(value: Any) -> Any:
    """Return a value as a table holds it: local times without a zone, numbers as numbers, the rest as text."""
    if isinstance(value, datetime):
        return timezone.localtime(value).replace(tzinfo=None, microsecond=0)
    if isinstance(value, Decimal):
        return float(value)
    return value if value is None or isinstance(value, int | float) else str(value)


# --- Tables


def enrollment_table(rows: QuerySet[Enrollment]) -> Iterator[Row]:
    """Yield head and lines of the staff's list (student and course are read with it)."""
    yield (
        _("Student"), _("E-mail"), _("Course"), _("Status"), _("Progress (%)"), _("Completed lessons"),
        _("Lessons"), _("Last seen"), _("Access until"), _("Source"),
    )  # fmt: skip
    for row in rows.select_related("student", "course").iterator(BATCH):
        yield (
            row.student.full_name, row.student.email, row.course.title, row.get_status_display(),
            row.progress_percentage, row.completed_lessons_count, row.total_lessons_count,
            row.last_accessed_at, row.expires_at, row.get_source_display(),
        )  # fmt: skip


def grid_table(course: Course, order: str) -> Iterator[Row]:
    """Yield head and lines of the grid, all students of the course."""
    lessons = lessons_of(course)
    titles = [lesson.title for lesson in lessons]
    yield (_("Student"), _("E-mail"), _("Status"), _("Progress (%)"), *titles)
    batch: list[Enrollment] = []
    for row in students_of(course, order).iterator(BATCH):
        batch.append(row)
        if len(batch) == BATCH:
            yield from _grid_lines(batch, lessons)
            batch = []
    yield from _grid_lines(batch, lessons)


def _grid_lines(rows: list[Enrollment], lessons: Any) -> Iterator[Row]:
    for line in lines_of(rows, lessons):
        student, enrollment = line.enrollment.student, line.enrollment
        status, progress = enrollment.get_status_display(), enrollment.progress_percentage
        yield (student.full_name, student.email, status, progress, *(cell.word for cell in line.cells))


def own_table(rows: Iterable[Enrollment]) -> Iterator[Row]:
    """Yield head and lines of a student's own progress (the courses are read)."""
    yield (
        _("Course"), _("Status"), _("Progress (%)"), _("Completed lessons"), _("Lessons"), _("Minutes"),
        _("Enrolled"), _("Completed"), _("Last seen"),
    )  # fmt: skip
    for row in rows:
        yield (
            row.course.title, row.get_status_display(), row.progress_percentage,
            row.completed_lessons_count, row.total_lessons_count, row.minutes_spent,
            row.enrolled_at, row.completed_at, row.last_accessed_at,
        )  # fmt: skip
