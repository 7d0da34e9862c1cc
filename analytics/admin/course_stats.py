"""The list of courses in figures. Nothing is added, changed or deleted here: the figures come from the ledgers."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import F, QuerySet
from django.db.models.expressions import OrderBy
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from analytics.admin.filters import CategoryFilter, OwnerFilter, StatusFilter
from analytics.admin.pages import course_page, export_page, page_of_course, verbs_page
from analytics.models import CourseStat
from analytics.services import make_rows
from analytics.words import NONE, as_of, rate
from courses.models import Course
from lms.lib.admin import StaffModelAdmin
from lms.lib.figures import number
from lms.lib.requests import person_of


class NullsLast(OrderBy):
    """Rows without a value stand last, in either direction."""

    def __init__(self, name: str) -> None:
        super().__init__(F(name), nulls_last=True)

    def reverse_ordering(self) -> NullsLast:
        self.descending = not self.descending
        return self


def _count(stat: CourseStat, value: int) -> str:
    return number(value) if stat.refreshed_at else NONE


@admin.register(CourseStat)
class CourseStatAdmin(StaffModelAdmin):
    """Each teacher's own courses, all for admins."""

    list_display = ["title", "owner", "enrolled", "in_progress", "completion", "progress", "dropout", "rating",
                    "quiz_average", "at_risk", "refreshed"]  # fmt: skip
    list_filter = [StatusFilter, CategoryFilter, OwnerFilter]
    search_fields = ["course__title"]
    list_per_page = 50
    show_full_result_count = False
    actions = None
    view_on_site = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[CourseStat]:
        rows: QuerySet[CourseStat] = super().get_queryset(request)
        return (
            rows.filter(course__deleted_at=None)
            .select_related("course__instructor")
            .defer("lessons", "quizzes", "course__description", "course__search_text")
        )

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """List every course, also one that nobody has taken figures of yet."""
        make_rows(Course.objects.editable_by(request.user))
        return super().changelist_view(request, extra_context)

    def get_ordering(self, request: HttpRequest) -> list[str]:
        return ["-course__enrollment_count", "course__title_key", "pk"]

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "analytics_coursestat"
        return [
            path("", view(self.changelist_view), name=f"{name}_changelist"),
            path("of/<uuid:course_id>/", view(partial(page_of_course, self)), name=f"{name}_of"),
            path("<uuid:stat_id>/", view(partial(course_page, self)), name=f"{name}_change"),
            path(
                "<uuid:stat_id>/verbs/", view(require_POST(partial(verbs_page, self))), name=f"{name}_verbs"
            ),
            path(
                "<uuid:stat_id>/export/<str:table>/<str:kind>/",
                view(partial(export_page, self)),
                name=f"{name}_export",
            ),
        ]

    def get_list_display(self, request: HttpRequest) -> list[str]:
        names = [str(name) for name in self.list_display]
        return names if person_of(request).is_admin else [name for name in names if name != "owner"]

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        filters = list(self.list_filter)
        return filters if person_of(request).is_admin else [f for f in filters if f is not OwnerFilter]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    # --- Columns

    @admin.display(description=_("course"), ordering="course__title_key")
    def title(self, stat: CourseStat) -> str:
        return stat.course.title

    @admin.display(description=_("owner"), ordering="course__instructor__full_name")
    def owner(self, stat: CourseStat) -> str:
        return stat.course.instructor.full_name

    @admin.display(description=_("Enrolled now"), ordering="course__enrollment_count")
    def enrolled(self, stat: CourseStat) -> str:
        return number(stat.course.enrollment_count)

    @admin.display(description=_("in progress"), ordering="active")
    def in_progress(self, stat: CourseStat) -> str:
        return _count(stat, stat.active)

    @admin.display(description=_("completion rate"), ordering=NullsLast("completion_rate"))
    def completion(self, stat: CourseStat) -> str:
        return rate(stat.completion_rate)

    @admin.display(description=_("progress"), ordering=NullsLast("average_progress"))
    def progress(self, stat: CourseStat) -> str:
        return rate(stat.average_progress)

    @admin.display(description=_("dropout rate"), ordering=NullsLast("dropout_rate"))
    def dropout(self, stat: CourseStat) -> str:
        return rate(stat.dropout_rate)

    @admin.display(description=_("rating"), ordering=NullsLast("course__average_rating"))
    def rating(self, stat: CourseStat) -> str:
        return number(stat.course.average_rating, 2) or NONE

    @admin.display(description=_("quiz average"), ordering=NullsLast("average_quiz_score"))
    def quiz_average(self, stat: CourseStat) -> str:
        return rate(stat.average_quiz_score)

    @admin.display(description=_("at risk"), ordering="at_risk_count")
    def at_risk(self, stat: CourseStat) -> str:
        return _count(stat, stat.at_risk_count)

    @admin.display(description=_("refreshed"), ordering=NullsLast("refreshed_at"))
    def refreshed(self, stat: CourseStat) -> str:
        return as_of(stat.refreshed_at) or NONE
