"""Reviews in the admin: the teacher answers, an admin hides and shows."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from enrollments import services
from enrollments.admin.base import CourseFilter, ReasonForm, StaffAdmin
from enrollments.models import Review
from lms.lib.requests import person_of

SHOWN = ["course", "student", "rating", "text", "created_at", "updated_at", "is_hidden", "hidden_reason"]


@admin.register(Review)
class ReviewAdmin(StaffAdmin):
    """Rating and text are the author's; only the reply is edited here."""

    list_display = ["student", "course", "stars", "beginning", "created_at", "is_replied", "is_hidden"]
    list_filter = [CourseFilter, "rating", "is_hidden", "created_at"]
    search_fields = ["text", "enrollment__student__full_name"]
    list_select_related = ["enrollment__student", "enrollment__course"]
    readonly_fields = SHOWN
    fields = [*SHOWN, "reply"]
    actions = ["hide", "show"]

    def get_actions(self, request: HttpRequest) -> Any:
        """Nobody polishes their own rating: hiding and showing are for admins."""
        actions = super().get_actions(request)
        if not person_of(request).is_admin:
            actions = {name: action for name, action in actions.items() if name not in ("hide", "show")}
        return actions

    def save_model(self, request: HttpRequest, obj: Review, form: Any, change: bool) -> None:
        if "reply" in form.changed_data:
            services.reply_to_review(review=obj, by=person_of(request), text=obj.reply)

    @admin.display(description=_("student"), ordering="enrollment__student__full_name")
    def student(self, review: Review) -> Any:
        return review.enrollment.student

    @admin.display(description=_("course"), ordering="enrollment__course__title")
    def course(self, review: Review) -> Any:
        return review.enrollment.course

    @display(description=_("rating"), ordering="rating", label=True)
    def stars(self, review: Review) -> str:
        return f"{review.rating} ★"

    @admin.display(description=_("text"))
    def beginning(self, review: Review) -> str:
        return Truncator(review.text).chars(80)

    @admin.display(description=_("replied"), boolean=True)
    def is_replied(self, review: Review) -> bool:
        return bool(review.reply)

    @admin.action(description=_("Hide"))
    def hide(self, request: HttpRequest, rows: QuerySet[Review]) -> HttpResponse | None:
        form = self.ask(request, rows, ReasonForm, _("Hide reviews"))
        if isinstance(form, HttpResponse):
            return form
        terms = {"by": person_of(request), "reason": form.cleaned_data["reason"]}
        self.do_each(request, rows, lambda row: services.hide_review(review=row, **terms))
        return None

    @admin.action(description=_("Show again"))
    def show(self, request: HttpRequest, rows: QuerySet[Review]) -> None:
        by = person_of(request)
        self.do_each(request, rows, lambda row: services.show_review(review=row, by=by))
