"""The certificate drawn with fpdf2 and uharfbuzz: the engine not chosen, kept so that it can be measured."""

from io import BytesIO
from pathlib import Path

import segno
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from lms.lib.pdf import CertificateSheet
from lms.lib.pdf.direction import first_strong
from lms.lib.pdf.fonts import font_set
from lms.lib.pdf.frame import frame_svg
from lms.lib.pdf.images import print_ready

ARABIC_SCALE = 1.3
CUTS = {"regular": (400, ""), "semibold": (600, ""), "italic": (400, "-Italic")}


def prepare(folder: Path) -> None:
    """Write fixed cuts of the variable Latin face, once: fpdf2 would make them for every document."""
    latin = font_set().folders[0]
    for name, (weight, slant) in CUTS.items():
        font = TTFont(latin / f"SourceSerif4{slant}[opsz,wght].ttf")
        instantiateVariableFont(font, {"wght": weight, "opsz": 20}, inplace=True)
        font.save(folder / f"{name}.ttf")


class Certificate(FPDF):
    """One page; the same order, sizes and fitting as certificate.typ, in fpdf2's words."""

    def __init__(self, sheet: CertificateSheet, cuts: Path) -> None:
        super().__init__(orientation="L" if sheet.orientation == "landscape" else "P", format="A4")
        self.sheet, self.rtl = sheet, sheet.language == "ar"
        self.set_auto_page_break(False)
        self.set_margins(24, 21)
        for name in CUTS:
            self.add_font(name, fname=cuts / f"{name}.ttf")
        amiri = font_set().folders[1]
        self.add_font("amiri", fname=amiri / "Amiri-Regular.ttf")
        self.add_font("amiri-bold", fname=amiri / "Amiri-Bold.ttf")
        self.set_title(f"{sheet.title}: {sheet.course_title}")
        self.set_author(sheet.issuer_name)
        self.set_keywords(f"{sheet.number}, {sheet.verification_code}")
        self.set_lang(sheet.language)
        self.set_creation_date(sheet.issued_at)
        self.add_page()

    def draw(self) -> bytes:
        sheet, labels = self.sheet, self.sheet.labels
        svg = frame_svg(sheet.orientation, accent=sheet.accent, border=sheet.border)
        self.image(BytesIO(svg.encode()), x=0, y=0, w=self.w)
        width = self.epw
        if sheet.logo:
            self.image(BytesIO(print_ready(sheet.logo)), x="CENTER", y=21, h=16, w=70, keep_aspect_ratio=True)
            self.set_y(39)
        self.line_of(sheet.issuer_name, width, 13.5, 10, "semibold")
        self.ln(4)
        self.line_of(sheet.title, width, 35, 20, "regular", sheet.accent)
        self.ln(4)
        for line in sheet.body:
            self.line_of(line, width, 13.5, 10.5, "italic")
        self.ln(2)
        self.line_of(sheet.student_name, width, 43, 21, "semibold")
        self.ln(3)
        for line in sheet.below:
            self.line_of(line, width, 13.5, 10.5, "italic")
        self.line_of(sheet.course_title, width, 24, 14, "semibold")
        self.ln(3)
        facts = (
            (labels["completed_on"], sheet.completed_on),
            (labels["valid_until"], sheet.valid_until),
            (labels["hours"], sheet.hours),
            (labels["grade"], sheet.grade),
        )
        self.columns([pair for pair in facts if pair[1]], 12.5)
        self.ln(3)
        self.seal()
        self.line_of(labels["verify"], width, 9, 7)
        self.line_of(sheet.verification_url, width, 9.5, 6.5, "regular", sheet.accent)
        self.ln(2)
        marks = (
            (labels["number"], sheet.number),
            (labels["code"], sheet.verification_code),
            (labels["issued_on"], sheet.issued_on),
        )
        self.columns(list(marks), 10)
        return bytes(self.output())

    def line_of(
        self, text: str, width: float, most: float, least: float, cut: str = "regular", colour: str = ""
    ) -> None:
        """Set one field centred at the present place, shrunk to fit, then wrapped."""
        arabic = (first_strong(text) or ("rtl" if self.rtl else "ltr")) == "rtl"
        scale = ARABIC_SCALE if arabic else 1
        family = ("amiri-bold" if cut == "semibold" else "amiri") if arabic else cut
        self.set_text_shaping(True, direction="rtl" if arabic else "ltr")
        self.set_fallback_fonts(["regular" if arabic else "amiri"], exact_match=False)
        self.set_text_color(colour or self.sheet.ink)
        size = most * scale
        for _ in range(4):
            self.set_font(family, size=size)
            wide = self.get_string_width(text)
            if wide <= width or size == least * scale:
                break
            size = max(least * scale, size * width / wide * 0.995)
        self.multi_cell(width, size * 0.46, text, align="C", new_x=XPos.LEFT, new_y=YPos.NEXT)

    def columns(self, pairs: list[tuple[str, str]], size: float) -> None:
        top, width = self.get_y(), self.epw / len(pairs)
        for place, (label, value) in enumerate(reversed(pairs) if self.rtl else pairs):
            self.set_xy(self.l_margin + place * width, top)
            self.line_of(label, width, size - 2.5, 7.5)
            self.line_of(value, width, size, 7.5, "semibold")
        self.set_x(self.l_margin)

    def seal(self) -> None:
        sheet, top, side = self.sheet, self.get_y(), 25.6
        code, svg = segno.make_qr(sheet.verification_url, error="m", boost_error=False), BytesIO()
        code.save(svg, kind="svg", border=0, omitsize=True)
        self.image(svg, x=(self.w - side) / 2, y=top, w=side, alt_text=sheet.verification_url)
        signers = (
            (sheet.signatory_name, sheet.signatory_title, sheet.signature),
            (sheet.instructor_name, sheet.labels["instructor"], None),
        )
        room = (self.epw - side - 26) / 2
        for place, (name, title, picture) in enumerate(signers):
            if not name:
                continue
            x = self.l_margin if (place == 0) != self.rtl else self.w - self.r_margin - room
            if picture:
                self.image(BytesIO(print_ready(picture)), x=x, y=top, w=room, h=14, keep_aspect_ratio=True)
            self.line(x, top + 15, x + room, top + 15)
            self.set_xy(x, top + 16.6)
            self.line_of(name, room, 11.5, 8, "semibold")
            if title:
                self.line_of(title, room, 10, 7.5)
        self.set_xy(self.l_margin, top + side + 3)


def render(sheet: CertificateSheet, cuts: Path) -> bytes:
    return Certificate(sheet, cuts).draw()
