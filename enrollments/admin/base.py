"""What both admin pages share: only own courses for instructors, verbs a row at a time, each with its message."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextareaWidget

from courses.models import Course
from lms.lib.admin import StaffModelAdmin
from lms.lib.text import clean_multiline_text, validate_plain_multiline_text


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label=_("Reason"),
        min_length=3,
        max_length=500,
        validators=[validate_plain_multiline_text],
        widget=UnfoldAdminTextareaWidget,
        help_text=_("3 to 500 characters. The person reads it."),
    )

    def clean_reason(self) -> str:
        return clean_multiline_text(self.cleaned_data["reason"])


class DaysForm(forms.Form):
    """For how long."""

    days = forms.IntegerField(
        label=_("Days"),
        min_value=1,
        max_value=3650,
        initial=30,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("Counted from the present end of access, or from now if that is past."),
    )


class CourseFilter(admin.SimpleListFilter):
    """Courses that the person runs, and no others."""

    title = _("course")
    parameter_name = "course"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        courses = Course.objects.editable_by(request.user).filter(enrollments__isnull=False).distinct()
        return [(str(pk), title) for pk, title in courses.order_by("title").values_list("pk", "title")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        known = {value for value, _title in self.lookup_choices}
        if chosen is None or chosen not in known:
            return queryset
        return queryset.filter(**{model_path(queryset.model): chosen})


def model_path(model: type[Model]) -> str:
    """Return how a model of this app names its course."""
    return "course" if model._meta.model_name == "enrollment" else "enrollment__course"


class StaffAdmin(StaffModelAdmin):
    """Teachers see rows of own courses; nothing is deleted here."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.model._default_manager.all()
        return rows.filter(**{f"{model_path(self.model)}__in": Course.objects.editable_by(request.user)})

    def ask(
        self, request: HttpRequest, rows: QuerySet[Any], form_class: type[forms.Form], title: Any
    ) -> forms.Form | HttpResponse:
        """Return the filled form of an action, or the page that asks for it."""
        form = form_class(request.POST if "apply" in request.POST else None)
        if form.is_bound and form.is_valid():
            return form
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "form": form,
            "rows": rows,
            "action": request.POST.get("action", ""),
            "opts": self.opts,
        }
        return render(request, "admin/enrollments/ask.html", context)
