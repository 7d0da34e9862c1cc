"""Certificates, their revisions and what they look like."""

from certificates.models.certificate import Certificate, CertificateQuerySet, grade_for
from certificates.models.revision import CertificateRevision
from certificates.models.template import CertificateTemplate, CertificateTemplateQuerySet

__all__ = [
    "Certificate",
    "CertificateQuerySet",
    "CertificateRevision",
    "CertificateTemplate",
    "CertificateTemplateQuerySet",
    "grade_for",
]
