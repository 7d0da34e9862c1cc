"""One question with its options as a form; it saves through the verbs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseFormSet
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from lms.lib.admin import sentences
from lms.lib.errors import DomainError
from lms.lib.markdown import render_line, render_markdown
from quizzes import services
from quizzes.checklist import MAX_OPTIONS
from quizzes.models import Question, Quiz
from quizzes.services import OptionDraft
from quizzes.sheet import expected_words, plain

BLANK_ROWS_NEW = 4
BLANK_ROWS = 2
ANSWERS = [("true", _("True")), ("false", _("False"))]


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea({"class": "in", "rows": rows, "dir": "auto"})


def _figure() -> forms.NumberInput:
    return forms.NumberInput({"class": "in in--place", "step": "any"})


class OptionForm(forms.Form):
    """One row. Rows are kept in the order of `place`; a row without words goes."""

    id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    is_correct = forms.BooleanField(label=_("Right"), required=False)
    text = forms.CharField(label=_("Option"), required=False, max_length=500, widget=_area(1), strip=False)
    feedback = forms.CharField(
        label=_("Feedback for who chose it"), required=False, max_length=500, widget=_area(1), strip=False
    )
    match_text = forms.CharField(
        label=_("Belongs to"), required=False, max_length=500, widget=_area(1), strip=False
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
        help_text=_(
            "Of several choices the right ones less the wrong ones; of pairs, blanks and orders the share that fits."
        ),
    )
    accepted = forms.CharField(
        label=_("Accepted answers"),
        required=False,
        max_length=20_000,
        widget=_area(3),
        strip=False,
        help_text=_(
            "One on each line. Letter forms, marks and capitals are overlooked, unless exact spelling is on."
        ),
    )
    blank_answers = forms.CharField(
        label=_("Accepted answers of the blanks"),
        required=False,
        max_length=100_000,
        widget=_area(4),
        strip=False,
        help_text=_("Write [[1]], [[2]]… in the question. Here one line for each; spellings divided by |."),
    )
    case_sensitive = forms.BooleanField(
        label=_("Exact spelling"),
        required=False,
        help_text=_("Capitals, marks and letter forms must agree; else they are overlooked."),
    )
    needs_grader = forms.BooleanField(label=_("Marked by a person"), required=False)
    numeric_value = forms.DecimalField(
        label=_("Value"), required=False, max_digits=30, decimal_places=10, widget=_figure()
    )
    tolerance = forms.DecimalField(
        label=_("Tolerance ±"),
        required=False,
        min_value=0,
        max_digits=30,
        decimal_places=10,
        widget=_figure(),
        help_text=_("How far from the value still counts; the border itself does."),
    )
    tolerance_kind = forms.ChoiceField(
        label=_("The tolerance is meant"),
        required=False,
        choices=Question.ToleranceKind,
        widget=forms.Select({"class": "in"}),
    )
    min_words = forms.IntegerField(
        label=_("Words at least"), required=False, min_value=1, max_value=100_000, widget=_figure()
    )
    max_words = forms.IntegerField(
        label=_("Words at most"),
        required=False,
        min_value=1,
        max_value=100_000,
        widget=_figure(),
        help_text=_("Students are told; nothing is refused."),
    )
    scoring = forms.ChoiceField(
        label=_("How it counts"),
        required=False,
        choices=Question.Scoring,
        widget=forms.Select({"class": "in"}),
    )
    tags = forms.CharField(
        label=_("Tags"),
        required=False,
        max_length=600,
        widget=forms.TextInput({"class": "in"}),
        help_text=_("Divided by commas. Draws and the search in your questions use them."),
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
        if self.question is None or self.question.type not in Question.CHOICES:
            return []
        return [(self._line(o.text), o.is_correct) for o in _stored(self.question)]

    @property
    def key_lines(self) -> list[SafeString]:
        """What is right where nothing is chosen: pairs, the order, accepted words, the value."""
        question = self.question
        if question is None or question.type in Question.CHOICES:
            return []
        if question.type == Question.Type.MATCHING:
            return [
                format_html("{} → {}", self._line(o.text) or "–", self._line(o.match_text))
                for o in _stored(question)
            ]
        if question.type == Question.Type.ORDERING:
            return [
                format_html("{}. {}", n, self._line(o.text)) for n, o in enumerate(_stored(question), start=1)
            ]
        facts = {f"question__{name}": getattr(question, name) for name in TYPED_KEY}
        return [format_html("<bdi>{}</bdi>", words) for words in expected_words(question.type, facts)]

    def _line(self, text: str) -> SafeString:
        return render_line(text, language=self.language)

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
        kind = data["type"]
        fields: Any = {name: data[name] for name in ("text", "points", "explanation")}
        fields |= {"scoring": data["scoring"] or Question.Scoring.NORMAL, "tags": _parts(data["tags"], ",")}
        typed: dict[str, Any] = {
            **{name: data[name] for name in OF_SOME_TYPES},
            "tolerance": data["tolerance"] or Decimal(0),
            "tolerance_kind": data["tolerance_kind"] or Question.ToleranceKind.ABSOLUTE,
            "accepted_answers": _accepted(kind, data),
        }
        fields |= {name: value for name, value in typed.items() if kind in Question.ONLY_ON[name]}
        fields.pop("needs_grader", None) if kind == Question.Type.ESSAY else None
        if kind in Question.WITH_OPTIONS:
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
        kind = self.form.cleaned_data["type"]
        is_pair = kind == Question.Type.MATCHING
        sent = [row.cleaned_data for row in self.options.forms if row.cleaned_data]
        rows = [row for row in sent if row["text"].strip() or (is_pair and row["match_text"].strip())]
        rows.sort(key=lambda row: row.get("place") or MAX_OPTIONS + 1)
        chosen = kind in Question.CHOICES
        return [
            OptionDraft(
                row["text"],
                chosen and row["is_correct"],
                row["feedback"],
                row["id"],
                row["match_text"] if is_pair else "",
            )
            for row in rows
        ]


OF_SOME_TYPES = (
    "partial_credit",
    "case_sensitive",
    "needs_grader",
    "numeric_value",
    "min_words",
    "max_words",
)
TYPED_KEY = ("accepted_answers", "numeric_value", "tolerance", "tolerance_kind")


def _accepted(kind: str, data: dict[str, Any]) -> list[Any]:
    if kind == Question.Type.FILL_BLANK:
        return [_parts(line, "|") for line in data["blank_answers"].splitlines() if line.strip()]
    return _parts(data["accepted"], "\n")


def _parts(text: str, divider: str) -> list[str]:
    return [part.strip() for part in text.split(divider) if part.strip()]


def _short(value: Decimal | None) -> str:
    return "" if value is None else plain(value)


def _stored(question: Question | None) -> list[Any]:
    return list(question.options.all()) if question else []


def _initial(question: Question | None) -> dict[str, Any]:
    if question is None:
        return {}
    own = ("type", "text", "points", "explanation", "scoring", "tolerance", "tolerance_kind", *OF_SOME_TYPES)
    found = {name: getattr(question, name) for name in own}
    found |= {name: _short(found[name]) for name in ("numeric_value", "tolerance")}
    found["tags"] = ", ".join(question.tags)
    if question.type == Question.Type.FILL_BLANK:
        found["blank_answers"] = "\n".join(" | ".join(texts) for texts in question.accepted_answers)
    else:
        found["accepted"] = "\n".join(question.accepted_answers)
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
        {
            "id": o.pk,
            "text": o.text,
            "match_text": o.match_text,
            "feedback": o.feedback,
            "is_correct": o.is_correct,
            "place": place,
        }
        for place, o in enumerate(_stored(question), start=1)
    ]
