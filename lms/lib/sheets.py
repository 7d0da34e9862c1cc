"""Tables as files, CSV and XLSX: the one place where cells of a spreadsheet are written.

    columns = [
        Column(_("Student"), lambda row: row.student.full_name),
        Column(_("Progress (%)"), lambda row: row.progress_percentage, "number", places=2),
        Column(_("Last seen"), lambda row: row.last_accessed_at, "time"),
    ]
    return export(columns, queryset, name="lenses-students-2026-11-21", as_="csv")

Rows are read 500 at a time (a QuerySet from a server-side cursor) and leave as they come, so memory stays the
same for any number of them. Text never runs: in CSV an apostrophe stands before what a program would evaluate
(after OWASP, "CSV Injection"), in XLSX text is a string cell as it is. Numbers and dates stay numbers and dates.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import chain, islice
from tempfile import TemporaryFile
from typing import IO, Any, Literal

from django.db.models import QuerySet
from django.http import FileResponse, StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.http import content_disposition_header
from xlsxwriter import Workbook

from lms.lib.errors import Text

Kind = Literal["text", "number", "date", "time"]
FORMATS = ("csv", "xlsx")
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
CHUNK = 500
MOST_ROWS = 1_048_576  # of one sheet; then comes another
MOST_TEXT = 32_767  # characters of one cell
BOM = b"\xef\xbb\xbf"
GUARD = "'"
# What makes a program evaluate a cell: ASCII, full-width and small forms, after any blanks, controls and unseen marks.
_UNSEEN = "\\s\x01-\x08\x0e-\x1f\x7f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
_RUNS = re.compile(f"[{_UNSEEN}]*[=+\\-@\0\t\r\n\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b]")
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_PATTERNS = {"text": "General", "number": "General", "date": "yyyy-mm-dd", "time": "yyyy-mm-dd hh:mm:ss"}
_WIDTHS = {"text": 24, "number": 12, "date": 12, "time": 20}


@dataclass(frozen=True)
class Column:
    """One column: its heading, how its value is had from a row, and what it holds.

    `kind`: text (numbers too are written as text), number, date, or time (an instant, written in the reader's
    time zone). None is an empty cell in all of them. `places` is how many decimals every number of the column
    shows (12.50 under 14.29); its values have no more.
    """

    heading: Text
    get: Callable[[Any], Any]
    kind: Kind = "text"
    places: int | None = None

    def value(self, row: Any) -> str | int | float | Decimal | date | None:
        """Return the row's value as the cell's kind holds it."""
        value = self.get(row)
        if value is None:
            return None
        if self.kind == "text":
            return str(value)
        if self.kind == "time":
            return timezone.localtime(value).replace(tzinfo=None, microsecond=0)
        if self.places is not None:
            return Decimal(str(value)).quantize(Decimal(1).scaleb(-self.places), ROUND_HALF_UP)
        return value  # type: ignore[no-any-return]


def export(columns: Sequence[Column], rows: Iterable[Any], *, name: str, as_: str) -> StreamingHttpResponse:
    """Return the table as a download, in the language and time zone of the caller.

    `rows` is a QuerySet (read in chunks, `prefetch_related` included) or any iterable; `name` has no ending;
    `as_` is one of FORMATS. CSV leaves while it is read, after its first chunk: what fails at once still gets an
    answer of its own. XLSX, whose directory stands at its end, is written to disk first.
    """
    if as_ == "xlsx":
        target = TemporaryFile()  # noqa: SIM115  the response closes it
        write(target, columns, rows, as_="xlsx")
        target.seek(0)
        response: StreamingHttpResponse = FileResponse(target, content_type=TYPES[as_])
    else:
        chunks = _as_called(csv_chunks(columns, rows))
        response = StreamingHttpResponse(chain([next(chunks)], chunks), content_type=TYPES["csv"])
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.{as_}") or ""
    response["Cache-Control"] = "private, no-store"
    return response


def write(target: IO[bytes], columns: Sequence[Column], rows: Iterable[Any], *, as_: str) -> None:
    """Write the table into an open file."""
    if as_ == "xlsx":
        _write_xlsx(target, columns, rows)
    else:
        target.writelines(csv_chunks(columns, rows))


def chunked(rows: Iterable[Any]) -> Iterator[list[Any]]:
    """Yield the rows in lists of 500, for columns that need a query for many rows at once."""
    reader = iter(rows.iterator(CHUNK) if isinstance(rows, QuerySet) else rows)
    while chunk := list(islice(reader, CHUNK)):
        yield chunk


# --- CSV (RFC 4180, UTF-8 with a byte-order mark, by which spreadsheet programs know it)


def csv_chunks(columns: Sequence[Column], rows: Iterable[Any]) -> Iterator[bytes]:
    """Yield the head with the first 500 rows, then 500 at a time."""
    chunks = chunked(rows)
    head = [guarded(str(column.heading)) for column in columns]
    yield BOM + _csv_lines([head, *_csv_rows(columns, next(chunks, []))])
    for chunk in chunks:
        yield _csv_lines(_csv_rows(columns, chunk))


def guarded(text: str) -> str:
    """Return the text as a CSV cell that no program runs; it loses nothing (see `unguarded`)."""
    return GUARD + text if _RUNS.match(text.lstrip(GUARD)) else text


def unguarded(cell: str) -> str:
    """Return the text of a cell that `guarded` wrote."""
    return cell[1:] if cell.startswith(GUARD) and _RUNS.match(cell.lstrip(GUARD)) else cell


def _csv_rows(columns: Sequence[Column], rows: Iterable[Any]) -> Iterator[list[str]]:
    for row in rows:
        yield [_csv_cell(column.value(row)) for column in columns]


def _csv_cell(value: Any) -> str:
    if value is None:
        return ""
    return guarded(value) if isinstance(value, str) else str(value)


def _csv_lines(rows: Iterable[list[str]]) -> bytes:
    lines = io.StringIO()
    csv.writer(lines).writerows(rows)
    return lines.getvalue().encode()


def _as_called(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Make each chunk in the language and time zone of now: they are gone once the response is on its way."""
    language, zone = translation.get_language(), timezone.get_current_timezone()
    while True:
        with translation.override(language), timezone.override(zone):
            chunk = next(chunks, None)
        if chunk is None:
            return
        yield chunk


