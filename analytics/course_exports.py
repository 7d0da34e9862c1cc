"""The lists of a course as files: rows, filters, order and columns of the screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone

from accounts.models import User
from accounts.models.audit import record
from analytics.models import CourseStat
from analytics.readers import courses, students
from enrollments.models import Enrollment
from lms.lib.filters import InvalidFilter
from lms.lib.sheets import FORMATS, export

TABLES = ("students", "lessons", "quizzes")


def read_format(name: str | None) -> str:
    """Return csv or xlsx, csv if nothing is said; raise InvalidFilter for anything else."""
    if not name:
        return "csv"
    if name not in FORMATS:
        raise InvalidFilter("as")
    return name


def export_students(
    stat: CourseStat, rows: QuerySet[Enrollment], *, as_: str, by: User, filters: Mapping[str, str]
) -> StreamingHttpResponse:
    """Return the students as a file, and write down who took it; `filters` is what made `rows` of all of them.

    Times are those of the reader's zone on every door: a token says nothing of it.
    """
    asked = {name: value for name, value in filters.items() if value}
    facts = {"table": "students", "format": as_, "filters": asked, "rows": rows.count()}
    record(by=by, action="analytics.export", target=stat.course, data=facts)
    with timezone.override(ZoneInfo(by.time_zone)):
        return export(students.COLUMNS, students.read_all(rows), name=_name(stat, "students"), as_=as_)


def export_lessons(stat: CourseStat, *, as_: str) -> StreamingHttpResponse:
    """Return the lessons with their figures as a file."""
    return export(courses.LESSON_COLUMNS, courses.lessons(stat), name=_name(stat, "lessons"), as_=as_)


def export_quizzes(stat: CourseStat, *, as_: str) -> StreamingHttpResponse:
    """Return the quizzes with their statistics as a file."""
    return export(courses.QUIZ_COLUMNS, courses.quizzes(stat), name=_name(stat, "quizzes"), as_=as_)


def _name(stat: CourseStat, table: str) -> str:
    return f"{stat.course.slug}-{table}-{timezone.localdate().isoformat()}"


def filters_of(params: Mapping[str, Any]) -> dict[str, str]:
    """Return the part of a query string that chooses students."""
    known = students.StudentFilter.base_filters
    return {name: str(params[name]) for name in known if params.get(name)}
