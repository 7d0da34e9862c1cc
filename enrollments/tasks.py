"""What the clock does; harmless twice or at once."""

from __future__ import annotations

from celery import shared_task

from enrollments import services

SETTLE_SECONDS = 200  # a task may last five minutes
RECOUNT_SECONDS = 50  # less than a minute: two rounds do not walk over the same rows


@shared_task(name="enrollments.recount_stale")
def recount_stale() -> None:
    """Bring every enrollment to its course's present lessons, for as long as a round of the schedule lasts."""
    services.recount_stale(seconds=RECOUNT_SECONDS)


@shared_task(name="enrollments.settle_completions")
def settle_completions() -> None:
    """Complete the courses whose time of grace after an edit is over."""
    services.settle_due(seconds=SETTLE_SECONDS)


@shared_task(name="enrollments.expire_due")
def expire_due() -> None:
    """End the access of active enrollments past their end."""
    services.expire_due()


@shared_task(name="enrollments.send_event_mail")
def send_event_mail(event_id: str | None = None) -> None:
    """Send the mail of one event; without it, wake all that are due."""
    if event_id is None:
        services.wake_due_mail()
    else:
        services.deliver_event_mail(event_id)


@shared_task(name="enrollments.remind_inactive")
def remind_inactive() -> None:
    """Remind those who have not been seen for some days."""
    services.remind_inactive()


@shared_task(name="enrollments.warn_expiring")
def warn_expiring() -> None:
    """Warn those whose access ends in 7 days, and in 1."""
    services.warn_expiring()


@shared_task(name="enrollments.weekly_summary")
def weekly_summary() -> None:
    """Tell each student how far they have come."""
    services.queue_weekly_summaries()


@shared_task(name="enrollments.check_drift")
def check_drift() -> None:
    """Hold a sample of the stored numbers against the ledger, and log what differs."""
    services.check_drift()
