"""Courses in the admin: the list, the form, and the doors to outline and check list."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db import models
from django.db.models import Q, QuerySet
from django.forms import Form, Script
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe
from unfold.decorators import display
from unfold.views import ChangeList

from courses import services
from courses.admin.ask import TransferForm, ask
from courses.admin.counts import count_blocking
from courses.admin.course_form import CourseForm, language_choices
from courses.admin.life import change_life
from courses.admin.outline import show_outline, write_outline
from courses.admin.preview import preview
from courses.admin.transfer import export_courses, import_page
from courses.models import Course
from lms.lib import figures
from lms.lib.admin import StaffModelAdmin, VerbModelAdmin
from lms.lib.requests import person_of

FACTS = ["state", "published_at", "old_slugs", "figures", "created_at", "updated_at"]
Action = Callable[[VerbModelAdmin, HttpRequest, QuerySet[Course]], None]
STATUS_COLOURS = {"draft": "warning", "published": "success", "archived": "info", "bin": "danger"}


def each_course(description: Any, verb: Callable[..., object]) -> Action:
    """Return an action of the list: the verb of a course's life, course by course, as the acting person."""

    @admin.action(description=description)
    def act(page: VerbModelAdmin, request: HttpRequest, rows: QuerySet[Course]) -> None:
        by = person_of(request)
        page.do_each(request, rows, lambda course: verb(course=course, by=by))

    return act


class LanguageFilter(admin.SimpleListFilter):
    """Languages that occur in the list."""

    title = _("language")
    parameter_name = "language"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        present = model_admin.get_queryset(request).order_by().values_list("language", flat=True).distinct()
        names = dict(language_choices())
        return sorted((code, names.get(code, code)) for code in present)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Course]) -> QuerySet[Course]:
        return queryset.filter(language=self.value()) if self.value() else queryset


class FreeFilter(admin.SimpleListFilter):
    """Courses without a price, and those with one."""

    title = _("price")
    parameter_name = "free"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Free")), ("no", _("Paid"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Course]) -> QuerySet[Course]:
        wanted = {"yes": Q(price=0), "no": Q(price__gt=0)}.get(self.value() or "", Q())
        return queryset.filter(wanted)


class BinFilter(admin.SimpleListFilter):
    """The recycle bin, which only admins may open; what is in it stands in no other list."""

    title = _("recycle bin")
    parameter_name = "bin"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("In the bin"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Course]) -> QuerySet[Course]:
        return queryset.filter(deleted_at__isnull=self.value() != "yes")


class CourseList(ChangeList):
    """The list, with what each course on the page still lacks."""

    result_list: Any

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.query and not self.filter_params:
            self.full_result_count = self.result_count
        rows = list(self.result_list)
        counts = count_blocking(rows) if rows else {}
        for course in rows:
            course.blocking_count = counts[course.pk]
        self.result_list = rows


