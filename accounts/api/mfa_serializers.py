"""Bodies and answers of second factors."""

from typing import Any

from rest_framework import serializers

from accounts.validators import MAX_LENGTH
from lms.lib.serializers import ProblemSerializer, StrictSerializer

METHODS = ["totp", "passkey", "recovery_code"]


class PasswordAgainSerializer(StrictSerializer):
    """The password, asked for again."""

    password = serializers.CharField(
        trim_whitespace=False, write_only=True, max_length=MAX_LENGTH, style={"input_type": "password"}
    )


class PasswordAndCodeSerializer(PasswordAgainSerializer):
    """The password, and the code that the authenticator app shows."""

    code = serializers.CharField(max_length=64)


class SecondStepSerializer(StrictSerializer):
    """The `mfa_token` of the first step, and a code of the authenticator app or a recovery code."""

    mfa_token = serializers.CharField(max_length=1000)
    code = serializers.CharField(max_length=64)


class MfaRequiredSerializer(ProblemSerializer):
    """The problem document after the first step: `mfa_token` is good for five minutes."""

    mfa_token = serializers.CharField(required=False)
    methods = serializers.ListField(child=serializers.ChoiceField(choices=METHODS), required=False)


class PasskeySerializer(serializers.Serializer[Any]):
    """A passkey; they are added and removed on the pages of the site."""

    id = serializers.IntegerField()
    name = serializers.CharField(source="data.name")
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)


class FactorsSerializer(serializers.Serializer[Any]):
    """The second factors of a person. `required`: the role needs one here."""

    enabled = serializers.BooleanField(source="is_on")
    required = serializers.SerializerMethodField()  # type: ignore[assignment]  # a field, not the option
    totp = serializers.BooleanField(source="has_totp")
    passkeys = PasskeySerializer(many=True)
    recovery_codes_left = serializers.IntegerField()

    def get_required(self, factors: Any) -> bool:
        """Whether REQUIRE_MFA_FOR_STAFF holds for this person."""
        return bool(self.context["required"])


class NewFactorsSerializer(FactorsSerializer):
    """The same, and recovery codes that are shown this once; the list is empty where none were made."""

    recovery_codes = serializers.ListField(child=serializers.CharField())


class TotpSetupSerializer(serializers.Serializer[Any]):
    """What the authenticator app needs: the secret in base 32, and both as an address for a QR code."""

    secret = serializers.CharField()
    otpauth_url = serializers.CharField()
