"""Background work of accounts."""

from celery import shared_task

from accounts import services
from lms.lib.tasks import wake


@shared_task(name="accounts.send_mail")
def send_mail(mail_id: str) -> None:
    """Send one queued mail."""
    services.deliver_mail(mail_id)


@shared_task(name="accounts.sweep_mail")
def sweep_mail() -> None:
    """Wake the mails whose wake-up call was lost, or whose next try is due."""
    for mail in services.due_mails():
        wake("accounts.send_mail", mail.pk)


@shared_task(name="accounts.tidy_accounts")
def tidy_accounts() -> None:
    """Delete what ended long ago."""
    services.tidy_accounts()
