"""Courses over the API: the catalogue, one's own courses, and the life of each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import django_filters
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet, prefetch_related_objects
from django.http import HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from accounts.models import User
from courses import services
from courses.api.bodies import CourseBody, NewCourseBody, PublishBody, TransferBody, read_body
from courses.api.shapes import (
    CheckListSerializer,
    CourseItemSerializer,
    CourseListSerializer,
    CourseSerializer,
    OwnCourseItemSerializer,
)
from courses.catalogue import Result, cached, look_up
from courses.catalogue_choice import MAX_PAGE_SIZE, ORDERINGS, Choice, read_choice
from courses.catalogue_filters import label_of
from courses.models import Course
from courses.models.course import CourseQuerySet
from courses.permissions import IsTeacher, get_course_for, get_editable_course_for
from courses.services.writing import lock_course
from courses.throttling import CopyThrottle
from lms.lib.api import ApiViewSet
from lms.lib.filters import InvalidFilter, StrictFilterBackend, StrictOrderingFilter, check_search
from lms.lib.requests import person_of
from lms.lib.serializers import EmptySerializer
from lms.lib.text import search_words

PUBLIC = ("list", "retrieve", "popular", "top_rated")
MOST_AT_ONCE = 50
ADMIN_ONLY = ("status", "deleted")


def course_ref(text: str) -> str | UUID:
    """Return the id or the slug that stands in an address."""
    try:
        return UUID(text)
    except ValueError:
        return text


def _parameter(name: str, words: str, kind: Any = OpenApiTypes.STR, many: bool = False) -> OpenApiParameter:
    return OpenApiParameter(name, kind, description=words, many=many)


CATALOGUE_PARAMETERS = [
    _parameter("search", "2 to 100 characters, at most 8 words; all of them must be found."),
    _parameter("category", "Slug; repeat it for several.", many=True),
    _parameter("tag", "Slug; repeat it for several.", many=True),
    _parameter("level", "beginner, intermediate, advanced.", many=True),
    _parameter("language", "Tag such as en or ar.", many=True),
    _parameter("price", "free, paid.", many=True),
    _parameter("min_rating", "1 to 5.", many=True),
    _parameter("duration", "under-2h, 2-6h, 6-15h, over-15h.", many=True),
    _parameter("certificate", "true, false.", many=True),
    _parameter("instructor", "Id or slug of the teacher.", many=True),
    _parameter("ordering", f"{', '.join(ORDERINGS)}, each also with -; relevance with a search."),
    _parameter("page", "From 1.", OpenApiTypes.INT),
    _parameter("page_size", f"1 to {MAX_PAGE_SIZE}.", OpenApiTypes.INT),
    _parameter("facets", "true adds what each value of each filter would show.", OpenApiTypes.BOOL),
    _parameter("status", "Admins only: draft, published, archived or all."),
    _parameter("deleted", "Admins only: true shows the recycle bin.", OpenApiTypes.BOOL),
]
LIMIT = _parameter("limit", f"1 to {MOST_AT_ONCE}, 10 unless said.", OpenApiTypes.INT)


class OwnCourseFilter(django_filters.FilterSet):
    """Filters of one's own courses."""

    class Meta:
        model = Course
        fields = ["status"]


