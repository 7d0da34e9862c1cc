"""People, for admins; what everybody does about themselves is in me.py."""

from typing import Any
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.response import Response

from accounts import services
from accounts.api import serializers
from accounts.api.me import DONE, MeActions
from accounts.authentication import PersonRequest
from accounts.models import User
from accounts.permissions import (
    IsAdmin,
    get_accommodation_for,
    get_administrable_person_for,
    get_administrable_profile_for,
    get_person_for,
)
from lms.lib.serializers import EmptySerializer

INVITED = OpenApiExample(
    "An invited instructor",
    {"email": "nour@example.com", "full_name": "Nour El-Masry", "role": "instructor", "locale": "ar"},
    request_only=True,
)
GRANTED = OpenApiExample(
    "Half as long again, and one more attempt",
    {"time_factor": 1.5, "extra_attempts": 1, "note": "Letter of 3 March."},
    request_only=True,
)


class UserFilter(django_filters.FilterSet):
    """Filters of the list of people."""

    role = django_filters.ChoiceFilter(choices=User.Role.choices)
    is_active = django_filters.BooleanFilter()
    email_verified = django_filters.BooleanFilter()
    mfa_enabled = django_filters.BooleanFilter()
    created_after = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    created_before = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="lt")

    class Meta:
        model = User
        fields: list[str] = []


