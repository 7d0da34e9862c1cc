"""What a module says and when it opens: a small form in its row of the outline."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.models import Module

LOCAL = "%Y-%m-%dT%H:%M"  # as browsers send a date with a time


class ModuleForm(forms.Form):
    """Summary and release. The date is in the author's time zone; with both, the later counts."""

    description = forms.CharField(
        label=_("Summary"),
        required=False,
        strip=False,
        widget=forms.Textarea({"rows": 2, "dir": "auto", "class": "in", "maxlength": 2000}),
    )
    release_at = forms.DateTimeField(
        label=_("Opens on"),
        required=False,
        input_formats=[LOCAL, "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput({"type": "datetime-local", "class": "in"}, format=LOCAL),
    )
    release_after_days = forms.IntegerField(
        label=_("Opens so many days after enrolling"),
        required=False,
        min_value=0,
        max_value=3650,
        widget=forms.NumberInput({"class": "in in--type"}),
    )

    @classmethod
    def of(cls, module: Module) -> ModuleForm:
        """Return the form of one module; its fields have ids of their own on the page."""
        names: Any = cls.base_fields
        return cls(initial={name: getattr(module, name) for name in names}, auto_id=f"{module.pk}-%s")
