"""Housekeeping of files."""

from celery import shared_task

from files import services


@shared_task(name="files.sweep_files")
def sweep_files() -> None:
    """Finish what an upload or a deletion left behind."""
    services.sweep()


@shared_task(name="files.report_orphans")
def report_orphans() -> None:
    """Count the files that nothing shows; remove students' after a week."""
    services.report_orphans()
