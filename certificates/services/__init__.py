"""The verbs of certificates: what page, API, admin and tasks call."""

from certificates.services.issuing import (
    eligibility,
    issue_certificate,
    issue_missing,
    may_issue_automatically,
)
from certificates.services.life import (
    dismiss_correction,
    proposed_values,
    reissue_certificate,
    request_correction,
    restore_certificate,
    revoke_certificate,
)
from certificates.services.mails import send_mail
from certificates.services.pdfs import clean_pdfs, read_pdf, render, render_again
from certificates.services.sweeping import sweep

__all__ = [
    "clean_pdfs",
    "dismiss_correction",
    "eligibility",
    "issue_certificate",
    "issue_missing",
    "may_issue_automatically",
    "proposed_values",
    "read_pdf",
    "reissue_certificate",
    "render",
    "render_again",
    "request_correction",
    "restore_certificate",
    "revoke_certificate",
    "send_mail",
    "sweep",
]
