"""A question before something is done: to whom, or whether at all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.models import User


class TransferForm(forms.Form):
    """The teacher who takes courses over."""

    instructor = forms.ModelChoiceField(
        User.objects.none(),
        label=_("New teacher"),
        help_text=_("Files stay with the old one and keep working."),
        widget=UnfoldAdminSelectWidget,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["instructor"]
        roles = [User.Role.INSTRUCTOR, User.Role.ADMIN]
        field.queryset = User.objects.filter(role__in=roles, is_active=True).order_by("full_name", "pk")


class MergeForm(forms.Form):
    """Which of several rows stays."""

    into = forms.ModelChoiceField(
        User.objects.none(),
        label=_("The one that stays"),
        help_text=_("The courses of the others move to it; the others are deleted."),
        widget=UnfoldAdminSelectWidget,
        empty_label=None,
    )

    def __init__(self, rows: QuerySet[Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["into"]
        field.queryset = rows


def ask(
    page: ModelAdmin,
    request: HttpRequest,
    *,
    title: Any,
    rows: Iterable[Model],
    form: forms.Form | None = None,
    text: Any = "",
    fields: dict[str, str] | None = None,
) -> HttpResponse:
    """Return the page that asks; what it sends comes to the same address.

    `form` is asked for, `text` is said, `fields` are sent along.
    """
    context = {
        **page.admin_site.each_context(request),
        "title": title,
        "form": form,
        "rows": rows,
        "text": text,
        "fields": {"action": request.POST.get("action", ""), "apply": "1", **(fields or {})},
        "opts": page.opts,
    }
    return render(request, "admin/courses/ask.html", context)
