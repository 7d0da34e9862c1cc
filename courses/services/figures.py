"""Figures that the apps above write: each one UPDATE, none an author's change."""

from decimal import Decimal
from uuid import UUID

from django.db.models import F, Q

from courses.models import Course


def take_seat(course_id: UUID, by_staff: bool = False) -> bool:
    """Take one seat and return True; return False when the course is full, binned or not published.

    Staff may seat people in a course that is not published. Lock and look in one: of two people at the last
    seat one gets it, on both databases.
    """
    rows = Course.objects.filter(
        Q(max_students=None) | Q(enrollment_count__lt=F("max_students")), pk=course_id, deleted_at=None
    )
    if not by_staff:
        rows = rows.filter(status=Course.Status.PUBLISHED)
    return bool(rows.update(enrollment_count=F("enrollment_count") + 1))


def free_seat(course_id: UUID) -> None:
    """Give one seat back."""
    Course.objects.filter(pk=course_id, enrollment_count__gt=0).update(
        enrollment_count=F("enrollment_count") - 1
    )


def set_enrollment_count(course_id: UUID, count: int) -> None:
    """Set the seats taken, as counted from the enrollments."""
    Course.objects.filter(pk=course_id).update(enrollment_count=count)


def set_quiz_count(course_id: UUID, count: int) -> None:
    """Set the number of quizzes that students have."""
    Course.objects.filter(pk=course_id).update(quiz_count=count)


def set_rating(course_id: UUID, average: Decimal | None, count: int) -> None:
    """Set the average of the visible reviews (1-5, two decimals; None without any) and their number."""
    Course.objects.filter(pk=course_id).update(average_rating=average, review_count=count)
