"""What courses are sorted by, who teaches them, and texts to look at before they are saved."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.permissions import AllowAny, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from courses import services
from courses.api.bodies import CategoryBody, MarkdownBody, TagBody, read_body
from courses.api.shapes import (
    CategoryCountSerializer,
    MarkdownSerializer,
    TagCountSerializer,
    TeacherPageSerializer,
)
from courses.models import Category, Course, Tag
from courses.models.course import picture_finder
from courses.permissions import IsAdmin, IsTeacher, get_instructor
from files.models import StoredFile
from lms.lib.api import ApiView, ApiViewSet
from lms.lib.conditional import digest_of
from lms.lib.markdown import MAX_TEXT, TextTooLong, file_ids, render_markdown, warnings
from lms.lib.requests import person_of
from lms.lib.throttling import PersonThrottle

IN_CATALOGUE = Count("courses", filter=Q(courses__in=Course.objects.published()), distinct=True)


def _version(row: Category | Tag) -> str:
    """The columns, without the number of courses: that moves by itself."""
    return digest_of([str(getattr(row, column.attname)) for column in type(row)._meta.concrete_fields])


class _Shelf(mixins.ListModelMixin, ApiViewSet):
    """Everybody reads, admins write."""

    def get_permissions(self) -> list[BasePermission]:
        # The catalogue's filters are for visitors.
        return [AllowAny()] if self.action == "list" else [IsAdmin()]

    def locked_version(self) -> str:
        rows = self.get_queryset().model._default_manager.select_for_update(no_key=True)
        return _version(get_object_or_404(rows, pk=self.kwargs["pk"]))


class CategoryViewSet(_Shelf):
    """Categories, in the order of the shelf."""

    serializer_class = CategoryCountSerializer
    ordering_fields = ["position", "name_en", "name_ar", "course_count"]
    ordering = ["position", "id"]

    def get_queryset(self) -> QuerySet[Category]:
        return Category.objects.annotate(course_count=IN_CATALOGUE)

    @extend_schema(summary="The categories")
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """With the number of published courses in each."""
        return super().list(request, *args, **kwargs)

    def _answer(self, category: Category, status: int = 200) -> Response:
        row = self.get_queryset().get(pk=category.pk)
        self.version = _version(row)
        headers = {"Location": f"/api/v1/categories/{row.pk}"} if status == 201 else None
        return Response(CategoryCountSerializer(row).data, status=status, headers=headers)

    @extend_schema(
        summary="Add a category (admins)", request=CategoryBody, responses={201: CategoryCountSerializer}
    )
    def create(self, request: Request) -> Response:
        """At the end of the shelf."""
        fields = read_body(CategoryBody, request)
        return self._answer(services.save_category(by=person_of(request), **fields), 201)

    @extend_schema(summary="Rename a category (admins)", request=CategoryBody(partial=True))
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Its slug stays."""
        category = self.get_object()
        names = {"name_en": category.name_en, "name_ar": category.name_ar}
        names |= read_body(CategoryBody, request, partial=True)
        return self._answer(services.save_category(by=person_of(request), category=category, **names))

    @extend_schema(summary="Delete a category (admins)", responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """409 `category_in_use` while a course stands in it."""
        services.delete_category(category=self.get_object(), by=person_of(request))
        return Response(status=204)


class TagViewSet(_Shelf):
    """Tags; they are made by use."""

    serializer_class = TagCountSerializer
    search_fields = ["key"]
    ordering_fields = ["name", "course_count"]
    ordering = ["name", "id"]

    def get_queryset(self) -> QuerySet[Tag]:
        tags = Tag.objects.annotate(course_count=IN_CATALOGUE)
        return tags.filter(course_count__gt=0) if self.action == "list" else tags

    @extend_schema(summary="The tags of published courses")
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """With the number of published courses that have each."""
        return super().list(request, *args, **kwargs)

    @extend_schema(summary="Add a tag (admins)", request=TagBody, responses={201: TagCountSerializer})
    def create(self, request: Request) -> Response:
        """A name that exists, in whatever spelling, answers with the tag that has it."""
        tag = services.add_tag(by=person_of(request), name=read_body(TagBody, request)["name"])
        return self._answer(tag, 201)

    @extend_schema(summary="Rename or merge a tag (admins)", request=TagBody)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """A name that another tag has merges the two; the answer is the one that stays."""
        name = read_body(TagBody, request)["name"]
        tag = services.rename_tag(tag=self.get_object(), by=person_of(request), name=name)
        return self._answer(tag)

    def _answer(self, tag: Tag, status: int = 200) -> Response:
        row = self.get_queryset().get(pk=tag.pk)
        self.version = _version(row)
        headers = {"Location": f"/api/v1/tags/{row.pk}"} if status == 201 else None
        return Response(TagCountSerializer(row).data, status=status, headers=headers)

    @extend_schema(summary="Delete a tag (admins)", responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Courses lose it."""
        services.delete_tag(tag=self.get_object(), by=person_of(request))
        return Response(status=204)


class InstructorView(ApiView):
    """A teacher's public page."""

    permission_classes = [AllowAny]  # nothing but the public profile and published courses

    @extend_schema(summary="A teacher and their courses", responses=TeacherPageSerializer)
    def get(self, request: Request, id: str) -> Response:
        """By id or slug; 404 without a public profile."""
        teacher = get_instructor(id)
        if teacher is None:
            raise Http404
        courses = Course.objects.published().filter(instructor=teacher).for_catalogue()
        context = {"courses": courses.order_by("-published_at", "id").prefetch_related("tags")}
        return Response(TeacherPageSerializer(teacher, context=context).data)


class MarkdownThrottle(PersonThrottle):
    """60 previews a minute."""

    scope = "markdown_preview"


class MarkdownPreviewView(ApiView):
    """A text as its readers will see it."""

    permission_classes = [IsTeacher]
    throttle_classes = [MarkdownThrottle]

    @extend_schema(summary="Preview a text", request=MarkdownBody, responses=MarkdownSerializer)
    def post(self, request: Request) -> Response:
        """HTML and what the author may want to mend; pictures are one's own."""
        text = read_body(MarkdownBody, request)["text"]
        try:
            own = StoredFile.objects.editable_by(person_of(request)).filter(pk__in=file_ids(text))
            data = {"html": render_markdown(text, image_url=picture_finder(own)), "warnings": warnings(text)}
        except TextTooLong:
            message = _("At most %(limit)d characters are allowed; these are %(count)d.")
            message %= {"limit": MAX_TEXT, "count": len(text)}
            raise ValidationError({"text": ValidationError(message, code="max_length")}) from None
        return Response(MarkdownSerializer(data).data)
