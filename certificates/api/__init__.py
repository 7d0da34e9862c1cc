"""Certificates over the API."""

from certificates.api.certificates import CertificateViewSet
from certificates.api.templates import TemplateViewSet
from certificates.api.verification import VerifyView

__all__ = ["CertificateViewSet", "TemplateViewSet", "VerifyView"]
