"""Why a file was refused."""

from django.utils.translation import gettext_lazy as _

from lms.lib.errors import DomainError


class FileTooLarge(DomainError):
    """Larger than the person may upload: 413."""

    status = 413
    code = "file_too_large"
    message = _("This file is too large.")


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
    """The content itself cannot be used: 422, with the code of the case."""

    status = 422
    code = "file_invalid"
    message = _("This file cannot be used.")


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
