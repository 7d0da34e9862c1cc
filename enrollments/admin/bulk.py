"""Bulk enrollment: paste or upload, look at what would happen, then do it."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldBooleanSwitchWidget

from courses.models import Course
from enrollments import services
from enrollments.rosters import MAX_BYTES, read_addresses, read_csv
from enrollments.services import Entry, Row
from lms.lib.admin import add_refusal
from lms.lib.errors import DomainError
from lms.lib.requests import person_of


class BulkForm(forms.Form):
    """A course, and its list: pasted, or as a file. `checked` carries the list from the report to the run."""

    course = forms.ModelChoiceField(
        label=gettext_lazy("Course"), queryset=Course.objects.none(), widget=UnfoldAdminSelectWidget
    )
    addresses = forms.CharField(
        label=gettext_lazy("E-mail addresses"),
        required=False,
        max_length=200_000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 8, "dir": "ltr"}),
        help_text=gettext_lazy("One in a line, or separated by commas."),
    )
    file = forms.FileField(
        label=gettext_lazy("Or a CSV file"),
        required=False,
        widget=forms.FileInput(attrs={"class": "in", "accept": ".csv,text/csv"}),
        help_text=gettext_lazy("Columns email, full_name, expires_at; UTF-8, comma or semicolon."),
    )
    invite = forms.BooleanField(
        label=gettext_lazy("Invite people who have no account"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
    )
    checked = forms.CharField(required=False, max_length=MAX_BYTES, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["course"]
        field.queryset = Course.objects.editable_by(user).filter(deleted_at=None).order_by("title")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["entries"] = self._read(data)
        most = settings.BULK_ENROLL_MAX
        if len(data["entries"]) > most:
            raise ValidationError(_("At most %(most)d addresses at once.") % {"most": most})
        if not data["entries"] and not self.errors:
            raise ValidationError(_("Paste addresses, or choose a file."), code="required")
        return data

    def _read(self, data: dict[str, Any]) -> list[Entry]:
        if data.get("checked"):
            return read_csv(data["checked"].encode())
        entries = read_addresses(data.get("addresses") or "")
        if (file := data.get("file")) is not None:
            if file.size > MAX_BYTES:
                raise ValidationError(_("The file is too large: at most 1 MB."), code="too_large")
            try:
                entries += read_csv(file.read())
            except ValidationError as error:
                self.add_error("file", error)
        return entries


def bulk_page(admin: Any, request: HttpRequest) -> HttpResponse:
    """Show the form; after `check` the report of a dry run, after `enroll` the report of what was done."""
    is_real = request.method == "POST" and "enroll" in request.POST
    form = BulkForm(
        request.POST or None,
        request.FILES or None,
        user=request.user,
        initial={"course": request.GET.get("course")},
    )
    context = {
        **admin.admin_site.each_context(request),
        "title": _("Enroll many people"),
        "opts": admin.opts,
        "form": form,
        "is_real": is_real,
    }
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            rows = services.enroll_many(
                course=data["course"],
                entries=data["entries"],
                by=person_of(request),
                invite=data["invite"],
                dry_run=not is_real,
            )
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            context |= _report(rows) | {"course": data["course"], "invite": data["invite"]}
            context["checked"] = write_entries(data["entries"])
    return render(request, "admin/enrollments/bulk.html", context)


def _report(rows: Sequence[Row]) -> dict[str, Any]:
    counted = {result: sum(row.result == result for row in rows) for result in services.Result}
    return {
        "rows": rows,
        "counts": [(result.label, count) for result, count in counted.items() if count],
        "can_run": any(row.is_done for row in rows),
    }


def write_entries(entries: Sequence[Entry]) -> str:
    """Return the list as the table that `read_csv` reads, with the lines it came from."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["line", "email", "full_name", "expires_at"])
    for entry in entries:
        end = entry.expires_at.isoformat() if entry.expires_at else ""
        writer.writerow([entry.line, entry.email, entry.full_name, end])
    return out.getvalue()
