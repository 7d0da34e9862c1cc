"""Bulk enrollment: how often, and what is answered."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from enrollments import services
from lms.lib.throttling import PersonThrottle


class BulkEnrollThrottle(PersonThrottle):
    """10 an hour by user; reading the list is not counted."""

    scope = "bulk_enroll"

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        return super().get_cache_key(request, view) if request.method == "POST" else None


class BulkRowSerializer(serializers.Serializer[Any]):
    """What became of one address."""

    line = serializers.IntegerField()
    email = serializers.CharField()
    result = serializers.ChoiceField(choices=services.Result.values)
    sentence = serializers.CharField()
    enrollment = serializers.UUIDField(source="enrollment_id", allow_null=True)


class BulkReportSerializer(serializers.Serializer[Any]):
    """All rows, in the order that was sent."""

    dry_run = serializers.BooleanField()
    rows = BulkRowSerializer(many=True)
