"""People: oneself, and everybody for admins."""

from typing import Any
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from accounts import services
from accounts.api import serializers
from accounts.authentication import PersonRequest
from accounts.models import User
from accounts.permissions import (
    IsAdmin,
    get_administrable_person_for,
    get_own_instructor_profile,
    get_person_for,
)
from lms.lib.api import ApiViewSet
from lms.lib.serializers import EmptySerializer, StrictSerializer

DONE = OpenApiResponse(description="Done.")


class UserFilter(django_filters.FilterSet):
    """Filters of the list of people."""

    role = django_filters.ChoiceFilter(choices=User.Role.choices)
    is_active = django_filters.BooleanFilter()
    email_verified = django_filters.BooleanFilter()
    created_after = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    created_before = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="lt")

    class Meta:
        model = User
        fields: list[str] = []


class UserViewSet(ListModelMixin, ApiViewSet):
    """Accounts."""

    serializer_class = serializers.UserSerializer
    filterset_class = UserFilter
    search_fields = ["full_name", "email"]
    ordering_fields = ["created_at", "full_name", "email", "last_login"]
    ordering = ["-created_at"]
    queryset = User.objects.none()

    def get_queryset(self) -> QuerySet[User]:
        return User.objects.visible_to(self.request.user).with_email_verified()

    def get_permissions(self) -> list[Any]:
        return [*super().get_permissions(), *([IsAdmin()] if self.action in ("list", "create") else [])]

    def _read(self, serializer_class: type[StrictSerializer]) -> dict[str, Any]:
        serializer = serializer_class(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        data: dict[str, Any] = serializer.validated_data
        return data

    def _show(self, user: User, **options: Any) -> Response:
        return Response(serializers.UserSerializer(user).data, **options)

    @extend_schema(request=serializers.NewUserSerializer, responses={201: serializers.UserSerializer})
    def create(self, request: PersonRequest) -> Response:
        """Make an account of any role; without a password the person is invited by mail."""
        user = services.add_user(by=request.user, **self._read(serializers.NewUserSerializer))
        return self._show(user, status=201, headers={"Location": f"/api/v1/users/{user.pk}"})

    def retrieve(self, request: PersonRequest, pk: UUID) -> Response:
        """Show an account: one's own, any for admins."""
        return self._show(get_person_for(request.user, pk))

    @extend_schema(request=serializers.UserChangeSerializer)
    def partial_update(self, request: PersonRequest, pk: UUID) -> Response:
        """Change somebody's account as an admin. A new e-mail is unproven, and the old address is told."""
        person = get_administrable_person_for(request.user, pk)
        data = self._read(serializers.UserChangeSerializer)
        email = data.pop("email", None)
        services.update_account(user=person, by=request.user, email=email, **data)
        return self._show(person)

    @extend_schema(responses={204: DONE})
    def destroy(self, request: PersonRequest, pk: UUID) -> Response:
        """Deactivate an account: nobody is deleted."""
        services.deactivate(user=get_administrable_person_for(request.user, pk), by=request.user)
        return Response(status=204)

    @extend_schema(request=serializers.RoleSerializer)
    @action(detail=True, methods=["post"], filter_backends=[], pagination_class=None)
    def role(self, request: PersonRequest, pk: UUID) -> Response:
        """Give a person another role."""
        person = get_administrable_person_for(request.user, pk)
        data = self._read(serializers.RoleSerializer)
        return self._show(services.set_role(user=person, by=request.user, **data))

    @extend_schema(request=EmptySerializer)
    @action(detail=True, methods=["post"])
    def activate(self, request: PersonRequest, pk: UUID) -> Response:
        """Let a person in again."""
        person = get_administrable_person_for(request.user, pk)
        self._read(EmptySerializer)
        return self._show(services.activate(user=person, by=request.user))

    @extend_schema(request=EmptySerializer)
    @action(detail=True, methods=["post"])
    def deactivate(self, request: PersonRequest, pk: UUID) -> Response:
        """Bar a person: every login ends at once, data stays."""
        person = get_administrable_person_for(request.user, pk)
        self._read(EmptySerializer)
        return self._show(services.deactivate(user=person, by=request.user))

    @extend_schema(operation_id="users_me", filters=False)
    @action(detail=False, pagination_class=None)
    def me(self, request: PersonRequest) -> Response:
        """Show one's own account."""
        return self._show(request.user)

    @extend_schema(operation_id="users_me_update", request=serializers.ProfileChangeSerializer)
    @me.mapping.patch
    def change_me(self, request: PersonRequest) -> Response:
        """Change one's own profile."""
        data = self._read(serializers.ProfileChangeSerializer)
        return self._show(services.update_profile(user=request.user, by=request.user, **data))

    @extend_schema(
        operation_id="users_me_avatar",
        request={"multipart/form-data": serializers.AvatarSerializer},
        responses={200: serializers.UserSerializer},
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
        file = self._read(serializers.AvatarSerializer)["file"]
        return self._show(services.set_avatar(user=request.user, file=file, size=file.size))

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
            **self._read(serializers.InstructorProfileChangeSerializer),
        )
        return Response(serializers.InstructorProfileSerializer(profile).data)
