"""Filters, search and ordering that refuse what they do not know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import BooleanFilter
from django_filters.rest_framework import DjangoFilterBackend
from django_filters.utils import translate_validation
from rest_framework.filters import OrderingFilter, SearchFilter
from rest_framework.request import Request

from lms.lib.errors import DomainError, FieldError
from lms.lib.problems import field_entries

if TYPE_CHECKING:
    from rest_framework.views import APIView

LONGEST_SEARCH = 100  # characters
YES_OR_NO = {"", "true", "false", "1", "0"}
PAGING = {"page", "page_size", "search", "ordering"}


class InvalidFilter(DomainError):
    """An unknown parameter, or a value it does not take: 400."""

    status = 400
    code = "invalid_filter"

    def __init__(self, field: str, message: str = "") -> None:
        text = message or _("%(name)s is not a filter of this list, or its value is not one it takes.") % {
            "name": field
        }
        super().__init__(text, errors=[FieldError(field, "invalid_filter", text)])


class SearchTooShort(DomainError):
    """A search of fewer than two characters: 400."""

    status = 400
    code = "search_too_short"
    message = gettext_lazy("Search for at least two characters.")


class StrictFilterBackend(DjangoFilterBackend):
    """django-filter, with 400 for unknown parameters. A view may allow more in `extra_parameters`."""

    def filter_queryset(self, request: Any, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        filterset_class = self.get_filterset_class(view, queryset)
        known = filterset_class.base_filters if filterset_class else {}
        allowed = set(known) | PAGING | set(getattr(view, "extra_parameters", ()))
        for name, values in request.query_params.lists():
            if name not in allowed:
                raise InvalidFilter(name)
            if any("\0" in value for value in values):
                raise InvalidFilter(name)
            # What is neither yes nor no, django-filter would drop, and show everything.
            if isinstance(known.get(name), BooleanFilter) and not {v.lower() for v in values} <= YES_OR_NO:
                raise InvalidFilter(name)
        filterset = self.get_filterset(request, queryset, view)
        if filterset is None:
            return queryset
        if not filterset.is_valid():
            first = field_entries(getattr(translate_validation(filterset.errors), "detail", {}))[0]
            raise InvalidFilter(first["field"], first["message"])
        result: QuerySet[Any] = filterset.qs
        return result


class StrictSearchFilter(SearchFilter):
    """`?search=` over the view's `search_fields`, at least two characters, at most 100."""

    def get_search_terms(self, request: Request) -> Any:
        text = request.query_params.get(self.search_param, "")
        check_search(text, present=self.search_param in request.query_params)
        return super().get_search_terms(request)


class StrictOrderingFilter(OrderingFilter):
    """`?ordering=` over the view's `ordering_fields`; anything else is 400. `id` breaks ties."""

    def remove_invalid_fields(
        self, queryset: QuerySet[Any], fields: Any, view: APIView, request: Request
    ) -> list[str]:
        known = {name for name, _label in self.get_valid_fields(queryset, view, {"request": request})}
        for field in fields:
            if field.lstrip("-") not in known or field.startswith("--"):
                raise InvalidFilter("ordering")
        return [*fields, "id"]

    def get_valid_fields(self, queryset: Any, view: Any, context: Any = None) -> Any:
        return [(name, name) for name in getattr(view, "ordering_fields", ())]


class NullsLastOrdering(StrictOrderingFilter):
    """`?ordering=` where rows without the value stand last either way, on both databases."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        fields = self.get_ordering(request, queryset, view) or []
        return queryset.order_by(
            *(
                F(field.lstrip("-")).desc(nulls_last=True)
                if field.startswith("-")
                else F(field).asc(nulls_last=True)
                for field in fields
            )
        )


def check_search(text: str, *, present: bool = True) -> str:
    """Return the trimmed search text; raise SearchTooShort below 2 and InvalidFilter above 100 characters."""
    trimmed = text.strip()
    if present and len(trimmed) < 2:
        raise SearchTooShort
    if len(trimmed) > LONGEST_SEARCH or "\0" in trimmed:
        raise InvalidFilter("search")
    return trimmed
