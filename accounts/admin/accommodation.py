"""Extra time and attempts on the page of a person."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.forms.models import model_to_dict
from unfold.admin import StackedInline

from accounts.models import Accommodation, User
from lms.lib.requests import AuthenticatedRequest
from lms.lib.stale import fingerprint_of, refuse_overwriting, stands_in

GRANTED = ["time_factor", "extra_attempts", "note"]


class SeenField(forms.CharField):
    """What the fields held when the page was made; by itself it changes nothing."""

    widget = forms.HiddenInput

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False


class AccommodationForm(forms.ModelForm[Accommodation]):
    """What an admin grants; it overwrites nothing of another admin unseen. `by` is set by the page."""

    by: User
    seen = SeenField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.initial["seen"] = self.fingerprint

    @property
    def fingerprint(self) -> str:
        """What is granted now, as the page sends it back."""
        return fingerprint_of([(name, stands_in(self, name)) for name in GRANTED])

    def clean(self) -> dict[str, Any]:
        """Refuse what was typed beside values that no longer stand, once; to save it again is a decision."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        seen = cleaned.pop("seen", "")
        if seen and not self.instance._state.adding:
            # The row that the verb locks first.
            User.objects.get_queryset().select_for_update(no_key=True).get(pk=self.instance.user_id)
            self.instance.refresh_from_db(fields=GRANTED)
            self.initial.update(model_to_dict(self.instance, GRANTED))
            if seen != self.fingerprint:
                refuse_overwriting(self, self.instance, self.by)
                # The library shows nothing above the fields of an inline.
                self.add_error("note", self.errors.pop(NON_FIELD_ERRORS).as_data())
                self.data = {**self.data, self.add_prefix("seen"): self.fingerprint}
        return cleaned


class AccommodationInline(StackedInline):
    """Extra time and attempts; the note is shown here and nowhere else."""

    model = Accommodation
    form = AccommodationForm
    fk_name = "user"
    fields = [*GRANTED, "seen", "set_by", "updated_at"]
    readonly_fields = ["set_by", "updated_at"]
    extra = 0

    def get_formset(self, request: AuthenticatedRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        formset.form.by = request.user
        return formset
