"""The mail about a certificate."""

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.services import send_templated_mail
from certificates.models import Certificate


def send_certificate_mail(certificate: Certificate) -> None:
    """Tell the holder how the certificate stands now; raise OSError when the mail cannot leave.

    One Message-ID per revision and status, so that a mail sent twice is one in the mailbox.
    """
    student = certificate.enrollment.student
    host = settings.SITE_URL.split("://")[1].split(":")[0]
    with translation.override(student.locale):
        action_text = str(_("View certificate"))
    send_templated_mail(
        user=student,
        template="certificate_revoked" if certificate.is_revoked else "certificate_issued",
        context={
            "certificate": certificate,
            "action_url": settings.SITE_URL + certificate.get_absolute_url(),
            "action_text": action_text,
        },
        message_id=f"<certificate-{certificate.pk}-{certificate.revision}-{certificate.status}@{host}>",
    )
