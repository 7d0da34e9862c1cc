"""The settings of a quiz as a form; it saves through the verbs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import model_to_dict
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from courses.models import Course, Lesson
from lms.lib.stale import SeenForm
from quizzes import services
from quizzes.models import Quiz

SETTINGS = [
    "title", "lesson", "type", "description", "instructions", "passing_score", "max_attempts", "scoring_policy",
    "review_policy", "show_score_immediately", "time_limit_minutes", "available_from", "available_until",
    "questions_per_attempt", "retry_wait_minutes", "apply_accommodations", "shuffle_questions", "shuffle_options",
    "one_question_per_page", "position",
]  # fmt: skip


class QuizForm(SeenForm):
    """What an author sets. The course is chosen once: with the lesson, or by itself."""

    pools = forms.CharField(
        label=_("Drawn from"),
        required=False,
        max_length=2000,
        widget=UnfoldAdminTextareaWidget({"rows": 3, "dir": "auto"}),
        help_text=_(
            "One pool on each line: a tag, a colon, how many. The tag * is the rest. Empty: from all."
        ),
    )

    class Meta:
        model = Quiz
        fields = ["course", *SETTINGS]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        quiz: Quiz = self.instance
        is_new = quiz._state.adding
        courses = Course.objects.editable_by(self.by).order_by("title")
        if "course" in fields:
            fields["course"].queryset = courses
            fields["course"].required = False
            fields["course"].help_text = _("Not needed when a lesson is chosen.")
        for name in ("position", "retry_wait_minutes"):
            fields[name].required = False
        self.initial["pools"] = _pools_of(quiz)
        fields["title"].widget.attrs["dir"] = "auto"
        for name, rows in (("description", 2), ("instructions", 3)):
            fields[name].widget.attrs |= {"rows": rows, "dir": "auto"}
        for name in {"course", "lesson"} & set(fields):
            widget = fields[name].widget  # neither is made or changed from here
            widget.can_add_related = widget.can_change_related = False
            widget.can_view_related = widget.can_delete_related = False
        lessons = Lesson.objects.present().filter(type=Lesson.Type.QUIZ)
        lessons = lessons.filter(course__in=courses) if is_new else lessons.filter(course=quiz.course_id)
        taken = Quiz.objects.exclude(pk=quiz.pk).filter(lesson__isnull=False).values("lesson")
        fields["lesson"].queryset = lessons.exclude(pk__in=taken).select_related("course").in_order()
        fields["lesson"].label_from_instance = _lesson_label if is_new else str

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if self.instance._state.adding and not data.get("course"):
            if not data.get("lesson"):
                self.add_error(
                    "course", ValidationError(_("Choose a course, or one of its lessons."), "required")
                )
            else:
                data["course"] = data["lesson"].course
        return data

    def hold(self) -> None:
        """Wait for whoever saves this quiz now, and read what they wrote."""
        services.lock_quiz(self.instance)
        self.initial.update(model_to_dict(self.instance, SETTINGS), pools=_pools_of(self.instance))

    def clean_pools(self) -> list[dict[str, Any]]:
        """Return the rules of the draw."""
        rules = []
        for line in self.cleaned_data["pools"].splitlines():
            tag, _colon, count = line.rpartition(":")
            if not line.strip():
                continue
            if not tag.strip() or not count.strip().isdigit() or len(count.strip()) > 3:
                raise ValidationError(_("Write each pool as a tag, a colon and a number."))
            rules.append({"tag": None if tag.strip() == "*" else tag.strip(), "count": int(count)})
        return rules

    def write(self) -> Quiz:
        """Make the quiz or change it."""
        values: Any = {name: self.cleaned_data[name] for name in SETTINGS if name in self.cleaned_data}
        if "pools" in self.cleaned_data:
            values["draw_rules"] = self.cleaned_data["pools"]
        for name in ("position", "retry_wait_minutes"):
            if values.get(name) is None:
                values.pop(name, None)
        if self.instance._state.adding:
            return services.create_quiz(course=self.cleaned_data["course"], **values)
        return services.update_quiz(quiz=self.instance, **values)


def _pools_of(quiz: Quiz) -> str:
    return "\n".join(f"{rule['tag'] or '*'}: {rule['count']}" for rule in quiz.draw_rules)


def _lesson_label(lesson: Lesson) -> str:
    return f"{lesson.course.title}: {lesson.title}"
