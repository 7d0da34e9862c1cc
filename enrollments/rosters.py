"""Lists of people as they are pasted or uploaded: addresses, or a table of email, full_name, expires_at."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime, time

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from enrollments.services import Entry
from lms.lib.text import clean_text, validate_plain_text

MAX_BYTES = 1_000_000
COLUMNS = ("email", "full_name", "expires_at")


def read_addresses(text: str) -> list[Entry]:
    """Return the addresses of a pasted list: separated by lines, commas, semicolons or blanks."""
    entries = []
    for number, line in enumerate(text.splitlines(), 1):
        entries += [Entry(number, word.strip("<>")) for word in re.split(r"[\s,;]+", line) if word]
    return entries


def read_csv(content: bytes) -> list[Entry]:
    """Return the rows of a CSV file in UTF-8: comma or semicolon, with or without the line of column names.

    Without it the columns are email, full_name, expires_at. A column `line` replaces the number of a line.
    Raises ValidationError with a sentence for each line that cannot be read.
    """
    if len(content) > MAX_BYTES:
        raise ValidationError(_("The file is too large: at most 1 MB."), code="too_large")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValidationError(_("Save the file as CSV in UTF-8."), code="not_utf8") from None
    if "\0" in text:
        raise ValidationError(_("This is no CSV file."), code="not_csv")
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ",")
    try:
        return _entries(reader)
    except csv.Error:
        raise ValidationError(_("This is no CSV file."), code="not_csv") from None


def _entries(reader: csv._reader) -> list[Entry]:  # type: ignore[name-defined]  # known to type checkers only
    names: tuple[str, ...] = COLUMNS
    entries: list[Entry] = []
    errors: list[str] = []
    for cells in reader:
        row = [cell.strip() for cell in cells]
        if not any(row):
            continue
        if not entries and "email" in [cell.lower() for cell in row]:
            names = tuple(cell.lower() for cell in row)
            continue
        values = dict(zip(names, row, strict=False))
        try:
            entries.append(_entry(reader.line_num, values))
        except ValidationError as error:
            errors += [
                _("Line %(line)d: %(problem)s") % {"line": reader.line_num, "problem": problem}
                for problem in error.messages
            ]
    if errors:
        raise ValidationError(errors)
    return entries


def _entry(line: int, values: dict[str, str]) -> Entry:
    name = clean_text(values.get("full_name", ""))
    validate_plain_text(name)
    if len(name) > 150:
        raise ValidationError(_("The name is too long."))
    given = values.get("line", "")
    line = int(given) if given.isdecimal() and len(given) < 7 else line
    return Entry(line, values.get("email", ""), name, read_end(values.get("expires_at", "")))


def read_end(text: str) -> datetime | None:
    """Return the end of access that a cell names: a day (to its end) or an instant; "" is None.

    Raises ValidationError for anything else, and for what is past.
    """
    if not text:
        return None
    try:
        day, moment = parse_date(text), parse_datetime(text)
    except ValueError:
        day = moment = None
    if day is not None:
        moment = datetime.combine(day, time(23, 59, 59))
    if moment is None:
        raise ValidationError(_("Write the end of access as 2027-01-31 or 2027-01-31T12:00."))
    end = moment if timezone.is_aware(moment) else timezone.make_aware(moment)
    if end <= timezone.now():
        raise ValidationError(_("Access must end in the future."))
    return end
