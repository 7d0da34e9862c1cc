"""What stands below one course: its tree, its modules, its lessons, their order."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from courses import services
from courses.api.bodies import (
    ModuleBody,
    NewLessonBody,
    OrderBody,
    TreeBody,
    read_body,
)
from courses.api.courses import course_ref, read_flag
from courses.api.echo import without_echo
from courses.api.lesson_shapes import (
    LessonSerializer,
    ModuleSerializer,
    OutlineLessonSerializer,
    OutlineSerializer,
)
from courses.api.parts import FORCE, module_in, show_lesson
from courses.models import Course, Lesson
from courses.outline import OutlineLesson, locks_of, outline_of
from courses.permissions import (
    get_course_for,
    get_editable_course_for,
    get_lesson_for,
)
from courses.services.writing import lock_course
from lms.lib.api import ApiView
from lms.lib.filters import InvalidFilter
from lms.lib.pagination import PageNumberPagination
from lms.lib.requests import person_of


class _CoursePart(ApiView):
    """What stands below one course: reading is for everybody who sees it, writing for its editors."""

    def get_permissions(self) -> list[BasePermission]:
        # A published outline is for visitors; what of a course may be seen, `get_course_for` decides.
        return [AllowAny()] if self.request.method in ("GET", "HEAD", "OPTIONS") else [IsAuthenticated()]


class CourseContentView(_CoursePart):
    """The tree of a course."""

    @extend_schema(
        summary="The outline of a course",
        parameters=[
            OpenApiParameter(
                "include", OpenApiTypes.STR, description="`body` adds what is inside the lessons open to you."
            )
        ],
        responses=OutlineSerializer,
    )
    def get(self, request: Request, id: str) -> Response:
        """Modules and lessons with what the reader may open; editors also see what is hidden."""
        course = get_course_for(request.user, course_ref(id))
        include = request.query_params.get("include", "")
        if include not in ("", "body") or set(request.query_params) - {"include"}:
            raise InvalidFilter("include")
        self.version = str(course.revision)
        return Response(self._tree(course, with_body=include == "body"))

    @extend_schema(
        summary="Replace the outline of a course",
        parameters=[FORCE],
        request=TreeBody,
        responses=OutlineSerializer,
    )
    def put(self, request: Request, id: str) -> Response:
        """The whole tree in its order, all or nothing: nodes with an id are kept, moved and changed, others made.

        What is absent is removed: 409 `lessons_have_progress` while students have worked on it, unless `force`.
        The tree as GET gave it changes nothing.
        """
        course = get_editable_course_for(request.user, course_ref(id))
        shown = json.loads(JSONRenderer().render(self._tree(course, with_body=True)))
        body = TreeBody(data=without_echo(request.data, shown))
        body.is_valid(raise_exception=True)
        modules = body.validated_data["modules"]
        force = read_flag("force", request.query_params.get("force", ""))
        services.put_content(course=course, by=person_of(request), modules=modules, force=force)
        course = get_course_for(request.user, course.pk)
        self.version = str(course.revision)
        return Response(self._tree(course))

    def locked_version(self) -> str:
        course = get_editable_course_for(self.request.user, course_ref(self.kwargs["id"]))
        return str(lock_course(course.pk).revision)

    def _tree(self, course: Course, with_body: bool = False) -> dict[str, Any]:
        user = self.request.user
        tree = outline_of(course, user, with_hidden=course.can_edit(user), with_resources=with_body)
        totals = {
            "modules": len(tree),
            "lessons": sum(len(module.lessons) for module in tree),
            "minutes": sum(module.minutes for module in tree),
        }
        data = {"course": course.pk, "totals": totals, "modules": tree}
        return dict(OutlineSerializer(data, context={"with_body": with_body}).data)


class CourseModulesView(_CoursePart):
    """The modules of a course."""

    pagination_class = PageNumberPagination

    @extend_schema(summary="The modules of a course", responses=ModuleSerializer(many=True))
    def get(self, request: Request, id: str) -> Response:
        """In order; those that hold a live lesson, all for editors."""
        course = get_course_for(request.user, course_ref(id))
        modules = course.modules.all()
        if not course.can_edit(request.user):
            modules = modules.shown()
        return paged(self, request, modules, ModuleSerializer)

    @extend_schema(summary="Add a module", request=ModuleBody, responses={201: ModuleSerializer})
    def post(self, request: Request, id: str) -> Response:
        """At the end of the course."""
        course = get_editable_course_for(request.user, course_ref(id))
        fields = read_body(ModuleBody, request)
        module = services.add_module(course=course, by=person_of(request), **fields)
        self.version = str(module.revision)
        headers = {"Location": f"/api/v1/modules/{module.pk}"}
        return Response(ModuleSerializer(module).data, status=201, headers=headers)


class CourseLessonsView(_CoursePart):
    """The lessons of a course, as one list."""

    pagination_class = PageNumberPagination

    @extend_schema(
        summary="The lessons of a course",
        parameters=[
            OpenApiParameter("type", OpenApiTypes.STR, enum=Lesson.Type.values),
            OpenApiParameter("module", OpenApiTypes.UUID),
            OpenApiParameter("removed", OpenApiTypes.BOOL, description="Editors: the removed ones."),
        ],
        responses=OutlineLessonSerializer(many=True),
    )
    def get(self, request: Request, id: str) -> Response:
        """In order, without what is inside; editors also see what is hidden."""
        course = get_course_for(request.user, course_ref(id))
        can_edit = course.can_edit(request.user)
        lessons = _filtered_lessons(request, course, can_edit).select_related("video_file", "module")
        locks = locks_of(course, request.user)

        def row(lesson: Lesson) -> OutlineLesson:
            lesson.course = course
            return OutlineLesson(lesson, locks(lesson))

        return paged(self, request, lessons, OutlineLessonSerializer, row)

    @extend_schema(summary="Add a lesson", request=NewLessonBody, responses={201: LessonSerializer})
    def post(self, request: Request, id: str) -> Response:
        """At the end of the module it names, or at a position."""
        course = get_editable_course_for(request.user, course_ref(id))
        fields = read_body(NewLessonBody, request)
        module = module_in(course, fields.pop("module"))
        lesson = services.add_lesson(module=module, by=person_of(request), **fields)
        return show_lesson(self, get_lesson_for(request.user, lesson.pk), 201)


def _filtered_lessons(request: Request, course: Course, can_edit: bool) -> Any:
    params = request.query_params
    unknown = set(params) - {"type", "module", "removed", "page", "page_size"}
    if unknown:
        raise InvalidFilter(sorted(unknown)[0])
    removed = read_flag("removed", params.get("removed", ""))
    if removed and not can_edit:
        raise PermissionDenied
    if removed:
        lessons = course.lessons.filter(deleted_at__isnull=False).order_by("-deleted_at", "id")
    else:
        lessons = (course.lessons.present() if can_edit else course.lessons.live()).in_order()
    if "type" in params:
        if params["type"] not in Lesson.Type.values:
            raise InvalidFilter("type")
        lessons = lessons.filter(type=params["type"])
    if "module" in params:
        try:
            lessons = lessons.filter(module=UUID(params["module"]))
        except ValueError:
            raise InvalidFilter("module") from None
    return lessons


def paged(view: ApiView, request: Request, rows: Any, shape: Any, wrap: Any = None) -> Response:
    """Answer with one page of `rows`, each passed through `wrap` first."""
    paginator = PageNumberPagination()
    page = paginator.paginate_queryset(rows, request, view=view) or []
    answer: Response = paginator.get_paginated_response(
        shape([wrap(row) for row in page] if wrap else page, many=True).data
    )
    return answer


class CourseReorderView(ApiView):
    """The order of a course's modules."""

    permission_classes = [IsAuthenticated]

    @extend_schema(summary="Order the modules", request=OrderBody, responses={204: None})
    def post(self, request: Request, id: str) -> Response:
        """409 `order_mismatch` unless the ids are exactly the course's."""
        course = get_editable_course_for(request.user, course_ref(id))
        ids = read_body(OrderBody, request)["ids"]
        services.reorder_modules(course=course, by=person_of(request), ids=ids)
        return Response(status=204)
