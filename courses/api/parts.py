"""One module, lesson or resource over the API; its course comes from the row."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from courses import services
from courses.api.bodies import LessonBody, ModuleBody, OrderBody, PlaceBody, ResourceBody, read_body
from courses.api.courses import read_flag
from courses.api.lesson_shapes import LessonSerializer, ModuleSerializer, ResourceSerializer
from courses.models import Course, Lesson, LessonResource, Module
from courses.outline import Lock, OutlineLesson, lock_of
from courses.permissions import (
    get_editable_lesson_for,
    get_editable_module_for,
    get_editable_resource_for,
    get_lesson_for,
    get_module_for,
)
from courses.services.writing import lock_course, still_there
from courses.throttling import CopyThrottle
from lms.lib.api import ApiView, ApiViewSet
from lms.lib.conditional import digest_of
from lms.lib.errors import DomainError
from lms.lib.requests import person_of
from lms.lib.serializers import EmptySerializer

FORCE = OpenApiParameter("force", OpenApiTypes.BOOL, description="Although students have worked on it.")


def _read_force(request: Request) -> bool:
    return read_flag("force", request.query_params.get("force", ""))


class LessonLocked(DomainError):
    """What hangs on a closed lesson is closed: 403 with the code of the lock."""

    status = 403

    def __init__(self, lock: Lock) -> None:
        super().__init__(lock.sentence, code=lock.code, next_url=lock.next_url)


def module_in(course: Course, module_id: UUID) -> Module:
    module = course.modules.filter(pk=module_id).first()
    if module is None:
        text = _("This module is not in the lesson's course.")
        raise ValidationError({"module": ValidationError(text, code="unknown_module")})
    return module


def show_lesson(view: ApiView | ApiViewSet, lesson: Lesson, status: int = 200) -> Response:
    """Answer with a lesson as the reader may see it; closed ones say why and no more."""
    request = view.request
    view.version = str(lesson.revision)
    row = OutlineLesson(lesson, lock_of(lesson, request.user))
    context: dict[str, Any] = {"can_edit": lesson.course.can_edit(request.user)}
    if row.is_open:
        prefetch_related_objects([lesson], "resources__file", "inline_files")
        context |= _neighbours(lesson)
    headers = {"Location": f"/api/v1/lessons/{lesson.pk}"} if status == 201 else None
    return Response(LessonSerializer(row, context=context).data, status=status, headers=headers)


def _neighbours(lesson: Lesson) -> dict[str, Lesson | None]:
    """Return the live lessons before and after this one."""
    lessons = list(lesson.course.lessons.live().in_order().only("pk", "slug", "title", "course"))
    place = next((n for n, other in enumerate(lessons) if other.pk == lesson.pk), None)
    if place is None:
        return {}
    before = lessons[place - 1] if place else None
    return {"previous": before, "next": lessons[place + 1] if place + 1 < len(lessons) else None}


class _Part(ApiViewSet):
    """One module, lesson or resource; its course comes from the row."""

    def get_permissions(self) -> list[BasePermission]:
        # Previews are for visitors; each row decides whether it may be seen, and a lesson what of it is open.
        return [AllowAny()] if self.action == "retrieve" else [IsAuthenticated()]


class ModuleViewSet(_Part):
    """One module."""

    serializer_class = ModuleSerializer
    queryset = Module.objects.none()

    def locked_version(self) -> str:
        module = get_editable_module_for(self.request.user, self.kwargs["pk"])
        lock_course(module.course_id)
        return str(still_there(Module.objects.all(), module.pk).revision)

    def _answer(self, module: Module, status: int = 200) -> Response:
        self.version = str(module.revision)
        headers = {"Location": f"/api/v1/modules/{module.pk}"} if status == 201 else None
        return Response(ModuleSerializer(module).data, status=status, headers=headers)

    @extend_schema(summary="One module")
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """404 for a hidden one, for all but its editors."""
        return self._answer(get_module_for(request.user, pk))

    @extend_schema(summary="Change a module", request=ModuleBody(partial=True))
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Changes what is sent."""
        module = get_editable_module_for(request.user, pk)
        fields = read_body(ModuleBody, request, partial=True)
        return self._answer(services.update_module(module=module, by=person_of(request), fields=fields))

    @extend_schema(summary="Remove a module with its lessons", parameters=[FORCE], responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """409 `lessons_have_progress` while students have worked in it."""
        module = get_editable_module_for(request.user, pk)
        services.remove_module(module=module, by=person_of(request), force=_read_force(request))
        return Response(status=204)

    @extend_schema(summary="Show a module", request=EmptySerializer)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: UUID) -> Response:
        """409 `not_publishable` when a broken lesson would show."""
        module = get_editable_module_for(request.user, pk)
        read_body(EmptySerializer, request)
        return self._answer(services.publish_module(module=module, by=person_of(request)))

    @extend_schema(summary="Hide a module", request=EmptySerializer)
    @action(detail=True, methods=["post"])
    def unpublish(self, request: Request, pk: UUID) -> Response:
        """With its lessons."""
        module = get_editable_module_for(request.user, pk)
        read_body(EmptySerializer, request)
        return self._answer(services.unpublish_module(module=module, by=person_of(request)))

    @extend_schema(
        summary="Copy a module beside itself", request=EmptySerializer, responses={201: ModuleSerializer}
    )
    @action(detail=True, methods=["post"], throttle_classes=[CopyThrottle])
    def duplicate(self, request: Request, pk: UUID) -> Response:
        """With its lessons; unpublished."""
        module = get_editable_module_for(request.user, pk)
        read_body(EmptySerializer, request)
        return self._answer(services.duplicate_module(module=module, by=person_of(request)), 201)

    @extend_schema(summary="Order the lessons of a module", request=OrderBody, responses={204: None})
    @action(detail=True, methods=["post"])
    def reorder(self, request: Request, pk: UUID) -> Response:
        """409 `order_mismatch` unless the ids are exactly the module's."""
        module = get_editable_module_for(request.user, pk)
        ids = read_body(OrderBody, request)["ids"]
        services.reorder_lessons(module=module, by=person_of(request), ids=ids)
        return Response(status=204)


