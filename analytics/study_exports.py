"""A student's progress as a file: the courses of the page, in its order."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from analytics.readers.study import CourseOfStudy, Study
from analytics.words import NONE, rate
from lms.lib import sheets
from lms.lib.figures import number, percent
from lms.lib.filters import InvalidFilter
from lms.lib.pdf import Report, render_report
from lms.lib.sheets import Column

FORMATS = ("csv", "pdf")
TYPES = {"csv": sheets.TYPES["csv"].partition(";")[0], "pdf": "application/pdf"}
COLUMNS = (
    Column(gettext_lazy("Course"), lambda row: row.course.title),
    Column(gettext_lazy("Status"), lambda row: row.enrollment.get_status_display()),
    Column(gettext_lazy("Progress (%)"), lambda row: row.enrollment.progress_percentage, "number", 2),
    Column(gettext_lazy("Completed lessons"), lambda row: row.enrollment.completed_lessons_count, "number"),
    Column(gettext_lazy("Lessons"), lambda row: row.enrollment.total_lessons_count, "number"),
    Column(gettext_lazy("Hours"), lambda row: row.time_hours, "number", 2),
    Column(gettext_lazy("Quiz average (%)"), lambda row: row.average_quiz_score, "number", 2),
    Column(gettext_lazy("Level"), lambda row: row.level_word),
    Column(gettext_lazy("Done by, at this pace"), lambda row: row.estimate and row.estimate.on, "date"),
    Column(gettext_lazy("Enrolled"), lambda row: row.enrollment.enrolled_at, "time"),
    Column(gettext_lazy("Completed"), lambda row: row.enrollment.completed_at, "time"),
    Column(gettext_lazy("Last seen"), lambda row: row.enrollment.last_accessed_at, "time"),
    Column(gettext_lazy("Certificate"), lambda row: row.certificate and row.certificate.number),
)


def read_format(name: str | None) -> str:
    """Return csv or pdf, csv if nothing is said; raise InvalidFilter for anything else."""
    if not name:
        return "csv"
    if name not in FORMATS:
        raise InvalidFilter("as")
    return name


def export(study: Study, *, as_: str) -> HttpResponseBase:
    """Return the student's courses as a download, in the reader's language and the student's time zone.

    `as_` is one of FORMATS.
    """
    name = f"progress-{study.today.isoformat()}"
    with timezone.override(study.zone):  # a token says nothing of it
        if as_ == "csv":
            return sheets.export(COLUMNS, study.courses(), name=name, as_="csv")
        response = HttpResponse(render_report(_report(study)), content_type=TYPES["pdf"])
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.pdf") or ""
    response["Cache-Control"] = "private, no-store"
    return response


def _report(study: Study) -> Report:
    """Return the page on paper: the sums, then a line for each course."""
    summary = study.summary()
    days = summary["streak"].current
    return Report(
        language=get_language() or settings.LANGUAGE_CODE,
        title=_("My progress"),
        subtitle=f"{study.student.full_name} · {date_format(study.today)}",
        author=settings.SITE_NAME,
        head=[_("Course"), _("Status"), _("Progress"), _("Lessons"), _("Hours"), _("Quiz average"), _("Level"),
              _("Done by, at this pace"), _("Certificate")],
        rows=[_line(row) for row in study.courses()],
        made_at=timezone.now(),
        page=_("Page {page} of {pages}"),
        figures=[
            (_("Courses"), number(summary["enrollments"]["total"])),
            (_("Completed"), number(summary["enrollments"]["completed"])),
            (_("Lessons completed"), number(summary["lessons_completed"])),
            (_("Hours"), number(summary["time_hours"])),
            (_("Quiz average"), percent(summary["average_quiz_score"], 2) or NONE),
            (_("Certificates"), number(summary["certificates"])),
            (_("Days in a row"), number(days)),
        ],
        numbers=frozenset({2, 3, 4, 5}),
        note=_("You are in no course yet.") if not study.enrollments else "",
    )  # fmt: skip


def _line(row: CourseOfStudy) -> list[str]:
    enrollment = row.enrollment
    return [
        row.course.title,
        enrollment.get_status_display(),
        rate(enrollment.progress_percentage),
        f"{enrollment.completed_lessons_count} / {enrollment.total_lessons_count}",
        number(row.time_hours),
        rate(row.average_quiz_score),
        str(row.level_word),
        date_format(row.estimate.on) if row.estimate else NONE,
        row.certificate.number if row.certificate else NONE,
    ]
