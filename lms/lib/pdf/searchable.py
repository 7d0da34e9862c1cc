"""Text that can be found again: what Typst writes about vowel signs, in the words that PDF readers understand.

Typst draws an Arabic vowel sign as a glyph between the letters, lets every glyph of the pair (and a span around
it, /ActualText) mean the whole, and says that the page runs from right to left. Chrome and others then shuffle
letters, cut words at a sign, and turn codes and addresses around. Here every letter means itself, Arabic signs
are drawn as shapes, so that the text beneath is the plain word people search for, and nothing looks different.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO

from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont

from lms.lib.pdf.objects import PdfObjects

_MEANING = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]+)>")
_WIDTHS = re.compile(rb"/W\[([\d .]*)\]")
_SPAN = re.compile(rb"/Span<</ActualText<FEFF([0-9A-F]+)>>>BDC(.*?T[jJ]\n)EMC", re.DOTALL)
_TEXT_BLOCK = re.compile(rb"BT(.*?)ET", re.DOTALL)
_INSIDE = rb"\\.|[^\\()]"
for _ in range(6):  # brackets in pairs stand in a string as they are
    _INSIDE = rb"\\.|[^\\()]|\((?:" + _INSIDE + rb")*+\)"
_STRING = rb"\((?:" + _INSIDE + rb")*+\)"
_SHOW = re.compile(
    rb"/(f\d+) ([\d.]+) Tf 1 0 0 -1 ([\d.-]+) ([\d.-]+) Tm"
    rb"(?:\[((?:" + _STRING + rb"|[\d. -])*+)\]TJ|(" + _STRING + rb")Tj)",
    re.DOTALL,
)
_SHOWN = re.compile(rb"(" + _STRING + rb")|(-?[\d.]+)", re.DOTALL)
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_CONTROLS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def make_searchable(pdf: bytes) -> bytes:
    """Return a one-page PDF, as Typst writes it, with text that readers and search engines can find.

    Raises RenderError when the file is not built as expected.
    """
    objects = PdfObjects(pdf)
    objects.replace(objects.find(rb"/Type/Catalog"), b"/Direction/R2L", b"/Direction/L2R")
    fonts = {
        name: _Font.read(objects, int(number))
        for name, number in re.findall(
            rb"/(f\d+) (\d+) 0 R", objects.dictionary(objects.find(rb"/Font<</f\d+ "))
        )
    }
    contents = objects.reference(objects.find(rb"/Type/Page/"), rb"Contents") or 0
    page = _SPAN.sub(_without_actual_text, objects.stream(contents))
    page = _TEXT_BLOCK.sub(lambda block: _letters_then_signs(block, fonts), page)
    objects.set_stream(contents, page)
    return objects.rebuilt()


def _letter_and_signs(text: str) -> tuple[str, str]:
    """Return a letter and the signs on it; no signs if the text is anything else."""
    if len(text) == 1:
        text = unicodedata.normalize("NFD", text)
    return (text[0], text[1:]) if all(map(unicodedata.combining, text[1:])) else (text, "")


def _text(digits: bytes) -> str:
    return bytes.fromhex(digits.decode()).decode("utf-16-be")


def _without_actual_text(span: re.Match[bytes]) -> bytes:
    """Return what a span of a letter with signs draws, without the span; any other span as it is."""
    return span[2] if _letter_and_signs(_text(span[1]))[1] else span[0]


@dataclass
class _Font:
    """One font of the page: how far each glyph moves the pen (signs do not), and which are Arabic signs."""

    widths: dict[int, float]
    signs: set[int]
    program: bytes | None

    @classmethod
    def read(cls, objects: PdfObjects, number: int) -> "_Font":
        """Return a font, its map from glyphs to characters put right in the file."""
        descendant = objects.reference(number, rb"DescendantFonts") or 0
        descriptor = objects.reference(descendant, rb"FontDescriptor") or 0
        program = objects.reference(descriptor, rb"FontFile2")
        outlines = None if program is None else objects.stream(program)
        font = cls(_widths(objects.dictionary(descendant)), set(), outlines)
        cmap = objects.reference(number, rb"ToUnicode") or 0
        objects.set_stream(cmap, font.learn(objects.stream(cmap)))
        return font

    def learn(self, cmap: bytes) -> bytes:
        """Return a ToUnicode map in which the letter means the letter, and each sign a sign."""
        meanings = {int(glyph, 16): _text(text) for glyph, text in _MEANING.findall(cmap)}
        apart: dict[str, list[int]] = {}
        for glyph, text in meanings.items():
            letter, signs = _letter_and_signs(text)
            if glyph not in self.widths and signs:
                apart.setdefault(text, []).append(glyph)
                if self.program and unicodedata.bidirectional(letter) in ("R", "AL"):
                    self.signs.add(glyph)
        for glyph in meanings.keys() & self.widths.keys():
            text = meanings[glyph]
            if text in apart or len(text) > 1:
                meanings[glyph] = _letter_and_signs(text)[0]
        for text, glyphs in apart.items():
            signs = _letter_and_signs(text)[1]
            each = signs if len(signs) == len(glyphs) else [signs] * len(glyphs)
            meanings.update(zip(glyphs, each, strict=True))

        def line(entry: re.Match[bytes]) -> bytes:
            meaning = meanings[int(entry[1], 16)].encode("utf-16-be").hex().upper()
            return b"<%s> <%s>" % (entry[1], meaning.encode())

        return _MEANING.sub(line, cmap)

    @cached_property
    def outlines(self) -> TTFont:
        return TTFont(BytesIO(self.program or b""))

    def shape(self, glyph: int, size: float, x: float, y: float) -> bytes:
        """Return the drawing of one glyph, filled with the present colour."""
        shapes = self.outlines.getGlyphSet()
        pen = _PathPen(shapes)
        shapes[self.outlines.getGlyphName(glyph)].draw(pen)
        scale = size / self.outlines["head"].unitsPerEm
        return b"q %.6f 0 0 %.6f %.4f %.4f cm %s f Q\n" % (scale, -scale, x, y, b" ".join(pen.path))


def _widths(font: bytes) -> dict[int, float]:
    """Return the glyphs that move the pen, and how far, in thousandths of the size."""
    found = _WIDTHS.search(font)
    numbers = [float(number) for number in found[1].split()] if found else []
    ranges = zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True)
    return {
        glyph: width for first, last, width in ranges for glyph in range(int(first), int(last) + 1) if width
    }


def _letters_then_signs(block: re.Match[bytes], fonts: dict[bytes, _Font]) -> bytes:
    """Return a text block without its Arabic signs, and after it the shapes of these."""
    shapes: list[bytes] = []

    def show(found: re.Match[bytes]) -> bytes:
        font, size = fonts[found[1]], float(found[2])
        letters, signs = _sorted_out(found[5] or found[6], font)
        if not signs:
            return found[0]
        x, y = float(found[3]), float(found[4])
        shapes.extend(font.shape(glyph, size, x + step * size / 1000, y) for glyph, step in signs)
        head = b"/%s %s Tf 1 0 0 -1 %s %s Tm" % found.group(1, 2, 3, 4)
        return head + (b"[%s]TJ" % letters if letters else b"")

    return b"BT" + _SHOW.sub(show, block[1]) + b"ET\n" + b"".join(shapes)


def _sorted_out(shown: bytes, font: _Font) -> tuple[bytes, list[tuple[int, float]]]:
    """Return what a TJ array shows but for the signs, and the signs with their places (thousandths)."""
    signs: list[tuple[int, float]] = []
    letters, place, pen = b"", 0.0, 0.0
    for string, number in _SHOWN.findall(shown):
        if number:
            place -= float(number)
            continue
        for glyph in _glyphs(string):
            if glyph in font.signs:
                signs.append((glyph, place))
                continue
            if abs(place - pen) > 0.001:
                letters += b"%g" % round(pen - place, 3)
            letters += b"<%04X>" % glyph
            place += font.widths.get(glyph, 0)
            pen = place
    return letters, signs


def _glyphs(string: bytes) -> list[int]:
    """Return the glyph numbers, two bytes each, in a literal string of the page's content."""
    raw = _ESCAPE.sub(_unescaped, string[1:-1])
    return [int.from_bytes(raw[place : place + 2]) for place in range(0, len(raw), 2)]


def _unescaped(escape: re.Match[bytes]) -> bytes:
    sign = escape[1]
    return bytes([int(sign, 8)]) if sign.isdigit() else _CONTROLS.get(sign, sign)


class _PathPen(BasePen):
    """Writes outlines as PDF path operators."""

    def __init__(self, glyphs: object) -> None:
        super().__init__(glyphs)
        self.path: list[bytes] = []

    def _moveTo(self, point: tuple[float, float]) -> None:
        self.path.append(b"%g %g m" % point)

    def _lineTo(self, point: tuple[float, float]) -> None:
        self.path.append(b"%g %g l" % point)

    def _curveToOne(self, *points: tuple[float, float]) -> None:
        self.path.append(b" ".join(b"%.1f %.1f" % point for point in points) + b" c")

    def _closePath(self) -> None:
        self.path.append(b"h")
