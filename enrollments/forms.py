"""Shapes of what students send from pages."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from lms.lib.text import clean_multiline_text, validate_plain_multiline_text

MAX_PAIRS = 50
MAX_SECONDS = 86_400


def clean_pairs(value: Any) -> list[list[int]]:
    """Return `value` if it is a list of at most 50 pairs [start, end] of whole seconds; else ValidationError."""
    if not isinstance(value, list) or len(value) > MAX_PAIRS:
        raise ValidationError(_("Send at most 50 pairs of seconds."), code="invalid_intervals")
    for pair in value:
        whole = isinstance(pair, list) and len(pair) == 2 and all(type(second) is int for second in pair)
        if not whole or not 0 <= pair[0] < pair[1] <= 10 * MAX_SECONDS:
            raise ValidationError(
                _("Each pair is a start and a later end in whole seconds."), code="invalid_intervals"
            )
    return value


class BeatForm(forms.Form):
    """What a player reports: position and active seconds, and watched pairs as JSON."""

    position = forms.IntegerField(min_value=0, max_value=10 * MAX_SECONDS, required=False)
    seconds = forms.IntegerField(min_value=0, max_value=MAX_SECONDS, required=False)
    watched = forms.CharField(required=False, max_length=2000)

    def clean_watched(self) -> list[list[int]]:
        try:
            return clean_pairs(json.loads(self.cleaned_data["watched"] or "[]"))
        except (ValueError, RecursionError) as error:
            raise ValidationError(_("This is no list of pairs."), code="invalid_intervals") from error

    def clean_seconds(self) -> int:
        return self.cleaned_data["seconds"] or 0


class NotesForm(forms.Form):
    """Notes on a lesson and the revision that the writer saw."""

    notes = forms.CharField(
        label=_("My notes"),
        required=False,
        max_length=2000,
        strip=False,
        validators=[validate_plain_multiline_text],
        widget=forms.Textarea(
            attrs={"class": "input", "dir": "auto", "rows": 6, "aria-describedby": "notes-hint"}
        ),
    )
    revision = forms.IntegerField(min_value=0, max_value=2_000_000_000, widget=forms.HiddenInput)

    def clean_notes(self) -> str:
        return clean_multiline_text(self.cleaned_data["notes"])


class ReviewForm(forms.Form):
    """Stars, and a text if there is more to say."""

    rating = forms.TypedChoiceField(
        label=_("Your rating"),
        coerce=int,
        choices=[
            (5, _("5 stars: excellent")),
            (4, _("4 stars: good")),
            (3, _("3 stars: all right")),
            (2, _("2 stars: weak")),
            (1, _("1 star: poor")),
        ],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label=_("What should others know?"),
        required=False,
        max_length=1000,
        validators=[validate_plain_multiline_text],
        widget=forms.Textarea(attrs={"dir": "auto", "rows": 5}),
        help_text=_("Optional, 10 to 1000 characters. Shown with your first name."),
    )

    def clean_text(self) -> str:
        text = clean_multiline_text(self.cleaned_data["text"])
        if text and len(text) < 10:
            raise ValidationError(
                _("Write at least 10 characters, or leave the text empty."), code="too_short"
            )
        return text
