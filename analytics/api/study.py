"""`/analytics/my-…`, `/analytics/students/{id}/dashboard`: one student's learning, live."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics import study_exports
from analytics.api import study_shapes as shapes
from analytics.permissions import get_study_for
from analytics.ranges import read_days
from analytics.readers.study import Study
from analytics.throttling import ExportThrottle
from lms.lib.api import ApiView
from lms.lib.requests import person_of

DAYS = OpenApiParameter("days", int, description="7 to 365; 30 if not said.")
AS = OpenApiParameter("as", str, enum=study_exports.FORMATS, description="csv if not said.")
FILES: dict[Any, Any] = {(200, kind): OpenApiTypes.BINARY for kind in study_exports.TYPES.values()}


def _dashboard(study: Study) -> dict[str, Any]:
    return {
        "summary": study.summary(),
        "courses": study.courses(),
        "activity": study.activity(),
        "achievements": study.achievements(),
    }


class MyProgressView(ApiView):
    """One's own sums."""

    permission_classes = [IsAuthenticated]

    @extend_schema(summary="My progress in figures", responses=shapes.SummarySerializer)
    def get(self, request: Request) -> Response:
        """Live, in one's own days; results that are held back are not in it."""
        return Response(shapes.SummarySerializer(Study(person_of(request)).summary()).data)


class MyDashboardView(ApiView):
    """One's own learning at one look."""

    permission_classes = [IsAuthenticated]

    @extend_schema(summary="My learning at one look", responses=shapes.MyDashboardSerializer)
    def get(self, request: Request) -> Response:
        """Sums, each course, 30 days, achievements and up to four courses to take next."""
        study = Study(person_of(request))
        data = {**_dashboard(study), "recommendations": study.recommendations()}
        return Response(shapes.MyDashboardSerializer(data).data)


class MyActivityView(ApiView):
    """One's own days."""

    permission_classes = [IsAuthenticated]

    @extend_schema(summary="My days of study", parameters=[DAYS], responses=shapes.ActivitySerializer)
    def get(self, request: Request) -> Response:
        """Exactly N days, the last is today; 400 `invalid_range`."""
        study = Study(person_of(request))
        days = study.activity(read_days(request.query_params, today=study.today))
        return Response(shapes.ActivitySerializer({"series": days}).data)


class MyProgressExportView(ApiView):
    """One's own progress as a file."""

    permission_classes = [IsAuthenticated]
    throttle_classes = [*APIView.throttle_classes, ExportThrottle]
    file_types = tuple(study_exports.TYPES.values())

    @extend_schema(summary="My progress as a file", parameters=[AS], responses=FILES)
    def get(self, request: Request) -> HttpResponseBase:
        """What the page shows of each course; ten files a minute."""
        as_ = study_exports.read_format(request.query_params.get("as"))
        return study_exports.export(Study(person_of(request)), as_=as_)


class StudentDashboardView(ApiView):
    """A student's learning, for staff."""

    permission_classes = [IsAuthenticated]

    @extend_schema(summary="A student's learning (staff)", responses=shapes.StudentDashboardSerializer)
    def get(self, request: Request, pk: UUID) -> Response:
        """Admins see all; an instructor the enrollments in own courses, and every sum over those alone."""
        study = get_study_for(request.user, pk)
        return Response(
            shapes.StudentDashboardSerializer({**_dashboard(study), "student": study.student}).data
        )
