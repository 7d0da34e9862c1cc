"""A table on paper, with what sums it up above it. What it says comes from above; how it looks is report.typ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypedDict

from lms.lib.pdf.direction import Direction, first_strong
from lms.lib.pdf.engine import compile_pdf
from lms.lib.pdf.errors import MissingGlyphs
from lms.lib.pdf.fonts import font_set

UNPRINTABLE = "?"


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything printed, in words already. `made_at` becomes the file's creation date.

    `figures` are the sums above the table as (name, value); `rows` have as many cells as `head`; `numbers` are
    the columns that stand at the end of their cells; `note` stands under the table. `page` names a page:
    "Page {page} of {pages}".
    """

    language: str
    title: str
    subtitle: str
    author: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    made_at: datetime
    page: str
    figures: Sequence[tuple[str, str]] = ()
    numbers: frozenset[int] = frozenset()
    note: str = ""


class _Field(TypedDict):
    text: str
    dir: Direction


def render_report(report: Report, *, font_folder: Path | None = None) -> bytes:
    """Return the report as a PDF of A4 pages; the same report gives the same bytes.

    Characters that no font has are printed as a question mark. Raises RenderError when the engine fails.
    """
    fonts = font_set(font_folder)
    is_arabic = report.language == "ar"
    own: Direction = "rtl" if is_arabic else "ltr"
    unprintable: dict[int, str] = {}
    try:
        fonts.check(_texts(report))
    except MissingGlyphs as missing:
        unprintable = {ord(character): UNPRINTABLE for character in missing.characters}

    def field(text: str) -> _Field:
        printed = text.translate(unprintable)
        return {"text": printed, "dir": first_strong(printed) or own}

    data = {
        "language": report.language,
        "author": report.author.translate(unprintable),
        "document_title": report.title.translate(unprintable),
        "fonts_ltr": fonts.order(arabic=False),
        "fonts_rtl": fonts.order(arabic=True),
        "title": field(report.title),
        "subtitle": field(report.subtitle),
        "figures": [[field(name), field(value)] for name, value in report.figures],
        "head": [field(text) for text in report.head],
        "rows": [[field(text) for text in row] for row in report.rows],
        "numbers": sorted(report.numbers),
        "note": field(report.note),
        "page": report.page,
    }
    return compile_pdf("report.typ", data, fonts=fonts, made_at=report.made_at)


def _texts(report: Report) -> list[str]:
    texts = [report.title, report.subtitle, report.author, report.note, report.page, *report.head]
    texts += [text for row in report.rows for text in row]
    return texts + [text for figure in report.figures for text in figure]
