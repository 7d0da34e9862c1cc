"""How a template would look, on certificates of nobody."""

from certificates.exceptions import PreviewFailed
from certificates.models import CertificateTemplate
from certificates.samples import sample_certificate
from certificates.services.pdfs import font_folder
from certificates.sheet import sheet_of
from lms.lib.pdf import CertificateSheet, RenderError, draw_certificate, render_certificate

SCREEN_DPI = 90


def preview_pdf(template: CertificateTemplate, language: str, sample: str) -> bytes:
    """Return the PDF of a sample (SAMPLES) in `language` (en, ar). Raises PreviewFailed, naming the cause."""
    try:
        return render_certificate(_sheet(template, language, sample), font_folder=font_folder())
    except (RenderError, OSError) as error:
        raise PreviewFailed.because(error) from error


def preview_picture(template: CertificateTemplate, language: str, sample: str) -> bytes:
    """Return the same as a PNG for the screen."""
    try:
        return draw_certificate(_sheet(template, language, sample), font_folder=font_folder(), dpi=SCREEN_DPI)
    except (RenderError, OSError) as error:
        raise PreviewFailed.because(error) from error


def _sheet(template: CertificateTemplate, language: str, sample: str) -> CertificateSheet:
    return sheet_of(sample_certificate(template, language, sample))
