"""Why a file was refused."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lms.lib.errors import DomainError, FieldError, Text

MEGABYTE = 1024 * 1024


class FileTooLarge(DomainError):
    """Larger than the person may upload: 413. `limit` is in bytes."""

    status = 413
    code = "file_too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(
            gettext("This file is too large: %(limit)d MB at most.") % {"limit": limit // MEGABYTE}
        )


class LengthRequired(DomainError):
    """An upload that does not say how long it is: 411."""

    status = 411
    code = "length_required"
    message = _("Say in Content-Length how large the upload is.")


class UnsupportedType(DomainError):
    """The extension is not one we take: 415."""

    status = 415
    code = "unsupported_type"
    message = _("Files of this type cannot be uploaded.")


class TypeMismatch(DomainError):
    """The content is not what the extension says: 415."""

    status = 415
    code = "type_mismatch"
    message = _("The content of this file is not what its name says.")


class FileRefused(DomainError):
    """The content itself cannot be used: 422, with the code of the case at the field."""

    status = 422

    def __init__(self, message: Text, *, code: str, field: str = "file") -> None:
        self.reason = code
        super().__init__(message, code="validation_error", errors=[FieldError(field, code, message)])


class QuotaExceeded(DomainError):
    """The person's space is used up: 409."""

    code = "quota_exceeded"
    message = _("Your space for files is used up. Delete files that you no longer need.")


class FileInUse(DomainError):
    """Something still shows the file: 409, with the places."""

    code = "file_in_use"
    message = _("This file is still in use.")


class StorageUnavailable(DomainError):
    """The storage did not take or give the file: 503."""

    status = 503
    code = "storage_unavailable"
    message = _("Files cannot be reached at the moment. Try again in a minute.")

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "30"})


class TooManyStreams(DomainError):
    """Half of the server's threads send files already: 503, and the player asks again."""

    status = 503
    code = "busy"
    message = _("Many people are watching at the moment. Try again in a few seconds.")

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "2"})