class CourseViewSet(ApiViewSet):
    """Courses, by id or slug; an old slug is as good as the present one."""

    lookup_value_converter = "uslug"
    lookup_url_kwarg = "id"
    serializer_class = CourseSerializer
    queryset = Course.objects.none()
    # Only the list of one's own courses goes through these.
    filterset_class: type[django_filters.FilterSet] | None = None
    ordering_fields: tuple[str, ...] = ()
    ordering: tuple[str, ...] = ()

    def get_permissions(self) -> list[BasePermission]:
        if self.action in PUBLIC:  # the catalogue is for visitors; rows are those of `visible_to`
            return [AllowAny()]
        return [IsTeacher()] if self.action in ("create", "mine") else [IsAuthenticated()]

    def _editable(self) -> Course:
        return get_editable_course_for(self.request.user, course_ref(self.kwargs["id"]))

    def locked_version(self) -> str:
        """The revision counts what authors change; figures make nobody stale."""
        return str(lock_course(self._editable().pk).revision)

    def _answer(self, course: Course, status: int = 200, headers: dict[str, str] | None = None) -> Response:
        self.version = str(course.revision)
        shape = CourseSerializer(course, context={"user": self.request.user})
        return Response(shape.data, status=status, headers=headers)

    # --- Lists

    @extend_schema(
        summary="The catalogue", parameters=CATALOGUE_PARAMETERS, responses=CourseItemSerializer(many=True)
    )
    def list(self, request: Request) -> HttpResponse:
        """Published courses, the same for everybody; with a weak ETag."""
        params = request.query_params.copy()
        base = _for_admins(request, params)
        choice = read_choice(params)
        with_facets = read_flag("facets", params.get("facets", ""))
        if base is not None:
            return Response(_as_page(request, choice, _found(choice, with_facets, base)))
        kind = "api-facets" if with_facets else "api"
        data = cached(kind, choice, lambda: _found(choice, with_facets))
        return _conditional(request, _as_page(request, choice, data))

    @extend_schema(
        summary="The courses with most students", parameters=[LIMIT], responses=CourseListSerializer
    )
    @action(detail=False, pagination_class=None, filter_backends=[])
    def popular(self, request: Request) -> HttpResponse:
        """Published courses by enrollments."""
        return _short_list(
            request, "popular", Course.objects.published().for_catalogue().order_by("-enrollment_count", "id")
        )

    @extend_schema(summary="The best rated courses", parameters=[LIMIT], responses=CourseListSerializer)
    @action(detail=False, url_path="top-rated", pagination_class=None, filter_backends=[])
    def top_rated(self, request: Request) -> HttpResponse:
        """Published courses with at least one review, by rating, then by the number of reviews."""
        rated = Course.objects.published().for_catalogue().filter(review_count__gt=0)
        return _short_list(request, "top", rated.order_by("-average_rating", "-review_count", "id"))

    @extend_schema(
        summary="My own courses",
        parameters=[_parameter("search", "As in the catalogue.")],
        responses=OwnCourseItemSerializer(many=True),
    )
    @action(
        detail=False,
        filter_backends=[StrictFilterBackend, StrictOrderingFilter],
        filterset_class=OwnCourseFilter,
        ordering_fields=("created_at", "updated_at", "title", "enrollment_count"),
        ordering=("-updated_at", "id"),
    )
    def mine(self, request: Request) -> Response:
        """Drafts included, the recycle bin not."""
        courses = Course.objects.for_catalogue().filter(instructor=person_of(request), deleted_at=None)
        text = check_search(request.query_params.get("search", ""), present="search" in request.query_params)
        for word in search_words(text):
            courses = courses.filter(search_text__contains=word)
        page = self.paginate_queryset(self.filter_queryset(courses).prefetch_related("tags"))
        return self.get_paginated_response(OwnCourseItemSerializer(page, many=True).data)

    # --- One course

    @extend_schema(summary="Begin a course", request=NewCourseBody, responses={201: CourseSerializer})
    def create(self, request: Request) -> Response:
        """A draft of one's own; an admin may name its teacher."""
        by = person_of(request)
        fields = read_body(NewCourseBody, request)
        if "instructor" in fields:
            fields["instructor"] = _named_teacher(by, fields["instructor"])
        course = services.create_course(by=by, **fields)
        return self._answer(course, 201, _location(course))

    @extend_schema(summary="One course")
    def retrieve(self, request: Request, id: str) -> Response:
        """What everybody who may see it sees, and for its editors `status`."""
        return self._answer(get_course_for(request.user, course_ref(id)))

    @extend_schema(summary="Replace a course's fields", request=CourseBody)
    def update(self, request: Request, id: str) -> Response:
        """What is not sent goes back to its default; the address, the language and the currency stay."""
        course = self._editable()
        fields = _defaults() | read_body(CourseBody, request)
        return self._answer(services.update_course(course=course, by=person_of(request), fields=fields))

    @extend_schema(summary="Change a course's fields", request=CourseBody(partial=True))
    def partial_update(self, request: Request, id: str) -> Response:
        """Changes what is sent."""
        course = self._editable()
        fields = read_body(CourseBody, request, partial=True)
        return self._answer(services.update_course(course=course, by=person_of(request), fields=fields))

    @extend_schema(
        summary="Put a course into the recycle bin",
        parameters=[_parameter("force", "Admins: although people are enrolled.", OpenApiTypes.BOOL)],
        responses={204: None},
    )
    def destroy(self, request: Request, id: str) -> Response:
        """409 `course_has_students` while people are enrolled."""
        course, by = self._editable(), person_of(request)
        force = read_flag("force", request.query_params.get("force", ""))
        services.bin_course(course=course, by=by, force=force and by.is_admin)
        return Response(status=204)

    # --- Its life

    def _verb(self, request: Request, verb: Callable[..., Course], **options: Any) -> Response:
        return self._answer(verb(course=self._editable(), by=person_of(request), **options))

    @extend_schema(summary="Publish a course", request=PublishBody)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, id: str) -> Response:
        """409 `not_publishable` names everything that is missing."""
        course = self._editable()
        fields = read_body(PublishBody, request)
        return self._answer(services.publish(course=course, by=person_of(request), **fields))

    @extend_schema(summary="Take a course out of the catalogue", request=EmptySerializer)
    @action(detail=True, methods=["post"])
    def unpublish(self, request: Request, id: str) -> Response:
        """Back to a draft; who is enrolled keeps access."""
        read_body(EmptySerializer, request)
        return self._verb(request, services.unpublish)

    @extend_schema(summary="Close a course to new students", request=EmptySerializer)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, id: str) -> Response:
        """Who is enrolled reads on and finishes."""
        read_body(EmptySerializer, request)
        return self._verb(request, services.archive)

    @extend_schema(summary="Bring a course back as a draft", request=EmptySerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, id: str) -> Response:
        """From the archive; for admins also from the recycle bin."""
        read_body(EmptySerializer, request)
        return self._verb(request, services.restore)

    @extend_schema(summary="Give a course to another teacher (admins)", request=TransferBody)
    @action(detail=True, methods=["post"])
    def transfer(self, request: Request, id: str) -> Response:
        """422 `not_an_instructor` for somebody who may not own courses."""
        course = self._editable()
        teacher = _named_teacher(person_of(request), read_body(TransferBody, request)["instructor"])
        return self._answer(
            services.transfer_course(course=course, by=person_of(request), instructor=teacher)
        )

    @extend_schema(
        summary="Copy a course as one's own draft", request=EmptySerializer, responses={201: CourseSerializer}
    )
    @action(detail=True, methods=["post"], throttle_classes=[CopyThrottle])
    def duplicate(self, request: Request, id: str) -> Response:
        """With modules, lessons, resources, tags and prerequisites; without people, figures and fixed dates."""
        course = self._editable()
        read_body(EmptySerializer, request)
        copy = services.duplicate_course(course=course, by=person_of(request))
        return self._answer(copy, 201, _location(copy))

    @extend_schema(summary="What is missing before publishing", responses=CheckListSerializer)
    @action(detail=True, pagination_class=None, filter_backends=[])
    def checklist(self, request: Request, id: str) -> Response:
        """Blocking problems first; warnings keep nothing from being published."""
        problems = self._editable().problems()
        publishable = not any(problem.is_blocking for problem in problems)
        return Response(CheckListSerializer({"publishable": publishable, "problems": problems}).data)


