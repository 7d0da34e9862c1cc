"""How far the student has come, everywhere."""

from __future__ import annotations

from django.db.models import Count
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from enrollments import services
from enrollments.exports import file_of, own_table
from enrollments.models import Enrollment, LessonProgress
from enrollments.views.dashboard import read_activity
from lms.lib.requests import AuthenticatedRequest

Status = Enrollment.Status


@require_safe
@never_cache
def progress(request: AuthenticatedRequest) -> HttpResponse:
    """Summary, activity and streak, and every course with its numbers (four queries)."""
    mine = list(Enrollment.objects.filter(student=request.user).for_dashboard())
    services.refresh(mine)
    done = LessonProgress.objects.filter(
        enrollment__student=request.user, status=LessonProgress.Status.COMPLETED
    )
    context = {
        "enrollments": mine,
        "in_progress": sum(row.status == Status.ACTIVE for row in mine),
        "completed": sum(row.completed_at is not None for row in mine),
        "lessons_done": done.aggregate(n=Count("pk"))["n"],
        "minutes": sum(row.time_spent_seconds for row in mine) // 60,
        "activity": read_activity(request.user, timezone.localdate()),
    }
    return render(request, "enrollments/progress.html", context)


@require_safe
@never_cache
def progress_export(request: AuthenticatedRequest) -> HttpResponseBase:
    """The same as a table to download."""
    mine = list(Enrollment.objects.filter(student=request.user).for_dashboard())
    services.refresh(mine)
    return file_of(own_table(mine), kind="csv", name="progress")
