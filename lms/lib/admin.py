"""What the staff pages of all apps share: who may open them, and verbs a row at a time."""

from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.forms import BaseForm
from django.http import Http404, HttpRequest
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin

from lms.lib.errors import DomainError


class VerbModelAdmin(ModelAdmin):
    """What is invisible is 404; verbs are called a row at a time, each refusal with its row."""

    def _get_obj_does_not_exist_redirect(self, *_arguments: Any) -> NoReturn:
        # Django sends people to the index with a message; for us what is invisible is not there.
        raise Http404

    def do_each(self, request: HttpRequest, rows: Iterable[Model], verb: Callable[[Any], object]) -> None:
        """Call the verb for each row; say how many it was done for, and every refusal with its row."""
        done = 0
        for row in rows:
            try:
                verb(row)
            except (DomainError, ValidationError) as error:
                for sentence in sentences(error):
                    self.message_user(request, f"{row}: {sentence}", messages.ERROR)
            else:
                done += 1
        if done:
            text = ngettext("Done for %(count)d.", "Done for %(count)d.", done) % {"count": done}
            self.message_user(request, text, messages.SUCCESS)


class StaffModelAdmin(VerbModelAdmin):
    """Pages for teachers: each sees and changes the rows that `can_edit` grants, all others are 404.

    Adding and deleting stay closed until a subclass opens them. The model's manager has `editable_by`, unless
    the subclass has a `get_queryset` of its own; its rows have `can_edit`.
    """

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        manager: Any = self.model._default_manager
        rows: QuerySet[Any] = manager.editable_by(request.user)
        return rows

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_authenticated and request.user.is_teacher)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_teacher = bool(request.user.is_authenticated and request.user.is_teacher)
        return is_teacher and (obj is None or obj.can_edit(request.user))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def sentences(error: DomainError | ValidationError) -> list[str]:
    """Return what a refusal says, sentence by sentence."""
    if isinstance(error, ValidationError):
        return error.messages
    return [str(error), *(str(entry.message) for entry in error.errors if str(entry.message) != str(error))]


def add_refusal(form: BaseForm, error: DomainError | ValidationError) -> None:
    """Put what a verb refused beside the fields it speaks of; the rest above the form."""
    if isinstance(error, DomainError):
        of_fields = [entry for entry in error.errors if entry.field in form.fields]
        for entry in of_fields:
            form.add_error(entry.field, str(entry.message))
        if not of_fields:
            form.add_error(None, [ValidationError(text) for text in sentences(error)])
        return
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, problems in error.error_dict.items():
        form.add_error(name if name in form.fields else None, problems)
