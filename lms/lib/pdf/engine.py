"""Typst, kept on a short leash: one compiler a layout, no system fonts, no packages, data as data."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import typst

from lms.lib.pdf.errors import RenderError
from lms.lib.pdf.fonts import FontSet
from lms.lib.pdf.searchable import make_searchable

LAYOUTS = Path(__file__).parent

# A compiler refuses a second caller while it works.
_lock = Lock()


class _Owner:
    """Remembers the process that used the engine: its thread pool does not survive a fork and would hang."""

    pid: int | None = None


def compile_pdf(layout: str, data: Mapping[str, object], *, fonts: FontSet, made_at: datetime) -> bytes:
    """Return the PDF of a layout file of this folder, filled with data.

    `data` goes through JSON and is read by the layout as values, never as source. `made_at` is the
    creation date written into the file, so that the same arguments give the same bytes.
    Raises RenderError when the engine refuses, or in a process forked from one that has rendered.
    """
    pdf = _compile(
        layout,
        data,
        fonts,
        format="pdf",
        pdf_standards="ua-1",  # tagged for screen readers, or refused
        timestamp=made_at.astimezone(UTC).replace(microsecond=0),  # the engine takes none
    )
    return make_searchable(pdf)


def compile_png(layout: str, data: Mapping[str, object], *, fonts: FontSet, dpi: int) -> bytes:
    """Return a layout's one page as a picture of `dpi` pixels an inch. Raises as `compile_pdf`."""
    return _compile(layout, data, fonts, format="png", ppi=float(dpi))


def _compile(layout: str, data: Mapping[str, object], fonts: FontSet, **options: Any) -> bytes:
    if _Owner.pid not in (None, os.getpid()):
        raise RenderError("This process was forked from one that has rendered a PDF; start a fresh one.")
    with _lock:
        _Owner.pid = os.getpid()
        try:
            page = _compiler(layout, fonts).compile(
                sys_inputs={"data": json.dumps(data, ensure_ascii=False)}, **options
            )
        except (typst.TypstError, RuntimeError, ValueError) as error:
            raise RenderError(str(error)) from error
        except BaseException as error:  # the engine's own panic is no Exception, and no class to be imported
            if type(error).__name__ != "PanicException":
                raise
            _compiler.cache_clear()
            raise RenderError(str(error)) from error
    if not isinstance(page, bytes):
        raise RenderError("The engine gave no single file.")
    return page


@lru_cache(maxsize=8)
def _compiler(layout: str, fonts: FontSet) -> typst.Compiler:
    only_ours = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(folder) for folder in fonts.folders],
    )
    return typst.Compiler(input=LAYOUTS / layout, root=LAYOUTS, font_paths=only_ours)
