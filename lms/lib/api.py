"""Base views of the API: what every route has, in one place.

Rate-limit headers, private answers, ETags and 304, `If-Match` on writes, `Idempotency-Key` on POST.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.http import Http404, HttpResponse
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from lms.lib.conditional import is_known, make_etag, one_editor, refuse_unmatched, sent_conditions
from lms.lib.errors import Stale
from lms.lib.idempotency import is_exempt, once
from lms.lib.negotiation import FileNegotiation
from lms.lib.throttling import rate_limit_headers

Handler = Callable[..., HttpResponse]
CONDITIONAL = ("PUT", "PATCH", "DELETE")
SAFE = ("GET", "HEAD")


class ApiMixin:
    """Adds X-RateLimit headers, and `Cache-Control: private, no-store` unless the view set another.

    `cache_control` on the view replaces that value ('' leaves the header alone). A single object gets an
    `ETag`, and 304 for whoever has it. A view whose rows count their changes sets `self.version` where it
    answers and overrides `locked_version`; for all others `If-Match` compares the whole answer of GET.
    """

    content_negotiation_class: type[BaseContentNegotiation] = FileNegotiation
    file_types: tuple[str, ...] = ()  # what `Accept` may ask for beside JSON; an action sets its own

    cache_control = "private, no-store"
    version = ""
    posts_in_transaction = True  # with an Idempotency-Key; see lms.lib.idempotency.once
    action: str

    def locked_version(self) -> str:
        """Return the present version of the addressed row, under the lock that its verbs take.

        "" (the default): there is none. Called inside the verb's transaction; raises what the verb's gate does.
        """
        return ""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Let the caller in, then stand between the request and what writes."""
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        method = str(request.method)
        handler: Handler | None = getattr(self, method.lower(), None)
        if handler is not None and method in ("POST", *CONDITIONAL):
            setattr(self, method.lower(), partial(self._write, handler))

    def _write(self, handler: Handler, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        def run() -> HttpResponse:
            if request.method in CONDITIONAL:
                response = self._matched(handler, request, *args, **kwargs)
            else:
                response = handler(request, *args, **kwargs)
            if self.version and isinstance(response, Response) and response.data is not None:
                response.headers["ETag"] = make_etag(JSONRenderer().render(response.data), self.version)
            return response

        if request.method == "POST" and not is_exempt(request.path):
            return once(
                request,
                run,
                self.handle_exception,  # type: ignore[attr-defined]
                in_transaction=self.posts_in_transaction,
            )
        return run()

    def _matched(self, handler: Handler, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Run the verb, if `If-Match` still holds when no other editor can come in between."""
        sent = sent_conditions(request._request)
        if sent is None:
            return handler(request, *args, **kwargs)
        with one_editor(request.path):
            version = self.locked_version()
            etag = "" if version else self._present_etag(request, *args, **kwargs)
            if etag or "*" not in sent:
                refuse_unmatched(sent, version=version, etag=etag)
            return handler(request, *args, **kwargs)

    def _present_etag(self, request: Request, *args: Any, **kwargs: Any) -> str:
        """Return the ETag that GET would give now; "" where nothing can be read, and so no tag matches.

        Raises Stale when there is nothing that PUT could replace.
        """
        read: Handler | None = getattr(self, "get", None)
        if read is None:
            return ""
        action, actions = getattr(self, "action", ""), getattr(self, "action_map", None) or {}
        self.action = actions.get("get", action)
        try:
            answer: Any = read(request, *args, **kwargs)
        except Http404:
            if request.method == "PUT":
                raise Stale from None
            raise
        finally:
            self.action = action
        return make_etag(JSONRenderer().render(answer.data))

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        result: Response = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[misc]
        if request.method in SAFE and _shows_one(result):
            result = self._conditional(request, result)
        if result.has_header("Location"):
            # A path everywhere: what is called the site's own host may be the proxy's business.
            result["Location"] = result["Location"].removeprefix(request.build_absolute_uri("/")[:-1])
        for name, value in rate_limit_headers(request._request).items():
            result[name] = value
        if self.cache_control and not result.has_header("Cache-Control"):
            result["Cache-Control"] = self.cache_control
        return result

    def _conditional(self, request: Request, response: Response) -> Response:
        etag = make_etag(JSONRenderer().render(response.data), self.version)
        response["ETag"] = etag
        if not is_known(request._request, etag):
            return response
        unchanged = Response(status=304, headers={"ETag": etag})
        if response.has_header("Vary"):
            unchanged["Vary"] = response["Vary"]
        again: Response = super().finalize_response(request, unchanged)  # type: ignore[misc]
        return again


def _shows_one(response: HttpResponse) -> bool:
    """Return whether this is a single object, not a page of a list, and has no ETag of its own."""
    return (
        isinstance(response, Response)
        and response.status_code == 200
        and not response.has_header("ETag")
        and isinstance(response.data, Mapping)
        and "items" not in response.data
    )


class ApiView(ApiMixin, APIView):
    """Base of single-purpose views."""


class ApiViewSet(ApiMixin, GenericViewSet[Any]):
    """Base of resources: `get_queryset` answers `visible_to(request.user)`; add mixins and `@action`s.

    `{id}` is a UUID; anything else is 404 by the route's pattern.
    """

    lookup_value_converter = "uuid"
