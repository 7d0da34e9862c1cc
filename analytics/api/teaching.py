"""`/analytics/instructors` and `/analytics/system`: a teacher's courses, and the whole site."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.api import teaching_shapes as shapes
from analytics.days import site_today
from analytics.permissions import get_teacher_for
from analytics.ranges import read_days, read_limit
from analytics.readers import site
from analytics.readers.teaching import teaching
from analytics.services import freshen_site
from courses.permissions import IsAdmin, IsTeacher
from lms.lib.api import ApiView
from lms.lib.requests import person_of

DAYS = OpenApiParameter("days", OpenApiTypes.INT, description="7 to 365, 30 if not said; the last is today.")
LIMIT = OpenApiParameter("limit", OpenApiTypes.INT, description="5 to 50, 10 if not said.")


class FreshView(ApiView):
    """Figures that wake a refresh when they are old."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        freshen_site(site.refreshed_at())


class MyTeachingView(FreshView):
    """One's own courses in figures."""

    permission_classes = [IsAuthenticated, IsTeacher]

    @extend_schema(summary="My courses in figures (staff)", responses=shapes.TeachingSerializer)
    def get(self, request: Request) -> Response:
        """Of the courses one owns, the bin left out."""
        return Response(shapes.TeachingSerializer(teaching(person_of(request))).data)


class TeachingView(FreshView):
    """A teacher's courses in figures."""

    permission_classes = [IsAuthenticated]

    @extend_schema(summary="A teacher's courses in figures (admin)", responses=shapes.TeachingSerializer)
    def get(self, request: Request, pk: UUID) -> Response:
        """403 `not_owner` for another teacher's."""
        return Response(shapes.TeachingSerializer(teaching(get_teacher_for(request.user, pk))).data)


class SystemView(FreshView):
    """What the views of the site share."""

    permission_classes = [IsAuthenticated, IsAdmin]


class SystemOverviewView(SystemView):
    """The site at one look."""

    @extend_schema(summary="The site in figures (admin)", responses=shapes.SiteOverviewSerializer)
    def get(self, request: Request) -> Response:
        """A snapshot of `refreshed_at`, and today beside yesterday; days are the site's."""
        return Response(shapes.SiteOverviewSerializer(site.overview()).data)


class UserGrowthView(SystemView):
    """People by day."""

    @extend_schema(summary="New people by day (admin)", parameters=[DAYS], responses=shapes.GrowthSerializer)
    def get(self, request: Request) -> Response:
        """Exactly `days` entries; the totals begin with all before them."""
        span = read_days(request.query_params, today=site_today())
        data = {"refreshed_at": site.refreshed_at(), "series": site.days(span)}
        return Response(shapes.GrowthSerializer(data).data)


class EnrollmentTrendView(SystemView):
    """Enrollments by day."""

    @extend_schema(
        summary="Enrollments by day (admin)", parameters=[DAYS], responses=shapes.EnrollmentTrendSerializer
    )
    def get(self, request: Request) -> Response:
        """Exactly `days` entries; the totals begin with all before them."""
        span = read_days(request.query_params, today=site_today())
        data = {"refreshed_at": site.refreshed_at(), "series": site.days(span)}
        return Response(shapes.EnrollmentTrendSerializer(data).data)


class PopularCoursesView(SystemView):
    """What most people learn."""

    @extend_schema(
        summary="Popular courses (admin)", parameters=[LIMIT], responses=shapes.PopularCoursesSerializer
    )
    def get(self, request: Request) -> Response:
        """Published courses by the seats that are taken now."""
        limit = read_limit(request.query_params)
        data = {"refreshed_at": site.refreshed_at(), "courses": site.popular_courses(limit)}
        return Response(shapes.PopularCoursesSerializer(data).data)


class TopInstructorsView(SystemView):
    """Who teaches most people."""

    @extend_schema(
        summary="Top instructors (admin)", parameters=[LIMIT], responses=shapes.TopInstructorsSerializer
    )
    def get(self, request: Request) -> Response:
        """By distinct students; those without any stand last."""
        limit = read_limit(request.query_params)
        data = {"refreshed_at": site.refreshed_at(), "instructors": site.top_instructors(limit)}
        return Response(shapes.TopInstructorsSerializer(data).data)
