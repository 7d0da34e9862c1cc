"""Uploads are bounded before anybody reads them: the check of the CSRF token alone would read a whole form."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from files.uploads import FORM_OVERHEAD, raise_refusal, refuse_oversized
from lms.lib.errors import DomainError
from lms.lib.middleware import refusal_response
from lms.lib.problems import is_api_request


class UploadLimits:
    """Refuses an announced body over the person's limit unread, and says what stopped an upload on its way.

    Stands behind the middleware that knows the person, and behind that of the CSRF token, whose `process_view`
    then has read the form through files.uploads.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.content_type == "multipart/form-data":
            # A form of pages carries texts beside its file; Django bounds them by a setting of its own.
            texts = FORM_OVERHEAD if is_api_request(request) else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
            try:
                refuse_oversized(request, overhead=texts)
            except DomainError as error:
                return refusal_response(request, error)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponseBase | None:
        try:
            raise_refusal(request)
        except DomainError as error:
            return refusal_response(request, error)
        return None
