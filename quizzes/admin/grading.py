"""The grading queue: answers that wait for a person, one page each, with the next one after it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.models import User
from courses.models import Course
from lms.lib.admin import StaffModelAdmin, add_refusal
from lms.lib.errors import DomainError
from lms.lib.requests import person_of
from lms.lib.text import validate_plain_multiline_text
from quizzes import services
from quizzes.late import late_answers_of
from quizzes.models import Answer, Attempt, Quiz
from quizzes.sheet import marked_sheet

TOGETHER = {"question": "question_id", "student": "attempt__enrollment__student_id"}


class GradeForm(forms.ModelForm):  # type: ignore[type-arg]
    """Points, a note, and a reason where marks are there already; it saves through the verb."""

    by: User
    points = forms.DecimalField(
        label=_("Points"),
        max_digits=6,
        decimal_places=2,
        min_value=0,
        widget=UnfoldAdminDecimalFieldWidget({"step": "0.01", "inputmode": "decimal"}),
    )
    note = forms.CharField(
        label=_("Note for the student"),
        required=False,
        max_length=2000,
        strip=False,
        widget=UnfoldAdminTextareaWidget({"rows": 4, "dir": "auto"}),
    )
    # With what was shown: who leaves it as it is overwrites nobody's.
    feedback = forms.CharField(
        label=_("To the student, on the whole attempt"),
        required=False,
        max_length=2000,
        strip=False,
        show_hidden_initial=True,
        widget=UnfoldAdminTextareaWidget({"rows": 2, "dir": "auto"}),
        validators=[validate_plain_multiline_text],
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=500,
        widget=UnfoldAdminTextInputWidget({"dir": "auto"}),
        help_text=_("Needed to change marks that are there already. It stays in the audit trail."),
    )

    class Meta:
        model = Answer
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        answer: Answer = self.instance
        self.initial.update(
            points=answer.points_earned, note=answer.grader_note, feedback=answer.attempt.feedback
        )
        self.fields["points"].help_text = _("From 0 to %(most)s.") % {"most": answer.points_max}

    def _post_clean(self) -> None:
        if self.errors:
            return
        data, answer = self.cleaned_data, self.instance
        grade = services.Grade(answer.question_id, data["points"], data["note"])
        try:
            services.grade_attempt(
                attempt=answer.attempt,
                grades=[grade],
                by=self.by,
                feedback=data["feedback"] if "feedback" in self.changed_data else None,
                reason=data["reason"],
            )
        except (DomainError, ValidationError) as error:
            add_refusal(self, error)

    def _save_m2m(self) -> None:
        """The verb has done it."""


class WaitingFilter(admin.SimpleListFilter):
    """Courses or quizzes with answers that wait, of those that the person runs."""

    path = ""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        waiting = Answer.objects.waiting().managed_by(request.user).order_by().values(self.path)
        model = Quiz if self.parameter_name == "quiz" else Course
        rows: QuerySet[Any] = model._default_manager.filter(pk__in=waiting)
        return [(str(pk), title) for pk, title in rows.order_by("title").values_list("pk", "title")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Answer]) -> QuerySet[Answer]:
        chosen = self.value()
        known = {value for value, _title in self.lookup_choices}
        return queryset.filter(**{self.path: chosen}) if chosen in known else queryset


class CourseFilter(WaitingFilter):
    """By course."""

    title, parameter_name, path = _("course"), "course", "attempt__quiz__course"


class QuizFilter(WaitingFilter):
    """By quiz."""

    title, parameter_name, path = _("quiz"), "quiz", "attempt__quiz"


@admin.register(Answer)
class AnswerAdmin(StaffModelAdmin):
    """The list holds what waits; the page of one answer also opens what has marks already."""

    form = GradeForm
    change_form_outer_before_template = "admin/quizzes/grading.html"
    list_display = ["asked", "student", "quiz", "submitted", "words", "is_late"]
    list_filter = [CourseFilter, QuizFilter]
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    search_fields = ["attempt__enrollment__student__full_name", "attempt__quiz__title"]
    search_help_text = _("Student or quiz")
    actions = None
    view_on_site = False
    fields = ["points", "note", "feedback", "reason"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Answer]:
        rows = Answer.objects.managed_by(request.user).filter(
            attempt__status__in=[Attempt.Status.SUBMITTED, Attempt.Status.GRADED]
        )
        if request.resolver_match and request.resolver_match.url_name == "quizzes_answer_changelist":
            rows = rows.waiting()
        rows = rows.select_related("question", "attempt__quiz__course", "attempt__enrollment__student")
        return rows.defer("attempt__layout", "attempt__quiz__course__description", "question__explanation")

    def get_ordering(self, request: HttpRequest) -> list[str]:
        return ["attempt__submitted_at", "pk"]

    # --- The list

    @admin.display(description=_("question"), ordering="question_id")
    def asked(self, answer: Answer) -> str:
        return Truncator(answer.question.text).chars(60)

    @admin.display(description=_("student"), ordering="attempt__enrollment__student__full_name")
    def student(self, answer: Answer) -> str:
        return answer.attempt.enrollment.student.full_name

    @admin.display(description=_("quiz"), ordering="attempt__quiz__title")
    def quiz(self, answer: Answer) -> str:
        return answer.attempt.quiz.title

    @admin.display(description=_("submitted"), ordering="attempt__submitted_at")
    def submitted(self, answer: Answer) -> Any:
        return answer.attempt.submitted_at

    @admin.display(description=_("words"))
    def words(self, answer: Answer) -> int:
        text = (answer.response or {}).get("text")
        return len(text.split()) if isinstance(text, str) else 0

    @admin.display(description=_("came late"), boolean=True)
    def is_late(self, answer: Answer) -> bool:
        return answer.late_at is not None

    # --- One answer

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        form = super().get_form(request, obj, change=change, **options)
        form.by = person_of(request)
        return form

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = self.fields if obj is not None and obj.points_earned is not None else self.fields[:-1]
        return [(None, {"fields": shown})]

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        answer: Answer | None = self.get_object(request, object_id) if object_id else None
        context = dict(extra_context or {})
        if answer is not None:
            context |= self._around(request, answer)
        response: HttpResponse = super().changeform_view(request, object_id, form_url, context)
        return response

    def _around(self, request: HttpRequest, answer: Answer) -> dict[str, Any]:
        sheet = marked_sheet(answer.attempt)
        late = late_answers_of(answer.attempt) if answer.late_at else []
        before, after = (self._neighbour(request, answer, step) for step in (-1, 1))
        return {
            "answer": answer,
            "shown": next(question for question in sheet.questions if question.id == answer.question_id),
            "late": next((one for one in late if one.question_id == answer.question_id), None),
            "before_url": before and _page(before, request),
            "after_url": after and _page(after, request),
            "together": _together(request),
            "is_own": answer.attempt.enrollment.student_id == request.user.pk,
        }

    def _neighbour(self, request: HttpRequest, answer: Answer, step: int) -> Answer | None:
        """Return the waiting answer after (1) or before (-1) this one, of the same question or student."""
        path = TOGETHER[_together(request)]
        same = answer.question_id if path == "question_id" else answer.attempt.enrollment.student_id
        rows = Answer.objects.waiting().managed_by(request.user).filter(**{path: same}).exclude(pk=answer.pk)
        at, sign = answer.attempt.submitted_at, "gt" if step > 0 else "lt"
        beyond = Q(**{f"attempt__submitted_at__{sign}": at}) | Q(
            attempt__submitted_at=at, **{f"pk__{sign}": answer.pk}
        )
        order = ["attempt__submitted_at", "pk"] if step > 0 else ["-attempt__submitted_at", "-pk"]
        return rows.filter(beyond).order_by(*order).only("pk").first()

    def save_model(self, request: HttpRequest, obj: Answer, form: forms.Form, change: bool) -> None:
        """The form's verb has saved."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The verb keeps its own audit trail."""

    def response_change(self, request: HttpRequest, obj: Answer) -> HttpResponseRedirect:
        """On to the next one that waits, or back to the list."""
        messages.success(request, _("The marks are saved."))
        following = self._neighbour(request, obj, 1) or self._neighbour(request, obj, -1)
        return redirect(_page(following, request) if following else "admin:quizzes_answer_changelist")


def _together(request: HttpRequest) -> str:
    asked = request.GET.get("by", "question")
    return asked if asked in TOGETHER else "question"


def _page(answer: Answer, request: HttpRequest) -> str:
    page = reverse("admin:quizzes_answer_change", args=[answer.pk])
    return f"{page}?{urlencode({'by': _together(request)})}"
