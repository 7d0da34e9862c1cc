"""Registering, proving the e-mail, changing and resetting the password."""

from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import services
from accounts.api import serializers
from accounts.api.sessions import PublicAuthView, own_browser
from accounts.authentication import PersonRequest
from accounts.crowd import signing_in
from accounts.throttling import RegisterThrottle
from lms.lib.api import ApiView
from lms.lib.serializers import EmptySerializer

DONE = OpenApiResponse(description="Done.")


class RegisterView(PublicAuthView):
    """Sign up."""

    throttle_classes = [RegisterThrottle]

    @extend_schema(
        operation_id="auth_register",
        request=serializers.RegisterSerializer,
        responses={201: serializers.UserSerializer, 202: serializers.VerificationSentSerializer},
    )
    def post(self, request: Request) -> Response:
        """Make a student's account; log in next. Where proof comes first, 202 and a mail."""
        data = self.read(serializers.RegisterSerializer)
        with signing_in():
            user = services.register(**data)
        if user is None or settings.EMAIL_VERIFICATION == "mandatory":
            return Response({"status": "verification_sent"}, status=202)
        location = {"Location": f"/api/v1/users/{user.pk}"}
        return Response(serializers.UserSerializer(user).data, status=201, headers=location)


class PasswordForgotView(PublicAuthView):
    """Ask for a reset link."""

    @extend_schema(
        operation_id="auth_password_forgot",
        request=serializers.EmailOnlySerializer,
        responses={202: OpenApiResponse(description="If there is such an account, a mail is on its way.")},
    )
    def post(self, request: Request) -> Response:
        """Mail a link to set a new password. The answer is the same for every address."""
        services.request_password_reset(**self.read(serializers.EmailOnlySerializer))
        return Response(status=202)


class PasswordResetView(PublicAuthView):
    """Use a reset link."""

    @extend_schema(
        operation_id="auth_password_reset",
        request=serializers.PasswordResetSerializer,
        responses={204: DONE},
    )
    def post(self, request: Request) -> Response:
        """Set a new password with the token of the mail; every login ends."""
        services.reset_password(**self.read(serializers.PasswordResetSerializer))
        return Response(status=204)


class EmailVerifyView(PublicAuthView):
    """Prove an e-mail."""

    @extend_schema(
        operation_id="auth_email_verify",
        request=serializers.EmailKeySerializer,
        responses={200: serializers.UserSerializer},
    )
    def post(self, request: Request) -> Response:
        """Confirm the e-mail with the key of the mail."""
        address = services.confirm_email(**self.read(serializers.EmailKeySerializer))
        return Response(serializers.UserSerializer(address.user).data)


class PasswordChangeView(ApiView):
    """Change one's own password."""

    @extend_schema(
        operation_id="auth_password_change",
        request=serializers.PasswordChangeSerializer,
        responses={204: DONE},
    )
    def post(self, request: PersonRequest) -> Response:
        """Set a new password; every login ends but this one."""
        serializer = serializers.PasswordChangeSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        data: dict[str, Any] = serializer.validated_data
        services.change_password(
            user=request.user, keep=request.auth, keep_browser=own_browser(request), **data
        )
        if own_browser(request):
            update_session_auth_hash(request._request, request.user)
            UserSession.objects.create_from_request(request._request)  # it has a new key
        return Response(status=204)


class EmailResendView(ApiView):
    """Ask for the confirmation link again."""

    @extend_schema(
        operation_id="auth_email_resend",
        request=EmptySerializer,
        responses={202: OpenApiResponse(description="A mail is on its way.")},
    )
    def post(self, request: PersonRequest) -> Response:
        """Send the confirmation link once more: once a minute, five a day."""
        EmptySerializer(data=request.data).is_valid(raise_exception=True)
        services.resend_confirmation(user=request.user)
        return Response(status=202)


class EmailChangeView(ApiView):
    """Change one's own e-mail."""

    @extend_schema(
        operation_id="auth_email_change",
        request=serializers.EmailChangeSerializer,
        responses={202: serializers.EmailChangeAnswerSerializer},
    )
    def post(self, request: PersonRequest) -> Response:
        """Mail a link to the new address and a notice to the old one, which stays the login until it is opened."""
        serializer = serializers.EmailChangeSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        is_changed = services.request_email_change(user=request.user, **serializer.validated_data)
        return Response({"status": "changed" if is_changed else "verification_sent"}, status=202)
