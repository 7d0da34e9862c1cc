"""One question with its options as a form; it saves through the verbs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseFormSet
from django.http import QueryDict
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from lms.lib.admin import sentences
from lms.lib.errors import DomainError
from lms.lib.markdown import render_line, render_markdown
from quizzes import services
from quizzes.checklist import MAX_OPTIONS
from quizzes.models import Question, Quiz
from quizzes.services import OptionDraft

BLANK_ROWS_NEW = 4
BLANK_ROWS = 2
ANSWERS = [("true", _("True")), ("false", _("False"))]


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea({"class": "in", "rows": rows, "dir": "auto"})


class OptionForm(forms.Form):
    """One row. Rows are kept in the order of `place`; a row without words goes."""

    id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    is_correct = forms.BooleanField(label=_("Right"), required=False)
    text = forms.CharField(label=_("Option"), required=False, max_length=500, widget=_area(1), strip=False)
    feedback = forms.CharField(
        label=_("Feedback for who chose it"), required=False, max_length=500, widget=_area(1), strip=False
    )
    place = forms.IntegerField(
        label=_("Place"),
        required=False,
        min_value=1,
        max_value=MAX_OPTIONS,
        widget=forms.NumberInput({"class": "in in--place"}),
    )


class QuestionForm(forms.Form):
    """The question itself. What belongs to one type only is left out for the others."""

    type = forms.ChoiceField(label=_("Type"), choices=Question.Type, widget=forms.Select({"class": "in"}))
    text = forms.CharField(
        label=_("Question"), max_length=20_000, widget=_area(3), strip=False, help_text=_("Markdown.")
    )
    points = forms.DecimalField(
        label=_("Points"),
        max_digits=6,
        decimal_places=2,
        initial=Decimal(1),
        widget=forms.NumberInput({"class": "in in--place", "step": "0.01", "min": "0.01"}),
    )
    partial_credit = forms.BooleanField(
        label=_("Part marks"),
        required=False,
        help_text=_("Right choices less wrong ones, shared by all the right ones; never below 0."),
    )
    answer = forms.ChoiceField(
        label=_("The statement is"), required=False, choices=ANSWERS, widget=forms.Select({"class": "in"})
    )
    feedback_true = forms.CharField(
        label=_("Feedback for who chose “True”"), required=False, max_length=500, widget=_area(1), strip=False
    )
    feedback_false = forms.CharField(
        label=_("Feedback for who chose “False”"),
        required=False,
        max_length=500,
        widget=_area(1),
        strip=False,
    )
    explanation = forms.CharField(
        label=_("Explanation"),
        required=False,
        max_length=5000,
        widget=_area(2),
        strip=False,
        help_text=_("Shown with the right answer."),
    )


class QuestionEditor:
    """Both together, for a stored question or a new one (`question` None)."""

    def __init__(
        self,
        quiz: Quiz,
        question: Question | None = None,
        *,
        data: QueryDict | None = None,
        is_met: bool = False,
    ) -> None:
        self.quiz, self.question, self.is_met = quiz, question, is_met
        self.language = quiz.course.language
        self.prefix = f"q-{question.pk}" if question else "new"
        blanks = 0 if is_met else BLANK_ROWS if question else BLANK_ROWS_NEW
        rows = forms.formset_factory(
            OptionForm, extra=blanks, max_num=MAX_OPTIONS, absolute_max=MAX_OPTIONS + 5
        )
        self.form = QuestionForm(data, prefix=self.prefix, initial=_initial(question))
        self.options: BaseFormSet[Any] = rows(
            data, prefix=f"{self.prefix}-options", initial=_option_rows(question)
        )
        if is_met:
            self.form.fields["type"].disabled = True

    @property
    def html(self) -> SafeString:
        """The question as students read it."""
        return render_markdown(self.question.text if self.question else "", language=self.language)

    @property
    def key(self) -> list[tuple[SafeString, bool]]:
        """The options as students read them, and which are right."""
        return [(render_line(o.text, language=self.language), o.is_correct) for o in _stored(self.question)]

    @property
    def errors(self) -> list[str]:
        """Everything that is wrong with the rows and the whole, for above the form."""
        of_rows: Any = self.options.errors
        rows = [error for row in of_rows for errors in row.values() for error in errors]
        return [*self.form.non_field_errors(), *self.options.non_form_errors(), *rows]

    @property
    def is_open(self) -> bool:
        return self.form.is_bound

    def save(self) -> Question | None:
        """Write what was sent; None, with the errors in the form, when it does not fit."""
        if not (self.form.is_valid() and self.options.is_valid()):
            return None
        try:
            return self._write()
        except (DomainError, ValidationError) as error:
            for sentence in dict.fromkeys(sentences(error)):
                self.form.add_error(None, sentence)
            return None

    def _write(self) -> Question:
        data = self.form.cleaned_data
        fields: Any = {name: data[name] for name in ("text", "points", "explanation")}
        kind = data["type"]
        fields["partial_credit"] = kind in Question.WITH_PARTIAL_CREDIT and data["partial_credit"]
        fields["options"] = self._true_false() if kind == Question.Type.TRUE_FALSE else self._drafts()
        if self.question is None:
            return services.add_question(quiz=self.quiz, type=kind, **fields)
        return services.update_question(question=self.question, type=kind, **fields)

    def _true_false(self) -> list[OptionDraft]:
        data, stored = self.form.cleaned_data, _stored(self.question)
        is_kept = (
            self.question is not None and self.question.type == Question.Type.TRUE_FALSE and len(stored) == 2
        )
        ids = [option.pk for option in stored] if is_kept else [None, None]
        is_true = data["answer"] != "false"
        return [
            OptionDraft("", is_true, data["feedback_true"], ids[0]),
            OptionDraft("", not is_true, data["feedback_false"], ids[1]),
        ]

    def _drafts(self) -> list[OptionDraft]:
        rows = [row.cleaned_data for row in self.options.forms if row.cleaned_data.get("text", "").strip()]
        rows.sort(key=lambda row: row.get("place") or MAX_OPTIONS + 1)
        return [OptionDraft(row["text"], row["is_correct"], row["feedback"], row["id"]) for row in rows]


def _stored(question: Question | None) -> list[Any]:
    return list(question.options.all()) if question else []


def _initial(question: Question | None) -> dict[str, Any]:
    if question is None:
        return {}
    found = {
        name: getattr(question, name) for name in ("type", "text", "points", "partial_credit", "explanation")
    }
    if question.type == Question.Type.TRUE_FALSE and len(options := _stored(question)) == 2:
        found |= {
            "answer": "true" if options[0].is_correct else "false",
            "feedback_true": options[0].feedback,
            "feedback_false": options[1].feedback,
        }
    return found


def _option_rows(question: Question | None) -> list[dict[str, Any]]:
    if question is None or question.type == Question.Type.TRUE_FALSE:
        return []
    return [
        {"id": o.pk, "text": o.text, "feedback": o.feedback, "is_correct": o.is_correct, "place": place}
        for place, o in enumerate(_stored(question), start=1)
    ]
