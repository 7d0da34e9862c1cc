"""The mail about a certificate."""

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import AuditEntry
from accounts.services import send_templated_mail
from certificates.models import Certificate


def send_certificate_mail(certificate: Certificate) -> None:
    """Tell the holder how the certificate stands now; raise OSError when the mail cannot leave.

    One Message-ID for each revision, status and answer, so that a mail sent twice is one in the mailbox.
    """
    student = certificate.enrollment.student
    host = settings.SITE_URL.split("://")[1].split(":")[0]
    dismissal = None if certificate.is_revoked else _dismissal(certificate)
    about = dismissal.pk if dismissal else f"{certificate.revision}-{certificate.status}"
    with translation.override(student.locale):
        action_text = str(_("View certificate"))
    send_templated_mail(
        user=student,
        template=_template(certificate, dismissal),
        context={
            "certificate": certificate,
            "answer": dismissal.data["reason"][1] if dismissal else "",
            "action_url": settings.SITE_URL + certificate.get_absolute_url(),
            "action_text": action_text,
        },
        message_id=f"<certificate-{certificate.pk}-{about}@{host}>",
    )


def _template(certificate: Certificate, dismissal: AuditEntry | None) -> str:
    if certificate.is_revoked:
        return "certificate_revoked"
    if dismissal:
        return "certificate_correction_dismissed"
    return "certificate_issued" if certificate.revision == 1 else "certificate_revised"


def _dismissal(certificate: Certificate) -> AuditEntry | None:
    """The staff's no, when it is the last that happened and the holder was not told yet."""
    happened = AuditEntry.objects.filter(
        target_type="certificates.certificate",
        target_id=str(certificate.pk),
        action__in=["certificate.correction_dismissed", "certificate.reissued", "certificate.restored"],
    )
    last = happened.order_by("-at", "-pk").first()
    if last is None or last.action != "certificate.correction_dismissed":
        return None
    return last if certificate.emailed_at is None or last.at > certificate.emailed_at else None
