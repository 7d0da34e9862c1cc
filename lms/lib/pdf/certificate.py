"""A certificate on paper. What it says comes from above; how it looks is certificate.typ and frame.py."""

import re
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Literal, TypedDict

import segno

from lms.lib.pdf.direction import Direction, first_strong
from lms.lib.pdf.engine import compile_pdf, compile_png
from lms.lib.pdf.fonts import FontSet, font_set
from lms.lib.pdf.frame import frame_svg
from lms.lib.pdf.images import print_ready

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_BLANKS = re.compile(r"\s+")
_QR_SIDE_MM, _QR_QUIET_MODULES, _QR_INK = 25.6, 4, "#1e1b16"


class SheetLabels(TypedDict):
    """The fixed words on the paper, in the certificate's language."""

    completed_on: str
    valid_until: str
    hours: str
    grade: str
    instructor: str  # under the instructor's name
    number: str
    code: str
    issued_on: str
    revision: str
    verify: str  # above the address


@dataclass(frozen=True, kw_only=True)
class CertificateSheet:
    """Everything printed on one certificate, ready to print: dates, hours and grade are words already.

    Empty texts are left out with their labels. `issued_at` becomes the file's creation date. Number, code
    and address are printed as given. Colours are `#rrggbb`. Raises ValueError for another colour.
    """

    language: Literal["en", "ar"]
    title: str
    student_name: str
    course_title: str
    issuer_name: str
    completed_on: str
    issued_on: str
    issued_at: datetime
    number: str
    verification_code: str
    verification_url: str
    labels: SheetLabels
    body: tuple[str, ...] = ()  # lines above the name
    below: tuple[str, ...] = ()  # lines between name and course: "for completing the course"
    instructor_name: str = ""
    signatory_name: str = ""
    signatory_title: str = ""
    valid_until: str = ""
    hours: str = ""
    grade: str = ""
    revision: int = 1
    orientation: Literal["landscape", "portrait"] = "landscape"
    accent: str = "#005f78"
    ink: str = "#1e1b16"
    border: str = "#b3925a"
    logo: bytes | None = None
    signature: bytes | None = None
    credential: str = ""  # travels inside as the attachment credential.jwt

    def __post_init__(self) -> None:
        for colour in (self.accent, self.ink, self.border):
            if not _COLOUR.fullmatch(colour):
                raise ValueError(f"{colour!r} is not a colour like #005f78.")


class _Field(TypedDict):
    text: str
    dir: Direction


def render_certificate(sheet: CertificateSheet, *, font_folder: Path | None = None) -> bytes:
    """Return the certificate as a PDF of one A4 page; the same sheet gives the same bytes.

    `font_folder` holds more fonts, for scripts beyond Latin, Greek, Cyrillic and Arabic.
    Raises MissingGlyphs for characters that no font has, RenderError for a picture or page that fails.
    """
    fonts = font_set(font_folder)
    page = _Page(sheet)
    data = page.data(fonts)
    fonts.check(page.printed)
    return compile_pdf("certificate.typ", data, fonts=fonts, made_at=sheet.issued_at)


def draw_certificate(sheet: CertificateSheet, *, font_folder: Path | None = None, dpi: int = 96) -> bytes:
    """Return the same page as a PNG of so many pixels an inch, for a screen. Raises as `render_certificate`."""
    fonts = font_set(font_folder)
    page = _Page(sheet)
    data = page.data(fonts)
    fonts.check(page.printed)
    return compile_png("certificate.typ", data, fonts=fonts, dpi=dpi)


class _Page:
    """One sheet, put into the words of the layout. `printed` gathers every text that is set in type."""

    def __init__(self, sheet: CertificateSheet) -> None:
        self.sheet = sheet
        self.direction: Direction = "rtl" if sheet.language == "ar" else "ltr"
        self.printed: list[str] = []

    def data(self, fonts: FontSet) -> dict[str, object]:
        sheet = self.sheet
        return {
            "language": sheet.language,
            "orientation": sheet.orientation,
            "accent": sheet.accent,
            "ink": sheet.ink,
            "border": sheet.border,
            "frame": frame_svg(sheet.orientation, accent=sheet.accent, border=sheet.border),
            "document_title": f"{sheet.title}: {sheet.course_title}",
            "author": sheet.issuer_name,
            "keywords": [sheet.number, sheet.verification_code],
            "fonts_ltr": fonts.order(arabic=False),
            "fonts_rtl": fonts.order(arabic=True),
            "logo": _picture(sheet.logo),
            "credential": sheet.credential,
            "issuer_name": self.field(sheet.issuer_name),
            "title": self.field(sheet.title),
            "body": [self.field(line) for line in sheet.body if line.strip()],
            "student_name": self.field(sheet.student_name),
            "below": [self.field(line) for line in sheet.below if line.strip()],
            "course_title": self.field(sheet.course_title),
            "facts": self.facts(),
            "signers": self.signers(),
            "verify": self.field(sheet.labels["verify"]),
            "verification_url": self.code(sheet.verification_url),
            "qr": _qr(sheet.verification_url),
            "marks": self.marks(),
        }

    def field(self, text: str) -> _Field:
        text = _BLANKS.sub(" ", text).strip()
        self.printed.append(text)
        return {"text": text, "dir": first_strong(text) or self.direction}

    def code(self, text: str) -> _Field:
        self.printed.append(text)
        return {"text": text, "dir": "ltr"}

    def facts(self) -> list[tuple[_Field, _Field]]:
        sheet, labels = self.sheet, self.sheet.labels
        pairs = (
            (labels["completed_on"], sheet.completed_on),
            (labels["valid_until"], sheet.valid_until),
            (labels["hours"], sheet.hours),
            (labels["grade"], sheet.grade),
        )
        return [(self.field(label), self.field(value)) for label, value in pairs if value]

    def marks(self) -> list[tuple[_Field, _Field]]:
        sheet, labels = self.sheet, self.sheet.labels
        marks = [
            (self.field(labels["number"]), self.code(sheet.number)),
            (self.field(labels["code"]), self.code(sheet.verification_code)),
            (self.field(labels["issued_on"]), self.field(sheet.issued_on)),
        ]
        if sheet.revision > 1:
            marks.append((self.field(labels["revision"]), self.code(str(sheet.revision))))
        return marks

    def signers(self) -> list[dict[str, object]]:
        sheet = self.sheet
        candidates = (
            (sheet.signatory_name, sheet.signatory_title, sheet.signature),
            (sheet.instructor_name, sheet.labels["instructor"], None),
        )
        return [
            {"name": self.field(name), "title": self.field(title), "image": _picture(image)}
            for name, title, image in candidates
            if name
        ]


def _picture(image: bytes | None) -> list[int] | None:
    return None if image is None else list(print_ready(image))


def _qr(url: str) -> dict[str, object]:
    code = segno.make_qr(url, error="m", boost_error=False)
    svg = BytesIO()
    code.save(svg, kind="svg", border=0, xmldecl=False, dark=_QR_INK)
    modules, _ = code.symbol_size(border=0)
    return {
        "svg": svg.getvalue().decode(),
        "side": _QR_SIDE_MM,
        "quiet": _QR_QUIET_MODULES * _QR_SIDE_MM / modules,
        "alt": url,
    }
