"""Pages of the admin beside Django's own: the grid of a course, and one student lesson by lesson."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from courses.models import Course, Lesson
from enrollments import services
from enrollments.admin.base import ReasonForm
from enrollments.exports import grid_table
from enrollments.grid import ORDERS, STUDENTS_A_PAGE, lessons_of, lines_of, students_of
from enrollments.models import Enrollment, LessonProgress
from enrollments.outline import Outline
from enrollments.permissions import require_manager
from lms.lib.admin import sentences
from lms.lib.errors import DomainError
from lms.lib.requests import person_of
from lms.lib.sheets import FORMATS, export


def get_course_or_404(request: HttpRequest, course_id: UUID) -> Course:
    """Return a course that the person may edit; for everybody else it is not there."""
    return get_object_or_404(Course.objects.editable_by(request.user), pk=course_id)


def grid_page(admin: Any, request: HttpRequest, course_id: UUID) -> HttpResponse:
    """Show 50 students by all lessons, with a sign and a word for each."""
    course = get_course_or_404(request, course_id)
    order = request.GET.get("o", "name")
    order = order if order in ORDERS else "name"
    lessons = lessons_of(course)
    page = Paginator(students_of(course, order), STUDENTS_A_PAGE).get_page(request.GET.get("page"))
    rows = list(page.object_list)
    for row in rows:
        row.course = course
    services.recount(row for row in rows if row.is_stale)
    context = {
        **admin.admin_site.each_context(request),
        "title": course.title,
        "opts": admin.opts,
        "course": course,
        "lessons": lessons,
        "lines": lines_of(rows, lessons),
        "page": page,
        "order": order,
        "orders": [
            ("name", _("Name")),
            ("-progress", _("Most progress")),
            ("progress", _("Least progress")),
            ("-seen", _("Seen last")),
            ("seen", _("Not seen for longest")),
        ],
    }
    return render(request, "admin/enrollments/grid.html", context)


def grid_export(admin: Any, request: HttpRequest, course_id: UUID, kind: str) -> HttpResponseBase:
    """The grid of all students as a file, in the order of the screen."""
    course = get_course_or_404(request, course_id)
    order = request.GET.get("o", "name")
    if kind not in FORMATS:
        raise Http404
    services.recount_course(course.pk)
    columns, rows = grid_table(course, order if order in ORDERS else "name")
    return export(columns, rows, name=f"students-{course.slug}", as_=kind)


class LessonsForm(ReasonForm):
    """Which lessons, and why."""

    lessons = forms.MultipleChoiceField(
        error_messages={"required": gettext_lazy("Choose at least one lesson.")}
    )

    def __init__(self, *args: Any, lessons: list[Lesson], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["lessons"]
        field.choices = [(str(lesson.pk), lesson.title) for lesson in lessons]


def student_page(admin: Any, request: HttpRequest, enrollment_id: UUID) -> HttpResponse:
    """Show one student lesson by lesson; mark lessons complete or reset them, with a reason."""
    rows = Enrollment.objects.managed_by(request.user).select_related("course", "student")
    enrollment = rows.filter(pk=enrollment_id).first()
    if enrollment is None:
        raise Http404
    services.refresh([enrollment])
    outline = Outline(enrollment.course, enrollment.student, enrollment)
    form = LessonsForm(request.POST or None, lessons=[step.lesson for step in outline.steps])
    if request.method == "POST" and form.is_valid():
        _act(request, enrollment, outline, form.cleaned_data)
        return redirect(reverse("admin:enrollments_enrollment_lessons", args=[enrollment.pk]))
    context = {
        **admin.admin_site.each_context(request),
        "title": str(enrollment.student),
        "opts": admin.opts,
        "enrollment": enrollment,
        "course": enrollment.course,
        "outline": outline,
        "form": form,
        "chosen": request.POST.getlist("lessons"),
        "missing": services.missing_for_completion(enrollment),
        "is_own": enrollment.student_id == request.user.pk and not person_of(request).is_admin,
    }
    return render(request, "admin/enrollments/student.html", context)


def _act(request: HttpRequest, enrollment: Enrollment, outline: Outline, data: dict[str, Any]) -> None:
    """Do what the button says with each chosen lesson; say how many it was done for, and each refusal."""
    by, done = person_of(request), 0
    terms = {"enrollment": enrollment, "by": by, "reason": data["reason"]}
    for step in outline.steps:
        if str(step.lesson.pk) not in data["lessons"]:
            continue
        try:
            require_manager(by, enrollment)
            if "reset" in request.POST:
                services.reset_progress(lesson=step.lesson, **terms)
            else:
                services.complete_lesson(lesson=step.lesson, via=LessonProgress.Via.STAFF, **terms)
            done += 1
        except DomainError as refusal:
            for sentence in sentences(refusal):
                messages.error(request, f"{step.lesson.title}: {sentence}")
    if done:
        text = ngettext("Done for %(count)d lesson.", "Done for %(count)d lessons.", done)
        messages.success(request, text % {"count": done})
