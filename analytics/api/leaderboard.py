"""`/analytics/courses/{id}/leaderboard`."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.api import study_shapes as shapes
from analytics.permissions import get_figures_for, get_leaderboard_for
from analytics.readers.leaderboard import shown_to
from analytics.services.leaderboard import set_leaderboard
from lms.lib.api import ApiView
from lms.lib.requests import person_of
from lms.lib.slugs import id_or_slug


class LeaderboardView(ApiView):
    """Who leads in a course, for those in it; staff switch it on and off."""

    permission_classes = [IsAuthenticated]

    @extend_schema(summary="Leaderboard of a course", responses=shapes.LeaderboardSerializer)
    def get(self, request: Request, course: str) -> Response:
        """404 while it is off. For who is in the course, and its staff."""
        found, own = get_leaderboard_for(request.user, id_or_slug(course))
        data = {"course": found, **shown_to(found, own)}
        return Response(shapes.LeaderboardSerializer(data).data)

    @extend_schema(
        summary="Switch the leaderboard on or off (staff)",
        request=shapes.LeaderboardBody,
        responses=shapes.LeaderboardStateSerializer,
    )
    def patch(self, request: Request, course: str) -> Response:
        """Off for a new course."""
        stat = get_figures_for(request.user, id_or_slug(course))
        body = shapes.LeaderboardBody(data=request.data)
        body.is_valid(raise_exception=True)
        set_leaderboard(course=stat.course, by=person_of(request), **body.validated_data)
        data = {"course": stat.course, **body.validated_data}
        return Response(shapes.LeaderboardStateSerializer(data).data)

    def _present_etag(self, request: Request, *args: Any, **kwargs: Any) -> str:
        """While it is off there is nothing that a tag could match; who may not switch it is told that first."""
        get_figures_for(request.user, id_or_slug(kwargs["course"]))
        try:
            return super()._present_etag(request, *args, **kwargs)
        except Http404:
            return ""
