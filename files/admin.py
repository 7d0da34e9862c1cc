"""Files for staff: own ones for instructors, all for admins."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from files import services
from files.models import StoredFile
from lms.lib.admin import StaffModelAdmin
from lms.lib.requests import person_of


@admin.register(StoredFile)
class StoredFileAdmin(StaffModelAdmin):
    """Uploads happen where a file is used; here they are found, described and deleted."""

    list_display = [
        "original_name",
        "kind",
        "shown_size",
        "owner",
        "visibility",
        "download_count",
        "created_at",
    ]
    list_filter = ["kind", "visibility", "created_at"]
    search_fields = ["original_name"]
    list_select_related = ["owner"]
    fields = [
        "original_name",
        "alt_text",
        "visibility",
        "kind",
        "mime",
        "shown_size",
        "owner",
        "used_in",
        "created_at",
    ]
    readonly_fields = ["kind", "mime", "shown_size", "owner", "used_in", "created_at"]
    actions = ["delete_unused"]

    @admin.display(description=_("size"), ordering="size")
    def shown_size(self, file: StoredFile) -> str:
        return filesizeformat(file.size)

    @admin.display(description=_("used in"))
    def used_in(self, file: StoredFile) -> str:
        return ", ".join(services.places_of(file)) or "–"

    @admin.action(description=_("Delete the files that are not in use"))
    def delete_unused(self, request: HttpRequest, queryset: QuerySet[StoredFile]) -> None:
        by = person_of(request)
        self.do_each(request, queryset, lambda file: services.delete_file(file=file, by=by))

    def save_model(self, request: HttpRequest, obj: StoredFile, form: Any, change: bool) -> None:
        services.update_file(
            file=obj, original_name=obj.original_name, alt_text=obj.alt_text, visibility=obj.visibility
        )
