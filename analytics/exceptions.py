"""What analytics refuses."""

from django.utils.translation import gettext_lazy as _

from lms.lib.errors import DomainError


class RefreshedJustNow(DomainError):
    """The figures of a course are brought up to date at most once a minute: 429."""

    code = "refreshed_just_now"
    status = 429
    message = _("These figures were brought up to date within the last minute. Try again in a moment.")
