"""The verbs of certificates: what page, API, admin and tasks call."""

from certificates.services.eligibility import eligibility
from certificates.services.issuing import (
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
from certificates.services.pdfs import clean_pdfs, read_pdf, render, render_again, sign_again
from certificates.services.sweeping import sweep
from certificates.services.templates import (
    apply_fields,
    delete_template,
    duplicate_template,
    make_default,
    render_template_again,
    renders_of,
    save_template,
)

__all__ = [
    "apply_fields",
    "clean_pdfs",
    "delete_template",
    "dismiss_correction",
    "duplicate_template",
    "eligibility",
    "issue_certificate",
    "issue_missing",
    "make_default",
    "may_issue_automatically",
    "proposed_values",
    "read_pdf",
    "reissue_certificate",
    "render",
    "render_again",
    "render_template_again",
    "renders_of",
    "request_correction",
    "restore_certificate",
    "revoke_certificate",
    "save_template",
    "send_mail",
    "sign_again",
    "sweep",
]
