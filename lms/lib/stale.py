"""Two editors at one row: whoever saves second learns who saved first, and what stands there now."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils.formats import date_format
from django.utils.timezone import is_aware, localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lms.lib.admin import add_refusal
from lms.lib.errors import DomainError

MOST_SHOWN = 300  # characters of what another author wrote


def fingerprint_of(values: Any) -> str:
    """Return a short hash of `values`, the same for the same content; a page sends it back as `seen`."""
    return hashlib.sha256(repr(_plain(values)).encode()).hexdigest()[:32]


def refuse_overwriting(form: forms.Form | forms.ModelForm[Any], row: Model, by: Model) -> None:
    """Put above `form` who saved `row` since the page was opened, and what stands now beside each field that differs.

    What was typed stays in the form; to save it again is then a decision.
    """
    who = who_saved(row, by, form.data.get("seen_at", ""))
    advice = gettext("Nothing of yours is lost: compare, then save again.")
    form.add_error(None, ValidationError(f"{who} {advice}", code="stale"))
    for name in form.changed_data:
        shown = _in_words(form, name)
        if shown is not None:
            text = _("Now stands here: %(value)s")
            form.add_error(name, ValidationError(text, code="stale", params={"value": shown}))


def who_saved(row: Model, by: Model, since: str) -> str:
    """Return who but `by` saved the row in the admin since the page was made, and when (one query).

    `since` comes from the page, in seconds of Unix time; what is no such number is overlooked. Saved through the
    API, nobody is named.
    """
    kind = ContentType.objects.get_for_model(row)
    entries = LogEntry.objects.filter(content_type=kind, object_id=str(row.pk))
    if since.isascii() and since.isdigit() and len(since) <= 10:
        entries = entries.filter(action_time__gte=datetime.fromtimestamp(int(since), UTC))
    last = entries.select_related("user").order_by("-action_time").first()
    if last is None or last.user_id == by.pk:
        return gettext("This was saved elsewhere in the meantime.")
    words = {"name": last.user.full_name, "time": _moment(last.action_time)}
    return gettext("%(name)s saved this in the meantime (%(time)s).") % words


class SeenForm(forms.ModelForm):  # type: ignore[type-arg]  # of any row that a verb writes
    """A form that a verb checks and writes in one step, inside `is_valid`, and that overwrites nothing unseen.

    So the admin's own saving has nothing left to do. `by`, the acting person, is set by the admin page.
    """

    by: Any

    @property
    def fingerprint(self) -> str:
        """What the fields hold now; the page sends it back as `seen`, to tell whether somebody else has saved."""
        return fingerprint_of([(name, stands_in(self, name)) for name in sorted(self.fields)])

    def _post_clean(self) -> None:
        if self.errors:
            return
        try:
            if not self.instance._state.adding and self._is_stale():
                refuse_overwriting(self, self.instance, self.by)
            else:
                self.instance = self.write()
        except (DomainError, ValidationError) as error:
            add_refusal(self, error)

    def _is_stale(self) -> bool:
        self.hold()
        seen = self.data.get("seen")
        return bool(seen) and seen != self.fingerprint

    def hold(self) -> None:
        """Lock the row and bring `initial` up to date, for two saves at once to meet one after the other."""

    def write(self) -> Model:
        """Call the verb with what was sent and return the row; DomainError and ValidationError are shown."""
        raise NotImplementedError

    def _save_m2m(self) -> None:
        """The verb has done it."""


def stands_in(form: forms.BaseForm, name: str) -> Any:
    """Return what a field holds in the row, as its widget takes it."""
    field = form.fields[name]
    return field.prepare_value(form.get_initial_for_field(field, name))


def _in_words(form: forms.BaseForm, name: str) -> str | None:
    """Return what stands in the row as one reads it; None for what no sentence shows."""
    field, value = form.fields[name], stands_in(form, name)
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(field, forms.ChoiceField) and not isinstance(value, list | tuple | QuerySet):
        offered: Any = field.choices
        return next((str(label) for key, label in offered if str(key) == str(value)), None)
    return str(value)[:MOST_SHOWN] if isinstance(value, str | int | float | Decimal) else None


def _moment(at: datetime) -> str:
    return date_format(localtime(at) if is_aware(at) else at, "SHORT_DATETIME_FORMAT")


def _plain(value: Any) -> Any:
    """Return a value as something that reads the same each time."""
    if isinstance(value, Mapping):
        return [(str(name), _plain(one)) for name, one in value.items()]
    if isinstance(value, list | tuple | QuerySet):
        return [_plain(item) for item in value]
    return value.pk if isinstance(value, Model) else str("" if value is None else value)
