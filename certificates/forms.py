"""Forms around certificates."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.models.users import validate_person_name
from certificates.models import Certificate
from lms.lib.text import validate_plain_text


class VerifyForm(forms.Form):
    """A code or number."""

    code = forms.CharField(
        label=_("Code or number"),
        max_length=200,
        widget=forms.TextInput(
            attrs={
                "class": "code-id",
                "placeholder": "XXXX-XXXX-XXXX",
                "autocomplete": "off",
                "spellcheck": "false",
            }
        ),
    )


class RevokeForm(forms.Form):
    """Why a certificate is revoked. The public reads the category alone."""

    category = forms.ChoiceField(
        label=_("Category"), choices=Certificate.Category.choices, widget=UnfoldAdminSelectWidget
    )
    reason = forms.CharField(
        label=_("Reason"),
        min_length=10,
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("10 to 500 characters. The holder reads it; the public sees the category only."),
    )


class ReasonForm(forms.Form):
    """Why staff do it."""

    reason = forms.CharField(
        label=_("Reason"),
        min_length=10,
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("10 to 500 characters."),
    )


class ReissueForm(ReasonForm):
    """What the next revision prints, beside what the present one says."""

    student_name = forms.CharField(
        label=_("Holder"),
        min_length=2,
        max_length=255,
        validators=[validate_plain_text, validate_person_name],
        widget=UnfoldAdminTextInputWidget,
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=settings.LANGUAGES, widget=UnfoldAdminSelectWidget
    )
    valid_until = forms.DateField(
        label=_("Valid until"),
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}),
        help_text=_("Empty: for ever."),
    )
    refresh_grade = forms.BooleanField(
        label=_("Take today's quiz average"),
        required=False,
        help_text=_("Otherwise score and grade stay as they were on the day of issue."),
    )
    field_order = ["student_name", "language", "valid_until", "refresh_grade", "reason"]


class CorrectionForm(forms.Form):
    """What the holder wants corrected."""

    note = forms.CharField(
        label=_("What should it say?"),
        min_length=10,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("10 to 500 characters. Your instructor reads this and answers by e-mail."),
    )
