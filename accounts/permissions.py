"""Gates: a person's row, or the answer that there is none."""

from uuid import UUID

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.models import Accommodation, InstructorProfile, User


def get_person_for(user: User, pk: UUID) -> User:
    """Return the account when `user` may see it, else Http404."""
    people = User.objects.visible_to(user).with_email_verified().with_mfa_enabled()
    return get_object_or_404(people, pk=pk)


def get_administrable_person_for(user: User, pk: UUID) -> User:
    """Return the account when `user` may administer it; Http404 when invisible, else PermissionDenied."""
    person = get_person_for(user, pk)
    if not person.can_administer(user):
        raise PermissionDenied
    return person


def get_own_instructor_profile(user: User) -> InstructorProfile:
    """Return the person's own public profile; Http404 for those who have none."""
    profile = InstructorProfile.objects.filter(user=user).first()
    if profile is None:
        raise Http404
    return profile


def get_administrable_profile_for(user: User, pk: UUID) -> InstructorProfile:
    """Return the public profile of a person whom `user` may administer; Http404 for those who have none."""
    person = get_administrable_person_for(user, pk)
    return get_object_or_404(InstructorProfile.objects.select_related("user"), user=person)


def get_accommodation_for(user: User, pk: UUID) -> Accommodation:
    """Return what was granted to a person whom `user` may administer; Http404 where nothing is."""
    return get_object_or_404(Accommodation, user=get_administrable_person_for(user, pk))


def get_avatar_owner_for(user: User | AnonymousUser, pk: UUID) -> User:
    """Return who has a picture that `user` may see: anybody's for the signed-in, a teacher's for visitors."""
    people = User.objects.active().exclude(avatar="")
    if not user.is_authenticated:
        people = people.filter(instructor_profile__isnull=False)
    return get_object_or_404(people, pk=pk)


def get_own_passkey(user: User, pk: int) -> Authenticator:
    """Return the person's own passkey, as allauth's row; Http404 for any other."""
    return get_object_or_404(Authenticator, user=user, type=Authenticator.Type.WEBAUTHN, pk=pk)


class IsAdmin(BasePermission):
    """Admins only."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return bool(request.user.is_authenticated and request.user.is_admin)