class UserViewSet(ListModelMixin, MeActions):
    """Accounts."""

    serializer_class = serializers.PersonSerializer
    filterset_class = UserFilter
    search_fields = ["full_name", "email"]
    ordering_fields = ["created_at", "full_name", "email", "last_login"]
    ordering = ["-created_at"]
    queryset = User.objects.none()

    def get_queryset(self) -> QuerySet[User]:
        return User.objects.visible_to(self.request.user).with_email_verified().with_mfa_enabled()

    def get_permissions(self) -> list[Any]:
        return [*super().get_permissions(), *([IsAdmin()] if self.action in ("list", "create") else [])]

    def _show(self, user: User, **options: Any) -> Response:
        return Response(serializers.PersonSerializer(user).data, **options)

    def _person(self, pk: UUID) -> User:
        """Return the person to act on, once the body is known to be empty."""
        person = get_administrable_person_for(self.request.user, pk)  # type: ignore[arg-type]
        self.read(EmptySerializer)
        return person

    @extend_schema(
        request=serializers.NewUserSerializer,
        responses={201: serializers.PersonSerializer},
        examples=[INVITED],
    )
    def create(self, request: PersonRequest) -> Response:
        """Make an account of any role; without a password the person is invited by mail."""
        user = services.add_user(by=request.user, **self.read(serializers.NewUserSerializer))
        return self._show(user, status=201, headers={"Location": f"/api/v1/users/{user.pk}"})

    def retrieve(self, request: PersonRequest, pk: UUID) -> Response:
        """Show an account: one's own, any for admins."""
        return self._show(get_person_for(request.user, pk))

    @extend_schema(request=serializers.UserChangeSerializer)
    def partial_update(self, request: PersonRequest, pk: UUID) -> Response:
        """Change somebody's account as an admin. A new e-mail is unproven, and the old address is told."""
        person = get_administrable_person_for(request.user, pk)
        data = self.read(serializers.UserChangeSerializer)
        email = data.pop("email", None)
        services.update_account(user=person, by=request.user, email=email, **data)
        return self._show(person)

    @extend_schema(responses={204: DONE})
    def destroy(self, request: PersonRequest, pk: UUID) -> Response:
        """Deactivate an account: nobody is deleted."""
        services.deactivate(user=get_administrable_person_for(request.user, pk), by=request.user)
        return Response(status=204)

    @extend_schema(request=serializers.RoleSerializer)
    @action(detail=True, methods=["post"])
    def role(self, request: PersonRequest, pk: UUID) -> Response:
        """Give a person another role. 409 `own_role`, `last_admin`, `owns_courses`."""
        person = get_administrable_person_for(request.user, pk)
        data = self.read(serializers.RoleSerializer)
        return self._show(services.set_role(user=person, by=request.user, **data))

    @extend_schema(request=EmptySerializer)
    @action(detail=True, methods=["post"])
    def activate(self, request: PersonRequest, pk: UUID) -> Response:
        """Let a person in again; a wish to be erased is cancelled."""
        return self._show(services.activate(user=self._person(pk), by=request.user))

    @extend_schema(request=EmptySerializer)
    @action(detail=True, methods=["post"])
    def deactivate(self, request: PersonRequest, pk: UUID) -> Response:
        """Bar a person: every login ends at once, data stays. 409 `own_account`, `last_admin`."""
        return self._show(services.deactivate(user=self._person(pk), by=request.user))

    @extend_schema(request=EmptySerializer, responses={204: DONE})
    @action(detail=True, methods=["post"], url_path="sign-out")
    def sign_out(self, request: PersonRequest, pk: UUID) -> Response:
        """End every login of a person, API and browser; they are told by mail."""
        services.sign_out(user=self._person(pk), by=request.user)
        return Response(status=204)

    @extend_schema(request=EmptySerializer)
    @action(detail=True, methods=["post"], url_path="reset-mfa")
    def reset_mfa(self, request: PersonRequest, pk: UUID) -> Response:
        """Remove every second factor of a person, after a lost phone, say; they are told by mail."""
        return self._show(services.reset_mfa(user=self._person(pk), by=request.user))

    @extend_schema(request=EmptySerializer, responses={202: DONE})
    @action(detail=True, methods=["post"], url_path="send-password-link")
    def send_password_link(self, request: PersonRequest, pk: UUID) -> Response:
        """Mail a person a link to choose a password. 409 `account_inactive`, `account_erased`."""
        services.send_password_link(user=self._person(pk), by=request.user)
        return Response(status=202)

    @extend_schema(request=EmptySerializer)
    @action(detail=True, methods=["post"])
    def anonymise(self, request: PersonRequest, pk: UUID) -> Response:
        """Erase for good who a person was; rows stay, nameless. 409 `own_account`, `last_admin`, `owns_courses`."""
        return self._show(services.anonymise_user(user=self._person(pk), by=request.user))

    @extend_schema(
        operation_id="users_accommodation",
        filters=False,
        responses={200: serializers.AccommodationSerializer},
    )
    @action(detail=True, pagination_class=None)
    def accommodation(self, request: PersonRequest, pk: UUID) -> Response:
        """Show what a person is granted; 404 where nothing is."""
        return Response(serializers.AccommodationSerializer(get_accommodation_for(request.user, pk)).data)

    @extend_schema(
        operation_id="users_accommodation_set",
        request=serializers.AccommodationChangeSerializer,
        responses={200: serializers.AccommodationSerializer},
        examples=[GRANTED],
    )
    @accommodation.mapping.put
    def set_accommodation(self, request: PersonRequest, pk: UUID) -> Response:
        """Grant more time and attempts, instead of what was; it counts from the next attempt that starts."""
        person = get_administrable_person_for(request.user, pk)
        data = self.read(serializers.AccommodationChangeSerializer)
        row = services.set_accommodation(user=person, by=request.user, **data)
        return Response(serializers.AccommodationSerializer(row).data)

    @extend_schema(operation_id="users_accommodation_clear", responses={204: DONE})
    @accommodation.mapping.delete
    def clear_accommodation(self, request: PersonRequest, pk: UUID) -> Response:
        """Take back what was granted."""
        services.clear_accommodation(user=get_administrable_person_for(request.user, pk), by=request.user)
        return Response(status=204)

    @extend_schema(
        operation_id="users_instructor_profile_update",
        request=serializers.InstructorProfileChangeSerializer,
        responses={200: serializers.InstructorProfileSerializer},
    )
    @action(detail=True, methods=["patch"], url_path="instructor-profile")
    def change_profile(self, request: PersonRequest, pk: UUID) -> Response:
        """Change a teacher's public profile as an admin."""
        profile = get_administrable_profile_for(request.user, pk)
        values = self.read(serializers.InstructorProfileChangeSerializer)
        services.update_instructor_profile(profile=profile, by=request.user, **values)
        return Response(serializers.InstructorProfileSerializer(profile).data)

    @extend_schema(request=EmptySerializer, responses={200: serializers.InstructorProfileSerializer})
    @action(detail=True, methods=["post"], url_path="verify-instructor")
    def verify_instructor(self, request: PersonRequest, pk: UUID) -> Response:
        """Vouch for a teacher: the public profile carries a tick."""
        profile = get_administrable_profile_for(request.user, pk)
        self.read(EmptySerializer)
        services.verify_instructor(profile=profile, by=request.user)
        return Response(serializers.InstructorProfileSerializer(profile).data)

    @extend_schema(request=EmptySerializer, responses={200: serializers.InstructorProfileSerializer})
    @action(detail=True, methods=["post"], url_path="unverify-instructor")
    def unverify_instructor(self, request: PersonRequest, pk: UUID) -> Response:
        """Take the tick back."""
        profile = get_administrable_profile_for(request.user, pk)
        self.read(EmptySerializer)
        services.unverify_instructor(profile=profile, by=request.user)
        return Response(serializers.InstructorProfileSerializer(profile).data)