class LessonViewSet(_Part):
    """One lesson."""

    serializer_class = LessonSerializer
    queryset = Lesson.objects.none()

    def get_permissions(self) -> list[BasePermission]:
        # As above; resources go with the lesson.
        reads = self.action == "retrieve" or (self.action == "resources" and self.request.method == "GET")
        return [AllowAny()] if reads else [IsAuthenticated()]

    def locked_version(self) -> str:
        lesson = get_editable_lesson_for(self.request.user, self.kwargs["pk"])
        lock_course(lesson.course_id)
        return str(still_there(Lesson.objects.all(), lesson.pk).revision)

    def _after(self, request: Request, lesson: Lesson, status: int = 200) -> Response:
        return show_lesson(self, get_lesson_for(request.user, lesson.pk), status)

    @extend_schema(summary="One lesson")
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """Open: with what is inside. Closed: why, and nothing of it. Not live: 404 for all but its editors."""
        return show_lesson(self, get_lesson_for(request.user, pk))

    @extend_schema(summary="Change a lesson", request=LessonBody(partial=True))
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Changes what is sent; a published lesson cannot be broken."""
        lesson = get_editable_lesson_for(request.user, pk)
        fields = read_body(LessonBody, request, partial=True)
        return self._after(
            request, services.update_lesson(lesson=lesson, by=person_of(request), fields=fields)
        )

    @extend_schema(summary="Remove a lesson", parameters=[FORCE], responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """It can be restored for 30 days. 409 `lessons_have_progress` while students have worked on it."""
        lesson = get_editable_lesson_for(request.user, pk)
        services.remove_lesson(lesson=lesson, by=person_of(request), force=_read_force(request))
        return Response(status=204)

    @extend_schema(summary="Show a lesson to students", request=EmptySerializer)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: UUID) -> Response:
        """409 `not_publishable` says what is missing."""
        lesson = get_editable_lesson_for(request.user, pk)
        read_body(EmptySerializer, request)
        return self._after(request, services.publish_lesson(lesson=lesson, by=person_of(request)))

    @extend_schema(summary="Hide a lesson from students", request=EmptySerializer)
    @action(detail=True, methods=["post"])
    def unpublish(self, request: Request, pk: UUID) -> Response:
        """What they did in it stays theirs."""
        lesson = get_editable_lesson_for(request.user, pk)
        read_body(EmptySerializer, request)
        return self._after(request, services.unpublish_lesson(lesson=lesson, by=person_of(request)))

    @extend_schema(
        summary="Copy a lesson beside itself", request=EmptySerializer, responses={201: LessonSerializer}
    )
    @action(detail=True, methods=["post"], throttle_classes=[CopyThrottle])
    def duplicate(self, request: Request, pk: UUID) -> Response:
        """With what hangs on it; unpublished."""
        lesson = get_editable_lesson_for(request.user, pk)
        read_body(EmptySerializer, request)
        return self._after(request, services.duplicate_lesson(lesson=lesson, by=person_of(request)), 201)

    @extend_schema(summary="Move a lesson", request=PlaceBody)
    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: UUID) -> Response:
        """To a module of its course."""
        lesson, place = self._placed(request, pk)
        return self._after(request, services.move_lesson(lesson=lesson, by=person_of(request), **place))

    @extend_schema(summary="Restore a removed lesson", request=PlaceBody)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: UUID) -> Response:
        """To a module of its course."""
        lesson, place = self._placed(request, pk)
        return self._after(request, services.restore_lesson(lesson=lesson, by=person_of(request), **place))

    def _placed(self, request: Request, pk: UUID) -> tuple[Lesson, dict[str, Any]]:
        lesson = get_editable_lesson_for(request.user, pk)
        place = read_body(PlaceBody, request)
        return lesson, place | {"module": module_in(lesson.course, place["module"])}

    @extend_schema(methods=["GET"], summary="What hangs on a lesson", responses=ResourceSerializer(many=True))
    @extend_schema(
        methods=["POST"], summary="Attach a file, a link or captions", request=ResourceBody,
        responses={201: ResourceSerializer},
    )  # fmt: skip
    @action(detail=True, methods=["get", "post"], filter_backends=[])
    def resources(self, request: Request, pk: UUID) -> Response:
        """Reading them is reading the lesson: 403 with the code of the lock while it is closed."""
        if request.method == "POST":
            return self._attach(request, pk)
        lesson = get_lesson_for(request.user, pk)
        lock = lock_of(lesson, request.user)
        if lock is not None:
            raise LessonLocked(lock)
        page = self.paginate_queryset(lesson.resources.select_related("file"))
        return self.get_paginated_response(ResourceSerializer(page, many=True).data)

    def _attach(self, request: Request, pk: UUID) -> Response:
        lesson = get_editable_lesson_for(request.user, pk)
        fields = read_body(ResourceBody, request)
        resource = services.add_resource(lesson=lesson, by=person_of(request), **fields)
        shape = ResourceSerializer(resource).data
        self.version = digest_of(shape)
        headers = {"Location": f"/api/v1/resources/{resource.pk}"}
        return Response(shape, status=201, headers=headers)


class ResourceViewSet(_Part):
    """One file, link or caption of a lesson; it is read with its lesson."""

    serializer_class = ResourceSerializer
    queryset = LessonResource.objects.none()

    def locked_version(self) -> str:
        resource = get_editable_resource_for(self.request.user, self.kwargs["pk"])
        lock_course(resource.lesson.course_id)
        resource = still_there(LessonResource.objects.select_related("file"), resource.pk)
        return digest_of(ResourceSerializer(resource).data)

    @extend_schema(summary="Change a resource", request=ResourceBody(partial=True))
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Changes what is sent."""
        resource = get_editable_resource_for(request.user, pk)
        fields = read_body(ResourceBody, request, partial=True)
        changed = services.update_resource(resource=resource, by=person_of(request), fields=fields)
        shape = ResourceSerializer(changed).data
        self.version = digest_of(shape)
        return Response(shape)

    @extend_schema(summary="Detach a resource", responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """The file itself stays its owner's."""
        resource = get_editable_resource_for(request.user, pk)
        services.remove_resource(resource=resource, by=person_of(request))
        return Response(status=204)
