"""Files over the API."""

from typing import Any
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from files import services
from files.exceptions import FileRefused
from files.models import StoredFile
from files.permissions import get_editable_file_for, get_file_for
from files.uploads import raise_refusal, tell_person
from files.views import file_response
from lms.lib.api import ApiView, ApiViewSet
from lms.lib.parsers import StrictJSONParser
from lms.lib.requests import person_of
from lms.lib.serializers import ProblemSerializer, StrictMixin, StrictSerializer
from lms.lib.throttling import PersonThrottle, UserThrottle


class PublicFileSerializer(serializers.ModelSerializer[StoredFile]):
    """What anybody who may open a file sees of it."""

    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = StoredFile
        fields = [
            "id",
            "original_name",
            "kind",
            "mime",
            "size",
            "alt_text",
            "duration_seconds",
            "width",
            "height",
            "url",
        ]
        read_only_fields = fields


class StoredFileSerializer(StrictMixin, serializers.ModelSerializer[StoredFile]):
    """Everything, for owner and admin; name, alternative text and visibility can be changed."""

    may_be_absent = (
        "owner",
        "sha256",
        "visibility",
        "download_count",
        "created_at",
    )  # for whoever is neither

    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = StoredFile
        fields = [
            *PublicFileSerializer.Meta.fields,
            "owner",
            "sha256",
            "visibility",
            "download_count",
            "created_at",
        ]
        read_only_fields = [f for f in fields if f not in ("original_name", "alt_text", "visibility")]


class UploadSerializer(StrictSerializer):
    """A multipart upload."""

    file = serializers.FileField(allow_empty_file=True, error_messages={"required": _("Choose a file.")})
    visibility = serializers.ChoiceField(choices=StoredFile.Visibility.choices, required=False)
    alt_text = serializers.CharField(max_length=500, required=False, allow_blank=True)
    original_name = serializers.CharField(
        max_length=1000, required=False
    )  # cut to fit, as a file's own name is


class UploadThrottle(PersonThrottle):
    """10 uploads an hour for students, 120 for staff."""

    scope = "upload_student"

    def allow_request(self, request: Request, view: Any) -> bool:
        if request.user.is_authenticated and request.user.is_teacher:
            self.scope = "upload_staff"
            self.num_requests, self.duration = self.parse_rate(self.get_rate())
        return super().allow_request(request, view)


class StoredFileFilter(django_filters.FilterSet):
    """Filters of one's own files; `owner` is for admins."""

    unused = django_filters.BooleanFilter(method="filter_unused", label=_("Shown nowhere"))
    owner = django_filters.UUIDFilter(field_name="owner", label=_("Somebody else's, for admins"))

    class Meta:
        model = StoredFile
        fields = ["kind", "visibility"]

    def filter_unused(self, rows: QuerySet[StoredFile], _name: str, value: bool) -> QuerySet[StoredFile]:
        """Files that no row refers to, or only those that one does."""
        usage: QuerySet[StoredFile] = StoredFile.objects.unused()
        return rows.filter(pk__in=usage.values("pk")) if value else rows.exclude(pk__in=usage.values("pk"))


REFUSALS = {
    409: OpenApiResponse(ProblemSerializer, description="`quota_exceeded`"),
    411: OpenApiResponse(ProblemSerializer, description="`length_required`"),
    413: OpenApiResponse(ProblemSerializer, description="`file_too_large`"),
    415: OpenApiResponse(ProblemSerializer, description="`unsupported_type`, `type_mismatch`"),
    422: OpenApiResponse(
        ProblemSerializer,
        description="`validation_error`; in `errors`: `file_missing`, `file_empty`, `image_invalid`, "
        "`image_too_large`, `archive_unsafe`, `caption_invalid`, `public_not_allowed`",
    ),
    503: OpenApiResponse(ProblemSerializer, description="`storage_unavailable`"),
}


