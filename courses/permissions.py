"""Gates to courses and lessons: 404 for what is invisible, 403 for what is visible and somebody else's."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.models import User
from courses.exceptions import NotAllowed, NotOwner, OwnsCourses
from courses.learners import Learners, learner_course_ids, learners, register_learners
from courses.models import Course, CourseSlug, Lesson, LessonResource, Module

__all__ = [
    "IsAdmin",
    "IsTeacher",
    "Learners",
    "get_course_for",
    "get_editable_course_for",
    "get_editable_lesson_for",
    "get_editable_module_for",
    "get_editable_resource_for",
    "get_instructor",
    "get_lesson_for",
    "get_module_for",
    "learner_course_ids",
    "learners",
    "refuse_demotion",
    "register_learners",
    "require_editor",
]


class IsTeacher(BasePermission):
    """Instructors and admins; what each may edit is said by the gates."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(request.user.is_authenticated and request.user.is_teacher)


class IsAdmin(BasePermission):
    """Admins alone."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(request.user.is_authenticated and request.user.is_admin)


def refuse_demotion(person: User, role: str) -> None:
    """Raise OwnsCourses when the owner of a course outside the bin would no longer be a teacher."""
    if role == User.Role.STUDENT and Course.objects.filter(instructor=person, deleted_at=None).exists():
        raise OwnsCourses


def require_editor(user: Any, course: Course) -> None:
    """Raise NotOwner (a teacher) or NotAllowed (anybody else) unless `user` may edit the course."""
    if not course.can_edit(user):
        raise NotOwner if user.is_authenticated and user.is_teacher else NotAllowed


def get_course_for(user: Any, slug: str | UUID, *, for_page: bool = False) -> Course:
    """Return the course with this slug, old slug or id if `user` may see it; else Http404.

    `for_page` reads what stands around the outline on its page, too.
    """
    courses = Course.objects.visible_to(user)
    courses = courses.for_page() if for_page else courses.for_catalogue()
    if isinstance(slug, UUID):
        return get_object_or_404(courses, pk=slug)
    course = courses.filter(slug=slug).first()
    if course is None:
        course = courses.filter(pk__in=CourseSlug.objects.filter(slug=slug).values("course")).first()
    if course is None:
        raise Http404
    return course


def get_editable_course_for(user: Any, slug: str | UUID) -> Course:
    """Return the course if `user` may edit it.

    Raises Http404 when it is invisible, NotOwner or NotAllowed when it is visible.
    """
    course = get_course_for(user, slug)
    require_editor(user, course)
    return course


def get_instructor(name: str | UUID) -> User | None:
    """Return the teacher with this id or profile slug; None without a public profile."""
    people = User.objects.get_queryset().select_related("instructor_profile")
    try:
        found = people.filter(pk=UUID(str(name)), instructor_profile__isnull=False)
    except ValueError:
        found = people.filter(instructor_profile__slug=name)
    return found.first()


def get_module_for(user: Any, module_id: UUID) -> Module:
    """Return the module if `user` may see it: one that students see of a visible course, any for an editor."""
    modules = Module.objects.select_related("course", "course__instructor")
    module = get_object_or_404(modules.filter(course__in=Course.objects.visible_to(user)), pk=module_id)
    if not module.course.can_edit(user) and not Module.objects.shown().filter(pk=module.pk).exists():
        raise Http404
    return module


def get_editable_module_for(user: Any, module_id: UUID) -> Module:
    """Return the module if `user` may edit its course; errors as `get_editable_course_for`."""
    module = get_module_for(user, module_id)
    require_editor(user, module.course)
    return module


def get_lesson_for(user: Any, lesson_id: UUID) -> Lesson:
    """Return the lesson if `user` may know of it: a live one of a visible course, any for an editor.

    Whether they may open it is another question: `learners().lesson_access`.
    """
    lessons = Lesson.objects.select_related("module", "course", "course__instructor", "video_file")
    lesson = get_object_or_404(lessons.filter(course__in=Course.objects.visible_to(user)), pk=lesson_id)
    if not lesson.is_live and not lesson.course.can_edit(user):
        raise Http404
    return lesson


def get_editable_lesson_for(user: Any, lesson_id: UUID) -> Lesson:
    """Return the lesson if `user` may edit its course; errors as `get_editable_course_for`."""
    lesson = get_lesson_for(user, lesson_id)
    require_editor(user, lesson.course)
    return lesson


def get_editable_resource_for(user: Any, resource_id: UUID) -> LessonResource:
    """Return the resource if `user` may edit its course; errors as `get_editable_lesson_for`."""
    resource = get_object_or_404(
        LessonResource.objects.select_related("lesson__course", "file"), pk=resource_id
    )
    resource.lesson = get_editable_lesson_for(user, resource.lesson_id)
    return resource
