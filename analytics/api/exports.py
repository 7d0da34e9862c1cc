"""The lists of a course as files."""

from __future__ import annotations

from typing import Any

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from analytics import course_exports
from analytics.api.courses import CourseView
from analytics.readers import students
from analytics.throttling import ExportThrottle
from lms.lib.filters import StrictFilterBackend
from lms.lib.requests import person_of
from lms.lib.sheets import FORMATS, TYPES

AS = OpenApiParameter("as", str, enum=FORMATS, description="csv if not said.")
FILES: dict[Any, Any] = {(200, TYPES[name]): OpenApiTypes.BINARY for name in FORMATS}


class ExportView(CourseView):
    """What the three files share: ten a minute by user."""

    throttle_classes = [*APIView.throttle_classes, ExportThrottle]
    file_types = tuple(TYPES.values())


class StudentsExportView(ExportView):
    """The list of students as it is filtered, searched and ordered."""

    filterset_class = students.StudentFilter
    extra_parameters = ("as",)

    @extend_schema(summary="Students of a course as a file (staff)", parameters=[AS], responses=FILES)
    def get(self, request: Request, course: str) -> StreamingHttpResponse:
        """The filters of the list; who takes it is written into the audit trail."""
        stat = self.figures(course)
        as_ = course_exports.read_format(request.query_params.get("as"))
        rows = StrictFilterBackend().filter_queryset(request, students.students(stat), self)
        filters = course_exports.filters_of(request.query_params)
        return course_exports.export_students(stat, rows, as_=as_, by=person_of(request), filters=filters)


class LessonsExportView(ExportView):
    """The lessons with their figures."""

    @extend_schema(summary="Lessons of a course as a file (staff)", parameters=[AS], responses=FILES)
    def get(self, request: Request, course: str) -> StreamingHttpResponse:
        """As the list has them."""
        stat = self.figures(course)
        return course_exports.export_lessons(
            stat, as_=course_exports.read_format(request.query_params.get("as"))
        )


class QuizzesExportView(ExportView):
    """The quizzes with their statistics."""

    @extend_schema(summary="Quizzes of a course as a file (staff)", parameters=[AS], responses=FILES)
    def get(self, request: Request, course: str) -> StreamingHttpResponse:
        """As the list has them."""
        stat = self.figures(course)
        return course_exports.export_quizzes(
            stat, as_=course_exports.read_format(request.query_params.get("as"))
        )
