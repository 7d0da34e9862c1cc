"""Enrollments in the admin."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, F, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminSplitDateTimeWidget

from courses.models import Course
from enrollments import services
from enrollments.admin.base import CourseFilter, DaysForm, ReasonForm, StaffAdmin
from enrollments.admin.bulk import bulk_page
from enrollments.admin.pages import grid_export, grid_page, student_page
from enrollments.exports import ENROLLMENTS
from enrollments.models import Enrollment, EnrollmentEvent, LessonProgress
from enrollments.permissions import require_manager
from lms.lib.errors import DomainError
from lms.lib.figures import percent
from lms.lib.requests import person_of
from lms.lib.sheets import FORMATS, export
from lms.lib.stale import SeenForm

NUMBERS = ["progress", "time_spent", "current_lesson", "last_accessed_at"]
DATES = ["enrolled_at", "started_at", "completed_at", "dropped_at", "expires_at"]
FACTS = ["student", "course", "state", "source", "is_granted", "is_unlocked"]


def sent_uuid(value: str | None) -> UUID | None:
    """Return the id that an address carries, None for anything else."""
    try:
        return UUID(value or "")
    except ValueError:
        return None


class ProgressBandFilter(admin.SimpleListFilter):
    """Progress, in bands."""

    title = _("progress")
    parameter_name = "progress"
    bands = {"0": (0, 0), "1-24": (0.01, 24.99), "25-49": (25, 49.99), "50-74": (50, 74.99),
             "75-99": (75, 99.99), "100": (100, 100)}  # fmt: skip

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, f"{name}%") for name in self.bands]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Enrollment]) -> QuerySet[Enrollment]:
        band = self.bands.get(self.value() or "")
        return queryset.filter(progress_percentage__range=band) if band else queryset


class InactiveFilter(admin.SimpleListFilter):
    """Active, and not seen for some time."""

    title = _("not seen for")
    parameter_name = "inactive"
    days = {"7": _("7 days"), "14": _("14 days"), "30": _("30 days")}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(self.days.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Enrollment]) -> QuerySet[Enrollment]:
        if self.value() not in self.days:
            return queryset
        since = timezone.now() - timedelta(days=int(self.value() or 0))
        silent = Q(last_accessed_at__lt=since) | Q(last_accessed_at=None, enrolled_at__lt=since)
        return queryset.filter(silent, status=Enrollment.Status.ACTIVE)


class ReadOnlyInline(TabularInline):
    """Rows to look at."""

    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # the page itself was asked for

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _status_in_words(status: str) -> str | None:
    return str(Enrollment.Status(status).label) if status else None


class EventInline(ReadOnlyInline):
    """The history."""

    model = EnrollmentEvent
    fields = ["at", "kind", "before", "after", "actor", "reason"]
    readonly_fields = ["before", "after"]
    ordering = ["-at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[EnrollmentEvent]:
        events: QuerySet[EnrollmentEvent] = super().get_queryset(request)
        return events.select_related("actor", "enrollment__student", "enrollment__course")

    @admin.display(description=_("status before"), empty_value="–")
    def before(self, event: EnrollmentEvent) -> str | None:
        return _status_in_words(event.from_status)

    @admin.display(description=_("status after"), empty_value="–")
    def after(self, event: EnrollmentEvent) -> str | None:
        return _status_in_words(event.to_status)


class LessonInline(ReadOnlyInline):
    """Lesson by lesson, without the student's own notes and bookmarks."""

    model = LessonProgress
    fields = [
        "lesson",
        "status",
        "completed_via",
        "completion_percentage",
        "time_spent_seconds",
        "completed_at",
    ]
    ordering = ["lesson__module__position", "lesson__position"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[LessonProgress]:
        rows: QuerySet[LessonProgress] = super().get_queryset(request)
        return rows.select_related("lesson").defer("lesson__body", "notes", "watched")


class NewEnrollmentForm(forms.ModelForm[Enrollment]):
    """Who is given a seat where, and until when.

    `course` is no field of the model form: whether somebody has a row already is the verb's question, which
    opens an old one again.
    """

    course = forms.ModelChoiceField(
        label=_("Course"), queryset=Course.objects.filter(deleted_at=None), widget=UnfoldAdminSelectWidget
    )
    expires_at = forms.SplitDateTimeField(
        label=_("Access until"),
        required=False,
        widget=UnfoldAdminSplitDateTimeWidget,
        help_text=_("Empty: as the course says."),
    )

    class Meta:
        model = Enrollment
        fields = ["student"]


class StaffNotesForm(SeenForm):
    """What staff note; two of them overwrite nothing of each other unseen."""

    def hold(self) -> None:
        """Wait for whoever saves this note now, and read what they wrote."""
        rows = Enrollment.objects.select_for_update()
        self.instance.refresh_from_db(fields=["notes"], from_queryset=rows)
        self.initial["notes"] = self.instance.notes

    def write(self) -> Enrollment:
        """Call the verb."""
        return services.set_staff_notes(enrollment=self.instance, notes=self.cleaned_data["notes"])


@admin.register(Enrollment)
class EnrollmentAdmin(StaffAdmin):
    """Statuses move by actions; only the staff's notes are edited in place."""

    form = StaffNotesForm
    list_display = ["student", "course", "shown_status", "progress", "last_seen", "expires_at", "source"]
    list_filter = [
        CourseFilter,
        "status",
        "source",
        ProgressBandFilter,
        InactiveFilter,
        "enrolled_at",
        "completed_at",
    ]
    search_fields = ["student__full_name", "student__email"]
    list_select_related = ["student", "course"]
    autocomplete_fields = ["student"]
    date_hierarchy = "enrolled_at"
    ordering = ["-enrolled_at"]
    list_before_template = "admin/enrollments/stale.html"
    change_form_before_template = "admin/enrollments/student_head.html"
    actions = ["suspend", "resume", "extend", "unlock", "drop", "reset_progress", "recount"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("bulk/", view(partial(bulk_page, self)), name="enrollments_enrollment_bulk"),
            path("export/<str:kind>/", view(self.export_view), name="enrollments_enrollment_export"),
            path(
                "grid/<uuid:course_id>/export/<str:kind>/",
                view(partial(grid_export, self)),
                name="enrollments_enrollment_grid_export",
            ),
            path(
                "grid/<uuid:course_id>/", view(partial(grid_page, self)), name="enrollments_enrollment_grid"
            ),
            path(
                "<uuid:enrollment_id>/lessons/",
                view(partial(student_page, self)),
                name="enrollments_enrollment_lessons",
            ),
        ]
        return [*own, *super().get_urls()]

    def get_fields(self, request: HttpRequest, obj: Enrollment | None = None) -> list[str]:
        return ["student", "course", "expires_at"] if obj is None else [*FACTS, *NUMBERS, *DATES, "notes"]

    def get_readonly_fields(self, request: HttpRequest, obj: Enrollment | None = None) -> list[str]:
        return [] if obj is None else [*FACTS, *NUMBERS, *DATES]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        if obj is None:
            options |= {"form": NewEnrollmentForm, "fields": NewEnrollmentForm.Meta.fields}
        form = super().get_form(request, obj, change=change, **options)
        form.by = person_of(request)
        return form

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        return [] if obj is None else [EventInline, LessonInline]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_authenticated and request.user.is_admin)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        stale = Count("pk", filter=Q(completed_at=None) & ~Q(counted_version=F("course__structure_version")))
        courses = self.get_queryset(request).order_by().values("course__title")
        waiting = courses.annotate(waiting=stale, total=Count("pk")).filter(waiting__gt=0)
        chosen = courses.filter(course=sent_uuid(request.GET.get("course"))).values_list("course", flat=True)
        context = {**(extra_context or {}), "stale": waiting, "chosen_course": chosen.first()}
        response: HttpResponse = super().changelist_view(request, context)
        return response

    def export_view(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        """The list as it is filtered, searched and sorted on the screen, as a file."""
        if kind not in FORMATS or not self.has_view_permission(request):
            raise Http404
        rows = self.get_changelist_instance(request).get_queryset(request)
        return export(ENROLLMENTS, rows.select_related("student", "course"), name="enrollments", as_=kind)

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        try:
            response: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        except DomainError as error:
            self.message_user(request, str(error), messages.ERROR)
            return redirect(request.get_full_path())
        return response

    def save_model(self, request: HttpRequest, obj: Enrollment, form: Any, change: bool) -> None:
        if change:
            return  # the form's verb has saved
        made = services.enroll(
            student=obj.student,
            course=form.cleaned_data["course"],
            source=Enrollment.Source.ADMIN,
            by=person_of(request),
            granted=True,
            expires_at=form.cleaned_data["expires_at"],
        )
        obj.pk, obj.course, obj._state.adding = made.pk, made.course, False

    # --- Columns

    @display(
        description=_("status"),
        ordering="status",
        label={
            "active": "info",
            "completed": "success",
            "suspended": "warning",
            "expired": "warning",
            "dropped": "danger",
        },
    )
    def shown_status(self, row: Enrollment) -> tuple[str, str]:
        return row.status, row.get_status_display()

    @admin.display(description=_("status"))
    def state(self, row: Enrollment) -> str:
        return row.get_status_display()

    @admin.display(description=_("progress"), ordering="progress_percentage")
    def progress(self, row: Enrollment) -> str:
        return format_html(
            '<progress max="100" value="{}" aria-label="{}"></progress> '
            '<span class="whitespace-nowrap">{} · {}</span>',
            int(row.progress_percentage),
            row.course,
            percent(row.progress_percentage),
            _("%(done)d of %(total)d")
            % {"done": row.completed_lessons_count, "total": row.total_lessons_count},
        )

    @admin.display(description=_("last seen"), ordering="last_accessed_at")
    def last_seen(self, row: Enrollment) -> Any:
        return row.last_accessed_at

    @admin.display(description=_("time spent"))
    def time_spent(self, row: Enrollment) -> str:
        return _("%(minutes)d min") % {"minutes": row.minutes_spent}

    # --- Actions

    def _each_managed(self, request: HttpRequest, rows: QuerySet[Enrollment], verb: Any) -> None:
        def allowed(row: Enrollment) -> None:
            require_manager(request.user, row)
            verb(row)

        self.do_each(request, rows, allowed)

    @admin.action(description=_("Suspend"))
    def suspend(self, request: HttpRequest, rows: QuerySet[Enrollment]) -> HttpResponse | None:
        form = self.ask(request, rows, ReasonForm, _("Suspend access"))
        if isinstance(form, HttpResponse):
            return form
        terms = {"by": person_of(request), "reason": form.cleaned_data["reason"]}
        self._each_managed(request, rows, lambda row: services.suspend(enrollment=row, **terms))
        return None

    @admin.action(description=_("Resume"))
    def resume(self, request: HttpRequest, rows: QuerySet[Enrollment]) -> None:
        by = person_of(request)
        self._each_managed(request, rows, lambda row: services.resume(enrollment=row, by=by))

    @admin.action(description=_("Extend access"))
    def extend(self, request: HttpRequest, rows: QuerySet[Enrollment]) -> HttpResponse | None:
        form = self.ask(request, rows, DaysForm, _("Extend access"))
        if isinstance(form, HttpResponse):
            return form
        by, more, now = person_of(request), timedelta(days=form.cleaned_data["days"]), timezone.now()

        def extend_one(row: Enrollment) -> None:
            end = max(row.expires_at or now, now) + more
            services.extend(enrollment=row, by=by, expires_at=end)

        self._each_managed(request, rows, extend_one)
        return None

    @admin.action(description=_("Open every lesson"))
    def unlock(self, request: HttpRequest, rows: QuerySet[Enrollment]) -> None:
        by = person_of(request)
        self._each_managed(request, rows, lambda row: services.unlock(enrollment=row, by=by))

    @admin.action(description=_("Remove from the course"))
    def drop(self, request: HttpRequest, rows: QuerySet[Enrollment]) -> HttpResponse | None:
        form = self.ask(request, rows, ReasonForm, _("Remove from the course"))
        if isinstance(form, HttpResponse):
            return form
        terms = {"by": person_of(request), "reason": form.cleaned_data["reason"]}
        self._each_managed(request, rows, lambda row: services.drop(enrollment=row, **terms))
        return None

    @admin.action(description=_("Reset progress"))
    def reset_progress(self, request: HttpRequest, rows: QuerySet[Enrollment]) -> HttpResponse | None:
        form = self.ask(request, rows, ReasonForm, _("Reset progress"))
        if isinstance(form, HttpResponse):
            return form
        terms = {"by": person_of(request), "reason": form.cleaned_data["reason"]}
        self._each_managed(request, rows, lambda row: services.reset_progress(enrollment=row, **terms))
        return None

    @admin.action(description=_("Recount"))
    def recount(self, request: HttpRequest, rows: QuerySet[Enrollment]) -> None:
        count = services.recount(list(rows))
        self.message_user(request, _("Recounted: %(count)d.") % {"count": count}, messages.SUCCESS)
