"""What a student does on a lesson page. Each is a plain form; htmx and the player send the same and swap in place."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from enrollments import services
from enrollments.exceptions import NotesChanged
from enrollments.forms import BeatForm, NotesForm
from enrollments.models import LessonProgress
from enrollments.permissions import get_study_by_slugs, lesson_url
from enrollments.views.steps import completion_context, finished_url, way_on
from lms.lib.errors import DomainError
from lms.lib.requests import AuthenticatedRequest


@require_http_methods(["GET", "POST"])
def complete(request: AuthenticatedRequest, slug: str, lesson_slug: str) -> HttpResponse:
    """Mark the lesson complete and stay, or go on with `continue`. GET is the block alone, after a video ended."""
    study = get_study_by_slugs(request.user, slug, lesson_slug)
    here = lesson_url(study.lesson.course, lesson_slug)
    if request.method == "GET":
        context = completion_context(study.lesson, study.row, study.enrollment)
        return render(request, "enrollments/_completion.html", context) if request.htmx else redirect(here)
    try:
        done = services.complete_lesson(
            enrollment=study.enrollment, lesson=study.lesson, via=LessonProgress.Via.SELF, row=study.row
        )
    except DomainError as refusal:
        return _refused(request, refusal, here)
    if done.course_completed or "continue" in request.POST:
        target = (
            finished_url(study.lesson) if done.course_completed else way_on(done.enrollment, study.lesson)
        )
        return HttpResponseClientRedirect(target) if request.htmx else redirect(target)
    if not request.htmx:
        messages.success(request, _("Lesson completed."))
        return redirect(here)
    context = completion_context(study.lesson, done.row, done.enrollment) | {"is_answer": True}
    response = render(request, "enrollments/_completion.html", context)
    response["HX-Trigger-After-Settle"] = "lesson-completed"
    return response


def _back_to_lesson(slug: str, lesson_slug: str) -> HttpResponse:
    """Where somebody lands who posted after their session had ended, and logged in again."""
    return redirect("enrollments:lesson", slug=slug, lesson_slug=lesson_slug)


def _refused(request: AuthenticatedRequest, refusal: DomainError, here: str) -> HttpResponse:
    """Say the refusal on the page it came from."""
    messages.error(request, str(refusal))
    return HttpResponseClientRedirect(here) if request.htmx else redirect(here)


@require_http_methods(["GET", "POST"])
def beat(request: AuthenticatedRequest, slug: str, lesson_slug: str) -> HttpResponse:
    """Take a report of the player: 200 with what counts, 422 for nonsense; refusals as problem-like JSON."""
    if request.method == "GET":
        return _back_to_lesson(slug, lesson_slug)
    form = BeatForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"code": "validation_error", "errors": form.errors}, status=422)
    try:
        study = get_study_by_slugs(request.user, slug, lesson_slug)
        done = services.beat(enrollment=study.enrollment, lesson=study.lesson, **form.cleaned_data)
    except DomainError as refusal:
        return JsonResponse({"code": refusal.code, "detail": str(refusal)}, status=refusal.status)
    context = completion_context(study.lesson, done.row, done.enrollment)
    return JsonResponse(
        {
            "watched": done.row.watched,
            "seconds": done.credited_seconds,
            "percent": float(done.row.completion_percentage),
            "sentence": context["requirement"].sentence,
            "time_to_go": context["time_to_go"],
            "lesson_completed": done.lesson_completed,
            "next_url": finished_url(study.lesson) if done.course_completed else "",
        }
    )


@require_http_methods(["GET", "POST"])
def notes(request: AuthenticatedRequest, slug: str, lesson_slug: str) -> HttpResponse:
    """Save the notes; another device's notes are never overwritten, both texts are shown."""
    if request.method == "GET":
        return _back_to_lesson(slug, lesson_slug)
    study = get_study_by_slugs(request.user, slug, lesson_slug)
    form, stored, saved = NotesForm(request.POST), None, False
    if form.is_valid():
        text, revision = form.cleaned_data["notes"], form.cleaned_data["revision"]
        try:
            row = services.save_notes(
                enrollment=study.enrollment, lesson=study.lesson, notes=text, revision=revision
            )
            form, saved = NotesForm(initial={"notes": row.notes, "revision": row.notes_revision}), True
        except NotesChanged as changed:
            stored = changed.extra["notes"]
            # Sending the same once more now means: I have read the other text, keep mine.
            form = NotesForm(initial={"notes": text, "revision": changed.extra["notes_revision"]})
    context = {
        "course": study.lesson.course,
        "lesson": study.lesson,
        "enrollment": study.enrollment,
        "notes_form": form,
        "saved": saved,
        "stored": stored,
    }
    if saved and not request.htmx:
        messages.success(request, _("Notes saved."))
        return redirect(lesson_url(study.lesson.course, lesson_slug) + "#notes")
    if not request.htmx:
        return render(request, "enrollments/notes.html", context, status=422 if form.errors else 409)
    response = render(request, "enrollments/_notes.html", context)
    response["HX-Notes"] = "saved" if saved else "refused" if stored is None else "conflict"
    return response


@require_http_methods(["GET", "POST"])
def bookmark(request: AuthenticatedRequest, slug: str, lesson_slug: str) -> HttpResponse:
    """Put the ribbon on, or take it off (`on` is 1 or 0)."""
    if request.method == "GET":
        return _back_to_lesson(slug, lesson_slug)
    study = get_study_by_slugs(request.user, slug, lesson_slug)
    row = services.set_bookmark(
        enrollment=study.enrollment, lesson=study.lesson, bookmarked=request.POST.get("on") == "1"
    )
    if not request.htmx:
        return redirect(lesson_url(study.lesson.course, lesson_slug))
    context = {"course": study.lesson.course, "lesson": study.lesson, "row": row}
    return render(request, "enrollments/_bookmark.html", context)
