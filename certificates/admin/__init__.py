"""The staff door of certificates."""

from certificates.admin.certificates import CertificateAdmin
from certificates.admin.templates import TemplateAdmin

__all__ = ["CertificateAdmin", "TemplateAdmin"]
