"""Why a certificate was not issued, changed or handed out."""

from django.utils.translation import gettext_lazy as _

from lms.lib.errors import DomainError


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
