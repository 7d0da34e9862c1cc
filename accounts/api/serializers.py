"""Bodies and answers of accounts. Serializers read shape; the verbs of accounts.services decide."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Accommodation, AuditEntry, InstructorProfile, User
from accounts.models.accommodation import MAX_EXTRA_ATTEMPTS, MAX_FACTOR, MIN_FACTOR
from accounts.validators import MAX_LENGTH
from lms.lib.serializers import StrictSerializer


class UserSerializer(serializers.ModelSerializer[User]):
    """An account, as its person and admins see it."""

    email_verified = serializers.BooleanField(read_only=True)
    avatar_url = serializers.CharField(read_only=True, allow_null=True)

    class Meta:
        model = User
        fields = [
            "id",
            "email",
            "email_verified",
            "full_name",
            "role",
            "is_active",
            "avatar_url",
            "bio",
            "phone",
            "locale",
            "time_zone",
            "last_login",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields


class GrantedSerializer(serializers.ModelSerializer[Accommodation]):
    """How much longer, and how much more often, a person may sit a quiz."""

    class Meta:
        model = Accommodation
        fields = ["time_factor", "extra_attempts"]
        read_only_fields = fields


class MeSerializer(UserSerializer):
    """One's own account. `accommodation` is null where nothing is granted."""

    mfa_enabled = serializers.BooleanField(read_only=True)
    accommodation = serializers.SerializerMethodField()

    class Meta(UserSerializer.Meta):
        fields = [*UserSerializer.Meta.fields, "mfa_enabled", "accommodation"]
        read_only_fields = fields

    @extend_schema_field(GrantedSerializer(allow_null=True))
    def get_accommodation(self, user: User) -> dict[str, Any] | None:
        row = getattr(user, "accommodation", None)  # a one-to-one that is missing raises an AttributeError
        return dict(GrantedSerializer(row).data) if row else None


class PersonSerializer(UserSerializer):
    """An account as admins see it."""

    mfa_enabled = serializers.BooleanField(read_only=True)

    class Meta(UserSerializer.Meta):
        fields = [*UserSerializer.Meta.fields, "mfa_enabled", "erasure_requested_at", "erased_at"]
        read_only_fields = fields


class AccommodationSerializer(GrantedSerializer):
    """What is granted, for admins alone: with the note and who set it."""

    set_by = serializers.PrimaryKeyRelatedField[User](read_only=True)

    class Meta(GrantedSerializer.Meta):
        fields = ["time_factor", "extra_attempts", "note", "set_by", "updated_at"]
        read_only_fields = fields


class AccommodationChangeSerializer(StrictSerializer):
    """What to grant, instead of what was."""

    time_factor = serializers.DecimalField(
        max_digits=3, decimal_places=2, min_value=MIN_FACTOR, max_value=MAX_FACTOR
    )
    extra_attempts = serializers.IntegerField(min_value=0, max_value=MAX_EXTRA_ATTEMPTS)
    note = serializers.CharField(max_length=1000, allow_blank=True, default="")


class PasswordSerializer(StrictSerializer):
    """One's own password, asked for once more."""

    password = serializers.CharField(
        trim_whitespace=False, write_only=True, style={"input_type": "password"}, max_length=MAX_LENGTH
    )


class EmailChangeSerializer(PasswordSerializer):
    """The new address, and one's own password."""

    new_email = serializers.CharField(max_length=254)


class EmailChangeAnswerSerializer(serializers.Serializer[Any]):
    """Whether a link was sent, or (without proof of e-mails) the e-mail is changed."""

    status = serializers.ChoiceField(choices=["verification_sent", "changed"])


class AuditEntrySerializer(serializers.ModelSerializer[AuditEntry]):
    """What staff did; `data` holds the changed fields as [old, new]."""

    class Meta:
        model = AuditEntry
        fields = [
            "id",
            "at",
            "actor",
            "actor_label",
            "action",
            "target_type",
            "target_id",
            "target_label",
            "data",
            "ip",
            "request_id",
        ]
        read_only_fields = fields


class InstructorProfileSerializer(serializers.ModelSerializer[InstructorProfile]):
    """The public profile of a teacher."""

    is_verified = serializers.BooleanField(read_only=True)

    class Meta:
        model = InstructorProfile
        fields = ["slug", "headline", "specialization", "website_url", "linkedin_url", "is_verified"]
        read_only_fields = fields


def _password_field(**options: Any) -> serializers.CharField:
    return serializers.CharField(
        trim_whitespace=False, write_only=True, style={"input_type": "password"}, **options
    )


class _LocaleField(serializers.ChoiceField):
    def __init__(self, **options: Any) -> None:
        super().__init__(choices=settings.LANGUAGES, **options)


