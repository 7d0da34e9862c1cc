"""Certificates over the API."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from certificates import services
from certificates.api.serializers import (
    CertificateSerializer,
    CorrectionSerializer,
    EligibilitySerializer,
    IssueSerializer,
    NotesSerializer,
    ReasonSerializer,
    ReissueSerializer,
    RevokeSerializer,
    StaffCertificateSerializer,
)
from certificates.exceptions import CertificateRevoked, PdfFailed
from certificates.models import Certificate, CertificateQuerySet
from certificates.permissions import get_certificate_for, get_managed_certificate_for
from certificates.throttling import DownloadThrottle
from certificates.views import pdf_response
from enrollments.models import Enrollment
from lms.lib.api import ApiViewSet
from lms.lib.conditional import digest_of
from lms.lib.filters import InvalidFilter, StrictFilterBackend, StrictOrderingFilter, StrictSearchFilter
from lms.lib.requests import person_of
from lms.lib.serializers import EmptySerializer, StrictSerializer


class CertificateFilter(django_filters.FilterSet):
    """Filters of the list."""

    course = django_filters.UUIDFilter(field_name="enrollment__course_id")
    student = django_filters.UUIDFilter(field_name="enrollment__student_id")
    issued_from = django_filters.DateFilter(field_name="issued_at", lookup_expr="date__gte")
    issued_to = django_filters.DateFilter(field_name="issued_at", lookup_expr="date__lte")
    correction_requested = django_filters.BooleanFilter(
        field_name="correction_requested_at", lookup_expr="isnull", exclude=True
    )

    class Meta:
        model = Certificate
        fields = ["status", "pdf_status", "language"]


class CertificateSearch(StrictSearchFilter):
    """A code or number in any spelling, or words."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        rows: CertificateQuerySet = queryset  # type: ignore[assignment]
        found = rows.searched(request.query_params.get(self.search_param, ""))
        return found if found is not rows else super().filter_queryset(request, queryset, view)


