"""How a certificate looks: pictures to compare with, and a page that holds whatever is written on it.

To renew a picture, delete it, run the test (it fails and draws the new one), look at it, commit it.
"""

import unicodedata
from collections import defaultdict
from ctypes import c_double
from dataclasses import replace
from functools import cache
from io import BytesIO
from itertools import combinations
from pathlib import Path

import pypdfium2 as pdfium
import pytest
import zxingcpp
from PIL import Image, ImageChops

from lms.lib.pdf import render_certificate
from lms.lib.pdf.frame import FRAME_MM
from lms.lib.tests.pdf_samples import ABSURD, ARABIC, ENGLISH, SHEETS, bare

ALL = SHEETS | ABSURD
PICTURES = Path(__file__).parent / "pdf_pages"
DPI = 60
POINTS_PER_MM = 72 / 25.4


@cache
def rendered(name):
    return render_certificate(ALL[name])


def page_of(pdf):
    document = pdfium.PdfDocument(pdf)
    assert len(document) == 1
    return document[0]


def picture_of(pdf, dpi):
    return page_of(pdf).render(scale=dpi / 72).to_pil().convert("L")


@pytest.mark.parametrize("name", SHEETS)
def test_page_looks_like_its_picture(name):
    drawn = picture_of(rendered(name), DPI)
    path = PICTURES / f"{name}.png"
    if not path.exists():
        drawn.quantize(16).save(path, optimize=True)
        pytest.fail(f"{path.name} was missing and is drawn now: look at it.")
    with Image.open(path) as kept:
        difference = ImageChops.difference(drawn.quantize(16).convert("L"), kept.convert("L"))
    far_off = sum(difference.histogram()[64:])
    assert far_off / (drawn.width * drawn.height) < 0.002


@pytest.mark.parametrize("name", ALL)
def test_text_stays_inside_the_frame_and_lines_apart(name):
    sheet, page = ALL[name], page_of(rendered(name))
    width, height = page.get_size()
    assert sorted((round(width), round(height))) == [595, 842]
    assert (width < height) == (sheet.orientation == "portrait")
    edge = FRAME_MM * POINTS_PER_MM
    letters = letters_of(page)
    assert len(letters) > 100
    for (left, bottom, right, top), _ in letters:
        assert edge <= left and right <= width - edge
        assert edge <= bottom and top <= height - edge
    assert [pair for pair in neighbours(letters) if shared(*pair) > 0.2] == []


def letters_of(page):
    """Return the box and the baseline of every letter; vowel signs may lie over their letter."""
    text, x, y = page.get_textpage(), c_double(), c_double()
    letters = []
    for place in range(text.count_chars()):
        box, letter = text.get_charbox(place), chr(pdfium.raw.FPDFText_GetUnicode(text, place))
        if letter.isspace() or unicodedata.combining(letter) or box[2] <= box[0] or box[3] <= box[1]:
            continue
        pdfium.raw.FPDFText_GetCharOrigin(text, place, x, y)
        letters.append((box, y.value))
    return letters


def neighbours(letters, cell=24):
    """Yield the boxes of letters of different lines that share a square of the page."""
    squares = defaultdict(list)
    for box, baseline in letters:
        for column in range(int(box[0] // cell), int(box[2] // cell) + 1):
            for row in range(int(box[1] // cell), int(box[3] // cell) + 1):
                squares[column, row].append((box, baseline))
    for inside in squares.values():
        for (one, its_line), (other, other_line) in combinations(inside, 2):
            if abs(its_line - other_line) > 1:
                yield one, other


def shared(one, other):
    """Return which part of the smaller box lies inside the other."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    up = min(one[3], other[3]) - max(one[1], other[1])
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return max(0, across) * max(0, up) / smaller


def scanned(picture):
    return zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)


@pytest.mark.parametrize("name", ALL)
def test_code_can_be_scanned_and_is_large_enough(name):
    dpi = 150
    [code] = scanned(picture_of(rendered(name), dpi))
    assert code.text == ALL[name].verification_url
    side = (code.position.top_right.x - code.position.top_left.x) / dpi * 25.4
    assert side >= 25
    assert code.ec_level == "M"


def test_long_address_still_fits_and_scans():
    sheet = replace(
        ENGLISH, verification_url=f"https://{'learn.' * 30}example.org/certificates/verify/K7QX2M9DHT4R/"
    )
    [code] = scanned(picture_of(render_certificate(sheet), 200))
    assert code.text == sheet.verification_url


@pytest.mark.parametrize("name", ALL)
def test_file_is_small(name):
    assert len(rendered(name)) <= 200_000


def test_noisy_pictures_lose_resolution_not_the_limit():
    noise = Image.effect_noise((2400, 900), 90).convert("RGB")
    out = BytesIO()
    noise.save(out, "JPEG")
    pdf = render_certificate(replace(ENGLISH, logo=out.getvalue(), signature=out.getvalue()))
    assert len(pdf) <= 200_000
    assert len(list(page_of(pdf).get_objects([pdfium.raw.FPDF_PAGEOBJ_IMAGE]))) == 2


@pytest.mark.parametrize("sheet", [ENGLISH, ARABIC])
def test_missing_parts_leave_no_gap(sheet):
    whole, less = (picture_of(render_certificate(one), 40) for one in (sheet, bare(sheet)))
    # Without signers the seal stands alone in the middle: the sides beside it are blank.
    height, width = less.height, less.width
    for left, right in ((0.1, 0.4), (0.6, 0.9)):
        band = (round(width * left), round(height * 0.66), round(width * right), round(height * 0.78))
        assert whole.crop(band).getextrema()[0] < 128
        assert less.crop(band).getextrema()[0] > 200
