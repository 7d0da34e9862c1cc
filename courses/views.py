"""Public pages: the catalogue, a course, a teacher, and what search engines ask for."""

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import InstructorProfile, User
from courses.catalogue import Result, cached, look_up, suggestions
from courses.catalogue_choice import Choice, UnusableSearch, read_choice
from courses.catalogue_filters import SEARCH_NAME, catalogue_url, chips, groups, orderings
from courses.models import Category, Course
from courses.outline import outline_of
from courses.permissions import get_course_for, get_instructor
from lms.lib.filters import SearchTooShort
from lms.lib.markdown import plain_text
from lms.lib.pagination import InvalidPageNumber
from lms.lib.public import Head, asked_language, render_public
from lms.lib.video_urls import embed_url

PREVIEWS = ("visitor", "student")
SITEMAP_SIZE = 10_000  # addresses in one file; the protocol allows five times as many
SHARED_LENGTH = 200  # characters of a description that other sites show


@require_safe
@login_not_required
def course_list(request: HttpRequest) -> HttpResponse:
    """The catalogue: all its state is in the address; visitors share what is cached."""
    choice, search_note, note = _read(request)
    try:
        shelf = _shelf_for(request, choice)
    except InvalidPageNumber:
        note = _("There is no page %(number)s. This is the first one.") % {"number": choice.page}
        choice = replace(choice, page=1)
        shelf = _shelf_for(request, choice)
    subject = _subject(choice)
    context = {
        "choice": choice,
        "shelf": shelf,
        "search": request.GET.get(SEARCH_NAME, "")[:100],
        "search_note": search_note,
        "note": note,
        "subject": subject,
        "head": Head(
            path=catalogue_url(Choice(page=choice.page)),
            title=subject or _("Courses"),
            language=asked_language(request),
            is_indexed=not (choice.is_filtered or search_note or note),
        ),
    }
    response = render_public(request, "courses/course_list.html", context, status=404 if note else 200)
    response["HX-Push-Url"] = catalogue_url(choice)  # without the fields of the form that are empty
    return response


def _read(request: HttpRequest) -> tuple[Choice, str, str]:
    """Return what is asked for, what is wrong with the search, and what with the page; "" for nothing."""
    search_note = note = ""
    params = request.GET.copy()
    try:
        choice = read_choice(params, search_name=SEARCH_NAME, strict=False)
    except (SearchTooShort, UnusableSearch) as error:
        del params[SEARCH_NAME]
        choice, search_note = read_choice(params, search_name=SEARCH_NAME, strict=False), str(error)
    except InvalidPageNumber:
        for name in ("page", "page_size"):
            params.pop(name, None)
        choice = read_choice(params, search_name=SEARCH_NAME, strict=False)
        note = _("There is no such page. This is the first one.")
    return replace(choice, page_size=Choice.page_size), search_note, note


def _subject(choice: Choice) -> str:
    """Return the name of the one category that is looked at, "" when more or other things are asked for."""
    alone = replace(choice, category=(), page=1, ordering="")
    if len(choice.category) != 1 or alone.is_filtered:
        return ""
    category: Category | None = cached(
        "subject", choice, lambda: Category.objects.filter(slug=choice.category[0]).first()
    )
    return category.name if category else ""


def _shelf_for(request: HttpRequest, choice: Choice) -> str:
    if request.user.is_authenticated:
        return _shelf(choice, request)
    return cached("page", choice, lambda: _shelf(choice))


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
    course = get_course_for(request.user, slug, for_page=True)
    if course.slug != slug:
        query = request.META.get("QUERY_STRING", "")
        return redirect(course.get_absolute_url() + (f"?{query}" if query else ""), permanent=True)
    can_edit = course.can_edit(request.user)
    preview = request.GET.get("preview", "")
    preview = preview if can_edit and preview in PREVIEWS else ""
    reader: Any = {"visitor": AnonymousUser(), "student": User(role=User.Role.STUDENT)}.get(
        preview, request.user
    )
    shows_editor = can_edit and not preview
    context = {
        "course": course,
        "outline": outline_of(course, reader),
        "can_edit": shows_editor,
        "problems": course.problems() if shows_editor and not course.is_published else [],
        "preview": preview,
        "promo_url": embed_url(course.promo_video_url) if course.promo_video_url else "",
        "head": Head(
            path=course.get_absolute_url(),
            title=course.title,
            description=_shared_words(course),
            image=course.thumbnail_url or "",
            language=asked_language(request),
            is_indexed=course.is_published and not preview,
        ),
    }
    return render_public(request, "courses/course_detail.html", context)


def _shared_words(course: Course) -> str:
    return course.subtitle or " ".join(plain_text(course.description).split())[:SHARED_LENGTH] or course.title


@require_safe
@login_not_required
def instructor_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """A teacher's public profile and published courses."""
    teacher = get_instructor(slug)
    if teacher is None or teacher.instructor_profile.slug != slug:
        raise Http404
    courses = Course.objects.published().filter(instructor=teacher).for_catalogue()
    profile = teacher.instructor_profile
    context = {
        "teacher": teacher,
        "profile": profile,
        "courses": courses.order_by("-published_at", "id"),
        "head": Head(
            path=reverse("courses:instructor_detail", args=[slug]),
            title=teacher.full_name,
            description=profile.headline or " ".join(teacher.bio.split())[:SHARED_LENGTH],
            image=teacher.avatar_url or "",
            kind="profile",
            language=asked_language(request),
        ),
    }
    return render_public(request, "courses/instructor_detail.html", context)


@require_safe
@login_not_required
def sitemap(request: HttpRequest) -> HttpResponse:
    """Published courses and those who teach them; beyond 10,000 courses an index of `?page=1` and so on."""
    courses = Course.objects.published().order_by("published_at", "id").only("slug", "updated_at")
    pages = Paginator(courses, SITEMAP_SIZE)
    asked = request.GET.get("page", "")
    context: dict[str, Any] = {"site_url": settings.SITE_URL}
    if not asked and pages.num_pages > 1:
        context["pages"] = pages.page_range
        return render(request, "courses/sitemap_index.xml", context, content_type="application/xml")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
    if number not in pages.page_range:
        raise Http404
    context["courses"] = pages.page(number)
    if number == 1:
        teaching = Course.objects.published().filter(instructor=OuterRef("user"))
        context["profiles"] = InstructorProfile.objects.filter(Exists(teaching)).only("slug").order_by("slug")
    return render(request, "courses/sitemap.xml", context, content_type="application/xml")


@require_safe
@login_not_required
def robots(request: HttpRequest) -> HttpResponse:
    """Public pages are open to search engines; what belongs to a person is not."""
    context = {"site_url": settings.SITE_URL}
    return render(request, "courses/robots.txt", context, content_type="text/plain; charset=utf-8")
