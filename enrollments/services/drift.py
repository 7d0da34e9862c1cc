"""Stored numbers against the ledger: what differs, and how it is put right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

import structlog
from django.db.models import Count, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from courses.models import Course
from enrollments.models import Enrollment, LessonProgress, Review, StudyDay
from enrollments.models.enrollment import EnrollmentQuerySet
from enrollments.services.counting import BATCH, percentage, recount
from enrollments.services.membership import recount_seats
from enrollments.services.reviews import mean_of, recount_rating

SHARE = 100  # one enrollment in so many is checked each night
LEAST = 1000
log = structlog.get_logger("enrollments")


class Times(NamedTuple):
    """Study time of one enrollment in seconds: as stored, in its lesson rows, in its days."""

    slug: str
    enrollment_id: UUID
    revision: int
    stored: int
    in_lessons: int
    in_days: int


def find_drift(course: Course) -> Iterator[str]:
    """Yield a line for each stored number of the course that the ledger contradicts.

    Enrollments that wait for their recount, and completed ones, whose numbers are kept, are no drift.
    """
    yield from _wrong_figures(Course.objects.filter(pk=course.pk))
    yield from _wrong_rows(Enrollment.objects.filter(course=course))


def check_drift() -> int:
    """Log what the ledger contradicts: all seat counters and ratings, and the numbers of a sample of enrollments.

    The sample is one in a hundred, at least a thousand. Return how many lines were logged.
    """
    total = Enrollment.objects.count()
    chosen = list(Enrollment.objects.order_by("?").values_list("pk", flat=True)[: max(LEAST, total // SHARE)])
    found = list(_wrong_figures(Course.objects.all()))
    for start in range(0, len(chosen), BATCH):
        found += _wrong_rows(Enrollment.objects.filter(pk__in=chosen[start : start + BATCH]))
    for line in found:
        log.error("drift", what=line)
    log.info("drift_checked", enrollments=len(chosen), of=total, found=len(found))
    return len(found)


def _wrong_figures(courses: QuerySet[Course]) -> Iterator[str]:
    """Seats and ratings of the courses (three queries)."""
    held = dict(
        Enrollment.objects.seated().order_by().values_list("course").annotate(seats=Count("pk"))
        .filter(course__in=courses.order_by())
    )  # fmt: skip
    shown = Review.objects.shown().filter(enrollment__course__in=courses.order_by()).order_by()
    sums = shown.values_list("enrollment__course").annotate(total=Sum("rating"), count=Count("pk"))
    rated = {course: mean_of(total, count) for course, total, count in sums}
    for course in courses.only("slug", "enrollment_count", "average_rating", "review_count").iterator(BATCH):
        seats, rating = held.get(course.pk, 0), rated.get(course.pk, (None, 0))
        if seats != course.enrollment_count:
            yield f"{course.slug}: {course.enrollment_count} seats stored, {seats} held"
        if rating != (course.average_rating, course.review_count):
            stored = f"{course.average_rating} of {course.review_count}"
            yield f"{course.slug}: rating {stored} stored, {rating} counted"


def _wrong_rows(rows: EnrollmentQuerySet) -> Iterator[str]:
    """Progress and study time of the enrollments (two queries)."""
    counted = rows.filter(completed_at=None, counted_version=F("course__structure_version"))
    for row in counted.with_counts().select_related("course").iterator(BATCH):
        done, total = row.done_count, row.required_count  # type: ignore[attr-defined]  # of with_counts
        stored = (row.completed_lessons_count, row.total_lessons_count, row.progress_percentage)
        if stored != (done, total, percentage(done, total)):
            yield f"{row.course.slug}: enrollment {row.pk}: {stored} stored, {done} of {total} counted"
    for times in _times(rows):
        if not times.stored == times.in_lessons == times.in_days:
            yield (
                f"{times.slug}: enrollment {times.enrollment_id}: {times.stored} s stored, "
                f"{times.in_lessons} s in lessons, {times.in_days} s in days"
            )


def _times(enrollments: EnrollmentQuerySet) -> Iterator[Times]:
    rows = LessonProgress.objects.filter(enrollment=OuterRef("pk")).order_by().values("enrollment")
    days = StudyDay.objects.filter(enrollment=OuterRef("pk")).order_by().values("enrollment")
    times = enrollments.annotate(
        in_lessons=Coalesce(Subquery(rows.annotate(n=Sum("time_spent_seconds")).values("n")), 0),
        in_days=Coalesce(Subquery(days.annotate(n=Sum("seconds")).values("n")), 0),
    ).values_list("course__slug", "pk", "revision", "time_spent_seconds", "in_lessons", "in_days")
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
    for row in list(_times(Enrollment.objects.filter(course=course))):
        if row.stored != row.in_lessons:
            unmoved = Enrollment.objects.filter(pk=row.enrollment_id, revision=row.revision)
            unmoved.update(time_spent_seconds=row.in_lessons)
