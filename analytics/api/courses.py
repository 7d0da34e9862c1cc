"""`/analytics/courses/{id}`: one course in figures, for its staff."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from analytics import services
from analytics.api import course_shapes as shapes
from analytics.models import CourseStat
from analytics.permissions import get_figures_for
from analytics.ranges import ALL, PERIODS
from analytics.readers import courses, students
from analytics.readers.trend import read_span, trend
from enrollments.models import Enrollment
from lms.lib.api import ApiMixin, ApiView
from lms.lib.filters import StrictFilterBackend
from lms.lib.serializers import EmptySerializer
from lms.lib.slugs import id_or_slug

RANGE = [
    OpenApiParameter("period", str, enum=[*PERIODS, ALL], description="30d if not said."),
    OpenApiParameter("from", OpenApiTypes.DATE, description="With `to`, in place of `period`."),
    OpenApiParameter("to", OpenApiTypes.DATE, description="Not in the future; 7 to 365 days from `from`."),
]


class CourseView(ApiView):
    """What the views of one course share."""

    permission_classes = [IsAuthenticated]

    def figures(self, course: str) -> CourseStat:
        """Return the course's figures, old ones refreshed or about to be; 404 and 403 as everywhere."""
        return services.freshen(get_figures_for(self.request.user, id_or_slug(course)))


class CourseOverviewView(CourseView):
    """The course at one look."""

    @extend_schema(summary="A course in figures (staff)", responses=shapes.CourseOverviewSerializer)
    def get(self, request: Request, course: str) -> Response:
        """Figures of `refreshed_at`; seats, rating and reviews of now."""
        return Response(shapes.CourseOverviewSerializer(courses.overview(self.figures(course))).data)


class CourseLessonsView(CourseView):
    """Where students stop."""

    @extend_schema(summary="Lessons of a course in figures (staff)", responses=shapes.CourseLessonsSerializer)
    def get(self, request: Request, course: str) -> Response:
        """Live lessons in the order of the outline."""
        stat = self.figures(course)
        data = {**courses.heading(stat), "lessons": courses.lessons(stat)}
        return Response(shapes.CourseLessonsSerializer(data).data)


class CourseQuizzesView(CourseView):
    """Which questions are to blame."""

    @extend_schema(summary="Quizzes of a course in figures (staff)", responses=shapes.CourseQuizzesSerializer)
    def get(self, request: Request, course: str) -> Response:
        """The three hardest questions of each with ten answers or more; and keys that look wrong."""
        stat = self.figures(course)
        data = {**courses.heading(stat), "quizzes": courses.quizzes(stat)}
        return Response(shapes.CourseQuizzesSerializer(data).data)


class CourseTrendView(CourseView):
    """The course over time."""

    @extend_schema(
        summary="A course over time (staff)", parameters=RANGE, responses=shapes.CourseTrendSerializer
    )
    def get(self, request: Request, course: str) -> Response:
        """Exactly N entries for N days, the last is today or `to`; all of a long time by week or month."""
        stat = self.figures(course)
        span = read_span(stat, request.query_params)
        data = {**courses.heading(stat), "bucket": span.bucket, "series": trend(stat, span)}
        return Response(shapes.CourseTrendSerializer(data).data)


class CourseRefreshView(CourseView):
    """The figures of now."""

    @extend_schema(
        summary="Refresh the figures of a course (staff)",
        request=EmptySerializer,
        responses={202: shapes.FiguresSerializer},
    )
    def post(self, request: Request, course: str) -> Response:
        """202: look again in a moment. 429 `refreshed_just_now` within a minute of the last time."""
        stat = get_figures_for(request.user, id_or_slug(course))
        EmptySerializer(data=request.data).is_valid(raise_exception=True)
        services.refresh_now(stat.course)
        data = shapes.FiguresSerializer(courses.heading(stat)).data
        return Response(data, status=202, headers={"Retry-After": "5"})


class CourseStudentsView(ApiMixin, ListAPIView[Enrollment]):
    """Who needs help."""

    serializer_class = shapes.CourseStudentSerializer
    permission_classes = [IsAuthenticated]
    filter_backends = [StrictFilterBackend]
    filterset_class = students.StudentFilter

    def get_queryset(self) -> QuerySet[Enrollment]:
        if getattr(self, "swagger_fake_view", False):
            return Enrollment.objects.none()
        return students.students(get_figures_for(self.request.user, id_or_slug(self.kwargs["course"])))

    def paginate_queryset(self, queryset: Any) -> Any:
        """Return the page's rows with their quiz averages."""
        return students.read(super().paginate_queryset(queryset) or [])

    @extend_schema(summary="Students of a course and how they do (staff)")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Live. By name; with `risk` those with the longest silence first."""
        return super().get(request, *args, **kwargs)