def _location(course: Course) -> dict[str, str]:
    return {"Location": f"/api/v1/courses/{course.pk}"}


def _for_admins(request: Request, params: Any) -> CourseQuerySet | None:
    """Take out what only admins may ask for; return the courses to look among, None: the catalogue's."""
    asked = {name: params.pop(name)[-1] for name in ADMIN_ONLY if name in params}
    if not asked:
        return None
    if not (request.user.is_authenticated and request.user.is_admin):
        raise PermissionDenied
    deleted = read_flag("deleted", asked.get("deleted", ""))
    courses = Course.objects.filter(deleted_at__isnull=not deleted)
    status = asked.get("status", "all")
    if status not in ("all", *Course.Status.values):
        raise InvalidFilter("status")
    return courses if status == "all" else courses.filter(status=status)


def read_flag(name: str, text: str) -> bool:
    """Return a parameter that is `true` or `false` (or absent); raise InvalidFilter for anything else."""
    if text not in ("", "true", "false"):
        raise InvalidFilter(name)
    return text == "true"


def _found(choice: Choice, with_facets: bool, base: CourseQuerySet | None = None) -> dict[str, Any]:
    """Return one page of courses as it is answered, without the addresses of its neighbours."""
    result: Result = look_up(choice, base)
    prefetch_related_objects(result.courses, "tags")
    shape = CourseItemSerializer if base is None else OwnCourseItemSerializer
    data: dict[str, Any] = {
        "items": shape(result.courses, many=True).data,
        "total": result.total,
        "page": choice.page,
        "page_size": choice.page_size,
        "total_pages": max(1, -(-result.total // choice.page_size)),
    }
    if with_facets:
        data["facets"] = {
            name: [
                {"value": facet.value, "label": label_of(name, facet), "count": facet.count}
                for facet in facets
            ]
            for name, facets in result.facets.items()
        }
    return data


def _as_page(request: Request, choice: Choice, data: dict[str, Any]) -> dict[str, Any]:
    def address(page: int) -> str | None:
        if not 1 <= page <= data["total_pages"]:
            return None
        params = request.query_params.copy()
        params["page"] = str(page)
        return request.build_absolute_uri(f"?{params.urlencode()}")

    return data | {"next": address(choice.page + 1), "previous": address(choice.page - 1)}


def _short_list(request: Request, kind: str, courses: QuerySet[Course]) -> HttpResponse:
    for name in request.query_params:
        if name != "limit":
            raise InvalidFilter(name)
    text = request.query_params.get("limit", "10")
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= MOST_AT_ONCE):
        raise InvalidFilter("limit")

    def build() -> dict[str, Any]:
        found = courses.prefetch_related("tags")[: int(text)]
        return {"items": CourseItemSerializer(found, many=True).data}

    return _conditional(request, cached(f"{kind}:{text}", Choice(), build))


def _conditional(request: Request, data: dict[str, Any]) -> HttpResponse:
    """Answer with a weak ETag made from the content; 304 to whoever has it."""
    body = json.dumps(data, cls=JSONEncoder, sort_keys=True).encode()
    etag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
    response = Response(data, headers={"ETag": etag, "Cache-Control": "no-cache"})
    answer = get_conditional_response(request._request, etag=etag)
    if answer is None or answer.status_code != 304:
        return response
    return Response(status=304, headers={"ETag": etag, "Cache-Control": "no-cache"})


def _named_teacher(by: User, person_id: UUID) -> User:
    """Return the teacher whom an admin names."""
    if not by.is_admin:
        raise PermissionDenied
    person = User.objects.visible_to(by).filter(pk=person_id).first()
    if person is None:
        message = _("There is no such person.")
        raise ValidationError({"instructor": ValidationError(message, code="not_an_instructor")})
    return person


def _defaults() -> dict[str, Any]:
    """Return what the fields of a course are when nobody has said anything."""
    kept = {"title", "slug", "language", "currency"}
    lists = {"tags", "prerequisite_courses"}
    names = services.COURSE_FIELDS - kept - lists
    columns: dict[str, Any] = {name: Course._meta.get_field(name) for name in names}
    return {name: column.get_default() for name, column in columns.items()} | {name: [] for name in lists}
