from typing import Any
from uuid import UUID

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CertificatesConfig(AppConfig):
    name = "certificates"
    verbose_name = _("Certificates")

    def ready(self) -> None:
        from certificates import checks, privacy  # noqa: F401  importing registers the checks
        from enrollments.signals import enrollment_completed

        privacy.register()
        enrollment_completed.connect(_issue_soon, dispatch_uid="certificates.issue")


def _issue_soon(sender: Any, enrollment_id: UUID, **kwargs: Any) -> None:
    from lms.lib.tasks import wake

    wake("certificates.issue", enrollment_id)
