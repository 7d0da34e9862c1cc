"""Attempts in the admin: to read. What happens to them happens by verbs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from courses.models import Course
from lms.lib.admin import StaffModelAdmin
from lms.lib.figures import percent
from quizzes.models import Attempt
from quizzes.sheet import marked_sheet, open_sheet


class CourseFilter(admin.SimpleListFilter):
    """Courses with attempts that the person runs, and no others."""

    title = _("course")
    parameter_name = "course"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        courses = Course.objects.editable_by(request.user).filter(
            pk__in=Attempt.objects.managed_by(request.user).order_by().values("quiz__course")
        )
        return [(str(pk), title) for pk, title in courses.order_by("title").values_list("pk", "title")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Attempt]) -> QuerySet[Attempt]:
        known = {value for value, _title in self.lookup_choices}
        chosen = self.value()
        return queryset.filter(quiz__course=UUID(chosen)) if chosen and chosen in known else queryset


@admin.register(Attempt)
class AttemptAdmin(StaffModelAdmin):
    """Those of own courses for instructors, all for admins."""

    change_form_outer_after_template = "admin/quizzes/answers.html"
    list_display = [
        "student",
        "quiz",
        "number",
        "status",
        "started_at",
        "answered",
        "result",
        "is_passed",
        "submitted_by",
    ]
    list_display_links = ["student"]
    list_filter = [CourseFilter, "status", "is_passed"]
    search_fields = ["enrollment__student__full_name", "enrollment__student__email", "quiz__title"]
    search_help_text = _("Student or quiz")
    list_per_page = 50
    view_on_site = False  # its pages are the student's own
    ordering = ["-started_at"]
    fields = ["student", "quiz", "number", "status", "started_at", "submitted_at", "submitted_by", "answered",
              "points", "result", "pass_mark", "is_passed", "graded_at"]  # fmt: skip
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attempt]:
        rows = Attempt.objects.managed_by(request.user).select_related("quiz__course", "enrollment__student")
        return rows.annotate(
            given=Count("answers", filter=Q(answers__response__isnull=False)), asked=Count("answers")
        ).defer("quiz__course__description", "quiz__course__search_text", "enrollment__notes")

    def has_change_permission(self, request: HttpRequest, obj: Attempt | None = None) -> bool:
        return False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        attempt: Attempt | None = self.get_object(request, object_id)
        context = dict(extra_context or {})
        if attempt is not None:
            context["sheet"] = marked_sheet(attempt) if attempt.is_graded else open_sheet(attempt)
            context["marked"] = attempt.is_graded
        response: HttpResponse = super().change_view(request, object_id, form_url, context)
        return response

    @admin.display(description=_("student"), ordering="enrollment__student__full_name")
    def student(self, attempt: Attempt) -> str:
        return attempt.enrollment.student.full_name

    @admin.display(description=_("answered"))
    def answered(self, attempt: Any) -> str:
        return _now("%(done)d of %(total)d") % {"done": attempt.given, "total": attempt.asked}

    @admin.display(description=_("points"))
    def points(self, attempt: Attempt) -> str:
        return f"{attempt.score} / {attempt.max_score}" if attempt.is_graded else "–"

    @admin.display(description=_("result"), ordering="percentage", empty_value="–")
    def result(self, attempt: Attempt) -> str | None:
        return percent(attempt.percentage, 2) or None

    @admin.display(description=_("pass mark"))
    def pass_mark(self, attempt: Attempt) -> str:
        return percent(attempt.passing_score, 2)
