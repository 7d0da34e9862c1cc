"""The form of a template: the verb checks and writes it, and what it refuses stands at its field."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.forms.models import model_to_dict
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.models import User
from certificates import services
from certificates.models import CertificateTemplate
from certificates.placeholders import NAME_LINE, NAMES
from files.models import StoredFile
from files.services import store_file
from lms.lib.errors import DomainError
from lms.lib.stale import SeenForm

UPLOADS = {"logo_upload": "logo", "signature_upload": "signature"}


def _text(language: str, rows: int = 0) -> Any:
    attrs = {"lang": language, "dir": "rtl" if language == "ar" else "ltr"}
    if rows:
        return UnfoldAdminTextareaWidget(attrs={**attrs, "rows": rows})
    return UnfoldAdminTextInputWidget(attrs=attrs)


def _colour() -> Any:
    return UnfoldAdminTextInputWidget(attrs={"type": "color", "class": "colour-field"})


def _picture(label: Any) -> forms.ModelChoiceField:  # type: ignore[type-arg]
    return forms.ModelChoiceField(
        StoredFile.objects.none(),
        label=label,
        required=False,
        empty_label=_("None"),
        widget=UnfoldAdminSelectWidget,
    )


def _upload(label: Any) -> forms.FileField:
    return forms.FileField(
        label=label, required=False, widget=UnfoldAdminFileFieldWidget(attrs={"accept": "image/*"})
    )


class TemplateForm(SeenForm):
    """What admins set; it overwrites nobody's work unseen."""

    by: User
    logo = _picture(_("Logo"))
    logo_upload = _upload(_("New logo"))
    signature = _picture(_("Picture of the signature"))
    signature_upload = _upload(_("New picture of the signature"))

    class Meta:
        model = CertificateTemplate
        fields = "__all__"
        widgets = {
            "accent": _colour(),
            "ink": _colour(),
            "border": _colour(),
            "title_en": _text("en"),
            "title_ar": _text("ar"),
            "body_en": _text("en", rows=4),
            "body_ar": _text("ar", rows=4),
            "signatory_name_en": _text("en"),
            "signatory_name_ar": _text("ar"),
            "signatory_title_en": _text("en"),
            "signatory_title_ar": _text("ar"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        attached = [self.instance.logo_id, self.instance.signature_id]
        own = StoredFile.objects.ready().filter(
            Q(owner=self.by) | Q(pk__in=attached), kind=StoredFile.Kind.IMAGE
        )
        for name in UPLOADS.values():
            field: Any = self.fields[name]
            field.queryset = own.order_by("-created_at")
        placeholders = " ".join(f"{{{name}}}" for name in NAMES)
        help_text = format_lazy(
            _(
                "Placeholders: {all}. A line whose placeholder has no value is left out. A line that is {name} "
                "alone is where the name stands; what follows it comes below."
            ),
            all=placeholders,
            name=NAME_LINE,
        )
        for name in ("body_en", "body_ar"):
            self.fields[name].help_text = help_text

    def hold(self) -> None:
        """Wait for whoever saves this template now, and read what they wrote."""
        self.instance.refresh_from_db(from_queryset=CertificateTemplate.objects.select_for_update())
        self.initial.update(model_to_dict(self.instance))

    def write(self) -> CertificateTemplate:
        """Store new pictures, then call the verb."""
        adding = self.instance._state.adding
        fields = {
            n: v
            for n, v in self.cleaned_data.items()
            if n not in UPLOADS and (adding or n in self.changed_data)
        }
        for upload_name, name in UPLOADS.items():
            if upload := self.cleaned_data.get(upload_name):
                try:
                    fields[name] = store_file(owner=self.by, content=upload, name=upload.name)
                except DomainError as error:
                    raise ValidationError({upload_name: str(error)}) from error
        template = None if adding else self.instance
        return services.save_template(by=self.by, template=template, **fields)


class PreviewForm(TemplateForm):
    """The same fields, to look at; nothing is written. New pictures are not sent along."""

    def _is_stale(self) -> bool:
        return False

    def write(self) -> CertificateTemplate:
        """Set the fields on the row in memory."""
        fields = {name: value for name, value in self.cleaned_data.items() if name not in UPLOADS}
        services.apply_fields(self.instance, fields)
        template: CertificateTemplate = self.instance
        return template
