"""Rows for courses that have none yet."""

from __future__ import annotations

from django.db.models import QuerySet

from analytics.models import CourseStat
from courses.models import Course

BATCH = 500


def make_rows(courses: QuerySet[Course]) -> None:
    """Give each of the courses its row, not refreshed yet; no write when all have one (one query)."""
    missing = courses.filter(stat=None).order_by().values_list("pk", flat=True)
    rows = [CourseStat(course_id=pk) for pk in missing]
    CourseStat.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)
