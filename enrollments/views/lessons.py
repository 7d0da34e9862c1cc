"""Course home, lesson, end page."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from courses.models import Lesson, LessonResource
from enrollments import services
from enrollments.models import Enrollment
from enrollments.outline import Outline
from enrollments.permissions import standing
from enrollments.views.places import Place, get_place_for, moved
from enrollments.views.steps import step_context
from lms.lib.requests import AuthenticatedRequest


@require_safe
@never_cache
def course_home(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """The outline with ticks and reasons, what is next, what is missing, what is new."""
    place = get_place_for(request.user, slug)
    course, enrollment = place.course, place.enrollment
    if (response := moved(request, course, slug)) is not None:
        return response
    as_student = request.GET.get("preview") == "student"
    outline = Outline(course, request.user, enrollment, as_student=as_student)
    if enrollment is None and not course.can_edit(request.user):
        return redirect(course)
    refused = _refusal(place, outline)
    context = {
        "course": course,
        "enrollment": enrollment,
        "outline": outline,
        "refused": refused,
        "reason": enrollment.reason() if enrollment is not None and refused is not None else "",
        "missing": _missing(enrollment, outline),
        "preview": _preview(place, request.user, as_student),
    }
    return render(request, "enrollments/course_home.html", context)


def _refusal(place: Place, outline: Outline) -> Any:
    """Return why the person may not learn in the course now, None when they may."""
    if outline.is_editor or place.enrollment is None:
        return None
    if place.course.deleted_at is not None:
        return next((step.access for step in outline.steps), None)
    return standing(place.course, place.enrollment)


def _missing(enrollment: Enrollment | None, outline: Outline) -> list[services.Requirement]:
    """Return what is left to complete the course; the certificate's box tells it where there is one."""
    if enrollment is None or enrollment.completed_at is not None or enrollment.course.certificate_enabled:
        return []
    return outline.missing_lessons() + services.failed_checks(enrollment)


def _preview(place: Place, user: Any, as_student: bool) -> str:
    """Return which banner stands above the page: teacher, student, visitor, or none."""
    if place.course.can_edit(user) and (as_student or place.enrollment is None):
        return "student" if as_student else "teacher"
    return "" if user.is_authenticated else "visitor"


@require_safe
@login_not_required
@never_cache
def lesson(request: HttpRequest, slug: str, lesson_slug: str) -> HttpResponse:
    """One lesson: content, what it asks for, notes, the way on; or why it is locked and what to do."""
    place = get_place_for(request.user, slug)
    if (response := moved(request, place.course, slug)) is not None:
        return response
    as_student = request.GET.get("preview") == "student"
    outline = Outline(
        place.course, request.user, place.enrollment, as_student=as_student, current=lesson_slug
    )
    step = outline.find(lesson_slug)
    if step is None:
        raise Http404
    if step.access.code == "sign_in_required":
        return redirect_to_login(request.get_full_path())
    preview = _preview(place, request.user, as_student)
    context = {
        "course": place.course,
        "outline": outline,
        "step": step,
        "section": outline.section_of(step),
        "preview": preview,
    }
    if not step.access.allowed:
        return render(request, "enrollments/lesson_locked.html", context, status=403)
    records = place.enrollment is not None and not preview
    if place.enrollment is not None and records and _is_reading(request):
        step.row = services.open_lesson(enrollment=place.enrollment, lesson=step.lesson, row=step.row)
    context |= step_context(outline, step) | _content(step.lesson) | {"records": records}
    return render(request, "enrollments/lesson.html", context)


def _is_reading(request: HttpRequest) -> bool:
    """Whether a person looks at the page: a browser that fetches it in advance is none."""
    purpose = request.headers.get("Sec-Purpose", "") or request.headers.get("Purpose", "")
    return request.method == "GET" and "prefetch" not in purpose


def _content(lesson: Lesson) -> dict[str, Any]:
    """Return what hangs on the lesson, by kind (one query)."""
    resources = list(LessonResource.objects.filter(lesson=lesson).select_related("file"))
    materials = [resource for resource in resources if not resource.is_caption]
    document = None
    if lesson.type == Lesson.Type.DOCUMENT:
        document = next((resource for resource in materials if resource.is_document), None)
    return {
        "document": document,
        "materials": [resource for resource in materials if resource is not document],
        "captions": [resource for resource in resources if resource.is_caption],
    }


@require_safe
@never_cache
def outline(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """Outline and bar alone, for a page on which something was just completed. `?lesson=` is the page's own."""
    place = get_place_for(request.user, slug)
    found = Outline(place.course, request.user, place.enrollment)
    step = found.find(request.GET.get("lesson", ""))
    context = {"course": place.course, "outline": found, "current": step}
    if step is not None:
        step.is_current = True
        context |= step_context(found, step)
    return render(request, "enrollments/outline_parts.html", context)


@require_safe
@never_cache
def finished(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """Congratulation, certificate, review, what next; before that, the course home says what is missing."""
    place = get_place_for(request.user, slug)
    if (response := moved(request, place.course, slug)) is not None:
        return response
    enrollment = place.enrollment
    if enrollment is None or enrollment.completed_at is None:
        return redirect("enrollments:course_home", slug=slug)
    days = (
        timezone.localtime(enrollment.completed_at).date() - timezone.localtime(enrollment.enrolled_at).date()
    ).days
    context = {"course": place.course, "enrollment": enrollment, "days": days + 1}
    return render(request, "enrollments/finished.html", context)
