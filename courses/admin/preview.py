"""Markdown as readers will see it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from courses.models import Course
from courses.models.course import picture_finder
from courses.services import usable_files
from lms.lib.markdown import TextTooLong, file_ids, render_markdown, warnings
from lms.lib.requests import person_of


def preview(request: HttpRequest) -> HttpResponse:
    """Render the text of the field that `preview` names; the fragment for scripts, a page without.

    `course` (an id) tells the language and which pictures the text may show besides the author's own.
    """
    by = person_of(request)
    course = _course(request)
    text = request.POST.get(request.POST.get("preview", "text"), "")
    try:
        ids = file_ids(text)
        pictures = usable_files(course, by, ids) if ids else {}
        html: str = render_markdown(
            text, language=course.language, image_url=picture_finder(pictures.values())
        )
        notes = [warning.message for warning in warnings(text)]
    except TextTooLong:
        html, notes = "", [_("This text is too long.")]
    context = {"html": html, "notes": notes, "title": _("Preview")}
    is_script = request.headers.get("X-Requested-With") == "XMLHttpRequest"
    return render(
        request, "admin/courses/preview.html" if is_script else "admin/courses/preview_page.html", context
    )


def _course(request: HttpRequest) -> Course:
    """Return the course in question, or an unsaved one in the author's language."""
    try:
        wanted = UUID(request.POST.get("course", ""))
    except ValueError:
        wanted = None
    found = Course.objects.editable_by(request.user).filter(pk=wanted).first() if wanted else None
    return found or Course(language=person_of(request).locale)
