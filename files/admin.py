"""Files for staff: own ones for instructors, all for admins."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from files import services
from files.models import StoredFile
from lms.lib.admin import StaffModelAdmin, add_refusal
from lms.lib.errors import DomainError
from lms.lib.requests import person_of

PICKED_FROM = 12  # files a picker shows; the search finds the others


class StoredFileForm(forms.ModelForm):  # type: ignore[type-arg]
    """Name, alternative text and visibility, written by the verb inside `is_valid`."""

    def _post_clean(self) -> None:
        if self.errors:
            return
        changed = {name: self.cleaned_data[name] for name in self.changed_data}
        try:
            services.update_file(file=self.instance, **changed)
        except DomainError as error:
            add_refusal(self, error)


class UnusedFilter(admin.SimpleListFilter):
    """Files that nothing shows, or only those that something does."""

    title = _("use")
    parameter_name = "unused"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("1", _("Shown nowhere")), ("0", _("In use"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[StoredFile]) -> QuerySet[StoredFile] | None:
        if self.value() not in ("0", "1"):
            return None
        unused = StoredFile.objects.unused().values("pk")
        return queryset.filter(pk__in=unused) if self.value() == "1" else queryset.exclude(pk__in=unused)


@admin.register(StoredFile)
class StoredFileAdmin(StaffModelAdmin):
    """Uploads happen where a file is used; here they are found, described and deleted."""

    form = StoredFileForm
    list_before_template = "admin/files/usage.html"
    list_display = [
        "preview",
        "original_name",
        "kind",
        "shown_size",
        "owner",
        "visibility",
        "is_used",
        "downloads",
        "created",
    ]
    list_display_links = ["original_name"]
    list_filter = ["kind", "visibility", UnusedFilter, "created_at"]
    search_fields = ["original_name"]
    list_select_related = ["owner"]
    date_hierarchy = "created_at"
    list_per_page = 50
    fields = [
        "preview",
        "original_name",
        "alt_text",
        "visibility",
        "kind",
        "mime",
        "shown_size",
        "owner",
        "used_in",
        "downloads",
        "created",
    ]
    readonly_fields = [
        "preview",
        "kind",
        "mime",
        "shown_size",
        "owner",
        "used_in",
        "downloads",
        "created",
    ]
    actions = ["make_private", "delete_unused"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[StoredFile]:
        return StoredFile.objects.editable_by(request.user).with_usage()

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        by_owner = [("owner", admin.RelatedOnlyFieldListFilter)] if person_of(request).is_admin else []
        return [*self.list_filter, *by_owner]

    def get_urls(self) -> list[URLPattern]:
        picker = self.admin_site.admin_view(self.picker)
        return [path("picker/", picker, name="files_storedfile_picker"), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        usage = services.usage_report(person_of(request)) if self.has_module_permission(request) else None
        page: HttpResponse = super().changelist_view(request, {**(extra_context or {}), "usage": usage})
        return page

    def picker(self, request: HttpRequest) -> HttpResponse:
        """Own files of a kind, for the dialog of a lesson's form: newest first, or what a search finds."""
        person = person_of(request)
        files = StoredFile.objects.ready().filter(owner=person).order_by("-created_at")
        kind, words = (
            request.GET.get("kind", ""),
            request.GET.get("search", "").replace("\0", "").strip()[:100],
        )
        if kind in StoredFile.Kind.values:
            files = files.filter(kind=kind)
        found = list(files.filter(original_name__icontains=words).with_usage()[: PICKED_FROM + 1])
        shown = found[:PICKED_FROM]
        places = services.places_of_all(shown)
        rows = [{"file": file, "places": places[file.pk]} for file in shown]
        context = {"rows": rows, "has_more": len(found) > PICKED_FROM, "search": words}
        return render(request, "admin/files/picker.html", context)

    @admin.display(description=_("preview"))
    def preview(self, file: StoredFile) -> SafeString | str:
        if file.kind != StoredFile.Kind.IMAGE:
            return format_html('<a class="link" href="{}">{}</a>', file.get_absolute_url(), _("Open"))
        return format_html(
            '<a href="{0}"><img class="file-preview" src="{0}" alt="{1}" width="64" height="48" loading="lazy"></a>',
            file.get_absolute_url(),
            file.alt_text,
        )

    @admin.display(description=_("size"), ordering="size")
    def shown_size(self, file: StoredFile) -> str:
        return filesizeformat(file.size)

    @admin.display(description=_("in use"), boolean=True, ordering="is_used")
    def is_used(self, file: StoredFile) -> bool:
        return bool(getattr(file, "is_used", False))

    @admin.display(description=_("downloads"), ordering="download_count")
    def downloads(self, file: StoredFile) -> int:
        return file.download_count

    @admin.display(description=_("created"), ordering="created_at")
    def created(self, file: StoredFile) -> datetime:
        return file.created_at

    @admin.display(description=_("used in"))
    def used_in(self, file: StoredFile) -> str:
        return ", ".join(services.places_of(file)) or "–"

    @admin.action(description=_("Make private"))
    def make_private(self, request: HttpRequest, queryset: QuerySet[StoredFile]) -> None:
        private = StoredFile.Visibility.PRIVATE
        self.do_each(request, queryset, lambda file: services.update_file(file=file, visibility=private))

    @admin.action(description=_("Delete the files that are not in use"))
    def delete_unused(self, request: HttpRequest, queryset: QuerySet[StoredFile]) -> None:
        by = person_of(request)
        self.do_each(request, queryset, lambda file: services.delete_file(file=file, by=by))

    def save_model(self, request: HttpRequest, obj: StoredFile, form: Any, change: bool) -> None:
        """The form's verb has written it."""
