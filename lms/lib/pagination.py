"""Pages of lists: out of range is refused, never silently clamped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.core.paginator import InvalidPage
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import pagination
from rest_framework.request import Request
from rest_framework.response import Response

from lms.lib.errors import DomainError

if TYPE_CHECKING:
    from rest_framework.views import APIView


class InvalidPageNumber(DomainError):
    """`page` or `page_size` is no number in range: 400."""

    status = 400
    code = "invalid_page"

    def __init__(self, maximum: int) -> None:
        super().__init__(
            _("page is a number from 1 to the last page, page_size one from 1 to %(maximum)d.")
            % {"maximum": maximum}
        )


class PageNumberPagination(pagination.PageNumberPagination):
    """`?page=1&page_size=20`, at most 100."""

    page_size = 20
    max_page_size = 100
    page_size_query_param = "page_size"

    def paginate_queryset(
        self, queryset: QuerySet[Any] | Sequence[Any], request: Request, view: APIView | None = None
    ) -> list[Any] | None:
        """Return the page's rows; raise InvalidPageNumber outside the range."""
        self.request = request
        size = self._number(request, "page_size", self.page_size)
        number = self._number(request, "page", 1)
        if size > self.max_page_size:
            raise InvalidPageNumber(self.max_page_size)
        paginator = self.django_paginator_class(queryset, size)
        try:
            self.page = paginator.page(number)
        except InvalidPage:
            raise InvalidPageNumber(self.max_page_size) from None
        return list(self.page)

    def _number(self, request: Request, name: str, default: int) -> int:
        text = request.query_params.get(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
            raise InvalidPageNumber(self.max_page_size)
        return int(text)

    def get_paginated_response(self, data: Any) -> Response:
        assert self.page is not None  # noqa: S101  paginate_queryset has run
        paginator = self.page.paginator
        return Response(
            {
                "items": data,
                "total": paginator.count,
                "page": self.page.number,
                "page_size": paginator.per_page,
                "total_pages": paginator.num_pages,
                "next": self.get_next_link(),
                "previous": self.get_previous_link(),
            }
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        number = {"type": "integer"}
        properties = {
            "items": schema,
            "total": number,
            "page": number,
            "page_size": number,
            "total_pages": number,
            "next": link,
            "previous": link,
        }
        return {"type": "object", "required": list(properties), "properties": properties}
