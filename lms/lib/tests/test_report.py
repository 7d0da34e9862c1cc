"""A report on paper: everything said is on it, in both languages, and nothing of it is markup."""

from datetime import UTC, datetime

import pypdfium2
import pytest

from lms.lib.pdf.report import Report, render_report

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


def report(**changed):
    facts = {
        "language": "en",
        "title": "My progress",
        "subtitle": "Salma Haddad",
        "author": "Lantern",
        "head": ["Course", "Progress"],
        "rows": [["Lenses & #strong[light] <b>", "33.33%"], ["مقدمة في الضوء", "–"]],
        "made_at": AT,
        "page": "Page {page} of {pages}",
        "figures": [("hours", "12.5")],
        "numbers": frozenset({1}),
        "note": "Live figures.",
    }
    return Report(**{**facts, **changed})


def text_of(pdf):
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.get_textpage().get_text_range() for page in document]


def test_what_is_said_is_printed_as_it_is():
    (page,) = text_of(render_report(report()))
    for words in (
        "My progress",
        "Lenses & #strong[light] <b>",
        "33.33%",
        "12.5",
        "Live figures.",
        "Page 1 of 1",
    ):
        assert words in page
    assert "مقدمة في الضوء" in page


def test_the_same_report_gives_the_same_bytes():
    assert render_report(report()) == render_report(report())


def test_a_long_table_has_its_head_on_each_page():
    pages = text_of(render_report(report(rows=[[f"Course {number}", "1%"] for number in range(80)])))
    assert len(pages) > 2 and all("Progress" in page for page in pages)
    assert f"Page {len(pages)} of {len(pages)}" in pages[-1] and "Course 79" in pages[-1]


@pytest.mark.parametrize(
    "changed", [{"rows": []}, {"figures": []}, {"note": ""}, {"language": "ar", "title": "تقدّمي"}]
)
def test_parts_may_be_missing(changed):
    assert len(text_of(render_report(report(**changed)))) == 1


def test_signs_that_no_font_has_do_not_stop_it():
    (page,) = text_of(render_report(report(rows=[["漢 light 🎓", "1%"]])))
    assert "? light ?" in page
