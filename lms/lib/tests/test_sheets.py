"""Tables as files: whole, with numbers as numbers, and nothing that runs."""

import csv
import io
import tracemalloc
from datetime import UTC, date, datetime
from decimal import Decimal
from operator import itemgetter
from pathlib import Path
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from lms.lib import sheets
from lms.lib.sheets import Column, export, guarded, unguarded

AT = datetime(2026, 11, 21, 22, 30, 15, 999, tzinfo=UTC)
COLUMNS = [
    Column(_("January"), itemgetter(0)),
    Column("=Points", itemgetter(1), "number"),
    Column("Day", itemgetter(2), "date"),
    Column("Seen", itemgetter(3), "time"),
]
ROWS = [
    ("=1+1", -5, date(2026, 11, 21), AT),
    ("سلمى، حداد", Decimal("-12.50"), None, None),
    ('He said "no",\r\ntwice', 0, None, None),
    (12, 2.5, None, None),
    (None, None, None, None),
]
RUNS = ["=1+1", "+1-1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\0=1", "＝1+1", "＋1", "－1", "＠A1",
        " =1", "\u00a0=1", "\ufeff=1", "\u200f=1", " \t=1", "+20 10", "-12.5", "\u061c=1", "\u2066+1",
        "\xad@A", "\x01=1", "\u2060-1", "\ufe66 1", "\ufe62 1", "\ufe63 1", "\ufe6b A"]  # fmt: skip


def body_of(response):
    return b"".join(response.streaming_content)


def read_csv(response):
    return list(csv.reader(io.StringIO(body_of(response).decode("utf-8-sig"), newline="")))


def read_xlsx(response):
    return load_workbook(io.BytesIO(body_of(response)))


@pytest.mark.parametrize("text", RUNS)
def test_what_would_run_is_guarded_and_whole(text):
    assert guarded(text) == "'" + text


@pytest.mark.parametrize("text", ["", "Salma", "سلمى", "a=b", "'tis", "7", "a\tb", "١٢"])
def test_everything_else_stays_as_it_is(text):
    assert guarded(text) == text


@given(st.text())
def test_no_character_is_lost(text):
    assert guarded(text) in (text, "'" + text)
    assert not guarded(text).lstrip().startswith(tuple("=@+-\0＝＋－＠﹦﹢﹣﹫"))
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("text", ["'=1", "''=1", "' =1", "'tis", "''", *RUNS])
def test_what_was_written_is_read_back(text):
    assert unguarded(guarded(text)) == text


def test_csv():
    with timezone.override(ZoneInfo("Africa/Cairo")):
        response = export(COLUMNS, ROWS, name="lenses-students", as_="csv")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="lenses-students.csv"'
    assert response["Cache-Control"] == "private, no-store"
    body = body_of(response)
    assert body.startswith(b"\xef\xbb\xbf") and body.count(b"\r\n") == 7
    assert list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""))) == [
        ["January", "'=Points", "Day", "Seen"],
        ["'=1+1", "-5", "2026-11-21", "2026-11-22 00:30:15"],
        ["سلمى، حداد", "-12.50", "", ""],
        ['He said "no",\r\ntwice', "0", "", ""],
        ["12", "2.5", "", ""],
        ["", "", "", ""],
    ]


def test_xlsx():
    with timezone.override(ZoneInfo("Africa/Cairo")):
        response = export(COLUMNS, ROWS, name="lenses-students", as_="xlsx")
    assert response["Content-Disposition"] == 'attachment; filename="lenses-students.xlsx"'
    sheet = read_xlsx(response).active
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["January", "=Points", "Day", "Seen"],
        ["=1+1", -5, datetime(2026, 11, 21), datetime(2026, 11, 22, 0, 30, 15)],
        ["سلمى، حداد", -12.5, None, None],
        ['He said "no",_x000D_\ntwice', 0, None, None],  # as Excel writes a carriage return
        ["12", 2.5, None, None],
    ]
    assert unescape(sheet["A4"].value) == ROWS[2][0]
    assert [cell.data_type for cell in sheet[2]] == ["s", "n", "d", "d"]
    assert not sheet.sheet_view.rightToLeft


@pytest.mark.parametrize("text", [*RUNS, "https://evil.example", "{=1}", "007"])
def test_text_is_a_string_cell_in_xlsx(text):
    body = body_of(export([Column("Text", str)], [text], name="x", as_="xlsx"))
    xml = ZipFile(io.BytesIO(body)).read("xl/worksheets/sheet1.xml").decode()
    assert xml.count('t="inlineStr"') == 2
    assert not any(sign in xml for sign in ("<f>", "<v>", "hyperlink"))


def test_the_language_and_zone_are_those_of_the_call():
    rows = [("a", 1, None, AT)] * 1200
    with translation.override("ar"), timezone.override(ZoneInfo("Pacific/Kiritimati")):
        as_csv = export(COLUMNS, iter(rows), name="x", as_="csv")
        sheet = read_xlsx(export(COLUMNS, rows[:1], name="x", as_="xlsx")).active
        word = str(_("January"))
    head, *lines = read_csv(as_csv)
    assert head[0] == sheet["A1"].value == word == "يناير"
    assert len(lines) == 1200 and {line[3] for line in lines} == {"2026-11-22 12:30:15"}
    assert sheet.sheet_view.rightToLeft


def test_what_fails_at_once_is_no_half_file():
    def broken():
        raise ZeroDivisionError
        yield

    for as_ in sheets.FORMATS:
        with pytest.raises(ZeroDivisionError):
            export(COLUMNS, broken(), name="x", as_=as_)


@pytest.mark.parametrize("length, ending", [(32_767, "ab"), (32_768, "a…")])
def test_a_cell_that_is_full_says_so(length, ending):
    text = "a" * (length - 1) + "b"
    cell = read_xlsx(export([Column("Text", str)], [text], name="x", as_="xlsx")).active["A2"].value
    assert (len(cell), cell[-2:]) == (32_767, ending)
    assert read_csv(export([Column("Text", str)], [text], name="x", as_="csv"))[1] == [text]


def test_a_full_sheet_goes_on_in_the_next(monkeypatch):
    monkeypatch.setattr(sheets, "MOST_ROWS", 3)
    book = read_xlsx(export([Column("N", int, "number")], range(4), name="x", as_="xlsx"))
    assert [[cell.value for cell in sheet["A"]] for sheet in book] == [["N", 0, 1], ["N", 2, 3], ["N"]]


@pytest.mark.parametrize("as_", sheets.FORMATS)
def test_memory_does_not_grow_with_the_rows(as_):
    def peak(count):
        tracemalloc.start()
        rows = (("name" * 10, number) for number in range(count))
        for _chunk in export(COLUMNS[:2], rows, name="x", as_=as_).streaming_content:
            pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(10)
    assert peak(50_000) < 1.3 * peak(2000)


def test_nobody_else_writes_cells():
    """`enrollments/admin/bulk.py` keeps a checked list in a field of its own form."""
    writers = {
        str(path.relative_to(settings.BASE_DIR))
        for app in [*settings.BASE_DIR.glob("*/apps.py")]
        for path in app.parent.rglob("*.py")
        if "tests" not in path.parts and _writes_cells(path)
    }
    assert writers == {"lms/lib/sheets.py", "enrollments/admin/bulk.py"}


def _writes_cells(path: Path) -> bool:
    source = path.read_text()
    return any(word in source for word in ("csv.writer", "csv.DictWriter", "xlsxwriter", "openpyxl"))
