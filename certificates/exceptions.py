"""Why a certificate was not issued, changed or handed out."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from lms.lib.errors import DomainError, FieldError, Text
from lms.lib.pdf import MissingGlyphs, RenderError


class NotCompleted(DomainError):
    """The course is not completed: each missing thing stands in `errors`."""

    code = "not_completed"
    message = _("This course is not completed yet.")


class OwnCertificate(DomainError):
    """An instructor does not issue or change their own: 403."""

    status = 403
    code = "own_certificate"
    message = _("Ask an administrator: nobody issues or changes their own certificate.")


class CertificateRevoked(DomainError):
    """A revoked certificate is not handed out."""

    code = "certificate_revoked"
    message = _("This certificate was revoked.")


class AlreadyRevoked(DomainError):
    """It was revoked before, perhaps by somebody else just now."""

    code = "already_revoked"
    message = _("This certificate is revoked already.")


class NotRevoked(DomainError):
    """Only a revoked certificate is restored."""

    code = "not_revoked"
    message = _("This certificate is not revoked.")


class StaleCertificate(DomainError):
    """Somebody else changed it since it was read."""

    code = "stale"
    message = _("Somebody else has just changed this certificate. Look at it again.")


class NothingToReissue(DomainError):
    """A new revision would print the same."""

    code = "nothing_to_reissue"
    message = _("Nothing on the certificate would change.")


class NoCorrectionAsked(DomainError):
    """There is no request to dismiss (any more)."""

    code = "no_correction"
    message = _("Nobody has asked for a correction of this certificate.")


class PdfFailed(DomainError):
    """The certificate is valid, its PDF could not be made."""

    code = "pdf_failed"
    message = _("The certificate is valid, but its PDF is delayed. Staff have been told.")


class CodesExhausted(DomainError):
    """Five drawn numbers or codes in a row were taken; practically a fault of the random source: 503."""

    status = 503
    code = "busy"


class CredentialRevoked(DomainError):
    """The credential of a revoked certificate is gone: 410."""

    status = 410
    code = "certificate_revoked"
    message = _("This certificate was revoked.")


class SigningKeyMissing(DomainError):
    """Nothing can be signed until the operator makes a key: 503."""

    status = 503
    code = "signing_key_missing"
    message = _("This site cannot sign credentials at present. The certificate itself is valid.")

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "3600"})


class TemplateInUse(DomainError):
    """Certificates name the template: it is deactivated, never deleted or moved to another course."""

    code = "template_in_use"
    message = _("Certificates were issued with this template. Deactivate it instead.")


class TemplateBuiltIn(DomainError):
    """The template that serves whoever has no other stays."""

    code = "template_builtin"
    message = _("The built-in template can be edited, not deleted.")


class TemplateDefaultTaken(DomainError):
    """Somebody else made another template the default at the same moment."""

    code = "stale"
    message = _("Somebody else has just made another template the default. Look at the list again.")


class PreviewFailed(DomainError):
    """The sample could not be drawn: a character without a font, or a picture that is broken or gone: 422."""

    status = 422
    code = "validation_error"

    @classmethod
    def because(cls, error: Exception) -> PreviewFailed:
        """Return the refusal with a sentence about `error` (RenderError or OSError)."""
        text: Text = _("The page cannot be drawn: look at the pictures and shorten the texts.")
        if isinstance(error, MissingGlyphs):
            text = _("No font has this character: %(characters)s") % {"characters": error}
        code = error.code if isinstance(error, RenderError) else "storage_unavailable"
        return cls(text, errors=[FieldError("non_field_errors", code, text)])
