"""Lists of people in and out: a CSV that makes and updates accounts through the verbs, and safe exports."""

from io import BytesIO
from operator import itemgetter
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from import_export import fields, resources
from import_export.formats.base_formats import CSV, XLSX
from import_export.forms import ConfirmImportForm
from import_export.results import RowResult
from import_export.widgets import BooleanWidget
from unfold.contrib.import_export.forms import ImportForm
from unfold.widgets import UnfoldBooleanWidget

from accounts import services
from accounts.models import User
from lms.lib.errors import DomainError
from lms.lib.sheets import Column, write

COLUMNS = ["email", "full_name", "role", "locale", "time_zone"]
MAX_ROWS = 2000
ROLES = {User.Role.STUDENT.value, User.Role.INSTRUCTOR.value}


class InviteForm(ImportForm):
    """The file, and whether new people get a mail."""

    send_invitations = forms.BooleanField(
        label=_("Send invitations to new people"),
        help_text=_("A link of 7 days to choose a password. Without it, send links later from the list."),
        required=False,
        widget=UnfoldBooleanWidget,
    )


class ConfirmInviteForm(ConfirmImportForm):
    """Carries the answer over to the second step."""

    send_invitations = forms.BooleanField(required=False, widget=forms.HiddenInput())


class PeopleImport(resources.ModelResource):
    """One row is one person, found by e-mail: made when unknown, else updated where a cell is not empty."""

    class Meta:
        model = User
        fields = COLUMNS
        import_id_fields = ["email"]
        skip_unchanged = True
        report_skipped = True
        use_transactions = True  # a dry run does all of it, and takes it back

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        """Refuse columns that are not ours (passwords, above all), and files that are too long."""
        dataset.headers = [str(name).strip().lower() for name in dataset.headers or []]
        unknown = [name for name in dataset.headers if name not in COLUMNS]
        if unknown or "email" not in dataset.headers:
            sentence = gettext("The columns are: %(columns)s. At least email and full_name are needed.")
            raise ValidationError(sentence % {"columns": ", ".join(COLUMNS)})
        if len(dataset) > MAX_ROWS:
            sentence = ngettext(
                "At most %(count)d row at a time.", "At most %(count)d rows at a time.", MAX_ROWS
            )
            raise ValidationError(sentence % {"count": MAX_ROWS})

    def before_import_row(self, row: dict[str, Any], **kwargs: Any) -> None:
        """Clean the cells as the verbs do, so that the preview shows what will be stored."""
        for name in row:
            row[name] = str(row[name] or "").strip()
        row["email"] = User.clean_email(row["email"])
        if row.get("role") and row["role"] not in ROLES:
            raise ValidationError({"role": gettext("A role is student or instructor here.")})

    def import_field(
        self, field: Any, instance: User, row: dict[str, Any], *args: Any, **kwargs: Any
    ) -> None:
        """Leave alone what an empty cell is about."""
        if row.get(field.column_name):
            super().import_field(field, instance, row, *args, **kwargs)

    def save_instance(self, instance: User, is_create: bool, row: dict[str, Any], **kwargs: Any) -> None:
        """Hand over to the verbs; what they refuse stands in the report at its row."""
        values = {name: row[name] for name in COLUMNS[1:] if row.get(name)}
        try:
            if is_create:
                instance.pk = self._add(instance.email, values, **kwargs).pk
            else:
                self._update(instance.email, values, kwargs["user"])
        except DomainError as error:
            raise _as_validation_error(error) from error

    def _add(self, email: str, values: dict[str, str], *, user: User, invite: bool = False, **_: Any) -> User:
        values = {"full_name": "", "role": User.Role.STUDENT.value, **values}
        return services.add_user(by=user, email=email, invite=invite, **values)

    def _update(self, email: str, values: dict[str, str], by: User) -> None:
        person = User.objects.get(email=email)
        role = values.pop("role", person.role)
        if role != person.role and person.role == User.Role.ADMIN:
            raise ValidationError(
                {"role": gettext("This is an admin. Change the role in the list of people.")}
            )
        services.update_account(user=person, by=by, **values)
        if role != person.role:
            services.set_role(user=person, role=role, by=by)

    def after_import_row(self, row: dict[str, Any], row_result: RowResult, **kwargs: Any) -> None:
        """Name the person in the report by e-mail."""
        row_result.object_repr = row["email"]


def _as_validation_error(error: DomainError) -> ValidationError:
    if not error.errors:
        return ValidationError(str(error))
    by_field: dict[str, list[str]] = {}
    for entry in error.errors:
        by_field.setdefault(entry.field, []).append(str(entry.message))
    return ValidationError(by_field)


class _Sheet:
    """Writes a data set through our own cells: the library's run as formulas."""

    def export_data(self, dataset: Any, **kwargs: Any) -> bytes:
        """Return the file."""
        columns = [Column(name, itemgetter(place)) for place, name in enumerate(dataset.headers)]
        target = BytesIO()
        write(target, columns, dataset, as_=self.get_extension())  # type: ignore[attr-defined]
        return target.getvalue()

    def is_binary(self) -> bool:
        return True


class CsvSheet(_Sheet, CSV):
    """CSV out, and in."""


class XlsxSheet(_Sheet, XLSX):
    """XLSX out."""


class PeopleExport(resources.ModelResource):
    """What the list shows."""

    email_verified = fields.Field("email_verified", "email_verified", widget=BooleanWidget())
    mfa_enabled = fields.Field("mfa_enabled", "mfa_enabled", widget=BooleanWidget())

    class Meta:
        model = User
        fields = ["full_name", "email", "email_verified", "role", "is_active", "mfa_enabled", "locale",
                  "time_zone", "last_login", "created_at"]  # fmt: skip
        export_order = fields
