"""What a certificate's file says: its words, its metadata, and what it refuses."""

import os
import unicodedata
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pypdfium2 as pdfium
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from lms.lib.pdf import MissingGlyphs, RenderError, render_certificate
from lms.lib.pdf.direction import first_strong
from lms.lib.pdf.fonts import font_set
from lms.lib.tests.pdf_samples import ARABIC, ENGLISH, SHEETS, bare

HOSTILE = [
    '#read("/etc/passwd")',
    "{{7*7}} {% debug %} {student_name}",
    '#import "@preview/cetz:0.1.0": * $x$ *bold* _under_ `code` @ref <label> \\ // /* */',
    "]#panic()[",
    "<script>alert(1)</script> &amp; <svg onload=x>",
    "(brackets) \\( )unbalanced( << /JS (app.alert(1)) >> endstream endobj",
    "O’Neil–Łukasz “Zoë” Nguyễn; Αθηνά; Жуков 100 % € ½",
]


class PanicException(BaseException):
    """As the engine's bindings name theirs."""


def test_a_panic_of_the_engine_is_a_refusal(monkeypatch):
    def panic(*_args, **_options):
        raise PanicException("index out of bounds")

    monkeypatch.setattr("typst.Compiler.compile", panic, raising=True)
    with pytest.raises(RenderError, match="out of bounds"):
        render_certificate(ENGLISH)


def text_of(pdf):
    document = pdfium.PdfDocument(pdf)
    assert len(document) == 1
    text = document[0].get_textpage().get_text_range().replace("\r\n", "\n")
    return text.replace("\ufffe", "-")  # a hyphen that ends its line


def plain(text):
    """Return a text as it is compared: NFKC, without vowel signs and marks of direction."""
    text = unicodedata.normalize("NFKC", text)
    return "".join(sign for sign in text if unicodedata.category(sign) not in ("Mn", "Cf"))


def printed(sheet):
    """Return every text that must be on the paper."""
    labels, texts = (
        sheet.labels,
        [sheet.title, *sheet.body, *sheet.below, sheet.student_name, sheet.course_title],
    )
    texts += [sheet.issuer_name, labels["verify"], sheet.verification_url]
    pairs = [
        ("completed_on", sheet.completed_on),
        ("valid_until", sheet.valid_until),
        ("hours", sheet.hours),
        ("grade", sheet.grade),
        ("instructor", sheet.instructor_name),
        ("number", sheet.number),
        ("code", sheet.verification_code),
        ("issued_on", sheet.issued_on),
        ("revision", str(sheet.revision) if sheet.revision > 1 else ""),
    ]
    texts += [text for name, value in pairs if value for text in (labels[name], value)]
    return [*texts, *((sheet.signatory_name, sheet.signatory_title) if sheet.signatory_name else ())]


@pytest.mark.parametrize("name", ["en", "ar", "en-bare", "en-full", "ar-full", "ar-portrait"])
def test_words_on_the_paper_are_the_fields(name):
    sheet = SHEETS[name]
    wanted = Counter(plain(" ".join(printed(sheet))).split())
    assert Counter(plain(text_of(render_certificate(sheet))).split()) == wanted


@pytest.mark.parametrize("sheet", SHEETS.values(), ids=SHEETS)
def test_number_code_and_address_stand_alone_on_their_line(sheet):
    lines = text_of(render_certificate(sheet)).split("\n")
    for exact in (sheet.number, sheet.verification_code, sheet.verification_url):
        assert lines.count(exact) == 1


@pytest.mark.parametrize(
    "name", ["أُسامة بن مُنقذ", "مُحَمَّدٌ العَرَبِيّ", "شكرًا جزيلًا", "لأُمِّ كُلثوم", "مؤهَّل إِنَّ", "می‌خواهم گچپژ", "ٹیپو"]
)
def test_vowel_signs_do_not_tear_words_apart(name):
    lines = plain(text_of(render_certificate(replace(bare(ARABIC), student_name=name)))).split("\n")
    assert plain(name) in lines


@pytest.mark.parametrize("name", ["ʿAbd al-Raḥmān Ḫaldūn", "Ế Ṩ x̂", "Ŵŷ İı ß"])
def test_latin_letters_keep_their_accents(name):
    lines = unicodedata.normalize(
        "NFC", text_of(render_certificate(replace(ENGLISH, student_name=name)))
    ).split("\n")
    assert unicodedata.normalize("NFC", name) in lines


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_stays_text(name):
    text = text_of(render_certificate(replace(ENGLISH, student_name=name, course_title="Plain")))
    assert f" {name} " in " ".join(text.split())


def test_labels_of_missing_parts_are_missing():
    text = text_of(render_certificate(bare(ENGLISH)))
    for name in ("valid_until", "hours", "grade", "instructor", "revision"):
        assert ENGLISH.labels[name] not in text


def test_blanks_are_collapsed():
    text = text_of(
        render_certificate(replace(ENGLISH, student_name="  Layla \t\n  Haddad ", body=("", " \n")))
    )
    assert "Layla Haddad" in text.split("\n")


@pytest.mark.parametrize("sheet", [ENGLISH, ARABIC])
def test_metadata(sheet):
    pdf = render_certificate(sheet)
    about = pdfium.PdfDocument(pdf).get_metadata_dict()
    assert about["Title"] == f"{sheet.title}: {sheet.course_title}"
    assert about["Author"] == sheet.issuer_name
    assert about["Keywords"] == f"{sheet.number}, {sheet.verification_code}"
    assert about["CreationDate"].startswith("D:20261003093000")
    assert f"/Lang({sheet.language})".encode() in pdf
    assert b"/Marked true" in pdf
    assert b"pdfuaid:part" in pdf


