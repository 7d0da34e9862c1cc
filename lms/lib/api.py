"""Base views of the API: rate-limit headers, private answers, one place for both."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from lms.lib.throttling import rate_limit_headers


class ApiMixin:
    """Adds X-RateLimit headers, and `Cache-Control: private, no-store` unless the view set another.

    `cache_control` on the view replaces that value ('' leaves the header alone).
    """

    cache_control = "private, no-store"

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        result: Response = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[misc]
        for name, value in rate_limit_headers(request._request).items():
            result[name] = value
        if self.cache_control and not result.has_header("Cache-Control"):
            result["Cache-Control"] = self.cache_control
        return result


class ApiView(ApiMixin, APIView):
    """Base of single-purpose views."""


class ApiViewSet(ApiMixin, GenericViewSet[Any]):
    """Base of resources: `get_queryset` answers `visible_to(request.user)`; add mixins and `@action`s.

    `{id}` is a UUID; anything else is 404 by the route's pattern.
    """

    lookup_value_converter = "uuid"
