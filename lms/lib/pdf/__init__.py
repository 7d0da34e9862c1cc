"""Paper: the one place that knows which PDF engine the project uses (docs/decisions/0001-pdf-engine.md)."""

from lms.lib.pdf.certificate import CertificateSheet, SheetLabels, render_certificate
from lms.lib.pdf.errors import MissingGlyphs, RenderError

__all__ = ["CertificateSheet", "MissingGlyphs", "RenderError", "SheetLabels", "render_certificate"]
