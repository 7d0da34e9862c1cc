"""Cells for CSV and XLSX that no spreadsheet program runs as a formula."""

import re
from collections.abc import Iterable

# What makes a program evaluate a cell: its ASCII and full-width forms, after any blanks that it drops first.
_DANGEROUS = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
_PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
GUARD = "'"


def safe_cell(value: object) -> object:
    """Return what to write into a cell: text that would run gets an apostrophe before it, and loses nothing.

    Numbers stay numbers, also those that are text already ("-12.5"); None becomes "". After OWASP, "CSV
    Injection".
    """
    if value is None:
        return ""
    if not isinstance(value, str) or _PLAIN_NUMBER.fullmatch(value):
        return value
    return GUARD + value if _DANGEROUS.match(value) else value


def safe_row(values: Iterable[object]) -> list[object]:
    """Return a row of such cells."""
    return [safe_cell(value) for value in values]
