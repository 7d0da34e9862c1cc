"""Templates over the API: for admins."""

from typing import Any
from uuid import UUID

import django_filters
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import IsAdmin
from certificates import services
from certificates.models import CertificateTemplate
from certificates.previews import preview_pdf
from certificates.samples import SAMPLES
from certificates.throttling import DownloadThrottle
from courses.models import Course
from files.models import StoredFile
from lms.lib.api import ApiViewSet, Handler
from lms.lib.requests import person_of
from lms.lib.serializers import StrictSerializer

MODEL = CertificateTemplate


class TemplateSerializer(serializers.ModelSerializer[CertificateTemplate]):
    """A template, and how many certificates name it."""

    used_by = serializers.IntegerField(read_only=True)
    is_builtin = serializers.BooleanField(read_only=True)

    class Meta:
        model = CertificateTemplate
        fields = [
            "id",
            "name",
            "course",
            "is_default",
            "is_active",
            "is_builtin",
            "used_by",
            "orientation",
            "title_en",
            "title_ar",
            "body_en",
            "body_ar",
            "accent",
            "ink",
            "border",
            "logo",
            "signature",
            "signatory_name_en",
            "signatory_name_ar",
            "signatory_title_en",
            "signatory_title_ar",
            "valid_months",
        ]
        read_only_fields = fields


@extend_schema_field(OpenApiTypes.UUID)
class RowField(serializers.Field[Any, Any, str, Any]):
    """The id of a row that may be named here."""

    def __init__(self, rows: Any, **options: Any) -> None:
        self.rows = rows
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> Any:
        pk: UUID = serializers.UUIDField().run_validation(data)
        row = self.rows().filter(pk=pk).first()
        if row is None:
            raise serializers.ValidationError(_("There is no such row."), code="does_not_exist")
        return row


def _text(name: str) -> serializers.CharField:
    """A text of the model, with its length and what it is until somebody writes it."""
    field: Any = MODEL._meta.get_field(name)
    default = {"default": field.get_default()} if field.has_default() or field.blank else {}
    return serializers.CharField(max_length=field.max_length, allow_blank=field.blank, **default)


class TemplateBody(StrictSerializer):
    """What an admin writes of a template; what is left out is as in a new one."""

    name = _text("name")
    course = RowField(Course.objects.all, allow_null=True, default=None)
    is_default = serializers.BooleanField(default=False)
    is_active = serializers.BooleanField(default=True)
    orientation = serializers.ChoiceField(
        choices=MODEL.Orientation.choices, default=MODEL.Orientation.LANDSCAPE.value
    )
    title_en = _text("title_en")
    title_ar = _text("title_ar")
    body_en = _text("body_en")
    body_ar = _text("body_ar")
    accent = _text("accent")
    ink = _text("ink")
    border = _text("border")
    logo = RowField(StoredFile.objects.ready, allow_null=True, default=None)
    signature = RowField(StoredFile.objects.ready, allow_null=True, default=None)
    signatory_name_en = _text("signatory_name_en")
    signatory_name_ar = _text("signatory_name_ar")
    signatory_title_en = _text("signatory_title_en")
    signatory_title_ar = _text("signatory_title_ar")
    valid_months = serializers.IntegerField(min_value=1, max_value=120, allow_null=True, default=None)


class TemplatePreviewBody(TemplateBody):
    """The fields as they stand in an unsaved form, in which language, and whose certificate to show."""

    language = serializers.ChoiceField(choices=settings.LANGUAGES, default="en")
    sample = serializers.ChoiceField(choices=SAMPLES, default="plain")

    def get_fields(self) -> dict[str, Any]:
        """Nothing is asked for: what is left out is as it is saved."""
        fields = super().get_fields()
        for name, field in fields.items():
            field.required = False
            if name not in ("language", "sample"):
                field.default = serializers.empty
        return fields


class TemplateFilter(django_filters.FilterSet):
    """Filters of the list."""

    course = django_filters.UUIDFilter(field_name="course_id")

    class Meta:
        model = CertificateTemplate
        fields = ["is_default", "is_active", "orientation"]


class TemplateViewSet(mixins.ListModelMixin, ApiViewSet):
    """Templates; admins only."""

    serializer_class = TemplateSerializer
    permission_classes = [IsAuthenticated, IsAdmin]
    filterset_class = TemplateFilter
    search_fields = ["name"]
    ordering_fields = ["name", "used_by"]
    ordering = ["name", "id"]

    def get_queryset(self) -> QuerySet[CertificateTemplate]:
        return CertificateTemplate.objects.visible_to(self.request.user).with_use()

    def get_throttles(self) -> list[Any]:
        return [DownloadThrottle()] if self.action == "preview" else super().get_throttles()

    def _write(self, handler: Handler, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.action == "preview":  # changes nothing: an Idempotency-Key has nothing to keep
            return handler(request, *args, **kwargs)
        return super()._write(handler, request, *args, **kwargs)

    def _saved(
        self, request: Request, template: CertificateTemplate | None, *, partial: bool = False
    ) -> CertificateTemplate:
        body = TemplateBody(data=request.data, partial=partial)
        body.is_valid(raise_exception=True)
        row = services.save_template(by=person_of(request), template=template, **body.validated_data)
        return self.get_queryset().get(pk=row.pk)

    @extend_schema(summary="The templates (admins)")
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Of the site and of courses."""
        return super().list(request, *args, **kwargs)

    @extend_schema(
        summary="Add a template (admins)", request=TemplateBody, responses={201: TemplateSerializer}
    )
    def create(self, request: Request) -> Response:
        """With `is_default` the former default of the course, or of the site, steps back."""
        row = self._saved(request, None)
        location = {"Location": f"/api/v1/certificate-templates/{row.pk}"}
        return Response(TemplateSerializer(row).data, status=201, headers=location)

    @extend_schema(summary="One template (admins)")
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """With the number of certificates that name it."""
        return Response(TemplateSerializer(self.get_object()).data)

    @extend_schema(summary="Replace a template (admins)", request=TemplateBody)
    def update(self, request: Request, pk: UUID) -> Response:
        """No existing PDF changes; 409 `template_in_use` when a used one is moved to another course."""
        return Response(TemplateSerializer(self._saved(request, self.get_object())).data)

    @extend_schema(summary="Change a template (admins)", request=TemplateBody(partial=True))
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """As PUT, for the fields that are sent."""
        return Response(TemplateSerializer(self._saved(request, self.get_object(), partial=True)).data)

    @extend_schema(summary="Delete a template (admins)", responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """409 `template_in_use` when certificates name it: deactivate it; 409 `template_builtin`."""
        services.delete_template(template=self.get_object(), by=person_of(request))
        return Response(status=204)

    @extend_schema(
        summary="Look at a template with unsaved changes (admins)",
        request=TemplatePreviewBody,
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
    )
    @action(detail=True, methods=["post"], file_types=("application/pdf",))
    def preview(self, request: Request, pk: UUID) -> HttpResponse:
        """A PDF with the data of a sample; nothing is saved. 422 for fields that could not be saved either."""
        body = TemplatePreviewBody(data=request.data)
        body.is_valid(raise_exception=True)
        fields = dict(body.validated_data)
        language, sample = fields.pop("language"), fields.pop("sample")
        template = self.get_object()
        services.apply_fields(template, fields)
        response = HttpResponse(preview_pdf(template, language, sample), content_type="application/pdf")
        response["Content-Disposition"] = 'inline; filename="preview.pdf"'
        return response
