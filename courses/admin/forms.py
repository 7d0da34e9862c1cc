"""Forms that save through the verbs: what a verb refuses stands at the field it speaks of."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.models import User
from courses.admin.widgets import FileSelect, UploadWidget
from files.models import StoredFile
from files.services import store_file
from lms.lib.errors import DomainError
from lms.lib.stale import SeenForm


def field_of(column: Any, **options: Any) -> Any:
    """Return the form field of a column, with https for addresses without a scheme."""
    if isinstance(column, models.URLField):
        options["assume_scheme"] = "https"
    return column.formfield(**options)


class VerbForm(SeenForm):  # of a course or of a lesson
    """A form that a verb writes, with the files that come along."""

    by: User

    def changed(self, known: frozenset[str]) -> dict[str, Any]:
        """Return what differs from the row, of the fields that the verb knows."""
        return {name: self.cleaned_data[name] for name in self.changed_data if name in known}

    def store(self, upload_name: str, choice_name: str, *, alt_text: str = "") -> StoredFile | None:
        """Keep the file sent as `upload_name` and choose it in `choice_name`; None without one.

        It stays chosen when the verb then refuses: nobody uploads the same film twice.
        """
        upload: UploadedFile[bytes] | None = self.cleaned_data.get(upload_name)
        if upload is None:
            return None
        try:
            file = store_file(owner=self.by, content=upload, name=upload.name or "", alt_text=alt_text)
        except DomainError as error:
            raise ValidationError({upload_name: str(error)}) from error
        if choice_name:
            self.data = {**self.data, self.add_prefix(choice_name): str(file.pk)}
        return file


class FileChoiceField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One of the author's own files of a kind, or the one that is attached already."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            StoredFile.objects.none(),
            required=False,
            empty_label=_("None"),
            widget=FileSelect,
            **options,
        )

    def offer(self, by: User, kind: str, attached: Any) -> None:
        """List own files of `kind`, newest first, and `attached` (an id or None), whosever it is."""
        self.widget.kind = kind
        own = Q(owner=by) if attached is None else Q(owner=by) | Q(pk=attached)
        files: QuerySet[StoredFile] = StoredFile.objects.ready().filter(own, kind=kind)
        self.queryset = files.order_by("-created_at")


def upload_field(kind: str, *, select: str = "", **options: Any) -> forms.FileField:
    """Return a field for a new file of a kind; `select` names the list that will hold it."""
    return forms.FileField(required=False, widget=UploadWidget(kind, select=select), **options)


def text_field(label: Any, help_text: Any = "", *, widget: Any = None, **options: Any) -> forms.CharField:
    """Return an optional text field in the look of the admin."""
    widget = widget or UnfoldAdminTextInputWidget
    return forms.CharField(label=label, help_text=help_text, required=False, widget=widget, **options)
