"""Which representation is answered: JSON, or the file that a view gives."""

from __future__ import annotations

from collections.abc import Iterable

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.utils.mediatypes import media_type_matches


class FileNegotiation(DefaultContentNegotiation):
    """For a view that gives files: `Accept` may name one of its `file_types`; refusals stay problem documents."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        known = list(renderers)
        try:
            chosen: tuple[BaseRenderer, str] = super().select_renderer(request, known, format_suffix)
            return chosen
        except NotAcceptable:
            given = request.parser_context["view"].file_types
            wanted = self.get_accept_list(request)
            if not any(media_type_matches(one, kind) for one in wanted for kind in given):
                raise
            return known[0], known[0].media_type
