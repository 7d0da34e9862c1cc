"""Background work of courses: each task calls one verb and is harmless twice."""

from celery import shared_task

from courses import services


@shared_task(name="courses.purge_courses")
def purge_courses() -> None:
    """Empty the recycle bin of what lay there for 30 days."""
    services.purge()


@shared_task(name="courses.refresh_search")
def refresh_search() -> None:
    """Write the search words of all courses: names of categories and teachers may have changed."""
    services.refresh_search()


@shared_task(name="courses.check_course_counters")
def check_course_counters() -> None:
    """Compare stored figures with the outline and log what drifted."""
    services.check_counters()
