"""Certificates as the API shows and takes them."""

from typing import Any

from django.conf import settings
from rest_framework import serializers

from accounts.models.users import validate_person_name
from certificates.models import Certificate
from certificates.sheet import hours_in_words
from lms.lib.serializers import StrictSerializer
from lms.lib.text import validate_plain_text


class CertificateSerializer(serializers.ModelSerializer[Certificate]):
    """A certificate for its holder and staff. Where the file lies and who works on it is nobody's business."""

    code = serializers.CharField(read_only=True)
    hours = serializers.SerializerMethodField()
    course = serializers.UUIDField(source="enrollment.course_id", read_only=True)
    student = serializers.UUIDField(source="enrollment.student_id", read_only=True)
    verification_url = serializers.CharField(read_only=True)
    pdf_url = serializers.SerializerMethodField()
    credential_url = serializers.CharField(read_only=True)
    linkedin_url = serializers.CharField(read_only=True)

    class Meta:
        model = Certificate
        fields = [
            "id",
            "enrollment",
            "course",
            "student",
            "number",
            "code",
            "student_name",
            "course_title",
            "instructor_name",
            "issuer_name",
            "signatory_name",
            "signatory_title",
            "language",
            "completed_on",
            "duration_minutes",
            "hours",
            "score_percentage",
            "grade",
            "criteria",
            "valid_until",
            "issued_at",
            "revision",
            "revised_at",
            "status",
            "revoked_at",
            "revoke_category",
            "revoke_reason",
            "correction_note",
            "correction_requested_at",
            "template",
            "pdf_status",
            "verification_url",
            "pdf_url",
            "credential_url",
            "linkedin_url",
        ]
        read_only_fields = fields

    def get_hours(self, certificate: Certificate) -> str:
        """The workload in words."""
        return hours_in_words(certificate.duration_minutes)

    def get_pdf_url(self, certificate: Certificate) -> str:
        """Where the PDF is downloaded."""
        return f"/api/v1/certificates/{certificate.pk}/download"


class StaffCertificateSerializer(CertificateSerializer):
    """With the staff's notes."""

    class Meta(CertificateSerializer.Meta):
        fields = [*CertificateSerializer.Meta.fields, "notes"]
        read_only_fields = fields


class IssueSerializer(StrictSerializer):
    """Which enrollment gets its certificate."""

    enrollment = serializers.UUIDField()


class RevokeSerializer(StrictSerializer):
    """Why."""

    category = serializers.ChoiceField(choices=Certificate.Category.choices)
    reason = serializers.CharField(min_length=10, max_length=500)


class ReasonSerializer(StrictSerializer):
    """Why; 10 to 500 characters."""

    reason = serializers.CharField(min_length=10, max_length=500)


class ReissueSerializer(ReasonSerializer):
    """What the next revision prints. The name is the account's present one unless given."""

    student_name = serializers.CharField(
        required=False, min_length=2, max_length=255, validators=[validate_plain_text, validate_person_name]
    )
    language = serializers.ChoiceField(required=False, choices=settings.LANGUAGES)
    refresh_grade = serializers.BooleanField(required=False)
    valid_until = serializers.DateField(required=False, allow_null=True)


class CorrectionSerializer(StrictSerializer):
    """What the holder wants corrected."""

    note = serializers.CharField(min_length=10, max_length=500)


class NotesSerializer(StrictSerializer):
    """The one field that is edited in place."""

    notes = serializers.CharField(max_length=1000, allow_blank=True)


class MissingSerializer(serializers.Serializer[Any]):
    """One thing that is missing."""

    code = serializers.CharField()
    sentence = serializers.CharField()
    link = serializers.CharField()


class EligibilitySerializer(serializers.Serializer[Any]):
    """How an enrollment stands to its certificate."""

    state = serializers.ChoiceField(choices=["issued", "revoked", "preparing", "not_complete", "not_offered"])
    missing = MissingSerializer(many=True)
    certificate = serializers.UUIDField(allow_null=True)
