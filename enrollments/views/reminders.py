"""Reminders: on and off for one course, and the link at the foot of a mail, which needs no signing in."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from enrollments import services
from enrollments.emails import read_mute_token
from enrollments.models import Enrollment
from enrollments.views.places import enrollment_in
from lms.lib.requests import AuthenticatedRequest


@require_http_methods(["GET", "POST"])
def mute(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """Switch the reminders of one course off (`muted` is 1) or on again."""
    if request.method == "GET":
        return redirect("enrollments:dashboard")
    enrollment = enrollment_in(request.user, slug)
    if enrollment is None:
        raise Http404
    muted = request.POST.get("muted") == "1"
    services.set_muted(enrollment=enrollment, muted=muted)
    title = {"title": enrollment.course.title}
    text = _("No more reminders from %(title)s.") if muted else _("%(title)s reminds you again.")
    messages.success(request, text % title)
    return redirect("enrollments:dashboard")


@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def mute_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Ask once, then mute the course of a mail, or all courses of its reader. A mail scanner that opens links
    changes nothing. Http404 for a link that is not ours."""
    read = read_mute_token(token)
    if read is None:
        raise Http404
    enrollment_id, everything = read
    enrollment = get_object_or_404(Enrollment.objects.select_related("course"), pk=enrollment_id)
    is_done = request.method == "POST"
    if is_done:
        rows = [enrollment]
        if everything:
            rows = list(Enrollment.objects.filter(student=enrollment.student_id, is_muted=False))
        for row in rows:
            services.set_muted(enrollment=row, muted=True)
    context = {"course": None if everything else enrollment.course, "is_done": is_done}
    return render(request, "enrollments/mute.html", context)
