"""The record of what staff did, for admins to read."""

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.mixins import ListModelMixin
from rest_framework.permissions import IsAuthenticated

from accounts.api.serializers import AuditEntrySerializer
from accounts.models import AuditEntry
from accounts.permissions import IsAdmin
from lms.lib.api import ApiViewSet


class AuditFilter(django_filters.FilterSet):
    """Filters: `date` is a day in the site's time zone, `target` an id, `target_type` such as `accounts.user`."""

    actor = django_filters.UUIDFilter(field_name="actor_id")
    action = django_filters.CharFilter()
    target = django_filters.CharFilter(field_name="target_id")
    target_type = django_filters.CharFilter()
    date = django_filters.DateFilter(field_name="at", lookup_expr="date")
    at_after = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="gte")
    at_before = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="lt")
    request_id = django_filters.CharFilter()

    class Meta:
        model = AuditEntry
        fields: list[str] = []


@extend_schema_view(list=extend_schema(description="List what staff did, the newest first. Admins alone."))
class AuditEntryViewSet(ListModelMixin, ApiViewSet):
    """What staff did. Nothing is added, changed or deleted here."""

    serializer_class = AuditEntrySerializer
    filterset_class = AuditFilter
    permission_classes = [IsAuthenticated, IsAdmin]
    search_fields = ["actor_label", "target_label"]
    ordering_fields = ["at", "action"]
    ordering = ["-at"]
    queryset = AuditEntry.objects.none()

    def get_queryset(self) -> QuerySet[AuditEntry]:
        return AuditEntry.objects.visible_to(self.request.user)
