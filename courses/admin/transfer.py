"""The list of courses as a CSV file, and courses from one: look at what would happen, then do it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from courses import services
from courses.services import Outcome, RowReport
from courses.throttling import check_copy_throttle
from courses.transfer import MAX_BYTES, names_for, read_table, table_for
from lms.lib.admin import add_refusal
from lms.lib.errors import DomainError
from lms.lib.requests import person_of
from lms.lib.sheets import export
from lms.lib.waiting_files import WaitingFile

if TYPE_CHECKING:
    from courses.admin.courses import CourseAdmin

SALT = "courses.import"


class ImportForm(forms.Form):
    """The file; `rows` and `content` are what it holds."""

    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        widget=forms.FileInput(attrs={"class": "in", "accept": ".csv,text/csv"}),
        help_text=gettext_lazy("UTF-8, comma or semicolon, at most 1,000 rows and 5 MB."),
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        self.content = b""
        self.rows: list[dict[str, str]] = []

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise ValidationError(_("The file is too large: at most 5 MB."), code="too_large")
        self.content = file.read()
        self.rows = read_table(self.content, names_for(self.by))
        if not self.rows:
            raise ValidationError(_("There is no row in this file."), code="empty")
        return file


def export_courses(page: CourseAdmin, request: HttpRequest) -> HttpResponseBase:
    """Return the list as it is filtered, searched and sorted on the screen, as a file that can be imported."""
    rows = page.get_changelist_instance(request).get_queryset(request)
    columns, courses = table_for(person_of(request), rows)
    return export(columns, courses, name=f"courses-{timezone.localdate()}", as_="csv")


def import_page(page: CourseAdmin, request: HttpRequest) -> HttpResponse:
    """Ask for a file; show what each row would do; do it when the person says yes."""
    by = person_of(request)
    if request.method == "POST" and "waiting" in request.POST:
        return _run(page, request, by)
    form = ImportForm(request.POST or None, request.FILES or None, by=by)
    if not (request.method == "POST" and form.is_valid()):
        return _show(page, request, form=form)
    try:
        check_copy_throttle(request)
    except DomainError as error:
        add_refusal(form, error)
        return _show(page, request, form=form)
    reports = services.import_courses(by=by, rows=form.rows, dry_run=True)
    waiting = ""
    if _may_run(reports):
        file = WaitingFile()
        file.save(form.content)
        waiting = signing.dumps([file.name, str(by.pk)], salt=SALT)
    return _show(page, request, reports=reports, waiting=waiting)


def _run(page: CourseAdmin, request: HttpRequest, by: User) -> HttpResponse:
    """Import the file that waits: once, however often the button is pressed."""
    try:
        name, owner = signing.loads(request.POST["waiting"], salt=SALT)
        file = WaitingFile(name=name)
        with transaction.atomic():
            User.objects.select_for_update(no_key=True).get(pk=by.pk)  # a second click waits here
            if owner != str(by.pk):
                raise FileNotFoundError
            rows = read_table(file.read(), names_for(by))
            reports = services.import_courses(by=by, rows=rows)
            file.remove()
    except (FileNotFoundError, signing.BadSignature):
        messages.error(
            request, _("The file is gone: it was imported already, or waited too long. Upload it again.")
        )
        return redirect("admin:courses_course_import")
    return _show(page, request, reports=reports, is_real=True)


def _may_run(reports: list[RowReport]) -> bool:
    outcomes = {report.outcome for report in reports}
    return Outcome.REFUSED not in outcomes and outcomes != {Outcome.UNCHANGED}


def _show(
    page: CourseAdmin,
    request: HttpRequest,
    *,
    form: ImportForm | None = None,
    reports: list[RowReport] | None = None,
    waiting: str = "",
    is_real: bool = False,
) -> HttpResponse:
    counts = Counter(report.outcome for report in reports or [])
    refused = counts[Outcome.REFUSED]
    context = {
        **page.admin_site.each_context(request),
        "title": _("Import courses"),
        "opts": page.opts,
        "form": form,
        "columns": names_for(person_of(request)),
        "reports": reports,
        "counts": [(outcome.label, counts[outcome]) for outcome in Outcome if counts[outcome]],
        "refused": refused,
        "waiting": waiting,
        "is_done": is_real and not refused,
    }
    return render(request, "admin/courses/import.html", context)
