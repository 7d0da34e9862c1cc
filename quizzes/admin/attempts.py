"""Attempts in the admin: to read. What happens to them happens by verbs."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import Aggregate, Count, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from courses.models import Course
from lms.lib.admin import StaffModelAdmin
from lms.lib.figures import percent
from lms.lib.requests import person_of
from lms.lib.sheets import FORMATS, export
from quizzes import services
from quizzes.exports import ANSWERS, ATTEMPTS, answers_of, time_words
from quizzes.late import late_answers_of
from quizzes.models import Answer, Attempt, Quiz
from quizzes.sheet import marked_sheet, open_sheet


def _of_answers(figure: Aggregate) -> Subquery:
    """Return a figure over the answers of each attempt, asked for the rows of the page alone."""
    own = Answer.objects.filter(attempt=OuterRef("pk")).order_by().values("attempt")
    return Subquery(own.annotate(figure=figure).values("figure"))


class CourseFilter(admin.SimpleListFilter):
    """Courses with attempts that the person runs, and no others."""

    title = _("course")
    parameter_name = "course"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        courses = Course.objects.editable_by(request.user).filter(
            pk__in=Attempt.objects.managed_by(request.user).order_by().values("quiz__course")
        )
        return [(str(pk), title) for pk, title in courses.order_by("title").values_list("pk", "title")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Attempt]) -> QuerySet[Attempt]:
        known = {value for value, _title in self.lookup_choices}
        chosen = self.value()
        return queryset.filter(quiz__course=UUID(chosen)) if chosen and chosen in known else queryset


class QuizFilter(admin.SimpleListFilter):
    """Quizzes with attempts that the person runs; of the chosen course, where one is.

    The chosen quiz is among them without any, too: its page leads here.
    """

    title = _("quiz")
    parameter_name = "quiz"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        offered = Q(pk__in=Attempt.objects.managed_by(request.user).order_by().values("quiz"))
        with suppress(ValueError):
            offered |= Q(pk=UUID(self.value() or ""))
        quizzes = Quiz.objects.editable_by(request.user).filter(offered)
        chosen = request.GET.get(CourseFilter.parameter_name)
        rows = quizzes.order_by("title").values_list("pk", "title", "course")
        return [(str(pk), title) for pk, title, course in rows if chosen in (None, "", str(course))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Attempt]) -> QuerySet[Attempt]:
        known = {value for value, _title in self.lookup_choices}
        chosen = self.value()
        return queryset.filter(quiz=UUID(chosen)) if chosen and chosen in known else queryset


class OverdueFilter(admin.SimpleListFilter):
    """Open ones by what the clock says."""

    title = _("deadline")
    parameter_name = "deadline"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("ahead", _("ahead")), ("past", _("past")), ("none", _("none"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Attempt]) -> QuerySet[Attempt]:
        now = timezone.now()
        of = {
            "ahead": Q(deadline_at__gt=now),
            "past": Q(deadline_at__lte=now),
            "none": Q(deadline_at=None),
        }.get(self.value() or "")
        return queryset if of is None else queryset.filter(of)


class ReasonForm(forms.Form):
    """Why; it stays in the audit trail."""

    reason = forms.CharField(
        label=_("Reason"),
        min_length=3,
        max_length=500,
        widget=forms.TextInput({"class": "in", "dir": "auto"}),
    )


class MinutesForm(ReasonForm):
    """How many minutes, and why."""

    minutes = forms.IntegerField(
        label=_("Minutes"), min_value=1, max_value=1440, widget=forms.NumberInput({"class": "in"})
    )


@admin.register(Attempt)
class AttemptAdmin(StaffModelAdmin):
    """Those of own courses for instructors, all for admins."""

    change_form_outer_after_template = "admin/quizzes/answers.html"
    list_display = [
        "student",
        "quiz",
        "number",
        "status",
        "started_at",
        "deadline_at",
        "answered",
        "saved_at",
        "time_taken",
        "result",
        "is_passed",
        "submitted_by",
    ]
    actions = ["submit_now", "extend", "reopen", "void", "restore", "excuse"]
    list_display_links = ["student"]
    list_filter = [
        CourseFilter,
        QuizFilter,
        "status",
        "needs_manual_grading",
        "is_passed",
        "submitted_by",
        OverdueFilter,
        ("started_at", admin.DateFieldListFilter),
        "is_excused",
    ]
    list_before_template = "admin/quizzes/attempts_tools.html"
    search_fields = ["enrollment__student__full_name", "enrollment__student__email", "quiz__title"]
    search_help_text = _("Student or quiz")
    list_per_page = 50
    view_on_site = False  # its pages are the student's own
    ordering = ["-started_at"]
    fields = ["student", "quiz", "number", "status", "started_at", "deadline_at", "submitted_at", "submitted_by",
              "answered", "points", "result", "pass_mark", "is_passed", "graded_at", "graded_by", "is_excused",
              "feedback"]  # fmt: skip
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attempt]:
        rows = Attempt.objects.managed_by(request.user).select_related("quiz__course", "enrollment__student")
        return rows.annotate(
            given=Coalesce(_of_answers(Count("pk", filter=Q(response__isnull=False))), 0),
            asked=Coalesce(_of_answers(Count("pk")), 0),
            last_saved_at=_of_answers(Max("answered_at")),
        ).defer("quiz__course__description", "quiz__course__search_text", "enrollment__notes")

    def has_change_permission(self, request: HttpRequest, obj: Attempt | None = None) -> bool:
        return False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        attempt: Attempt | None = self.get_object(request, object_id)
        context = dict(extra_context or {})
        if attempt is not None:
            context["sheet"] = open_sheet(attempt) if attempt.is_open else marked_sheet(attempt)
            context["marked"] = not attempt.is_open
            context["late"] = {one.question_id: one for one in late_answers_of(attempt)}
        response: HttpResponse = super().change_view(request, object_id, form_url, context)
        return response

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [path("export/<str:kind>/", view(self.export_view), name="quizzes_attempt_export")]
        return [*own, *super().get_urls()]

    def export_view(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        """The list as it is filtered, searched and sorted on the screen, as a file; `answers`: one line an answer."""
        rows: QuerySet[Attempt] = self.get_changelist_instance(request).get_queryset(request)
        if kind == "answers":
            return export(ANSWERS, answers_of(rows), name="answers", as_="csv")
        if kind not in FORMATS:
            raise Http404
        return export(ATTEMPTS, rows, name="attempts", as_=kind)

    # --- Actions: each is a verb with a reason

    def get_actions(self, request: HttpRequest) -> Any:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def _ask(
        self, request: HttpRequest, rows: QuerySet[Attempt], form: type[ReasonForm], verb: Any, title: Any
    ) -> Any:
        """Ask for the reason, then call the verb for each attempt."""
        filled = form(request.POST if "apply" in request.POST else None)
        if filled.is_bound and filled.is_valid():
            by = person_of(request)
            self.do_each(request, rows, lambda attempt: verb(attempt=attempt, by=by, **filled.cleaned_data))
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "form": filled,
            "rows": rows,
            "action": request.POST.get("action", ""),
            "opts": self.opts,
        }
        return render(request, "admin/enrollments/ask.html", context)

    @admin.action(description=_("Submit now"))
    def submit_now(self, request: HttpRequest, rows: QuerySet[Attempt]) -> None:
        by = person_of(request)
        self.do_each(request, rows, lambda attempt: services.submit_attempt(attempt=attempt, by=by))

    @admin.action(description=_("Give more time"))
    def extend(self, request: HttpRequest, rows: QuerySet[Attempt]) -> Any:
        return self._ask(request, rows, MinutesForm, services.extend_attempt, _("Give more time"))

    @admin.action(description=_("Reopen"))
    def reopen(self, request: HttpRequest, rows: QuerySet[Attempt]) -> Any:
        return self._ask(request, rows, MinutesForm, services.reopen_attempt, _("Reopen"))

    @admin.action(description=_("Void: it counts for nothing"))
    def void(self, request: HttpRequest, rows: QuerySet[Attempt]) -> Any:
        return self._ask(request, rows, ReasonForm, services.void_attempt, _("Void: it counts for nothing"))

    @admin.action(description=_("Restore a voided one"))
    def restore(self, request: HttpRequest, rows: QuerySet[Attempt]) -> Any:
        return self._ask(request, rows, ReasonForm, services.restore_attempt, _("Restore a voided one"))

    @admin.action(description=_("Excuse: it uses up no attempt"))
    def excuse(self, request: HttpRequest, rows: QuerySet[Attempt]) -> Any:
        return self._ask(
            request, rows, ReasonForm, services.excuse_attempt, _("Excuse: it uses up no attempt")
        )

    # --- The list

    @admin.display(description=_("student"), ordering="enrollment__student__full_name")
    def student(self, attempt: Attempt) -> str:
        return attempt.enrollment.student.full_name

    @admin.display(description=_("last saved"), ordering="last_saved_at")
    def saved_at(self, attempt: Any) -> Any:
        return attempt.last_saved_at

    @admin.display(description=_("time"))
    def time_taken(self, attempt: Attempt) -> str | None:
        return time_words(attempt)

    @admin.display(description=_("answered"))
    def answered(self, attempt: Any) -> str:
        return gettext("%(done)d of %(total)d") % {"done": attempt.given, "total": attempt.asked}

    @admin.display(description=_("points"))
    def points(self, attempt: Attempt) -> str:
        return f"{attempt.score} / {attempt.max_score}" if attempt.is_graded else "–"

    @admin.display(description=_("result"), ordering="percentage", empty_value="–")
    def result(self, attempt: Attempt) -> str | None:
        return percent(attempt.percentage, 2) or None

    @admin.display(description=_("pass mark"))
    def pass_mark(self, attempt: Attempt) -> str:
        return percent(attempt.passing_score, 2)