def test_same_sheet_gives_the_same_bytes():
    assert render_certificate(ARABIC) == render_certificate(replace(ARABIC))


def test_another_issue_time_gives_another_file():
    later = replace(ENGLISH, issued_at=ENGLISH.issued_at + timedelta(seconds=1))
    assert render_certificate(later) != render_certificate(ENGLISH)


def test_threads_share_the_engine():
    sheets = [replace(ENGLISH, student_name=f"Student {letter}") for letter in "ABCD"]
    with ThreadPoolExecutor(4) as pool:
        assert (
            list(pool.map(render_certificate, sheets * 3))
            == [render_certificate(sheet) for sheet in sheets] * 3
        )


def test_forked_process_refuses_instead_of_hanging():
    render_certificate(ENGLISH)
    child = os.fork()
    if child == 0:
        try:
            render_certificate(ENGLISH)
        except RenderError:
            os._exit(7)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


@pytest.mark.parametrize(
    "field",
    ["student_name", "course_title", "issuer_name", "instructor_name", "signatory_name", "title", "hours"],
)
def test_character_that_no_font_has_is_named(field):
    with pytest.raises(MissingGlyphs) as refused:
        render_certificate(replace(ENGLISH, **{field: "Sequoyah ᏍᏏᏉᏯ, 王小明"}))
    assert refused.value.characters == tuple("ᏉᏍᏏᏯ小明王")
    assert "ᏍᏏᏉᏯ"[0] in str(refused.value)
    assert refused.value.code == "missing_glyphs"


@pytest.mark.parametrize("character", ["\u202e", "\u0000", "\u001b", "\ufffe", "\U0001f600", "\ue000"])
def test_character_that_cannot_be_printed_is_named(character):
    with pytest.raises(MissingGlyphs) as refused:
        render_certificate(replace(ENGLISH, student_name=f"Layla{character}"))
    assert refused.value.characters == (character,)


def test_another_font_folder_brings_another_script(tmp_path):
    sheet = replace(ENGLISH, student_name="ᏍᏏᏉᏯ")
    write_font(tmp_path / "Cherokee.ttf", "ᏍᏏᏉᏯ")
    assert "ᏍᏏᏉᏯ" in text_of(render_certificate(sheet, font_folder=tmp_path)).split("\n")
    with pytest.raises(MissingGlyphs):
        render_certificate(sheet)


def write_font(path, characters):
    """Write a font in which each of these characters is a box."""
    names = {ord(character): f"u{ord(character):04X}" for character in characters}
    order = [".notdef", *names.values()]
    pen = TTGlyphPen(None)
    for step, point in enumerate([(50, 0), (50, 600), (450, 600), (450, 0)]):
        pen.lineTo(point) if step else pen.moveTo(point)
    pen.closePath()
    box = pen.glyph()
    font = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder(order)
    font.setupCharacterMap(names)
    font.setupGlyf(dict.fromkeys(order, box))
    font.setupHorizontalMetrics(dict.fromkeys(order, (500, 50)))
    font.setupHorizontalHeader(ascent=800, descent=-200)
    font.setupNameTable({"familyName": "Boxes", "styleName": "Regular", "psName": "Boxes-Regular"})
    font.setupOS2()
    font.setupPost()
    font.save(path)


def test_folder_with_a_broken_font_is_refused(tmp_path):
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    with pytest.raises(RenderError, match=r"broken\.ttf"):
        render_certificate(ENGLISH, font_folder=tmp_path)


def test_only_our_fonts_are_used():
    assert font_set().order(arabic=False) == ["Source Serif 4", "Amiri"]
    assert font_set().order(arabic=True) == ["Amiri", "Source Serif 4"]
    text = pdfium.PdfDocument(render_certificate(SHEETS["en-arabic-name"]))[0].get_objects(
        [pdfium.raw.FPDF_PAGEOBJ_TEXT]
    )
    families = {item.get_font().get_base_name().partition("+")[2].partition("-")[0] for item in text}
    assert families == {"SourceSerif4Roman", "SourceSerif4Italic", "Amiri"}


@pytest.mark.parametrize("colour", ["red", "#005f7", '#005f78"/><image/>', "#zzzzzz", ""])
def test_colour_must_be_a_colour(colour):
    with pytest.raises(ValueError, match="is not a colour"):
        replace(ENGLISH, accent=colour)


@pytest.mark.parametrize(
    "picture", [b"", b"no picture", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\x89PNG\r\n"]
)
def test_unreadable_picture_is_refused(picture):
    with pytest.raises(RenderError, match="picture"):
        render_certificate(replace(ENGLISH, logo=picture))


def test_more_lines_than_a_page_holds_are_refused():
    with pytest.raises(RenderError, match="does not fit"):
        render_certificate(replace(ENGLISH, body=("line",) * 300))


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        ("Layla", "ltr"),
        ("ليلى (PhD)", "rtl"),
        ("(2) C++ للمبتدئين", "ltr"),
        ("12 ساعة", "rtl"),
        ("12", None),
        ("\u2068ليلى\u2069 has finished", "ltr"),
        ("\u2068Layla\u2069 أتمّت", "rtl"),
    ],
)
def test_direction_is_that_of_the_first_letter(text, direction):
    assert first_strong(text) == direction