# --- XLSX


def _write_xlsx(target: IO[bytes], columns: Sequence[Column], rows: Iterable[Any]) -> None:
    with Workbook(target, _OPTIONS) as book:
        bold = book.add_format({"bold": True})
        formats = [book.add_format({"num_format": _pattern(column)}) for column in columns]
        cells = (row for chunk in chunked(rows) for row in chunk)
        more = True
        while more:
            sheet = _new_sheet(book, columns, bold)
            place = 0
            for place, row in enumerate(islice(cells, MOST_ROWS - 1), 1):
                _write_row(sheet, place, columns, row, formats)
            more = place == MOST_ROWS - 1


def _new_sheet(book: Any, columns: Sequence[Column], bold: Any) -> Any:
    sheet = book.add_worksheet()
    if translation.get_language_bidi():
        sheet.right_to_left()
    sheet.freeze_panes(1, 0)
    for number, column in enumerate(columns):
        sheet.set_column(number, number, _WIDTHS[column.kind])
        sheet.write_string(0, number, str(column.heading), bold)
    return sheet


def _pattern(column: Column) -> str:
    """Return how a program writes the column's values."""
    return f"0.{'0' * column.places}" if column.places else _PATTERNS[column.kind]


def _write_row(sheet: Any, place: int, columns: Sequence[Column], row: Any, formats: Sequence[Any]) -> None:
    for number, (column, style) in enumerate(zip(columns, formats, strict=True)):
        value = column.value(row)
        if value is None:
            continue
        if column.kind == "text":
            sheet.write_string(place, number, _cut(str(value)))
        elif column.kind == "number":
            sheet.write_number(place, number, float(value) if isinstance(value, Decimal) else value, style)
        else:
            sheet.write_datetime(place, number, value, style)


def _cut(text: str) -> str:
    """Return as much of a text as one cell can hold; that some is missing is seen."""
    return text if len(text) <= MOST_TEXT else f"{text[: MOST_TEXT - 1]}…"