@extend_schema_view(
    list=extend_schema(
        summary="My certificates, or with scope=managed those of my courses",
        parameters=[OpenApiParameter("scope", str, enum=["mine", "managed"])],
    ),
)
class CertificateViewSet(mixins.ListModelMixin, ApiViewSet):
    """Certificates of the caller, or of the courses the caller teaches."""

    serializer_class = CertificateSerializer
    permission_classes = [IsAuthenticated]
    filterset_class = CertificateFilter
    extra_parameters = ["scope", "enrollment"]
    filter_backends = [StrictFilterBackend, CertificateSearch, StrictOrderingFilter]
    search_fields = ["number", "verification_code", "student_name"]
    ordering_fields = ["issued_at", "student_name"]
    ordering = ["-issued_at", "id"]

    def get_queryset(self) -> QuerySet[Certificate]:
        if getattr(self, "swagger_fake_view", False):
            return Certificate.objects.none()
        scope = self.request.query_params.get("scope", "mine")
        if scope == "managed":
            return Certificate.objects.managed_by(self.request.user).with_people()
        if scope != "mine":
            raise InvalidFilter("scope")
        return Certificate.objects.filter(enrollment__student=person_of(self.request)).with_people()

    def get_throttles(self) -> list[Any]:
        return [DownloadThrottle()] if self.action == "download" else super().get_throttles()

    @extend_schema(
        summary="Issue by hand (staff)", request=IssueSerializer, responses={201: CertificateSerializer}
    )
    def create(self, request: Request) -> Response:
        """201 with the new certificate, 200 with the one that exists; 409 `not_completed`."""
        body = IssueSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        enrollment = get_object_or_404(
            Enrollment.objects.visible_to(request.user).select_related("student", "course__instructor"),
            pk=body.validated_data["enrollment"],
        )
        if not enrollment.can_edit(request.user):
            raise PermissionDenied
        existed = Certificate.objects.filter(enrollment=enrollment).first()
        if existed and existed.is_revoked:
            raise CertificateRevoked
        certificate = services.issue_certificate(enrollment, by=person_of(request))
        location = {"Location": request.build_absolute_uri(f"certificates/{certificate.pk}")}
        return Response(
            self._data(certificate), status=200 if existed else 201, headers={} if existed else location
        )

    def _data(self, certificate: Certificate) -> Any:
        staff = certificate.can_edit(self.request.user)
        if staff:  # who may change its notes; what the PDF does makes nobody stale
            self.version = digest_of(certificate.notes)
        return (StaffCertificateSerializer if staff else CertificateSerializer)(certificate).data

    def locked_version(self) -> str:
        if self.action != "partial_update":
            return ""
        certificate = get_managed_certificate_for(self.request.user, self.kwargs["pk"])
        return digest_of(Certificate.objects.select_for_update().get(pk=certificate.pk).notes)

    @extend_schema(summary="One certificate")
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """For the holder and staff."""
        return Response(self._data(get_certificate_for(request.user, pk)))

    @extend_schema(summary="Change the staff's notes", request=NotesSerializer)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Everything else on a certificate is a snapshot."""
        certificate = get_managed_certificate_for(request.user, pk)
        body = NotesSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        certificate.note(body.validated_data["notes"])
        return Response(self._data(certificate))

    @extend_schema(
        summary="The PDF",
        responses={(200, "application/pdf"): OpenApiTypes.BINARY, 202: OpenApiTypes.OBJECT},
    )
    @action(detail=True, methods=["get"], file_types=("application/pdf",))
    def download(self, request: Request, pk: UUID) -> HttpResponseBase:
        """200 the file; 202 while it is being made; 409 `pdf_failed` or, for the holder, `certificate_revoked`."""
        certificate = get_certificate_for(request.user, pk)
        if certificate.is_revoked and not certificate.can_edit(request.user):
            raise CertificateRevoked
        pdf = services.read_pdf(certificate)
        if pdf is not None:
            return pdf_response(request._request, certificate, pdf)
        certificate.refresh_from_db()
        if certificate.pdf_status == Certificate.PdfStatus.FAILED:
            raise PdfFailed
        return Response({"pdf_status": certificate.pdf_status}, status=202, headers={"Retry-After": "3"})

    @extend_schema(summary="Revoke (staff)", request=RevokeSerializer, responses=CertificateSerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: UUID) -> Response:
        """409 `already_revoked`, `stale`; 403 `own_certificate`."""
        return self._do(request, pk, RevokeSerializer, services.revoke_certificate)

    @extend_schema(
        summary="Restore a revoked one (staff)", request=ReasonSerializer, responses=CertificateSerializer
    )
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: UUID) -> Response:
        """As the next revision; 409 `not_revoked`, `stale`; 403 `own_certificate`."""
        return self._do(request, pk, ReasonSerializer, services.restore_certificate)

    @extend_schema(
        summary="Issue a new revision (staff)", request=ReissueSerializer, responses=CertificateSerializer
    )
    @action(detail=True, methods=["post"])
    def reissue(self, request: Request, pk: UUID) -> Response:
        """409 `nothing_to_reissue`, `certificate_revoked`, `stale`; 403 `own_certificate`."""
        return self._do(request, pk, ReissueSerializer, services.reissue_certificate)

    @extend_schema(
        summary="Dismiss a request for correction (staff)",
        request=ReasonSerializer,
        responses=CertificateSerializer,
    )
    @action(detail=True, methods=["post"], url_path="dismiss-correction")
    def dismiss_correction(self, request: Request, pk: UUID) -> Response:
        """The reason is mailed to the holder; 409 `no_correction`."""
        return self._do(request, pk, ReasonSerializer, services.dismiss_correction)

    def _do(
        self, request: Request, pk: UUID, form: type[StrictSerializer], verb: Callable[..., Certificate]
    ) -> Response:
        certificate = get_managed_certificate_for(request.user, pk)
        body = form(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(
            self._data(verb(certificate=certificate, by=person_of(request), **body.validated_data))
        )

    @extend_schema(
        summary="Ask for a correction (holder)",
        request=CorrectionSerializer,
        responses=CertificateSerializer,
    )
    @action(detail=True, methods=["post"], url_path="request-correction")
    def request_correction(self, request: Request, pk: UUID) -> Response:
        """Staff see the note and answer by a new revision or a dismissal; 409 `certificate_revoked`."""
        certificate = get_certificate_for(request.user, pk)
        if certificate.enrollment.student_id != person_of(request).pk:
            raise PermissionDenied
        body = CorrectionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(
            self._data(services.request_correction(certificate=certificate, **body.validated_data))
        )

    @extend_schema(
        summary="Render the PDF again (staff)", request=EmptySerializer, responses={202: OpenApiTypes.OBJECT}
    )
    @action(detail=True, methods=["post"])
    def render(self, request: Request, pk: UUID) -> Response:
        """202; a pending one stays pending."""
        certificate = get_managed_certificate_for(request.user, pk)
        EmptySerializer(data=request.data).is_valid(raise_exception=True)
        if certificate.is_revoked:
            raise CertificateRevoked
        services.render_again(certificate)
        certificate.refresh_from_db()
        return Response({"pdf_status": certificate.pdf_status}, status=202, headers={"Retry-After": "3"})

    @extend_schema(
        summary="Why not yet",
        parameters=[OpenApiParameter("enrollment", UUID, required=True)],
        responses=EligibilitySerializer,
        filters=False,
    )
    @action(detail=False, methods=["get"], pagination_class=None)
    def eligibility(self, request: Request) -> Response:
        """State and what is missing, for the student and staff."""
        try:
            enrollment_id = UUID(request.query_params.get("enrollment", ""))
        except ValueError:
            raise InvalidFilter("enrollment") from None
        enrollment = get_object_or_404(
            Enrollment.objects.visible_to(request.user).select_related("course", "certificate"),
            pk=enrollment_id,
        )
        found = services.eligibility(enrollment)
        found["certificate"] = found["certificate"] and found["certificate"].pk
        return Response(EligibilitySerializer(found).data)
