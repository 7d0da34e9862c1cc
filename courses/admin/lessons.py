"""A lesson in the admin. It is reached from its course's outline and has no list of its own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.models import User
from courses import services
from courses.admin.lesson_form import LessonForm, ResourceForm
from courses.admin.outline import sent_id
from courses.models import Course, Lesson
from lms.lib.admin import StaffModelAdmin, sentences
from lms.lib.errors import DomainError
from lms.lib.requests import person_of


def draft_key(person: User, lesson: Lesson) -> str:
    """Return under which name a browser keeps what `person` has typed in the form of `lesson` (admin-draft.js)."""
    return f"draft.{person.pk}.lesson.{lesson.pk}"


@admin.register(Lesson)
class LessonAdmin(StaffModelAdmin):
    """The page of one lesson."""

    form = LessonForm
    change_form_before_template = "admin/courses/lesson_draft.html"
    change_form_outer_before_template = "admin/courses/lesson_head.html"
    change_form_outer_after_template = "admin/courses/lesson_resources.html"
    warn_unsaved_form = True
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    class Media:
        js = [forms.Script("js/admin-draft.js", type="module")]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lesson]:
        lessons = Lesson.objects.present().select_related("course", "module")
        return lessons.filter(course__in=Course.objects.editable_by(request.user))

    def has_view_permission(self, request: HttpRequest, obj: Lesson | None = None) -> bool:
        return bool(super().has_view_permission(request, obj.course if obj else None))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False  # no entry in menus

    # --- The form

    def get_fieldsets(self, request: HttpRequest, obj: Lesson | None = None) -> Any:
        is_fixed = obj is not None and obj.type in Lesson.FIXED_TYPES
        shown = ["is_published", "is_required"] if is_fixed else ["is_published", "is_required", "is_preview"]
        text = ["title", "type", "body", "picture", "picture_alt"]
        about = (_("About"), {"fields": ["duration_minutes", "description", "slug"]})
        sets: list[Any] = [(None, {"fields": text})]
        if not is_fixed:
            video = [
                "video_upload",
                "video_file",
                "video_url",
                "video_duration_seconds",
                "required_watch_percentage",
            ]
            sets.append((_("Video"), {"fields": video, "classes": ["for-video"]}))
            sets.append((_("Link"), {"fields": ["link_url"], "classes": ["for-link"]}))
        return [*sets, (_("For students"), {"fields": shown}), about]

    def get_readonly_fields(self, request: HttpRequest, obj: Lesson | None = None) -> list[str]:
        return ["type"] if obj is not None and obj.type in Lesson.FIXED_TYPES else []

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        form = super().get_form(request, obj, change=change, **options)
        form.by = person_of(request)
        return form

    def save_model(self, request: HttpRequest, obj: Lesson, form: Form, change: bool) -> None:
        """The form's verb has saved."""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return redirect("admin:courses_course_changelist")

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        context = dict(extra_context or {})
        if object_id:
            lesson = self.lesson_or_404(request, object_id)
            context |= self.around(request, lesson)
        response: HttpResponse = super().changeform_view(request, object_id, form_url, context)
        return response

    def around(self, request: HttpRequest, lesson: Lesson) -> dict[str, Any]:
        """Return what stands above and below the form."""
        form = ResourceForm(lesson=lesson, by=person_of(request))
        return {
            "course": lesson.course,
            "lesson": lesson,
            "draft_key": draft_key(person_of(request), lesson),
            "tab": "outline",
            "problems": lesson.problems(),
            "resources": lesson.resources.select_related("file"),
            "resource_form": form,
        }

    def response_change(self, request: HttpRequest, obj: Lesson) -> HttpResponse:
        """From a lesson one goes back to the outline. The browser forgets what it kept of this form."""
        if "_continue" in request.POST:
            response: HttpResponse = super().response_change(request, obj)
        else:
            messages.success(request, _("“%(title)s” is saved.") % {"title": obj.title})
            outline = reverse("admin:courses_course_outline", args=[obj.course_id])
            response = redirect(f"{outline}#lesson-{obj.pk}")
        key, is_secure = draft_key(person_of(request), obj), settings.SESSION_COOKIE_SECURE
        response.set_cookie("saved", key, max_age=60, secure=is_secure, samesite="Lax")
        return response

    # --- What hangs on the lesson

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.resources_view))
        return [
            path("<uuid:lesson_id>/resources/", view, name="courses_lesson_resources"),
            *super().get_urls(),
        ]

    def resources_view(self, request: HttpRequest, lesson_id: UUID) -> HttpResponse:
        """Attach a file, link or captions (`verb=add`), or take one away (`verb=remove`)."""
        lesson = self.lesson_or_404(request, lesson_id)
        by = person_of(request)
        if request.POST.get("verb") == "remove":
            resource = lesson.resources.filter(pk=sent_id(request.POST.get("resource"))).first()
            if resource is None:
                raise Http404
            self._try(request, lambda: services.remove_resource(resource=resource, by=by), _("Taken away."))
        else:
            form = ResourceForm(request.POST, request.FILES, lesson=lesson, by=by)
            if form.is_valid():
                self._try(request, form.save, _("Attached."))
            else:
                for problems in form.errors.values():
                    messages.error(request, " ".join(map(str, problems)))
        return redirect(f"{reverse('admin:courses_lesson_change', args=[lesson.pk])}#resources")

    def _try(self, request: HttpRequest, verb: Any, done: Any) -> None:
        try:
            verb()
        except (DomainError, ValidationError) as error:
            for sentence in sentences(error):
                messages.error(request, sentence)
        else:
            messages.success(request, done)

    def lesson_or_404(self, request: HttpRequest, lesson_id: Any) -> Lesson:
        """Return a lesson whose course the person may edit; for everybody else it is not there."""
        lesson: Lesson | None = self.get_object(request, str(lesson_id))
        if lesson is None or not self.has_change_permission(request, lesson):
            raise Http404
        return lesson
