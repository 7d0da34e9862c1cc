"""Courses as personal data: who teaches has their own; they are handed over before a person is erased."""

from typing import Any

from accounts.models import User
from accounts.services import register_personal_data
from courses.exceptions import OwnsCourses
from courses.models import Course


def register() -> None:
    """Join export and erasure; called once, when the site starts."""
    register_personal_data("courses", export=export, erase=erase, blocks=refuse_owner)


def export(user: User) -> list[dict[str, Any]]:
    """Return the courses that the person owns."""
    own = Course.objects.filter(instructor=user, deleted_at=None).order_by("created_at")
    shown = ["id", "title", "slug", "status", "created_at", "published_at"]
    return [{name: getattr(course, name) for name in shown} for course in own]


def erase(*, user: User, by: User | None) -> None:
    """Nothing: a course is the school's, and it names its teacher by the account alone."""


def refuse_owner(user: User) -> None:
    """Raise OwnsCourses while a course outside the bin belongs to the person."""
    if Course.objects.filter(instructor=user, deleted_at=None).exists():
        raise OwnsCourses
