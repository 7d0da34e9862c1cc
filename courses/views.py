"""Public pages: the catalogue, a course, a teacher, and what search engines ask for."""

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.models import InstructorProfile, User
from courses.catalogue import Choice, Result, cached, look_up, read_choice, suggestions
from courses.catalogue_filters import SEARCH_NAME, catalogue_url, chips, groups, orderings
from courses.models import Course, LessonResource
from courses.outline import outline_of
from courses.permissions import get_course_for, get_instructor
from lms.lib.filters import SearchTooShort

PREVIEWS = ("visitor", "student")


@require_safe
@login_not_required
def course_list(request: HttpRequest) -> HttpResponse:
    """The catalogue: all its state is in the address; visitors share what is cached."""
    note = ""
    try:
        choice = read_choice(request.GET, search_name=SEARCH_NAME, strict=False)
    except SearchTooShort as error:
        params = request.GET.copy()
        del params[SEARCH_NAME]
        choice, note = read_choice(params, search_name=SEARCH_NAME, strict=False), str(error)
    choice = replace(choice, page_size=Choice.page_size)
    signed_in = request.user.is_authenticated
    context = {
        "choice": choice,
        "shelf": _shelf(choice, request) if signed_in else cached("page", choice, lambda: _shelf(choice)),
        "search": request.GET.get(SEARCH_NAME, "")[:100],
        "note": note,
        "canonical": settings.SITE_URL + catalogue_url(Choice(page=choice.page)),
    }
    response = render(request, "courses/course_list.html", context)
    response["HX-Push-Url"] = catalogue_url(choice)  # without the fields of the form that are empty
    return response


def _shelf(choice: Choice, request: HttpRequest | None = None) -> str:
    """Return filters and results as HTML; without a request nothing in it depends on the reader."""
    result: Result = cached("rows", choice, lambda: look_up(choice)) if request else look_up(choice)
    pages = Paginator(range(result.total), choice.page_size)
    context = {
        "choice": choice,
        "result": result,
        "groups": groups(choice, result),
        "chips": chips(choice, result),
        "suggestions": suggestions(choice.search) if choice.search and not result.total else [],
        "orderings": orderings(choice),
        "page": pages.page(choice.page),
        "query": choice.query(SEARCH_NAME),
        "user": request.user if request else AnonymousUser(),
    }
    return render_to_string("courses/_shelf.html", context, request=request)


@require_safe
@login_not_required
def course_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """A course as the reader sees it; its editor may look as a visitor or a new student does."""
    course = get_course_for(request.user, slug)
    if course.slug != slug:
        query = request.META.get("QUERY_STRING", "")
        return redirect(course.get_absolute_url() + (f"?{query}" if query else ""), permanent=True)
    can_edit = course.can_edit(request.user)
    preview = request.GET.get("preview", "")
    preview = preview if can_edit and preview in PREVIEWS else ""
    reader: Any = {"visitor": AnonymousUser(), "student": User(role=User.Role.STUDENT)}.get(
        preview, request.user
    )
    outline = outline_of(course, reader)
    shows_editor = can_edit and not preview
    context = {
        "course": course,
        "outline": outline,
        "can_edit": shows_editor,
        "problems": course.problems() if shows_editor and not course.is_published else [],
        "preview": preview,
        "file_count": _files_to_download(course),
        "teacher_courses": Course.objects.published().filter(instructor=course.instructor_id).count(),
        "tags": course.tags.all(),
        "canonical": settings.SITE_URL + course.get_absolute_url(),
    }
    return render(request, "courses/course_detail.html", context)


def _files_to_download(course: Course) -> int:
    materials = LessonResource.objects.materials().filter(file__isnull=False)
    return materials.filter(lesson__in=course.lessons.live()).count()


@require_safe
@login_not_required
def instructor_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """A teacher's public profile and published courses."""
    teacher = get_instructor(slug)
    if teacher is None or teacher.instructor_profile.slug != slug:
        raise Http404
    courses = Course.objects.published().filter(instructor=teacher).for_catalogue()
    context = {
        "teacher": teacher,
        "profile": teacher.instructor_profile,
        "courses": courses.order_by("-published_at", "id"),
        "canonical": settings.SITE_URL + reverse("courses:instructor_detail", args=[slug]),
    }
    return render(request, "courses/instructor_detail.html", context)


@require_safe
@login_not_required
def sitemap(request: HttpRequest) -> HttpResponse:
    """Published courses and those who teach them."""
    courses = Course.objects.published().order_by("published_at").only("slug", "updated_at")
    teaching = Count("user__courses", filter=Q(user__courses__in=Course.objects.published()))
    profiles = InstructorProfile.objects.annotate(published=teaching).filter(published__gt=0).only("slug")
    context = {"site_url": settings.SITE_URL, "courses": courses, "profiles": profiles}
    return render(request, "courses/sitemap.xml", context, content_type="application/xml")


@require_safe
@login_not_required
def robots(request: HttpRequest) -> HttpResponse:
    """Public pages are open to search engines; what belongs to a person is not."""
    context = {"site_url": settings.SITE_URL}
    return render(request, "courses/robots.txt", context, content_type="text/plain; charset=utf-8")
