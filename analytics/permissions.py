"""Gates to figures: 404 for what is invisible, 403 for what is visible and somebody else's."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Subquery
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from accounts.models import User
from analytics.models import CourseStat
from analytics.readers.study import Study
from courses.exceptions import NotAllowed, NotOwner
from courses.models import Course
from courses.permissions import get_editable_course_for, require_editor
from enrollments.models import Enrollment


def get_figures_for(user: Any, course: str | UUID) -> CourseStat:
    """Return the figures of a course, with it and its owner, if `user` may edit it (one query).

    `course` is its id or slug. Raises Http404 when the course is invisible, NotOwner or NotAllowed when it is
    visible. A course that has no row yet gets one, not refreshed.
    """
    stats = CourseStat.objects.select_related("course__instructor").defer(
        "course__description", "course__search_text"
    )
    named = {"course": course} if isinstance(course, UUID) else {"course__slug": course}
    stat = stats.filter(course__in=Course.objects.visible_to(user), **named).first()
    if stat is None:
        found = get_editable_course_for(user, course)
        stat, _made = CourseStat.objects.get_or_create(course=found)
        stat.course = found
    require_editor(user, stat.course)
    return stat


def get_teacher_for(user: Any, person_id: UUID) -> User:
    """Return the teacher, if that is `user` or `user` is an admin.

    Raises Http404 for who is no teacher or shows no public profile, else NotOwner for another teacher and
    NotAllowed for anybody else.
    """
    people = User.objects.teachers()
    if user.is_admin or user.pk == person_id:
        return get_object_or_404(people, pk=person_id)
    get_object_or_404(people.filter(instructor_profile__isnull=False), pk=person_id)
    if user.is_teacher:
        raise NotOwner(_("These figures belong to another teacher."))
    raise NotAllowed(_("Only teachers see these figures."))


def get_study_for(user: Any, student_id: UUID) -> Study:
    """Return a student's learning as `user` may see it: an admin all, an instructor what is in own courses.

    Raises NotAllowed for students, and Http404 for who is unknown or in no course of the instructor's.
    """
    if not user.is_teacher:
        raise NotAllowed(_("Only teachers see these figures."))
    student = get_object_or_404(User, pk=student_id)
    if user.is_admin:
        return Study(student)
    study = Study(student, Enrollment.objects.filter(student=student).managed_by(user))
    if not study.enrollments:
        raise Http404
    return study


def get_leaderboard_for(user: Any, course: str | UUID) -> tuple[Course, UUID | None]:
    """Return the course and the person's enrollment in it, None for staff who have none (one query).

    Raises Http404 when the course is invisible or has its leaderboard off, NotOwner or NotAllowed for who is
    neither in it (active or completed) nor its staff.
    """
    own = Enrollment.objects.filter(course=OuterRef("course"), student=user, status__in=Enrollment.CURRENT)
    named = {"course": course} if isinstance(course, UUID) else {"course__slug": course}
    stats = CourseStat.objects.filter(leaderboard_enabled=True, course__in=Course.objects.visible_to(user))
    rows = stats.filter(**named).select_related("course").annotate(own=Subquery(own.values("pk")[:1]))
    found: Any = rows.first()
    if found is None:
        raise Http404
    if found.own is None:
        require_editor(user, found.course)
    return found.course, found.own
