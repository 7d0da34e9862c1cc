"""Middleware that every response passes: request id, security headers, refusals as pages or problems."""

import re
import time
from collections.abc import Callable

import structlog
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware import gzip
from django.shortcuts import redirect, render
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect

from lms.lib.addresses import client_address
from lms.lib.context import RequestFacts, request_facts
from lms.lib.errors import DomainError
from lms.lib.ids import new_id
from lms.lib.problems import Busy, is_api_request, is_busy, problem_for_domain_error, problem_for_status

GetResponse = Callable[[HttpRequest], HttpResponseBase]
SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
log = structlog.get_logger("request")


def request_context(get_response: GetResponse) -> GetResponse:
    """Give the request an id (the caller's if it is sane), put it on every log line and on the response."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        sent = request.headers.get("X-Request-ID", "")
        request_id = sent if SANE_REQUEST_ID.fullmatch(sent) else str(new_id())
        token = request_facts.set(RequestFacts(request_id, client_address(request), timezone.now()))
        started = time.perf_counter()
        try:
            with structlog.contextvars.bound_contextvars(request_id=request_id):
                response = get_response(request)
                if not request.path.startswith(("/static/", "/health", "/ready")):
                    log.info(
                        "request",
                        method=request.method,
                        path=request.path,
                        status=response.status_code,
                        ms=round((time.perf_counter() - started) * 1000, 1),
                    )
        finally:
            request_facts.reset(token)
        response["X-Request-ID"] = request_id
        return response

    return middleware


def security_headers(get_response: GetResponse) -> GetResponse:
    """Set the content security policy, unless the view set one of its own (files do)."""
    media = " ".join(f"https://{host}" for host in settings.VIDEO_URL_HOSTS)
    files = settings.S3_ORIGIN  # where signed addresses lead
    common = (
        "default-src 'none'; connect-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; "
        "base-uri 'none'; manifest-src 'self'; object-src 'none'; "
        f"img-src 'self' data: blob: {files}; media-src 'self' blob: {files} {media}; "
        "frame-src https://www.youtube-nocookie.com https://player.vimeo.com; "
    )
    site = common + "script-src 'self'; style-src 'self'"
    # The admin's theme needs both: Alpine evaluates expressions, pages carry inline styles. /admin/ alone.
    admin = common + "script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'"
    # Swagger UI and ReDoc write style tags and build a worker from a string.
    docs = common + "script-src 'self'; style-src 'self' 'unsafe-inline'; worker-src blob:"

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if request.path.startswith("/admin/"):
            policy = admin
        elif request.path in ("/api/v1/docs", "/api/v1/redoc"):
            policy = docs
        else:
            policy = site
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        return response

    return middleware


class DomainErrorMiddleware:
    """A refusal that a view did not catch becomes a problem document, a message, or an error page."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if (
            is_api_request(request)
            and response.status_code >= 400
            and response.headers.get("Content-Type", "").startswith("text/html")
        ):
            return problem_for_status(request, response.status_code)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if is_busy(exception):
            exception = Busy()
        if not isinstance(exception, DomainError):
            return None
        if request.method == "POST" and exception.next_url and not is_api_request(request):
            messages.error(request, str(exception))
            if request.headers.get("HX-Request"):  # htmx would put the page behind a redirect into this one
                return HttpResponseClientRedirect(exception.next_url)
            return redirect(exception.next_url)
        return refusal_response(request, exception)


domain_errors = DomainErrorMiddleware


def refusal_response(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Return a refusal as a problem document, or as a page that says it."""
    if is_api_request(request):
        return problem_for_domain_error(request, error)
    page = "429.html" if error.status == 429 else "refused.html"
    response = render(request, page, {"error": error}, status=error.status)
    for name, value in error.headers.items():
        response[name] = value
    return response


class GZipMiddleware(gzip.GZipMiddleware):
    """Compresses pages and JSON, never a file: its ranges, length and ETag are those of the bytes as they are."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.has_header("Accept-Ranges"):
            return response
        compressed: HttpResponseBase = super().process_response(request, response)
        return compressed
