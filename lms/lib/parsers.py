"""JSON bodies, read strictly: UTF-8, an object, a bounded size, no repeated keys, no NaN."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from lms.lib.errors import DomainError

MAX_BODY = 5 * 1024 * 1024  # bytes


class BodyTooLarge(DomainError):
    """The body is larger than this route reads: 413."""

    status = 413
    code = "too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(_("The body may have at most %(limit)d bytes.") % {"limit": limit})


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("repeated key")
    return found


def _no_constants(name: str) -> None:
    raise ValueError(name)


class StrictJSONParser(BaseParser):
    """Reads `application/json`; a view may set `max_body` (bytes) lower than five megabytes."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        view = (parser_context or {}).get("view")
        limit = min(getattr(view, "max_body", MAX_BODY), max(MAX_BODY, settings.DATA_UPLOAD_MAX_MEMORY_SIZE))
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise BodyTooLarge(limit)
        try:
            return json.loads(
                raw.decode("utf-8"), object_pairs_hook=_no_repeats, parse_constant=_no_constants
            )
        except (ValueError, RecursionError) as error:
            raise ParseError from error
