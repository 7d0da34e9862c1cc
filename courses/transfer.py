"""What a course says of itself as the cells of a table: written and read back. Its content travels by the API."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from courses.models import Course
from lms.lib.sheets import Column, unguarded

MAX_ROWS = 1_000
MAX_BYTES = 5_000_000
TRUE, FALSE = {"yes", "true", "1", "نعم"}, {"no", "false", "0", "لا"}


@dataclass(frozen=True)
class Part:
    """One column: its heading, how a course's cell is written, and what a cell says.

    An empty cell clears the field, unless `needed`: then the course keeps what it has.
    """

    name: str
    write: Callable[[Course], Any]
    read: Callable[[str], Any] = str
    needed: bool = False


def _listed(names: Iterable[str]) -> str:
    """Return names between commas; one a line when a comma is part of one."""
    names = list(names)
    if any(mark in name for name in names for mark in ",،"):
        return "".join(f"{name}\n" for name in names)
    return ", ".join(names)


def _lines(cell: str) -> list[str]:
    return [line for line in cell.splitlines() if line.strip()]


def _names(cell: str) -> list[str]:
    parts = cell.splitlines() if "\n" in cell or "\r" in cell else re.split("[,،]", cell)
    return [part.strip() for part in parts if part.strip()]


def _maybe(cell: str) -> str | None:
    return cell.strip() or None


def _yes_or_no(cell: str) -> bool:
    word = cell.strip().casefold()
    if word not in TRUE | FALSE:
        raise ValidationError(_("Write yes or no."), code="invalid")
    return word in TRUE


def _plain(value: Any) -> str:
    """Return an amount without the zeros that only the column's scale brings."""
    return "" if value is None else f"{value.normalize():f}"


def _field(name: str, read: Callable[[str], Any] = str, *, needed: bool = False) -> Part:
    return Part(name, lambda course: getattr(course, name), read, needed)


PARTS = [
    _field("slug", str.strip),
    _field("title", needed=True),
    _field("subtitle"),
    _field("description"),
    Part("objectives", lambda course: "\n".join(course.objectives), _lines),
    Part("requirements", lambda course: "\n".join(course.requirements), _lines),
    Part("category", lambda course: course.category.slug if course.category else "", str.strip),
    Part("tags", lambda course: _listed(tag.name for tag in course.tags.all()), _names),
    _field("level", str.strip, needed=True),
    _field("language", str.strip, needed=True),
    Part("price", lambda course: _plain(course.price), str.strip, needed=True),
    _field("currency", str.strip, needed=True),
    _field("max_students", _maybe),
    _field("access_days", _maybe),
    Part("is_sequential", lambda course: "yes" if course.is_sequential else "no", _yes_or_no, needed=True),
    Part(
        "certificate_enabled",
        lambda course: "yes" if course.certificate_enabled else "no",
        _yes_or_no,
        needed=True,
    ),
    Part("min_quiz_average", lambda course: _plain(course.min_quiz_average), _maybe),
    _field("promo_video_url", str.strip),
    _field("estimated_duration_minutes", _maybe),
    Part(
        "prerequisite_courses",
        lambda course: _listed(row.slug for row in course.prerequisite_courses.all()),
        _names,
    ),
    Part("instructor", lambda course: course.instructor.email, str.strip, needed=True),
]
_BY_NAME = {part.name: part for part in PARTS}


def names_for(person: User) -> list[str]:
    """Return the columns that a person writes and may send; who owns a course is for admins."""
    return [part.name for part in PARTS if part.name != "instructor" or person.is_admin]


def table_for(person: User, courses: QuerySet[Course]) -> tuple[list[Column], QuerySet[Course]]:
    """Return columns and rows for `lms.lib.sheets`, from which an import makes the same courses again."""
    columns = [Column(name, _BY_NAME[name].write) for name in names_for(person)]
    rows = courses.select_related("category", "instructor").prefetch_related("tags", "prerequisite_courses")
    return columns, rows


def read_table(content: bytes, names: Sequence[str]) -> list[dict[str, str]]:
    """Return the rows of a CSV file in UTF-8, comma or semicolon, as texts by column; empty rows are left out.

    Each has its number in the file as "#". Raises ValidationError with one sentence for a file that is too
    large, no CSV, too long (MAX_ROWS), or has columns that are not among `names`.
    """
    if len(content) > MAX_BYTES:
        raise ValidationError(_("The file is too large: at most 5 MB."), code="too_large")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValidationError(_("Save the file as CSV in UTF-8."), code="not_utf8") from None
    if "\0" in text:
        raise ValidationError(_("This is no CSV file."), code="not_csv")
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        raise ValidationError(_("This is no CSV file."), code="not_csv") from None
    head = [unguarded(cell).strip().lower() for cell in lines[0]] if lines else []
    _refuse_columns(head, names)
    rows = [
        _row(number, head, cells) for number, cells in enumerate(lines[1:], 2) if any(map(str.strip, cells))
    ]
    if len(rows) > MAX_ROWS:
        sentence = ngettext("At most %(count)d row at a time.", "At most %(count)d rows at a time.", MAX_ROWS)
        raise ValidationError(sentence % {"count": MAX_ROWS}, code="too_many_rows")
    return rows


def _refuse_columns(head: Sequence[str], names: Sequence[str]) -> None:
    unknown = [name for name in head if name not in names]
    if unknown or len(set(head)) < len(head) or not {"slug", "title"} & set(head):
        sentence = _("The columns are: %(columns)s. At least slug or title is needed.")
        told = sentence % {"columns": ", ".join(names)}
        if unknown:
            told += " " + _("Not known here: %(columns)s.") % {
                "columns": ", ".join(filter(None, unknown)) or "–"
            }
        raise ValidationError(told, code="unknown_column")


def _row(number: int, head: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    row = {"#": str(number)}
    if len(cells) != len(head):
        told = _("This row has %(count)d cells, the first line has %(wanted)d.")
        return row | {"!": told % {"count": len(cells), "wanted": len(head)}}
    return row | {name: unguarded(cell) for name, cell in zip(head, cells, strict=True)}


def read_cells(row: dict[str, str]) -> dict[str, Any]:
    """Return what a row of `read_table` says, by field; a cell of a needed field that is empty says nothing.

    Raises ValidationError with an entry for each cell that cannot be read.
    """
    if "!" in row:
        raise ValidationError(row["!"], code="cells")
    values: dict[str, Any] = {}
    errors: dict[str, ValidationError] = {}
    for name, cell in row.items():
        part = _BY_NAME.get(name)
        if part is None or (part.needed and not cell.strip()):
            continue
        try:
            values[name] = part.read(cell)
        except ValidationError as error:
            errors[name] = error
    if errors:
        raise ValidationError(errors)
    return values
