"""Background work of certificates. The row is the queue; every task is safe twice and at once."""

from celery import shared_task

from certificates import services
from enrollments.models import Enrollment


@shared_task(name="certificates.issue")
def issue(enrollment_id: str) -> None:
    """Issue the certificate of a completed enrollment."""
    enrollment = (
        Enrollment.objects.filter(
            pk=enrollment_id, status=Enrollment.Status.COMPLETED, student__erased_at=None
        )
        .select_related("student", "course__instructor")
        .first()
    )
    if enrollment and services.may_issue_automatically(enrollment.course):
        services.issue_certificate(enrollment)


# Seconds; the lease of 60 outlasts both.
@shared_task(name="certificates.render", soft_time_limit=20, time_limit=30)
def render(certificate_id: str) -> None:
    """Make one PDF."""
    services.render(certificate_id)


@shared_task(name="certificates.sweep")
def sweep(everything: bool = False) -> None:
    """Pick up what no message or a dead worker left."""
    services.sweep(everything=everything)


@shared_task(name="certificates.send_certificate_mail")
def send_certificate_mail(certificate_id: str) -> None:
    """Send the mail that is due."""
    services.send_mail(certificate_id)


@shared_task(name="certificates.clean_pdfs")
def clean_pdfs() -> None:
    """Delete files that no row names."""
    services.clean_pdfs()
