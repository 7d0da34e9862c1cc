"""What staff did, and mails about accounts: rows to look at."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from accounts.models import AuditEntry, OutgoingMail


class ReadOnlyMixin:
    """Rows to look at."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyMixin, ModelAdmin):
    """What staff did."""

    list_display = ["at", "shown_actor", "action", "target_label", "ip"]
    list_filter = ["action", ("actor", admin.RelatedOnlyFieldListFilter), "at"]
    list_select_related = ["actor"]
    search_fields = ["actor_label", "target_label", "target_id", "request_id"]
    date_hierarchy = "at"
    fields = [
        "at",
        "actor",
        "actor_label",
        "action",
        "target_type",
        "target_id",
        "target_label",
        "data",
        "ip",
        "request_id",
    ]

    @admin.display(description=_("who"), ordering="actor_label")
    def shown_actor(self, entry: AuditEntry) -> str:
        return entry.actor_label or ("" if entry.actor_id else str(_("the system")))


@admin.register(OutgoingMail)
class OutgoingMailAdmin(ReadOnlyMixin, ModelAdmin):
    """Mails about accounts: which wait, which went, which failed."""

    list_display = ["created_at", "kind", "user", "state", "tries", "sent_at"]
    list_filter = ["state", "kind", "created_at"]
    list_select_related = ["user"]
    search_fields = ["user__email", "user__full_name"]
    date_hierarchy = "created_at"
