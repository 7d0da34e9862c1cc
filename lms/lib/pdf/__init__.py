"""Paper: the one place that knows which PDF engine the project uses (docs/decisions/0001-pdf-engine.md)."""

from lms.lib.pdf.certificate import CertificateSheet, SheetLabels, draw_certificate, render_certificate
from lms.lib.pdf.errors import MissingGlyphs, RenderError
from lms.lib.pdf.images import print_ready
from lms.lib.pdf.report import Report, render_report

__all__ = [
    "CertificateSheet",
    "MissingGlyphs",
    "RenderError",
    "Report",
    "SheetLabels",
    "draw_certificate",
    "print_ready",
    "render_certificate",
    "render_report",
]
