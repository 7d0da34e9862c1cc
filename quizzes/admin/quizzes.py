"""A quiz in the admin: settings, check list and questions on one page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import construct_change_message
from django.core.exceptions import ValidationError
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from courses.models import Course, Lesson
from lms.lib.admin import StaffModelAdmin, sentences
from lms.lib.errors import DomainError
from lms.lib.figures import percent
from lms.lib.requests import person_of
from quizzes import services
from quizzes.admin.accommodations import granted_in
from quizzes.admin.bank import bank_page
from quizzes.admin.figures import figures_of
from quizzes.admin.question_form import QuestionEditor, sent_as_new
from quizzes.admin.quiz_form import QuizForm
from quizzes.admin.quiz_list import QuizList, WaitingFilter
from quizzes.admin.regrading import regrade_page
from quizzes.admin.verbs import VERBS, order_seen, page_of, question_of
from quizzes.exceptions import QuestionGone
from quizzes.models import Answer, Quiz

APPEARANCE = [
    "questions_per_attempt",
    "pools",
    "shuffle_questions",
    "shuffle_options",
    "one_question_per_page",
    "position",
]


class CourseFilter(admin.SimpleListFilter):
    """Courses with quizzes that the person runs, and no others."""

    title = _("course")
    parameter_name = "course"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        courses = Course.objects.editable_by(request.user).filter(
            pk__in=model_admin.get_queryset(request).order_by().values("course")
        )
        return [(str(pk), title) for pk, title in courses.order_by("title").values_list("pk", "title")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Quiz]) -> QuerySet[Quiz]:
        known = {value for value, _title in self.lookup_choices}
        chosen = self.value()
        return queryset.filter(course=UUID(chosen)) if chosen and chosen in known else queryset


@admin.register(Quiz)
class QuizAdmin(StaffModelAdmin):
    """Own courses for instructors, all for admins."""

    form = QuizForm
    change_form_before_template = "admin/courses/default_button.html"
    change_form_outer_before_template = "admin/quizzes/head.html"
    change_form_outer_after_template = "admin/quizzes/questions.html"
    warn_unsaved_form = True
    list_display = [
        "title", "course", "lesson", "type", "total_questions", "is_published", "problems", "attempts_count",
        "pass_rate", "waiting",
    ]  # fmt: skip
    list_filter = [CourseFilter, "type", "is_published", WaitingFilter]
    search_fields = ["title", "course__title", "lesson__title"]
    search_help_text = _("Title, course or lesson")
    list_per_page = 25
    ordering = ["-updated_at"]
    actions = ["publish", "unpublish", "duplicate"]

    class Media:
        js = [
            forms.Script("js/admin-upload.js", type="module"),
            forms.Script("js/admin-question.js", type="module"),
            forms.Script("js/admin-outline.js", type="module"),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Quiz]:
        rows: QuerySet[Quiz] = super().get_queryset(request)
        rows = rows.select_related("course", "lesson__module").annotate(attempts_count=Count("attempts"))
        return rows.defer("course__description", "course__search_text", "lesson__body")

    @admin.display(description=_("attempts"), ordering="attempts_count")
    def attempts_count(self, quiz: Any) -> int:
        return int(quiz.attempts_count)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[QuizList]:
        """The list with figures beside each row."""
        return QuizList

    @admin.display(description=_("problems"))
    def problems(self, quiz: Any) -> int:
        return int(quiz.blocking)

    @admin.display(description=_("pass rate"), empty_value="–")
    def pass_rate(self, quiz: Any) -> str | None:
        return percent(quiz.figures.pass_rate, 2) or None

    @admin.display(description=_("waiting for marks"))
    def waiting(self, quiz: Any) -> str:
        if not quiz.figures.waiting:
            return "0"
        queue = reverse("admin:quizzes_answer_changelist")
        return format_html('<a class="link" href="{}?quiz={}">{}</a>', queue, quiz.pk, quiz.figures.waiting)

    # --- The form

    def get_fieldsets(self, request: HttpRequest, obj: Quiz | None = None) -> Any:
        first = ["title", "lesson", "type"] if obj else ["course", "lesson", "title", "type"]
        passing = [
            ("passing_score", "max_attempts"),
            "scoring_policy",
            "review_policy",
            "show_score_immediately",
        ]
        time = [
            "time_limit_minutes",
            "available_from",
            "available_until",
            "retry_wait_minutes",
            "apply_accommodations",
        ]
        return [
            (None, {"fields": [*first, "description", "instructions"]}),
            (_("Passing"), {"fields": passing}),
            (_("Time"), {"fields": time}),
            (_("On the page"), {"fields": APPEARANCE}),
        ]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        form = super().get_form(request, obj, change=change, **options)
        form.by = person_of(request)
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """`?lesson=` fills in lesson, course and title."""
        lesson = self._asked_lesson(request)
        if lesson is None:
            return {"course": request.GET.get("course", "")}
        return {"lesson": lesson.pk, "course": lesson.course_id, "title": lesson.title}

    def _asked_lesson(self, request: HttpRequest) -> Lesson | None:
        try:
            asked = UUID(request.GET.get("lesson", ""))
        except ValueError:
            return None
        lessons = Lesson.objects.present().filter(course__in=Course.objects.editable_by(request.user))
        return lessons.filter(pk=asked, type=Lesson.Type.QUIZ).select_related("quiz").first()

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A lesson that has its quiz already leads there."""
        lesson = self._asked_lesson(request)
        if request.method == "GET" and lesson is not None and hasattr(lesson, "quiz"):
            return redirect("admin:quizzes_quiz_change", lesson.quiz.pk)
        response: HttpResponse = super().add_view(request, form_url, extra_context)
        return response

    def save_model(self, request: HttpRequest, obj: Quiz, form: forms.Form, change: bool) -> None:
        """The form's verb has saved."""

    def response_add(self, request: HttpRequest, obj: Quiz, post_url_continue: Any = None) -> HttpResponse:
        """A quiz goes on with its questions."""
        messages.success(request, _("The quiz is made. Now add its questions."))
        return redirect(f"{page_of(obj)}#questions")

    def response_change(self, request: HttpRequest, obj: Quiz) -> HttpResponse:
        messages.success(request, _("Saved."))
        return redirect(page_of(obj) if "_continue" in request.POST else "admin:quizzes_quiz_changelist")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Quiz | None = None) -> bool:
        if obj is None:
            return self.has_module_permission(request)
        return obj.can_edit(request.user) and not getattr(obj, "attempts_count", 1)

    def delete_model(self, request: HttpRequest, obj: Quiz) -> None:
        services.delete_quiz(quiz=obj, by=person_of(request))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What goes along are its own questions: no rights of their own are asked for."""
        shown, counts, _needed, protected = super().get_deleted_objects(objs, request)
        return shown, counts, set(), protected

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        context = dict(extra_context or {})
        if object_id and request.method == "GET":
            context = around(self.quiz_or_404(request, object_id)) | context
        response: HttpResponse = super().changeform_view(request, object_id, form_url, context)
        return response

    def quiz_or_404(self, request: HttpRequest, quiz_id: Any) -> Quiz:
        """Return a quiz that the person may edit; for everybody else it is not there."""
        quiz: Quiz | None = self.get_object(request, str(quiz_id))
        if quiz is None or not self.has_change_permission(request, quiz):
            raise Http404
        return quiz

    # --- Questions and publication: each change is one verb

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("<uuid:quiz_id>/verbs/", view(require_POST(self.verbs_view)), name="quizzes_quiz_verbs"),
            path("<uuid:quiz_id>/bank/", view(require_safe(self.bank_view)), name="quizzes_quiz_bank"),
            path("<uuid:quiz_id>/regrade/", view(self.regrade_view), name="quizzes_quiz_regrade"),
        ]
        return [*own, *super().get_urls()]

    def bank_view(self, request: HttpRequest, quiz_id: UUID) -> HttpResponse:
        """Questions to copy into this quiz."""
        return bank_page(self.admin_site, request, self.quiz_or_404(request, quiz_id))

    def regrade_view(self, request: HttpRequest, quiz_id: UUID) -> HttpResponse:
        """Who gains and who loses by the present keys, and the order to mark again."""
        return regrade_page(self, request, self.quiz_or_404(request, quiz_id))

    def verbs_view(self, request: HttpRequest, quiz_id: UUID) -> HttpResponse:
        """Do the verb that was sent and go back to where its button stood."""
        quiz = self.quiz_or_404(request, quiz_id)
        verb = request.POST.get("verb", "")
        if verb in ("add_question", "save_question"):
            return self._save_question(request, quiz, verb)
        if verb not in VERBS:
            raise Http404
        try:
            place, done = VERBS[verb](quiz, request)
        except (DomainError, ValidationError) as error:
            for sentence in dict.fromkeys(sentences(error)):
                messages.error(request, sentence)
            return redirect(page_of(quiz))
        messages.success(request, str(done))
        return redirect(f"{page_of(quiz)}{place}")

    def _save_question(self, request: HttpRequest, quiz: Quiz, verb: str) -> HttpResponse:
        try:
            question = question_of(quiz, request) if verb == "save_question" else None
        except QuestionGone as gone:
            why = f"{gone} {gettext('What you wrote is kept here: save it as a new one.')}"
            return self._typed_page(request, quiz, sent_as_new(quiz, request.POST, person_of(request), why))
        is_met = question is not None and Answer.objects.filter(question=question).exists()
        editor = QuestionEditor(
            quiz, question, data=request.POST, files=request.FILES, by=person_of(request), is_met=is_met
        )
        saved = editor.save()
        if saved is not None:
            note = self.log_change if question else self.log_addition
            note(request, saved, construct_change_message(editor.form, [], question is None))
            messages.success(request, _("The question is saved."))
            return redirect(f"{page_of(quiz)}#question-{saved.pk}")
        return self._typed_page(request, quiz, editor)

    def _typed_page(self, request: HttpRequest, quiz: Quiz, editor: QuestionEditor) -> HttpResponse:
        """The page as it stands, with what was typed and why it does not fit."""
        request.method = "GET"
        page: HttpResponse = self.change_view(request, str(quiz.pk), extra_context=around(quiz, editor))
        return page

    # --- Actions

    def get_actions(self, request: HttpRequest) -> Any:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)  # a quiz is deleted by its own verb
        return actions

    @admin.action(description=_("Publish"))
    def publish(self, request: HttpRequest, rows: QuerySet[Quiz]) -> None:
        by = person_of(request)
        self.do_each(request, rows, lambda quiz: services.publish_quiz(quiz=quiz, by=by))

    @admin.action(description=_("Duplicate"))
    def duplicate(self, request: HttpRequest, rows: QuerySet[Quiz]) -> None:
        by = person_of(request)
        self.do_each(request, rows, lambda quiz: services.duplicate_quiz(quiz=quiz, by=by))

    @admin.action(description=_("Take back"))
    def unpublish(self, request: HttpRequest, rows: QuerySet[Quiz]) -> None:
        by = person_of(request)
        self.do_each(request, rows, lambda quiz: services.unpublish_quiz(quiz=quiz, by=by))


def around(quiz: Quiz, sent: QuestionEditor | None = None) -> dict[str, Any]:
    """Return what stands above and below the settings; `sent` is the question that could not be saved."""
    met = Exists(Answer.objects.filter(question=OuterRef("pk")))
    rows: Any = quiz.questions.order_by("position").annotate(is_met=met)
    rows = rows.prefetch_related("options", "pictures", "review_pictures")
    editors = [QuestionEditor(quiz, question, is_met=question.is_met) for question in rows]
    if sent is not None and sent.question is not None:
        editors = [sent if sent.question == editor.question else editor for editor in editors]
    new = sent if sent is not None and sent.question is None else QuestionEditor(quiz)
    running = quiz.attempts.in_progress().count() if quiz.pk else 0
    return {
        "quiz": quiz,
        "problems": quiz.problems(),
        "editors": editors,
        "order": order_seen(question.pk for question in rows),
        "new_question": new,
        "running": running,
        "regrade": services.regrade_state(quiz),
        "granted": granted_in(quiz),
        **figures_of(quiz, {question.pk: question for question in rows}),
    }
