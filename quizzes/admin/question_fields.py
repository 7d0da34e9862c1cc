"""The fields of a question and of its options."""

from __future__ import annotations

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from quizzes.admin.pictures import PictureWidget
from quizzes.checklist import MAX_OPTIONS
from quizzes.models import Question

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
        help_text=_(
            "Divided by commas; one that has a comma itself stands in double quotes. Draws and the search in your "
            "questions use them."
        ),
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
    picture = forms.FileField(
        label=_("Insert a picture"),
        required=False,
        widget=PictureWidget,
        help_text=_("It goes to where you write. Students see it under a name that tells nothing."),
    )
    picture_alt = forms.CharField(
        label=_("What the picture shows"),
        required=False,
        max_length=500,
        widget=forms.TextInput({"class": "in", "dir": "auto"}),
        help_text=_("For people who do not see it; it must not tell the answer."),
    )
