"""What time does to courses: emptying the bin, and finding figures that do not add up."""

from datetime import datetime, timedelta

import structlog
from django.db import models, transaction
from django.utils import timezone

from courses.exceptions import Vanished
from courses.models import Course, Lesson
from courses.services.writing import lock_course, recount_course

log = structlog.get_logger("courses")
KEPT_DAYS = 30


def purge() -> tuple[int, int]:
    """Delete for good what was binned or removed 30 days ago; return how many went, and how many must stay.

    A transaction a row. What an enrollment, progress or a quiz protects stays hidden.
    """
    before = timezone.now() - timedelta(days=KEPT_DAYS)
    rows: list[Lesson | Course] = [
        *Lesson.objects.filter(deleted_at__lt=before),
        *Course.objects.filter(deleted_at__lt=before),
    ]
    gone = sum(_delete(row, before) for row in rows)
    log.info("courses_purged", gone=gone, kept=len(rows) - gone)
    return gone, len(rows) - gone


def _delete(row: Lesson | Course, before: datetime) -> bool:
    try:
        with transaction.atomic():
            lock_course(row.course_id if isinstance(row, Lesson) else row.pk)
            # Read again behind the lock: somebody may have brought it back since the list was made.
            present = type(row)._default_manager.filter(pk=row.pk, deleted_at__lt=before).first()
            if present is None:
                return False
            present.delete()
    except (models.ProtectedError, models.RestrictedError, Vanished):
        return False
    return True


@transaction.atomic
def recounted(course: Course) -> bool:
    """Count a course's lessons and minutes anew; return whether the stored figures were wrong."""
    course = lock_course(course.pk)
    before = (course.lesson_count, course.duration_minutes)
    recount_course(course)
    return before != (course.lesson_count, course.duration_minutes)


def check_counters(sample: int = 1000) -> list[Course]:
    """Compare the stored figures of some courses with a fresh count, log and return those that drifted."""
    drifted = []
    for course in Course.objects.order_by("?")[:sample]:
        stored = (course.lesson_count, course.duration_minutes)
        recount_course(course, save=False)
        if stored != (course.lesson_count, course.duration_minutes):
            log.error("course_figures_drifted", course=str(course.pk), stored=stored)
            drifted.append(course)
    return drifted