@extend_schema_view(
    list=extend_schema(summary="My files"),
    retrieve=extend_schema(summary="One file"),
    partial_update=extend_schema(summary="Change name, alternative text or visibility"),
    destroy=extend_schema(summary="Delete a file that is not in use"),
)
class StoredFileViewSet(mixins.ListModelMixin, ApiViewSet):
    """Upload, list, describe, delete."""

    serializer_class = StoredFileSerializer
    permission_classes = [IsAuthenticated]
    filterset_class = StoredFileFilter
    search_fields = ["original_name"]
    ordering_fields = ["created_at", "size", "original_name"]
    ordering = ["-created_at", "id"]
    posts_in_transaction = (
        False  # the row of an upload is there before its blob, or a kill would leave a stray one
    )

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Let the caller in; an upload too large for them goes no further, unread."""
        super().initial(request, *args, **kwargs)
        if self.action == "create":
            tell_person(request._request, request.user)

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return StoredFile.objects.none()
        person = person_of(self.request)
        if "owner" in self.request.query_params:
            if not person.is_admin:
                raise PermissionDenied
            return StoredFile.objects.editable_by(person)
        return StoredFile.objects.ready().filter(owner=person)

    def get_parsers(self) -> list[Any]:
        method = self.request.method if getattr(self, "request", None) else None
        return [MultiPartParser()] if method == "POST" else [StrictJSONParser()]

    def get_throttles(self) -> list[Any]:
        return [UploadThrottle()] if self.action == "create" else [UserThrottle()]

    @extend_schema(
        summary="Upload a file",
        request={"multipart/form-data": UploadSerializer},
        responses={201: StoredFileSerializer, **REFUSALS},
    )
    def create(self, request: Request) -> Response:
        """Take one file in; see the table of types and limits in the documentation."""
        data = request.data
        raise_refusal(request._request)  # what stopped the upload while it was read
        if not request.FILES.get("file"):
            raise FileRefused(_("Choose a file."), code="file_missing")
        body = UploadSerializer(data=data)
        body.is_valid(raise_exception=True)
        sent = body.validated_data
        name = sent["file"].name or ""
        file = services.store_file(
            owner=person_of(request),
            content=sent["file"],
            name=services.renamed(name, sent["original_name"]) if "original_name" in sent else name,
            visibility=sent.get("visibility", StoredFile.Visibility.PRIVATE),
            alt_text=sent.get("alt_text", ""),
        )
        location = request.build_absolute_uri(reverse("file-detail", args=[file.pk]))
        return Response(StoredFileSerializer(file).data, status=201, headers={"Location": location})

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """All fields for owner and admin, the public ones for everybody else who may open it."""
        file = get_file_for(request.user, pk)
        shape = StoredFileSerializer if file.can_edit(request.user) else PublicFileSerializer
        return Response(shape(file).data)

    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change what may change."""
        file = get_editable_file_for(request.user, pk)
        body = StoredFileSerializer(file, data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        return Response(StoredFileSerializer(services.update_file(file=file, **body.validated_data)).data)

    @extend_schema(
        responses={
            204: None,
            409: OpenApiResponse(ProblemSerializer, description="`file_in_use`, with the places"),
        }
    )
    def destroy(self, request: Request, pk: UUID) -> Response:
        """409 `file_in_use` with the places while something shows it."""
        services.delete_file(file=get_editable_file_for(request.user, pk), by=person_of(request))
        return Response(status=204)

    @extend_schema(
        summary="Space used and allowed, in bytes",
        responses={200: OpenApiResponse(response={"type": "object", "properties": {
            "used": {"type": "integer"}, "quota": {"type": ["integer", "null"]}}})},
    )  # fmt: skip
    @action(detail=False, methods=["get"], pagination_class=None, filter_backends=[])
    def usage(self, request: Request) -> Response:
        """Bytes; a quota of null is none."""
        return Response(
            {"used": services.space_used(person_of(request)), "quota": services.quota(person_of(request))}
        )


class FileDownloadView(ApiView):
    """The bytes: the same view as the pages', with a token or the session."""

    permission_classes = [AllowAny]  # the file decides: pictures of courses are public
    cache_control = ""
    file_types = ("*/*",)

    @extend_schema(
        summary="The bytes of a file; one range is honoured",
        parameters=[
            OpenApiParameter(
                "download",
                bool,
                description="`1` or `true`: as a download, also what browsers show themselves",
            )
        ],
        responses={
            (200, "*/*"): OpenApiTypes.BINARY,
            (206, "*/*"): OpenApiTypes.BINARY,
            302: OpenApiResponse(description="A signed address in a bucket"),
            416: OpenApiResponse(description="The range lies outside the file"),
            503: OpenApiResponse(ProblemSerializer, description="`storage_unavailable`, `busy`"),
        },
    )
    def get(self, request: Request, pk: UUID) -> HttpResponseBase:
        """404 for whoever may not open it; 416 for a range outside."""
        file = get_file_for(request.user, pk)
        request._request.user = request.user
        return file_response(request._request, file)

    @extend_schema(exclude=True)
    def head(self, request: Request, pk: UUID) -> HttpResponseBase:
        """Headers alone."""
        return self.get(request, pk)
