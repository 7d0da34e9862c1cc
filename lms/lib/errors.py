"""The one exception that verbs raise: a refusal with a code, a sentence and an HTTP status."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True)
class FieldError:
    """One entry of the problem document's `errors`; `extra` joins the entry as it is."""

    field: str
    code: str
    message: Text
    extra: Mapping[str, Any] | None = None


class DomainError(Exception):
    """A rule refused. Subclasses set `code`, `message` and, unless 409, `status`.

    `next_url` is where the person can go on; `headers` travel with the HTTP answer.
    """

    code = "conflict"
    status = 409
    message: Text = _("This is not possible in the present state.")

    def __init__(
        self,
        message: Text | None = None,
        *,
        code: str | None = None,
        errors: Iterable[FieldError] = (),
        next_url: str = "",
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self.code = code or self.code
        self.message = message or self.message
        self.errors = list(errors)
        self.next_url = next_url
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.message)


class Stale(DomainError):
    """Somebody else changed the row after it was read (`If-Match`, or the revision a form was filled from): 412."""

    code = "stale"
    status = 412
    message = _("This was changed in the meantime. Load it again, then repeat your change.")
