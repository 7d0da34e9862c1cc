"""Categories and tags, for admins."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.forms import Form
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from courses import services
from courses.admin.forms import VerbForm
from courses.models import Category, Tag
from lms.lib.admin import VerbModelAdmin
from lms.lib.requests import person_of


class ShelfAdmin(VerbModelAdmin):
    """What both pages share: the form's verb saves, the number of courses stands in the list."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        counted: QuerySet[Any] = rows.annotate(course_count=Count("courses"))
        return counted

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        form = super().get_form(request, obj, change=change, **options)
        form.by = person_of(request)
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Form, change: bool) -> None:
        """The form's verb has saved."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # by the action, which says what keeps a row

    @admin.display(description=_("courses"), ordering="course_count")
    def courses(self, row: Any) -> int:
        count: int = row.course_count
        return count


class CategoryForm(VerbForm):
    """Both names, and the place in the list."""

    position = forms.IntegerField(
        label=_("Place in the list"),
        min_value=1,
        max_value=1000,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget,
    )

    class Meta:
        model = Category
        fields = ["name_en", "name_ar", "position"]

    def write(self) -> Category:
        known = None if self.instance._state.adding else self.instance
        data = self.cleaned_data
        row = services.save_category(
            by=self.by, name_en=data["name_en"], name_ar=data["name_ar"], category=known
        )
        if data["position"] and data["position"] != row.position:
            ids = list(Category.objects.exclude(pk=row.pk).values_list("pk", flat=True))
            ids.insert(data["position"] - 1, row.pk)
            services.reorder_categories(by=self.by, ids=ids)
            row.refresh_from_db()
        return row


@admin.register(Category)
class CategoryAdmin(ShelfAdmin):
    """Subjects, in the order in which the catalogue shows them."""

    form = CategoryForm
    list_display = ["name_en", "name_ar", "position", "courses"]
    ordering = ["position"]
    actions = ["delete_unused"]

    @admin.action(description=_("Delete"))
    def delete_unused(self, request: HttpRequest, rows: QuerySet[Category]) -> None:
        by = person_of(request)
        self.do_each(request, rows, lambda row: services.delete_category(category=row, by=by))


class TagForm(VerbForm):
    """The name. A name that another tag has merges the two."""

    class Meta:
        model = Tag
        fields = ["name"]

    def write(self) -> Tag:
        if self.instance._state.adding:
            return services.add_tag(by=self.by, name=self.cleaned_data["name"])
        return services.rename_tag(tag=self.instance, by=self.by, name=self.cleaned_data["name"])


@admin.register(Tag)
class TagAdmin(ShelfAdmin):
    """Words that courses share; authors make them by use."""

    form = TagForm
    list_display = ["name", "courses"]
    search_fields = ["name"]
    actions = ["delete_tags"]

    @admin.action(description=_("Delete"))
    def delete_tags(self, request: HttpRequest, rows: QuerySet[Tag]) -> None:
        by = person_of(request)
        self.do_each(request, rows, lambda row: services.delete_tag(tag=row, by=by))
