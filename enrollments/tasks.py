"""What the clock does; harmless twice or at once."""

from __future__ import annotations

from celery import shared_task

from enrollments import services


@shared_task(name="enrollments.recount_stale")
def recount_stale() -> None:
    """Bring every enrollment to its course's present lessons."""
    services.recount_stale()


@shared_task(name="enrollments.settle_completions")
def settle_completions() -> None:
    """Complete the courses whose time of grace after an edit is over."""
    services.settle_due()


@shared_task(name="enrollments.expire_due")
def expire_due() -> None:
    """End the access of active enrollments past their end."""
    services.expire_due()