class ProfileChangeSerializer(StrictSerializer):
    """What people may change about themselves."""

    full_name = serializers.CharField(max_length=255, required=False)
    bio = serializers.CharField(max_length=1000, required=False, allow_blank=True)
    phone = serializers.CharField(max_length=20, required=False, allow_blank=True)
    locale = _LocaleField(required=False)
    time_zone = serializers.CharField(max_length=64, required=False)


class UserChangeSerializer(ProfileChangeSerializer):
    """What an admin may change about somebody: also the e-mail."""

    email = serializers.EmailField(max_length=254, required=False)


class AvatarSerializer(StrictSerializer):
    """A multipart upload of a picture."""

    file = serializers.FileField()


class InstructorProfileChangeSerializer(StrictSerializer):
    """The fields of the public profile."""

    headline = serializers.CharField(max_length=160, required=False, allow_blank=True)
    specialization = serializers.CharField(max_length=255, required=False, allow_blank=True)
    website_url = serializers.CharField(max_length=500, required=False, allow_blank=True)
    linkedin_url = serializers.CharField(max_length=500, required=False, allow_blank=True)


class RegisterSerializer(StrictSerializer):
    """A new account: always a student."""

    email = serializers.CharField(max_length=254)
    password = _password_field()
    full_name = serializers.CharField(max_length=255)
    locale = _LocaleField(required=False)
    time_zone = serializers.CharField(max_length=64, required=False)


class NewUserSerializer(StrictSerializer):
    """A new account by an admin; without a password the person is invited."""

    email = serializers.CharField(max_length=254)
    full_name = serializers.CharField(max_length=255)
    role = serializers.ChoiceField(choices=User.Role.choices)
    password = _password_field(required=False)
    locale = _LocaleField(required=False)
    time_zone = serializers.CharField(max_length=64, required=False)


class RoleSerializer(StrictSerializer):
    """A role to give."""

    role = serializers.ChoiceField(choices=User.Role.choices)


class VerificationSentSerializer(serializers.Serializer[Any]):
    """The answer where an account needs proof before it is used."""

    status = serializers.CharField(default="verification_sent")


class LoginSerializer(StrictSerializer):
    """E-mail and password; `refresh_in_cookie` keeps the refresh token out of the body."""

    email = serializers.CharField(max_length=254)
    password = _password_field(max_length=MAX_LENGTH)
    refresh_in_cookie = serializers.BooleanField(default=False)


class TokenPairSerializer(serializers.Serializer[Any]):
    """Tokens; `refresh_token` is missing when it travels in the cookie."""

    access_token = serializers.CharField()
    token_type = serializers.CharField(default="Bearer")
    expires_in = serializers.IntegerField(help_text="Seconds the access token is good for.")
    refresh_token = serializers.CharField(required=False)
    refresh_expires_in = serializers.IntegerField(help_text="Seconds the refresh token is good for.")


class LoginAnswerSerializer(TokenPairSerializer):
    """Tokens and who they are for."""

    user = UserSerializer()


class RefreshSerializer(StrictSerializer):
    """A refresh token, unless it is in the cookie; `silent` answers 200 in every case."""

    refresh_token = serializers.CharField(required=False, max_length=2000)
    silent = serializers.BooleanField(default=False)


class RefreshAnswerSerializer(TokenPairSerializer):
    """Tokens; with `silent` also `status`, and nothing else when there are none."""

    status = serializers.ChoiceField(choices=["refreshed", "no_token", "expired"], required=False)
    access_token = serializers.CharField(required=False)
    token_type = serializers.CharField(required=False)
    expires_in = serializers.IntegerField(required=False)
    refresh_expires_in = serializers.IntegerField(required=False)


class LogoutSerializer(StrictSerializer):
    """The login to end; without it that of the cookie or of the Authorization header."""

    refresh_token = serializers.CharField(required=False, max_length=2000)


class LogoutAllSerializer(StrictSerializer):
    """Whether the login that asks stays."""

    keep_current = serializers.BooleanField(default=False)


class TokenStatusSerializer(serializers.Serializer[Any]):
    """What is with the token of the Authorization header."""

    valid = serializers.BooleanField()
    code = serializers.CharField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    seconds_left = serializers.IntegerField(allow_null=True)
    should_refresh = serializers.BooleanField()
    user_id = serializers.UUIDField(allow_null=True)
    session_id = serializers.UUIDField(allow_null=True)


class PasswordChangeSerializer(StrictSerializer):
    """The present password and a new one."""

    current_password = _password_field()
    new_password = _password_field()


class EmailOnlySerializer(StrictSerializer):
    """Whose password it is."""

    email = serializers.EmailField(max_length=254)


class PasswordResetSerializer(StrictSerializer):
    """The token of the link in the mail (what follows `/password/reset/key/`) and a new password."""

    token = serializers.CharField(max_length=200)
    new_password = _password_field()


class EmailKeySerializer(StrictSerializer):
    """The key of the link in the mail (what follows `/confirm-email/`)."""

    key = serializers.CharField(max_length=300)
