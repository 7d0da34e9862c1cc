"""The public check, for programs."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from certificates.models import Certificate
from certificates.permissions import find_certificate
from certificates.sheet import hours_in_words
from certificates.throttling import Verification
from lms.lib.api import ApiView

STATES = {
    "valid": _("This certificate is genuine."),
    "expired": _("This certificate was genuine; its time is over."),
    "revoked": _("This certificate was revoked."),
    "unknown": _("No certificate has this code."),
}


class VerifiedSerializer(serializers.ModelSerializer[Certificate]):
    """Every printed field, and nothing else."""

    code = serializers.CharField(read_only=True)
    hours = serializers.SerializerMethodField()

    class Meta:
        model = Certificate
        fields = [
            "student_name",
            "course_title",
            "instructor_name",
            "signatory_name",
            "signatory_title",
            "issuer_name",
            "completed_on",
            "issued_at",
            "valid_until",
            "hours",
            "grade",
            "language",
            "number",
            "code",
            "revision",
            "revised_at",
            "revoked_at",
            "revoke_category",
        ]
        read_only_fields = fields

    def get_hours(self, certificate: Certificate) -> str:
        """The workload in words."""
        return hours_in_words(certificate.duration_minutes)


class VerificationSerializer(serializers.Serializer[Any]):
    """The public answer about one code."""

    valid = serializers.BooleanField()
    state = serializers.ChoiceField(choices=list(STATES))
    message = serializers.CharField()
    certificate = VerifiedSerializer(allow_null=True)


class VerifyView(ApiView):
    """The public check, for programs."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]  # who checks a certificate has no account here
    throttle_classes: list[Any] = []
    cache_control = "no-cache"

    @extend_schema(summary="Verify a number or code", responses=VerificationSerializer, auth=[])
    def get(self, request: Request, text: str) -> Response:
        """Always 200; `valid` is true in state valid only. 429 when codes are being walked."""
        check = Verification(request._request)
        certificate = find_certificate(text)
        if certificate is None:
            check.answered_unknown()
        state = certificate.state if certificate else "unknown"
        return Response(
            {
                "valid": state == "valid",
                "state": state,
                "message": STATES[state],
                "certificate": VerifiedSerializer(certificate).data if certificate else None,
            }
        )
