"""Every error of the API as a problem document (RFC 9457) with a stable code."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as ModelValidationError
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions as drf
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import set_rollback

from lms.lib.context import request_facts
from lms.lib.errors import DomainError

log = structlog.get_logger("api")
CONTENT_TYPE = "application/problem+json"
NON_FIELD = "body"

CODES = {
    400: "bad_request",
    401: "token_missing",
    403: "permission_denied",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
    422: "validation_error",
    429: "throttled",
    500: "server_error",
    503: "busy",
}
SENTENCES = {
    400: gettext_lazy("The request could not be read."),
    401: gettext_lazy("Send an access token, or sign in."),
    403: gettext_lazy("You may not do this."),
    404: gettext_lazy("There is nothing here, or it is not for you."),
    405: gettext_lazy("This address does not know that method."),
    406: gettext_lazy("The answer is not available in the form you asked for."),
    413: gettext_lazy("That is too large."),
    415: gettext_lazy("This media type is not read here."),
    422: gettext_lazy("Some of what was sent cannot be used. See errors."),
    429: gettext_lazy("Too many requests. Wait a moment and try again."),
    500: gettext_lazy("Something went wrong on our side. It has been noted."),
    503: gettext_lazy("The server is busy. Try again in a moment."),
}


class BadRequest(DomainError):
    """The request's parameters make no sense: 400."""

    status = 400
    code = "bad_request"
    message = SENTENCES[400]


class Busy(DomainError):
    """The database is locked by another writer for longer than we wait (SQLite): 503."""

    status = 503
    code = "busy"
    message = SENTENCES[503]

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "2"})


def is_busy(error: Exception) -> bool:
    """Return whether SQLite gave up waiting for its lock; nothing was written then."""
    return isinstance(error, OperationalError) and "locked" in str(error)


def is_api_request(request: HttpRequest) -> bool:
    """Return whether the answer has to be JSON."""
    return request.path.startswith("/api/")


def problem_body(
    status: int, code: str = "", detail: str = "", errors: Iterable[Mapping[str, Any]] = (), **extra: Any
) -> dict[str, Any]:
    """Return the problem document for `status`; sentence and code default to those of the status."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail or str(SENTENCES.get(status, "")),
        "code": code or CODES.get(status, "error"),
        "errors": list(errors),
        "request_id": request_facts.get().request_id,
    }
    return body | extra


def problem_for_status(request: HttpRequest, status: int, code: str = "") -> HttpResponse:
    """Return a plain problem answer; used where no exception carries more."""
    response = JsonResponse(problem_body(status, code), status=status, content_type=CONTENT_TYPE)
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def domain_error_body(error: DomainError) -> dict[str, Any]:
    """Return the problem document of a refusal."""
    entries = [
        {"field": e.field, "code": e.code, "message": str(e.message), **(e.extra or {})} for e in error.errors
    ]
    extra = dict(error.extra)
    if error.next_url:
        extra["next_url"] = error.next_url
    return problem_body(error.status, error.code, str(error), entries, **extra)


def problem_for_domain_error(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Return the problem answer of a refusal outside a REST framework view."""
    response = JsonResponse(
        domain_error_body(error), status=error.status, content_type=CONTENT_TYPE, headers=error.headers
    )
    if error.status == 503:
        response.headers.setdefault("Retry-After", "2")
    return response


def field_entries(detail: Any, path: str = "") -> list[dict[str, Any]]:
    """Flatten REST framework's nested error detail into entries of field path, code and message."""
    if isinstance(detail, Mapping):
        entries = []
        for key, value in detail.items():
            name = "" if key == api_settings.NON_FIELD_ERRORS_KEY else str(key)
            entries += field_entries(value, ".".join(part for part in (path, name) if part))
        return entries
    if isinstance(detail, list):
        entries = []
        for index, value in enumerate(detail):
            nested = isinstance(value, Mapping | list)
            entries += field_entries(value, f"{path}.{index}".lstrip(".") if nested else path)
        return entries
    code = getattr(detail, "code", "invalid") or "invalid"
    return [{"field": path or NON_FIELD, "code": code, "message": str(detail)}]


def model_error_entries(error: ModelValidationError) -> list[dict[str, Any]]:
    """Flatten a ValidationError of a model or form."""
    if hasattr(error, "error_dict"):
        return [
            {
                "field": NON_FIELD if field == "__all__" else field,
                "code": e.code or "invalid",
                "message": message,
            }
            for field, errors in error.error_dict.items()
            for e in errors
            for message in e.messages
        ]
    return [
        {"field": NON_FIELD, "code": e.code or "invalid", "message": message}
        for e in error.error_list
        for message in e.messages
    ]


def exception_handler(exc: Exception, context: Mapping[str, Any]) -> Response | None:
    """Turn every exception of a view into a problem document; what is unknown is logged and becomes 500."""
    set_rollback()
    headers: dict[str, str] = {}
    if isinstance(exc, DomainError):
        body = domain_error_body(exc)
        headers = exc.headers
    elif isinstance(exc, drf.ValidationError):
        body = problem_body(422, errors=field_entries(exc.detail))
    elif isinstance(exc, ModelValidationError):
        body = problem_body(422, errors=model_error_entries(exc))
    elif isinstance(exc, Http404):
        body = problem_body(404)
    elif isinstance(exc, PermissionDenied):
        body = problem_body(403)
    elif isinstance(exc, drf.APIException):
        body, headers = _from_rest_framework(exc)
    elif is_busy(exc):
        body = domain_error_body(Busy())
    else:
        log.error("unhandled", exc_info=exc)
        body = problem_body(500)
    status = body["status"]
    if status == 503:
        headers.setdefault("Retry-After", "2")
    response = Response(body, status=status, headers=headers, content_type=CONTENT_TYPE)
    response.exception = True
    if isinstance(exc, DomainError):
        not_a_fault(response)
    return response


def not_a_fault(response: HttpResponseBase) -> None:
    """Keep a refusal (a busy server, say) out of the log of errors, where Django writes every answer from 500 on."""
    response._has_been_logged = True  # type: ignore[attr-defined]


def _from_rest_framework(exc: drf.APIException) -> tuple[dict[str, Any], dict[str, str]]:
    headers: dict[str, str] = {}
    if auth := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = auth
    code, detail = "", ""
    if isinstance(exc, drf.Throttled):
        headers["Retry-After"] = str(max(1, round(getattr(exc, "wait", None) or 1)))
    elif isinstance(exc, drf.NotAuthenticated):
        headers.setdefault("WWW-Authenticate", "Bearer")
        code = "token_missing"
    elif isinstance(exc, drf.ParseError):
        detail = _("The body is not readable as JSON.")
    elif isinstance(exc.detail, str) and exc.status_code in (401, 403):
        code, detail = getattr(exc.detail, "code", ""), str(exc.detail)
    return problem_body(exc.status_code, code, detail), headers
