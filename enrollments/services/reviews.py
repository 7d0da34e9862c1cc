"""Reviews: who may write one, and the rating that the catalogue shows."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from accounts.models import User
from accounts.models.audit import record
from courses import services as course_services
from courses.models import Course
from enrollments.exceptions import AlreadyReviewed, OwnCourse, ProgressTooLow, ReviewSuspended
from enrollments.models import Enrollment, Review
from enrollments.services.history import checked_reason


def refuse_review(enrollment: Enrollment) -> None:
    """Raise why this person may not review the course: OwnCourse, ReviewSuspended, ProgressTooLow."""
    if enrollment.course.instructor_id == enrollment.student_id:
        raise OwnCourse
    if enrollment.status == Enrollment.Status.SUSPENDED:
        raise ReviewSuspended
    if enrollment.progress_percentage < settings.REVIEW_MIN_PROGRESS:
        raise ProgressTooLow(settings.REVIEW_MIN_PROGRESS, enrollment.progress_percentage)


def add_review(*, enrollment: Enrollment, rating: int, text: str = "") -> Review:
    """Write the one review of an enrollment: `rating` 1 to 5, `text` empty or 10 to 1000 characters.

    Raises what `refuse_review` raises, AlreadyReviewed, and ValidationError for rating or text.
    """
    refuse_review(enrollment)
    now = timezone.now()
    review = Review(enrollment=enrollment, rating=rating, text=text.strip(), created_at=now, updated_at=now)
    if Review.objects.filter(enrollment=enrollment).exists():
        raise AlreadyReviewed
    review.full_clean(exclude=["enrollment"])
    try:
        with transaction.atomic():
            _lock_course(enrollment.course_id)
            review.save(force_insert=True)
            recount_rating(enrollment.course_id)
    except IntegrityError:  # the other click of a double click won
        raise AlreadyReviewed from None
    return review


@transaction.atomic
def update_review(*, review: Review, rating: int | None = None, text: str | None = None) -> Review:
    """Change rating, text or both; the change is marked by its time. Raises as `add_review`."""
    refuse_review(review.enrollment)
    _lock_course(review.enrollment.course_id)
    review.rating = review.rating if rating is None else rating
    review.text = review.text if text is None else text.strip()
    review.updated_at = timezone.now()
    review.full_clean(exclude=["enrollment"])
    review.save(update_fields=["rating", "text", "updated_at"])
    recount_rating(review.enrollment.course_id)
    return review


@transaction.atomic
def delete_review(*, review: Review) -> None:
    """Take the review back; its author may write another."""
    course_id = review.enrollment.course_id
    _lock_course(course_id)
    review.delete()
    recount_rating(course_id)


@transaction.atomic
def reply_to_review(*, review: Review, by: User, text: str) -> Review:
    """Answer a review in public; empty takes the answer back. ValidationError above 1000 characters."""
    review.reply = text.strip()
    review.clean_fields(exclude=[field.name for field in Review._meta.fields if field.name != "reply"])
    review.replied_by, review.replied_at = (by, timezone.now()) if review.reply else (None, None)
    review.save(update_fields=["reply", "replied_by", "replied_at"])
    record(by=by, action="review.replied", target=review)
    return review


def hide_review(*, review: Review, by: User, reason: str) -> Review:
    """Take a review out of the rating and off the course page, for a reason that its author reads."""
    return _show(review, by, hidden=True, reason=checked_reason(reason))


def show_review(*, review: Review, by: User) -> Review:
    """Show a hidden review again."""
    return _show(review, by, hidden=False, reason="")


@transaction.atomic
def _show(review: Review, by: User, *, hidden: bool, reason: str) -> Review:
    course_id = review.enrollment.course_id
    _lock_course(course_id)
    rows = Review.objects.filter(pk=review.pk).exclude(is_hidden=hidden)
    changed = rows.update(is_hidden=hidden, hidden_by=by if hidden else None, hidden_reason=reason)
    review.refresh_from_db()
    if changed:
        action = "review.hidden" if hidden else "review.shown"
        record(
            by=by, action=action, target=review, data={"is_hidden": [not hidden, hidden], "reason": reason}
        )
        recount_rating(course_id)
    return review


def _lock_course(course_id: UUID) -> None:
    # Two reviews at once: the second averages after the first has committed. (SQLite: the transaction does it.)
    Course.objects.select_for_update(no_key=True).only("pk").get(pk=course_id)


def mean_rating(reviews: QuerySet[Review]) -> tuple[Decimal | None, int]:
    """Return mean (two decimals, half up; None without reviews) and number of ratings (one query)."""
    figures = reviews.order_by().aggregate(total=Sum("rating"), count=Count("pk"))
    return mean_of(figures["total"], figures["count"])


def mean_of(total: int | None, count: int) -> tuple[Decimal | None, int]:
    """Return the mean of `count` ratings that add up to `total` (two decimals, half up), and their number."""
    if not count or total is None:
        return None, 0
    return (Decimal(total) / count).quantize(Decimal("0.01"), ROUND_HALF_UP), count


@transaction.atomic
def recount_rating(course_id: UUID) -> tuple[Decimal | None, int]:
    """Write mean and number of the visible ratings to the course; return both."""
    average, count = mean_rating(Review.objects.shown().filter(enrollment__course=course_id))
    course_services.set_rating(course_id, average, count)
    return average, count
