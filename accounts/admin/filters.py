"""Filters of the list of people."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class YesNoFilter(admin.SimpleListFilter):
    """Yes or no; a subclass names `condition`, what is true of a yes."""

    condition: Q

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        if self.value() not in ("yes", "no"):
            return queryset
        return queryset.filter(self.condition if self.value() == "yes" else ~self.condition)


class EmailProofFilter(YesNoFilter):
    """Whether the e-mail was proven."""

    title = _("e-mail confirmed")
    parameter_name = "email_verified"
    condition = Q(email_verified=True)


class MfaFilter(YesNoFilter):
    """Whether there is a second factor."""

    title = _("second factor")
    parameter_name = "mfa"
    condition = Q(mfa_enabled=True)


class ErasureFilter(admin.SimpleListFilter):
    """Who asked to be erased, and who is."""

    title = _("erasure")
    parameter_name = "erasure"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("asked", _("Asked for")), ("done", _("Done"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        if self.value() == "asked":
            return queryset.filter(erasure_requested_at__isnull=False, erased_at=None)
        return queryset.filter(erased_at__isnull=False) if self.value() == "done" else queryset
