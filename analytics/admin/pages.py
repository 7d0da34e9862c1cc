"""The page of one course in figures: its tabs, its files, and what its buttons do."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics import course_exports, pictures, services
from analytics.days import site_today
from analytics.models import CourseStat
from analytics.ranges import ALL, PERIODS, last_days
from analytics.readers import courses, students
from analytics.readers.attention import attention
from analytics.readers.trend import read_span, trend
from analytics.standing import LEVEL_RULES, TOO_EARLY
from analytics.throttling import check_export_throttle
from courses.models import Course
from lms.lib.errors import DomainError
from lms.lib.filters import check_search
from lms.lib.requests import person_of
from lms.lib.sheets import FORMATS

STUDENTS_A_PAGE = 50
OVERVIEW, LESSONS, QUIZZES, STUDENTS, TREND = "overview", "lessons", "quizzes", "students", "trend"
TABS = {
    OVERVIEW: gettext_lazy("Overview"),
    LESSONS: gettext_lazy("Lessons"),
    QUIZZES: gettext_lazy("Quizzes"),
    STUDENTS: gettext_lazy("Students"),
    TREND: gettext_lazy("Trend"),
}
PRESETS = {
    "7d": gettext_lazy("7 days"),
    "30d": gettext_lazy("30 days"),
    "90d": gettext_lazy("90 days"),
    "1y": gettext_lazy("A year"),
    ALL: gettext_lazy("All"),
}


def get_stat_or_404(request: HttpRequest, stat_id: UUID) -> CourseStat:
    """Return the figures of a course that the person may edit; for everybody else they are not there (one query)."""
    stats = CourseStat.objects.editable_by(request.user).filter(course__deleted_at=None)
    found = stats.select_related("course__instructor").defer("course__description", "course__search_text")
    return get_object_or_404(found, pk=stat_id)


def page_of_course(admin: Any, request: HttpRequest, course_id: UUID) -> HttpResponse:
    """Lead from a course to its figures, whose row is made on first need."""
    course = get_object_or_404(Course.objects.editable_by(request.user).filter(deleted_at=None), pk=course_id)
    stat, _made = CourseStat.objects.get_or_create(course=course)
    return redirect(stat)


def course_page(admin: Any, request: HttpRequest, stat_id: UUID) -> HttpResponse:
    """Show one tab. A filter or range that makes no sense is told, and the tab shown without it (400)."""
    stat = services.freshen(get_stat_or_404(request, stat_id))
    tab = request.GET.get("tab", OVERVIEW)
    if tab not in TABS:
        raise Http404
    read, problem = READERS[tab], ""
    try:
        facts = read(stat, request)
    except DomainError as refusal:
        problem = str(refusal)
        facts = FALLBACKS[tab](stat, request)
    context = {
        **admin.admin_site.each_context(request),
        "title": stat.course.title,
        "opts": admin.opts,
        "stat": stat,
        "course": stat.course,
        "tab": tab,
        "tabs": TABS,
        "problem": problem,
        "formats": FORMATS,
        **facts,
    }
    template = f"admin/analytics/{tab}.html"
    return render(request, template, context, status=400 if problem else 200)


def _overview(stat: CourseStat, request: HttpRequest) -> dict[str, Any]:
    found = courses.overview(stat)
    return {
        **{name: found[name] for name in ("stats", "engagement", "reviews")},
        "attention": attention(stat),
        "histogram": pictures.progress_bars(stat.progress_histogram),
        "stars": pictures.star_bars(found["reviews"]["distribution"]),
    }


def _lessons(stat: CourseStat, request: HttpRequest) -> dict[str, Any]:
    rows = courses.lessons(stat)
    return {
        "picture": pictures.lesson_funnel(rows, stat.enrollments),
        "table": _table(courses.LESSON_COLUMNS, rows),
    }


def _quizzes(stat: CourseStat, request: HttpRequest) -> dict[str, Any]:
    rows = courses.quizzes(stat)
    for row in rows:
        row["picture"] = pictures.score_bars(f"scores-{row['id']}", row["histogram"])
    return {"quizzes": rows, "table": _table(courses.QUIZ_COLUMNS, rows)}


def _students(stat: CourseStat, request: HttpRequest) -> dict[str, Any]:
    if "search" in request.GET:
        check_search(request.GET["search"], present=bool(request.GET["search"].strip()))
    return _student_rows(stat, request, students.chosen(stat, request.GET))


def _all_students(stat: CourseStat, request: HttpRequest) -> dict[str, Any]:
    return _student_rows(stat, request, students.students(stat))


def _student_rows(stat: CourseStat, request: HttpRequest, chosen: Any) -> dict[str, Any]:
    page = Paginator(chosen, STUDENTS_A_PAGE).get_page(request.GET.get("page"))
    rows = students.read(page.object_list)
    return {
        "page": page,
        "rows": rows,
        "table": _table(students.COLUMNS, rows),
        "filters": course_exports.filters_of(request.GET),
        "statuses": students.STATUSES,
        "risks": students.RISKS,
        "orders": students.ORDER_CHOICES,
        "rules": [(level.label if level else TOO_EARLY, rule) for level, rule in LEVEL_RULES.items()],
    }


def _trend(stat: CourseStat, request: HttpRequest) -> dict[str, Any]:
    return _over_time(stat, read_span(stat, request.GET))


def _last_days(stat: CourseStat, request: HttpRequest) -> dict[str, Any]:
    return _over_time(stat, last_days(PERIODS["30d"], site_today()))


def _over_time(stat: CourseStat, span: Any) -> dict[str, Any]:
    return {"span": span, "presets": PRESETS, "pictures": pictures.course_trend(trend(stat, span))}


def _table(columns: Any, rows: Any) -> dict[str, Any]:
    """Return the columns, and for each row the column and value of its cells, as the file has them."""
    return {
        "columns": columns,
        "rows": [(row, [(column, column.value(row)) for column in columns]) for row in rows],
    }


READERS = {
    OVERVIEW: _overview,
    LESSONS: _lessons,
    QUIZZES: _quizzes,
    STUDENTS: _students,
    TREND: _trend,
}
FALLBACKS = {**READERS, STUDENTS: _all_students, TREND: _last_days}


def verbs_page(admin: Any, request: HttpRequest, stat_id: UUID) -> HttpResponse:
    """Do what a button says, and come back to the same tab and range: refresh now, or the switch of the leaderboard."""
    stat = get_stat_or_404(request, stat_id)
    try:
        messages.success(request, _verb(stat, request))
    except DomainError as refusal:
        messages.error(request, str(refusal))
    query = request.GET.urlencode()
    return redirect(f"{stat.get_absolute_url()}?{query}" if query else stat)


def _verb(stat: CourseStat, request: HttpRequest) -> str:
    verb = request.POST.get("verb")
    if verb == "refresh":
        services.refresh_now(stat.course)
        return _("The figures are being refreshed. Load the page again in a moment.")
    if verb not in ("show_leaderboard", "hide_leaderboard"):
        raise BadRequest
    enabled = verb == "show_leaderboard"
    services.set_leaderboard(course=stat.course, enabled=enabled, by=person_of(request))
    return _("Students see the leaderboard now.") if enabled else _("Students no longer see the leaderboard.")


def export_page(admin: Any, request: HttpRequest, stat_id: UUID, table: str, kind: str) -> HttpResponseBase:
    """Give a list as a file, as the screen shows it. Raises Throttled beyond ten a minute, with those of the API."""
    stat = get_stat_or_404(request, stat_id)
    if table not in course_exports.TABLES or kind not in FORMATS:
        raise Http404
    check_export_throttle(request)
    return _file(stat, request, table, kind)


def _file(stat: CourseStat, request: HttpRequest, table: str, kind: str) -> HttpResponseBase:
    if table == LESSONS:
        return course_exports.export_lessons(stat, as_=kind)
    if table == QUIZZES:
        return course_exports.export_quizzes(stat, as_=kind)
    rows, filters = students.chosen(stat, request.GET), course_exports.filters_of(request.GET)
    return course_exports.export_students(stat, rows, as_=kind, by=person_of(request), filters=filters)
