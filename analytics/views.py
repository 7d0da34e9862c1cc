"""Pages of figures for students. Staff have theirs in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from analytics import study_exports
from analytics.permissions import get_leaderboard_for
from analytics.pictures_of_study import minutes_chart
from analytics.ranges import InvalidRange, Range, last_days, read_days
from analytics.readers.leaderboard import shown_to
from analytics.readers.study import DAYS_SHOWN, Study
from analytics.throttling import check_export_throttle
from lms.lib.requests import AuthenticatedRequest

CHOICES = (30, 90, 365)  # days


@require_safe
@never_cache
def progress(request: AuthenticatedRequest) -> HttpResponse:
    """How far the student has come, everywhere: sums, days, and every course with its figures."""
    study = Study(request.user)
    span = _span(request, study)
    context: dict[str, Any] = {
        "summary": study.summary(),
        "courses": study.courses(),
        "achievements": [one for one in study.achievements() if one.kind == "streak"],
        "days": len(span),
        "choices": CHOICES,
        "chart": minutes_chart("minutes", study.time(span)),
    }
    return render(request, "analytics/progress.html", context)


def _span(request: AuthenticatedRequest, study: Study) -> Range:
    """Return the days that the address asks for; what is none of them is said, and 30 are shown."""
    try:
        return read_days(request.GET, today=study.today)
    except InvalidRange as refusal:
        messages.error(request, str(refusal))
        return last_days(DAYS_SHOWN, study.today)


@require_safe
@never_cache
def progress_export(request: AuthenticatedRequest, kind: str) -> HttpResponseBase:
    """The same as a file; ten a minute, those of the API included."""
    if kind not in study_exports.FORMATS:
        raise Http404
    check_export_throttle(request)
    return study_exports.export(Study(request.user), as_=kind)


@require_safe
@never_cache
def leaderboard(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """Who leads in the course, the own line marked; 404 while it is off."""
    course, own = get_leaderboard_for(request.user, slug)
    board = shown_to(course, own)
    context = {
        "course": course,
        "board": board,
        "is_listed": any(place.is_me for place in board["entries"]),
        "is_student": own is not None,
    }
    return render(request, "analytics/leaderboard.html", context)
