"""Bodies that are sent: shape only. Unknown and read-only fields are refused."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from enrollments.forms import MAX_SECONDS, clean_pairs
from lms.lib.serializers import StrictSerializer
from lms.lib.text import clean_multiline_text, validate_plain_multiline_text


class TextField(serializers.CharField):
    """Text of several lines; line ends are told alike, control characters refused."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"allow_blank": True, "trim_whitespace": False, **options})
        self.validators.append(validate_plain_multiline_text)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        value = super().run_validation(data)
        return clean_multiline_text(value) if isinstance(value, str) else value


class EnrollBody(StrictSerializer):
    """Which course."""

    course = serializers.CharField(max_length=200, help_text=_("Id or slug."))


class StudentPatch(StrictSerializer):
    """What a student changes on an enrollment of theirs."""

    is_muted = serializers.BooleanField(required=False, help_text=_("No reminders from this course."))


class StaffPatch(StrictSerializer):
    """What staff change on an enrollment of their course."""

    notes = TextField(required=False, max_length=2000)


class ReasonBody(StrictSerializer):
    """Why; the student reads it."""

    reason = TextField(required=False, default="", max_length=500)


class ResetBody(ReasonBody):
    """Which lesson; all of them without one."""

    lesson_id = serializers.UUIDField(required=False, allow_null=True, default=None)


class ExtendBody(StrictSerializer):
    """A later end of access: an instant, null for ever, or a number of days more."""

    expires_at = serializers.DateTimeField(required=False, allow_null=True)
    days = serializers.IntegerField(required=False, min_value=1, max_value=3650)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) != 1:
            text = gettext("Send either expires_at or days.")
            raise serializers.ValidationError({"expires_at": serializers.ErrorDetail(text, code="required")})
        return attrs


class BulkEnrollBody(StrictSerializer):
    """Who comes in, and whether unknown addresses are invited."""

    emails = serializers.ListField(child=serializers.CharField(max_length=254), allow_empty=False)
    invite = serializers.BooleanField(default=False, help_text=_("Make accounts for unknown addresses."))
    dry_run = serializers.BooleanField(default=False, help_text=_("Answer what would happen; write nothing."))
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None)

    def validate_expires_at(self, end: datetime | None) -> datetime | None:
        if end is not None and end <= timezone.now():
            raise serializers.ValidationError(
                gettext("Access must end in the future."), code="invalid_expiry"
            )
        return end


class UnlockBody(StrictSerializer):
    """Whether every lesson is open to this person."""

    unlocked = serializers.BooleanField(default=True)


class IntervalsField(serializers.ListField):
    """At most 50 pairs [start, end] of whole seconds, start before end."""

    child = serializers.ListField(child=serializers.IntegerField(min_value=0), min_length=2, max_length=2)

    def to_internal_value(self, data: Any) -> Any:
        try:
            return clean_pairs(data)
        except ValidationError as error:
            raise serializers.ValidationError(error.message, code=error.code) from error


class ProgressBody(StrictSerializer):
    """What happened in a lesson since the last call; `{}` says that it was opened."""

    last_position_seconds = serializers.IntegerField(required=False, min_value=0, max_value=10 * MAX_SECONDS)
    watched = IntervalsField(required=False)
    time_spent_seconds = serializers.IntegerField(
        required=False, min_value=0, max_value=MAX_SECONDS, help_text=_("Seconds since the last call.")
    )
    notes = TextField(required=False, max_length=2000)
    notes_revision = serializers.IntegerField(required=False, min_value=0, max_value=2**31 - 1)
    is_bookmarked = serializers.BooleanField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("notes" in attrs) != ("notes_revision" in attrs):
            name = "notes_revision" if "notes" in attrs else "notes"
            text = gettext("Notes are sent with the revision that was read.")
            raise serializers.ValidationError({name: serializers.ErrorDetail(text, code="required")})
        return attrs


class ReviewBody(StrictSerializer):
    """Stars, and a text if there is more to say."""

    rating = serializers.IntegerField(min_value=1, max_value=5)
    text = TextField(required=False, max_length=1000)

    def validate_text(self, text: str) -> str:
        if text and len(text) < 10:
            raise serializers.ValidationError(
                _("Write at least 10 characters, or leave the text empty."), code="too_short"
            )
        return text


class ReplyBody(StrictSerializer):
    """The teacher's answer; empty takes it back."""

    text = TextField(max_length=1000)
