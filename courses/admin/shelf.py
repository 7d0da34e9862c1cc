"""Categories and tags, for admins."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from accounts.models import User
from courses import services
from courses.admin.ask import MergeForm, ask
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

    @admin.action(description=_("Merge into one"))
    def merge(self, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
        if len(rows) < 2:
            self.message_user(request, _("Choose at least two to merge."), messages.WARNING)
            return None
        form = MergeForm(rows, request.POST if "apply" in request.POST else None)
        if not (form.is_bound and form.is_valid()):
            return ask(self, request, title=_("Merge into one"), form=form, rows=rows)
        into, by = form.cleaned_data["into"], person_of(request)
        self.do_each(request, [into], lambda kept: self.merge_into(rows=rows, into=kept, by=by))
        return None

    def merge_into(self, *, rows: QuerySet[Any], into: Any, by: User) -> object:
        """Call the verb that merges `rows`."""
        raise NotImplementedError

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
    actions = ["merge", "delete_unused"]

    def merge_into(self, *, rows: QuerySet[Category], into: Category, by: User) -> object:
        return services.merge_categories(categories=rows, into=into, by=by)

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
    actions = ["merge", "delete_tags"]

    def merge_into(self, *, rows: QuerySet[Tag], into: Tag, by: User) -> object:
        return services.merge_tags(tags=rows, into=into, by=by)

    @admin.action(description=_("Delete"))
    def delete_tags(self, request: HttpRequest, rows: QuerySet[Tag]) -> None:
        by = person_of(request)
        self.do_each(request, rows, lambda row: services.delete_tag(tag=row, by=by))
