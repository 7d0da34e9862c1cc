"""Everything the student has noted or marked, with a search."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from enrollments.models import LessonProgress
from enrollments.views.places import enrollment_in, moved
from lms.lib.requests import AuthenticatedRequest
from lms.lib.text import normalise_for_search, search_words

NOTES_A_PAGE = 20
LONGEST_SEARCH = 100


@require_safe
@never_cache
def my_notes(request: AuthenticatedRequest, slug: str = "") -> HttpResponse:
    """Notes and bookmarks of all courses, or of one; those of removed lessons too."""
    enrollment = enrollment_in(request.user, slug) if slug else None
    if slug and enrollment is None:
        raise Http404
    if enrollment is not None and (response := moved(request, enrollment.course, slug)) is not None:
        return response
    rows = LessonProgress.objects.filter(
        Q(is_bookmarked=True) | ~Q(notes=""), enrollment__student=request.user
    )
    if enrollment is not None:
        rows = rows.filter(enrollment=enrollment)
    rows = (
        rows.select_related("lesson__course")
        .defer("lesson__body", "watched")
        .order_by("-last_accessed_at", "pk")
    )
    search = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    words = search_words(search)
    found = [row for row in rows if _holds(row, words)] if words else rows
    page = Paginator(found, NOTES_A_PAGE).get_page(request.GET.get("page"))
    course = enrollment.course if enrollment else None
    return render(request, "enrollments/my_notes.html", {"page": page, "search": search, "course": course})


def _holds(row: LessonProgress, words: list[str]) -> bool:
    text = normalise_for_search(f"{row.notes} {row.lesson.title} {row.lesson.course.title}")
    return all(word in text for word in words)
