"""Pages of the site as a whole: home, language, errors."""

from django.contrib.auth.decorators import login_not_required
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views import i18n
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from courses.models import Category, Course
from lms.lib.problems import is_api_request, problem_for_status
from lms.lib.public import Head, asked_language, render_public

SHELF = 4  # courses in a row of a desktop


@require_safe
@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    """What this place is, for a visitor; a signed-in person goes to the dashboard."""
    if request.user.is_authenticated:
        return redirect("enrollments:dashboard")
    courses = Course.objects.published().for_catalogue()
    popular = list(courses.order_by("-enrollment_count", "id")[:SHELF])
    others = courses.exclude(pk__in=[course.pk for course in popular])
    newest = others.order_by(F("published_at").desc(), "id")[:SHELF]
    categories = Category.objects.filter(courses__in=Course.objects.published()).distinct()
    head = Head(path=reverse("home"), title=gettext("Learn one thing well"), language=asked_language(request))
    context = {"popular": popular, "newest": newest, "categories": categories, "head": head}
    return render_public(request, "home.html", context)


@require_POST
@login_not_required
def set_language(request: HttpRequest) -> HttpResponseBase:
    """Remember the language: in a cookie for visitors, on the account for a signed-in person."""
    response = i18n.set_language(request)
    language = request.POST.get("language", "")
    if request.user.is_authenticated and language in dict(User._meta.get_field("locale").flatchoices):
        User.objects.get_queryset().filter(pk=request.user.pk).update(locale=language)
    return response


def _error(request: HttpRequest, status: int) -> HttpResponse:
    if is_api_request(request):
        return problem_for_status(request, status)
    return render(request, f"{status}.html", status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400 page."""
    return _error(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403 page."""
    return _error(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404 page."""
    return _error(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500 page, drawn without context processors: whatever broke may break them too."""
    if is_api_request(request):
        return problem_for_status(request, 500)
    return HttpResponse(render_plain("500.html"), status=500)


def render_plain(name: str) -> str:
    """Render a template without a request."""
    from django.template.loader import render_to_string

    return render_to_string(name)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 page for a form that came without its token."""
    return render(request, "403_csrf.html", status=403)


@csrf_exempt  # there is nothing to change behind it; an unknown API address is 404 for every method
@login_not_required
def api_not_found(request: HttpRequest) -> HttpResponse:
    """404 problem document for an address the API does not know."""
    return problem_for_status(request, 404)
