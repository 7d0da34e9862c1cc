"""My learning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from courses.models import Module
from enrollments import services
from enrollments.models import Enrollment, LessonProgress
from enrollments.outline import Outline
from enrollments.permissions import opens_at
from lms.lib.requests import AuthenticatedRequest

BOOKMARKS_SHOWN = 6
OPENINGS_SHOWN = 5
Status = Enrollment.Status
TABS = {
    "progress": (Status.ACTIVE, Status.SUSPENDED),
    "completed": (Status.COMPLETED,),
    "dropped": (Status.DROPPED, Status.EXPIRED),
}


@require_safe
@never_cache
def dashboard(request: AuthenticatedRequest) -> HttpResponse:
    """Where to go on, my courses by state, bookmarks; the template adds the last 30 days and certificates."""
    shown = request.GET.get("show", "progress")
    tab = shown if shown in TABS else "progress"
    mine = list(Enrollment.objects.filter(student=request.user).for_dashboard())
    services.refresh(mine)
    last = next((row for row in mine if row.status == Status.ACTIVE and _is_open(row)), None)
    outline = Outline(last.course, request.user, last) if last else None
    context = {
        "greeting": _greeting(request.user.get_short_name()),
        "tab": tab,
        "tabs": _tabs(mine, tab),
        "enrollments": [row for row in mine if row.status in TABS[tab]],
        "has_any": bool(mine),
        "resume": _resume(outline),
        "opening": _opening_soon(mine),
        "bookmarks": _bookmarks(request.user),
    }
    return render(request, "enrollments/dashboard.html", context)


def _is_open(row: Enrollment) -> bool:
    return row.course.deleted_at is None


def _greeting(name: str) -> str:
    hour = timezone.localtime().hour
    if 5 <= hour < 12:
        return _("Good morning, %(name)s") % {"name": name}
    if 12 <= hour < 18:
        return _("Good afternoon, %(name)s") % {"name": name}
    return _("Good evening, %(name)s") % {"name": name}


def _tabs(mine: Sequence[Enrollment], current: str) -> list[dict[str, Any]]:
    labels = {"progress": _("In progress"), "completed": _("Completed"), "dropped": _("Dropped")}
    return [
        {
            "name": name,
            "label": labels[name],
            "count": sum(row.status in statuses for row in mine),
            "is_current": name == current,
        }
        for name, statuses in TABS.items()
    ]


def _resume(outline: Outline | None) -> dict[str, Any] | None:
    """Return what the card says: the lesson, its place in the course, the second at which it stopped."""
    step = outline.resume if outline else None
    if outline is None or step is None:
        return None
    section = outline.section_of(step)
    return {
        "course": outline.course,
        "outline": outline,
        "step": step,
        "module_number": section.number,
        "lesson_number": section.steps.index(step) + 1,
        "lesson_count": len(section.steps),
        "stopped_at": step.row.last_position_seconds if step.row else 0,
        "length": step.lesson.video_seconds,
        "left": outline.total - outline.done,
    }


def _opening_soon(mine: Sequence[Enrollment]) -> list[dict[str, Any]]:
    """Return the next modules that open in one's active courses, soonest first (one query)."""
    learning = {
        row.course_id: row
        for row in mine
        if row.status == Status.ACTIVE and _is_open(row) and not row.is_unlocked
    }
    dated = Q(release_at__gt=timezone.now()) | Q(release_after_days__gt=0)
    soon: list[dict[str, Any]] = []
    for module in Module.objects.shown().filter(dated, course__in=list(learning)):
        row = learning[module.course_id]
        opens = opens_at(module, row.enrolled_at)
        if opens is not None and opens > timezone.now():
            soon.append({"module": module, "course": row.course, "opens_at": opens})
    return sorted(soon, key=lambda one: one["opens_at"])[:OPENINGS_SHOWN]


def _bookmarks(user: Any) -> list[LessonProgress]:
    rows = LessonProgress.objects.filter(
        enrollment__student=user,
        enrollment__status__in=Enrollment.CURRENT,
        is_bookmarked=True,
        lesson__deleted_at=None,
    )
    return list(
        rows.select_related("lesson__course")
        .defer("lesson__body", "watched")
        .order_by("-last_accessed_at")[:BOOKMARKS_SHOWN]
    )
