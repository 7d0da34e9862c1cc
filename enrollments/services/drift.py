"""Stored numbers against the ledger: what differs, and how it is put right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from django.db.models import F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from courses.models import Course
from enrollments.models import Enrollment, LessonProgress, Review, StudyDay
from enrollments.services.counting import BATCH, percentage, recount
from enrollments.services.membership import recount_seats
from enrollments.services.reviews import mean_rating, recount_rating


class Times(NamedTuple):
    """Study time of one enrollment in seconds: as stored, in its lesson rows, in its days."""

    enrollment_id: UUID
    revision: int
    stored: int
    in_lessons: int
    in_days: int


def find_drift(course: Course) -> Iterator[str]:
    """Yield a line for each stored number of the course that the ledger contradicts.

    Enrollments that wait for their recount, and completed ones, whose numbers are kept, are no drift.
    """
    seats = Enrollment.objects.seated().filter(course=course).count()
    if seats != course.enrollment_count:
        yield f"{course.slug}: {course.enrollment_count} seats stored, {seats} held"
    rating = mean_rating(Review.objects.shown().filter(enrollment__course=course))
    if rating != (course.average_rating, course.review_count):
        yield f"{course.slug}: rating {course.average_rating} of {course.review_count} stored, {rating} counted"
    yield from _wrong_progress(course)
    for row in _times(course):
        if not row.stored == row.in_lessons == row.in_days:
            yield (
                f"{course.slug}: enrollment {row.enrollment_id}: {row.stored} s stored, "
                f"{row.in_lessons} s in lessons, {row.in_days} s in days"
            )


def _wrong_progress(course: Course) -> Iterator[str]:
    counted = Enrollment.objects.filter(
        course=course, completed_at=None, counted_version=F("course__structure_version")
    )
    for row in counted.with_counts().iterator(BATCH):
        done, total = row.done_count, row.required_count  # type: ignore[attr-defined]  # of with_counts
        stored = (row.completed_lessons_count, row.total_lessons_count, row.progress_percentage)
        if stored != (done, total, percentage(done, total)):
            yield f"{course.slug}: enrollment {row.pk}: {stored} stored, {done} of {total} counted"


def _times(course: Course) -> Iterator[Times]:
    rows = LessonProgress.objects.filter(enrollment=OuterRef("pk")).order_by().values("enrollment")
    days = StudyDay.objects.filter(enrollment=OuterRef("pk")).order_by().values("enrollment")
    times = (
        Enrollment.objects.filter(course=course)
        .annotate(
            in_lessons=Coalesce(Subquery(rows.annotate(n=Sum("time_spent_seconds")).values("n")), 0),
            in_days=Coalesce(Subquery(days.annotate(n=Sum("seconds")).values("n")), 0),
        )
        .values_list("pk", "revision", "time_spent_seconds", "in_lessons", "in_days")
    )
    return (Times(*row) for row in times.iterator(BATCH))


def repair(course: Course) -> None:
    """Write seats, rating, progress and time as the ledger says. Days are a ledger too and stay as they are."""
    recount_seats(course)
    recount_rating(course.pk)
    rows = Enrollment.objects.filter(course=course, completed_at=None).order_by("pk")
    batch = list(rows[:BATCH])
    while batch:
        recount(batch)
        batch = list(rows.filter(pk__gt=batch[-1].pk)[:BATCH])
    for row in list(_times(course)):
        if row.stored != row.in_lessons:
            unmoved = Enrollment.objects.filter(pk=row.enrollment_id, revision=row.revision)
            unmoved.update(time_spent_seconds=row.in_lessons)
