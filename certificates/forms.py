"""Forms around certificates."""

from django import forms
from django.utils.translation import gettext_lazy as _

from certificates.models import Certificate


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

    category = forms.ChoiceField(label=_("Category"), choices=Certificate.Category.choices)
    reason = forms.CharField(
        label=_("Reason"),
        min_length=10,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("10 to 500 characters. The holder reads it; the public sees the category only."),
    )
