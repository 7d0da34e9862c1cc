"""The way into the admin, its first page and its menu: own courses for instructors, all for admins."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from analytics.dashboards import site_dashboard, teacher_dashboard
from lms.lib.requests import person_of

MENU = (
    ("courses.course", "school"),
    ("analytics.coursestat", "monitoring"),
    ("quizzes.quiz", "quiz"),
    ("quizzes.attempt", "assignment_turned_in"),
    ("quizzes.answer", "grading"),
    ("enrollments.enrollment", "group"),
    ("enrollments.review", "reviews"),
    ("certificates.certificate", "workspace_premium"),
    ("files.storedfile", "folder"),
)
ADMIN_MENU = (
    ("courses.category", "category"),
    ("courses.tag", "sell"),
    ("certificates.certificatetemplate", "design_services"),
    ("accounts.user", "person"),
    ("accounts.outgoingmail", "mail"),
    ("accounts.auditentry", "history"),
)


@login_not_required
def sign_in(request: HttpRequest) -> HttpResponse:
    """The site has one sign-in. Who has signed in and is no teacher is told so, not sent round in circles."""
    if not request.user.is_authenticated:
        query = request.META.get("QUERY_STRING", "")
        return redirect(f"{reverse('account_login')}?{query}" if query else "account_login")
    if not request.user.is_staff:
        raise PermissionDenied
    return redirect("admin:index")


def menu(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the side menu: only what the person may open."""
    first = {"title": _("Dashboard"), "icon": "home", "link": reverse("admin:index")}
    groups: list[dict[str, Any]] = [
        {"title": _("Teaching"), "items": [first, *_entries(request, MENU)]},
        {"title": _("Site"), "separator": True, "items": _entries(request, ADMIN_MENU)},
    ]
    return [group for group in groups if group["items"]]


def _entries(request: HttpRequest, wanted: tuple[tuple[str, str], ...]) -> list[dict[str, Any]]:
    entries = []
    for label, icon in wanted:
        model = apps.get_model(label)
        page = admin.site._registry.get(model)
        if page is None or not page.has_module_permission(request) or not page.has_view_permission(request):
            continue
        options = model._meta
        title = str(options.verbose_name_plural)
        link = reverse(f"admin:{options.app_label}_{options.model_name}_changelist")
        entries.append({"title": f"{title[:1].upper()}{title[1:]}", "icon": icon, "link": link})
    return entries


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add what the admin opens with: the site for an admin, own courses for a teacher."""
    person = person_of(request)
    facts = site_dashboard() if person.is_admin else teacher_dashboard(person)
    return {**context, "title": _("Dashboard"), **facts}
