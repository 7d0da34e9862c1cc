"""Background work of accounts."""

from celery import shared_task

from accounts import emails, services
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


@shared_task(name="accounts.erase_requested")
def erase_requested() -> None:
    """Anonymise those who asked for it ERASURE_AFTER_DAYS ago."""
    services.erase_requested()


@shared_task(name="accounts.send_farewell", autoretry_for=(OSError,), retry_backoff=60, max_retries=5)
def send_farewell(address: str, locale: str, time_zone: str) -> None:
    """Tell somebody that their data are erased. The address is in no row: it travels with the task alone."""
    emails.send_farewell(address, locale=locale, time_zone=time_zone)