@admin.register(Course)
class CourseAdmin(StaffModelAdmin):
    """Own courses for instructors, all for admins. Status moves by verbs; the outline has a page of its own."""

    form = CourseForm
    search_fields = ["title", "subtitle", "slug"]
    search_help_text = _("Title, line or address")
    list_per_page = 25
    show_full_result_count = False  # one query less; without a filter it is known
    list_display_links = ["title"]
    ordering = ["-updated_at"]
    readonly_fields = [*FACTS, "teacher"]
    autocomplete_fields = ["prerequisite_courses"]
    actions = ["publish", "unpublish", "archive", "duplicate", "bin", "restore", "transfer"]
    list_before_template = "admin/courses/list_tools.html"
    change_form_before_template = "admin/courses/default_button.html"
    change_form_outer_before_template = "admin/courses/course_head.html"
    warn_unsaved_form = True
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    class Media:
        js = [Script("js/admin-select.js", type="module")]

    # --- Rows

    def get_queryset(self, request: HttpRequest) -> QuerySet[Course]:
        if _looks_for_prerequisites(request):
            return Course.objects.visible_to(person_of(request)).filter(deleted_at=None)
        rows: QuerySet[Course] = super().get_queryset(request)
        return rows.select_related("category", "instructor", "thumbnail")

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[CourseList]:
        return CourseList

    def get_list_display(self, request: HttpRequest) -> list[str]:
        people = ["instructor"] if person_of(request).is_admin else []
        return [
            "picture",
            "title",
            *people,
            "shown_status",
            "problems",
            "lessons",
            "students",
            "rating",
            "shown_price",
            "updated",
        ]

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        common: list[Any] = ["status", "category", "level", LanguageFilter, FreeFilter]
        if person_of(request).is_admin:
            return [*common, ("instructor", admin.RelatedOnlyFieldListFilter), BinFilter]
        return common

    @admin.display(description=_("picture"))
    def picture(self, course: Course) -> str:
        return render_to_string("admin/courses/swatch.html", {"course": course})

    @display(description=_("status"), ordering="status", label=STATUS_COLOURS)
    def shown_status(self, course: Course) -> tuple[str, Any]:
        return ("bin", _("In the bin")) if course.deleted_at else (course.status, course.get_status_display())

    @admin.display(description=_("status"))
    def state(self, course: Course) -> Any:
        return self.shown_status(course)[1]

    @admin.display(description=_("instructor"))
    def teacher(self, course: Course) -> str:
        return course.instructor.full_name  # in words: a link to the person is for admins

    @display(description=_("to mend"), label=True)
    def problems(self, course: Course) -> Any:
        return getattr(course, "blocking_count", 0) or None

    @admin.display(description=_("lessons"), ordering="lesson_count")
    def lessons(self, course: Course) -> int:
        return course.lesson_count

    @admin.display(description=_("students"), ordering="enrollment_count")
    def students(self, course: Course) -> int:
        return course.enrollment_count

    @admin.display(description=_("rating"), ordering="average_rating", empty_value="–")
    def rating(self, course: Course) -> str | None:
        return f"{course.average_rating} ★" if course.average_rating else None

    @admin.display(description=_("price"), ordering="price")
    def shown_price(self, course: Course) -> str:
        return gettext("Free") if course.is_free else figures.money(course.price, course.currency)

    @admin.display(description=_("Updated"), ordering="updated_at")
    def updated(self, course: Course) -> Any:
        return course.updated_at

    @admin.display(description=_("old addresses"), empty_value="–")
    def old_slugs(self, course: Course) -> str:
        return ", ".join(course.slugs.exclude(slug=course.slug).order_by("pk").values_list("slug", flat=True))

    @admin.display(description=_("figures"))
    def figures(self, course: Course) -> str:
        return render_to_string("admin/courses/figures.html", {"course": course})

    # --- The form

    def get_fieldsets(self, request: HttpRequest, obj: Course | None = None) -> Any:
        teacher = ["teacher"] if obj else []
        own = ["instructor"] if person_of(request).is_admin else teacher
        details = ["title", "subtitle", "slug", "description", "objectives", "requirements", "prerequisite_courses",
                   "category", "tags", ("level", "language"), *own]  # fmt: skip
        picture = [
            "thumbnail",
            "thumbnail_upload",
            "thumbnail_alt",
            "promo_video_url",
            "estimated_duration_minutes",
        ]
        terms = [("price", "currency"), ("max_students", "access_days"), "is_sequential", "certificate_enabled",
                 "min_quiz_average"]  # fmt: skip
        sets = [
            (_("Details"), {"fields": details}),
            (_("Picture and introduction"), {"fields": picture}),
            (_("Price and access"), {"fields": terms}),
        ]
        return [*sets, (_("State"), {"fields": FACTS})] if obj else sets

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        form = super().get_form(request, obj, change=change, **options)
        form.by = person_of(request)
        return form

    def save_model(self, request: HttpRequest, obj: Course, form: Form, change: bool) -> None:
        """The form's verb has saved."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_module_permission(request)

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        context = dict(extra_context or {})
        if object_id and request.method == "GET":
            course = self.course_or_404(request, object_id)
            context |= self.head(course, "details")
        response: HttpResponse = super().changeform_view(request, object_id, form_url, context)
        return response

    def response_add(self, request: HttpRequest, obj: Course, post_url_continue: Any = None) -> HttpResponse:
        """A course begins with its outline."""
        if "_continue" in request.POST or "_addanother" in request.POST:
            response: HttpResponse = super().response_add(request, obj, post_url_continue)
            return response
        messages.success(request, _("The draft is made. Now build its outline."))
        return redirect("admin:courses_course_outline", obj.pk)

    # --- The pages beside the form

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("export/", view(require_safe(partial(export_courses, self))), name="courses_course_export"),
            path("import/", view(partial(import_page, self)), name="courses_course_import"),
            path("markdown/", view(require_POST(preview)), name="courses_course_markdown"),
            path("<uuid:course_id>/outline/", view(self.outline_view), name="courses_course_outline"),
            path("<uuid:course_id>/life/", view(require_POST(self.life_view)), name="courses_course_life"),
        ]
        return [*own, *super().get_urls()]

    def outline_view(self, request: HttpRequest, course_id: UUID) -> HttpResponse:
        """The outline: read with GET, changed by the verb of a POST."""
        course = self.course_or_404(request, course_id)
        if request.method == "POST":
            return write_outline(self, request, course)
        return show_outline(self, request, course)

    def life_view(self, request: HttpRequest, course_id: UUID) -> HttpResponse:
        """Publish, unpublish, archive, restore."""
        return change_life(self, request, self.course_or_404(request, course_id))

    def course_or_404(self, request: HttpRequest, course_id: Any) -> Course:
        """Return a course that the person may edit; for everybody else it is not there."""
        course: Course | None = self.get_object(request, str(course_id))
        if course is None or not self.has_change_permission(request, course):
            raise Http404
        return course

    def head(self, course: Course, tab: str) -> dict[str, Any]:
        """Return what the top of a course's pages shows: the tabs, the state, the check list."""
        return {"course": course, "tab": tab, "problems": course.problems()}

    # --- Actions

    def get_actions(self, request: HttpRequest) -> Any:
        actions = super().get_actions(request)
        if not person_of(request).is_admin:
            for name in ("restore", "transfer"):
                actions.pop(name, None)
        return actions

    publish = each_course(_("Publish"), services.publish)
    unpublish = each_course(_("Take out of the catalogue"), services.unpublish)
    archive = each_course(pgettext_lazy("button", "Archive"), services.archive)
    bin = each_course(_("Put into the recycle bin"), services.bin_course)
    restore = each_course(_("Restore as a draft"), services.restore)
    duplicate = each_course(_("Duplicate"), services.duplicate_course)

    @admin.action(description=_("Give to another teacher"))
    def transfer(self, request: HttpRequest, rows: QuerySet[Course]) -> HttpResponse | None:
        by = person_of(request)
        form = TransferForm(request.POST if "apply" in request.POST else None)
        if not (form.is_bound and form.is_valid()):
            return ask(self, request, title=_("Give to another teacher"), form=form, rows=rows)
        teacher = form.cleaned_data["instructor"]
        self.do_each(
            request, rows, lambda course: services.transfer_course(course=course, by=by, instructor=teacher)
        )
        return None


def _looks_for_prerequisites(request: HttpRequest) -> bool:
    """Return whether a form asks for courses that may come before another: any that its author can see."""
    match = request.resolver_match
    is_autocomplete = match is not None and match.url_name == "autocomplete"
    return is_autocomplete and request.GET.get("field_name") == "prerequisite_courses"
