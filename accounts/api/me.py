"""One's own account: profile, picture, export, and the way out."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle

from accounts import services
from accounts.api import serializers
from accounts.authentication import PersonRequest
from accounts.models import User
from accounts.permissions import get_own_instructor_profile
from accounts.throttling import ExportThrottle
from lms.lib.api import ApiViewSet
from lms.lib.requests import person_of
from lms.lib.serializers import StrictSerializer

DONE = OpenApiResponse(description="Done.")
ME = OpenApiExample(
    "A student with an accommodation",
    {
        "id": "01890a5d-ac96-774b-bcce-b302099a8057",
        "email": "salma@example.com",
        "email_verified": True,
        "full_name": "Salma Haddad",
        "role": "student",
        "is_active": True,
        "avatar_url": "/avatars/01890a5d-ac96-774b-bcce-b302099a8057?v=Xk3p9QaB",
        "bio": "",
        "phone": "",
        "locale": "ar",
        "time_zone": "Africa/Cairo",
        "last_login": "2026-01-15T08:30:00Z",
        "created_at": "2025-09-01T10:00:00Z",
        "updated_at": "2026-01-10T12:00:00Z",
        "mfa_enabled": False,
        "accommodation": {"time_factor": 1.5, "extra_attempts": 1},
    },
    response_only=True,
)


class PeopleViewSet(ApiViewSet):
    """What the routes of people share."""

    def read(self, serializer_class: type[StrictSerializer]) -> dict[str, Any]:
        """Return the checked body."""
        serializer = serializer_class(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        data: dict[str, Any] = serializer.validated_data
        return data


class MeActions(PeopleViewSet):
    """`/users/me` and what is below it."""

    def get_throttles(self) -> list[BaseThrottle]:
        """Count exports by themselves, 3 a day, beside the usual limits."""
        usual: list[BaseThrottle] = super().get_throttles()
        return [*usual, ExportThrottle()] if self.action == "export" else usual

    def _show_me(self) -> Response:
        people = User.objects.with_email_verified().with_mfa_enabled().select_related("accommodation")
        return Response(serializers.MeSerializer(people.get(pk=person_of(self.request).pk)).data)

    @extend_schema(
        operation_id="users_me", filters=False, responses={200: serializers.MeSerializer}, examples=[ME]
    )
    @action(detail=False, pagination_class=None)
    def me(self, request: PersonRequest) -> Response:
        """Show one's own account."""
        return self._show_me()

    @extend_schema(
        operation_id="users_me_update",
        request=serializers.ProfileChangeSerializer,
        responses={200: serializers.MeSerializer},
    )
    @me.mapping.patch
    def change_me(self, request: PersonRequest) -> Response:
        """Change one's own profile."""
        data = self.read(serializers.ProfileChangeSerializer)
        services.update_profile(user=request.user, by=request.user, **data)
        return self._show_me()

    @extend_schema(
        operation_id="users_me_delete", request=serializers.PasswordSerializer, responses={204: DONE}
    )
    @me.mapping.delete
    def delete_me(self, request: PersonRequest) -> Response:
        """Close one's own account: deactivated at once, erased after 30 days unless an admin opens it again.

        The body holds the password. Accounts of staff are closed by another admin (409 `staff_account`).
        """
        services.request_erasure(user=request.user, **self.read(serializers.PasswordSerializer))
        return Response(status=204)

    @extend_schema(operation_id="users_me_export", filters=False, responses={200: dict[str, Any]})
    @action(detail=False, url_path="me/export", pagination_class=None)
    def export(self, request: PersonRequest) -> Response:
        """Give everything this site knows about oneself, as JSON; three times a day."""
        headers = {"Content-Disposition": 'attachment; filename="my-data.json"'}
        return Response(services.export_personal_data(request.user), headers=headers)

    @extend_schema(
        operation_id="users_me_avatar",
        request={"multipart/form-data": serializers.AvatarSerializer},
        responses={200: serializers.MeSerializer},
    )
    @action(
        detail=False,
        methods=["put"],
        url_path="me/avatar",
        pagination_class=None,
        parser_classes=[MultiPartParser],
    )
    def avatar(self, request: PersonRequest) -> Response:
        """Set one's own picture: JPEG, PNG, GIF or WebP, at most 10 MB and 40 megapixels."""
        file = self.read(serializers.AvatarSerializer)["file"]
        services.set_avatar(user=request.user, file=file, size=file.size)
        return self._show_me()

    @extend_schema(operation_id="users_me_avatar_remove", responses={204: DONE})
    @avatar.mapping.delete
    def remove_avatar(self, request: PersonRequest) -> Response:
        """Remove one's own picture."""
        services.remove_avatar(user=request.user)
        return Response(status=204)

    @extend_schema(
        operation_id="users_me_instructor_profile",
        filters=False,
        responses={200: serializers.InstructorProfileSerializer},
    )
    @action(detail=False, url_path="me/instructor-profile", pagination_class=None)
    def instructor_profile(self, request: PersonRequest) -> Response:
        """Show one's own public profile as a teacher."""
        profile = get_own_instructor_profile(request.user)
        return Response(serializers.InstructorProfileSerializer(profile).data)

    @extend_schema(
        operation_id="users_me_instructor_profile_update",
        request=serializers.InstructorProfileChangeSerializer,
        responses={200: serializers.InstructorProfileSerializer},
    )
    @instructor_profile.mapping.patch
    def change_instructor_profile(self, request: PersonRequest) -> Response:
        """Change one's own public profile as a teacher."""
        profile = services.update_instructor_profile(
            profile=get_own_instructor_profile(request.user),
            by=request.user,
            **self.read(serializers.InstructorProfileChangeSerializer),
        )
        return Response(serializers.InstructorProfileSerializer(profile).data)
