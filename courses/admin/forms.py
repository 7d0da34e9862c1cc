"""Forms that save through the verbs: what a verb refuses stands at the field it speaks of."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.db.models import Model, Q, QuerySet
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.models import User
from courses.admin.widgets import FileSelect, UploadWidget
from files.models import StoredFile
from files.services import store_file
from lms.lib.admin import add_refusal
from lms.lib.errors import DomainError

MOST_SHOWN = 300  # characters of what another author wrote


def field_of(column: Any, **options: Any) -> Any:
    """Return the form field of a column, with https for addresses without a scheme."""
    if isinstance(column, models.URLField):
        options["assume_scheme"] = "https"
    return column.formfield(**options)


class VerbForm(forms.ModelForm):  # type: ignore[type-arg]  # of a course or of a lesson
    """A form that a verb checks and writes in one step, inside `is_valid`.

    So the admin's own saving has nothing left to do. `by`, the acting person, is set by the admin page.
    """

    by: User

    @property
    def fingerprint(self) -> str:
        """What the fields hold now; the page sends it back as `seen`, to tell whether somebody else has saved."""
        now = [(name, _plain(self._stands_in(name))) for name in sorted(self.fields)]
        return hashlib.sha256(repr(now).encode()).hexdigest()[:32]

    def _stands_in(self, name: str) -> Any:
        field = self.fields[name]
        return field.prepare_value(self.get_initial_for_field(field, name))

    def _post_clean(self) -> None:
        if self.errors:
            return
        seen = self.data.get("seen")
        if seen and not self.instance._state.adding and seen != self.fingerprint:
            self._refuse_overwriting()
            return
        try:
            self.instance = self.write()
        except (DomainError, ValidationError) as error:
            add_refusal(self, error)

    def _refuse_overwriting(self) -> None:
        """Say who saved since the page was opened, and beside each field that differs what stands there now.

        What was typed stays in the form; to save it again is then a decision.
        """
        self.add_error(None, ValidationError(self._who_saved(), code="stale"))
        for name in self.changed_data:
            value = self._stands_in(name)
            if isinstance(value, str | int | float | Decimal):
                shown = str(value)[:MOST_SHOWN] or "–"
                text = _("Now stands here: %(value)s")
                self.add_error(name, ValidationError(text, code="stale", params={"value": shown}))

    def _who_saved(self) -> str:
        kind = ContentType.objects.get_for_model(self.instance)
        entries = LogEntry.objects.filter(content_type=kind, object_id=str(self.instance.pk))
        last = entries.select_related("user").order_by("-action_time").first()
        advice = gettext("Nothing of yours is lost: compare, then save again.")
        if last is None or last.user_id == self.by.pk:
            return gettext("This was saved elsewhere in the meantime.") + " " + advice
        words = {
            "name": last.user.full_name,
            "time": date_format(localtime(last.action_time), "SHORT_DATETIME_FORMAT"),
        }
        return gettext("%(name)s saved this in the meantime (%(time)s).") % words + " " + advice

    def write(self) -> Model:
        """Call the verb with what was sent and return the row; DomainError and ValidationError are shown."""
        raise NotImplementedError

    def _save_m2m(self) -> None:
        """The verb has done it."""

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


def _plain(value: Any) -> Any:
    """Return a field's value as something that reads the same each time."""
    if isinstance(value, list | tuple | QuerySet):
        return [_plain(item) for item in value]
    return value.pk if isinstance(value, Model) else str("" if value is None else value)


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
