"""What every page knows."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_noop

gettext_noop("Manara")  # the name it has when nobody gave it another, so that Arabic pages say منارة


def site_name() -> str:
    """Return the name of the site in the reader's language."""
    return gettext(settings.SITE_NAME)


def site(request: HttpRequest) -> dict[str, object]:
    """The site's name, and who runs it when that is somebody else."""
    issuer = settings.CERTIFICATE_ISSUER_NAME
    return {"site_name": site_name(), "run_by": issuer if issuer != settings.SITE_NAME else ""}
