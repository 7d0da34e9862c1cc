from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from accounts.models import AuditEntry
from courses.models import Course
from courses.tests.factories import CourseFactory
from enrollments import services
from enrollments.exceptions import (
    AlreadyReviewed,
    OwnCourse,
    ProgressTooLow,
    ReasonNeeded,
    ReviewSuspended,
)
from enrollments.models import Review
from enrollments.tests.factories import EnrollmentFactory, ReviewFactory, complete

pytestmark = pytest.mark.django_db


def rating(course):
    stored = Course.objects.get(pk=course.pk)
    return stored.average_rating, stored.review_count


def test_a_review_counts_at_once(enrollment, course, lessons):
    enrollment = complete(enrollment, lessons[:2])
    review = services.add_review(enrollment=enrollment, rating=4, text="  Clear and short.  ")
    assert (review.text, review.author_name, review.is_edited) == ("Clear and short.", "Salma H.", False)
    assert rating(course) == (Decimal(4), 1)


def test_the_mean_is_rounded_half_up(course):
    for stars in (5, 4, 4, 4, 4, 4, 4, 4):
        ReviewFactory(enrollment__course=course, rating=stars)
    assert rating(course) == (Decimal("4.13"), 8)


@pytest.mark.parametrize("refusal", [ProgressTooLow, ReviewSuspended, OwnCourse, AlreadyReviewed])
def test_refusals_write_nothing(refusal, enrollment, course, lessons, instructor):
    if refusal is not ProgressTooLow:
        enrollment = complete(enrollment, lessons)
    if refusal is ReviewSuspended:
        services.suspend(enrollment=enrollment, by=instructor, reason="A question.")
    if refusal is OwnCourse:
        enrollment = EnrollmentFactory(student=instructor, course=course, completed=True)
    if refusal is AlreadyReviewed:
        services.add_review(enrollment=enrollment, rating=3)
    before = rating(course)
    with pytest.raises(refusal):
        services.add_review(enrollment=enrollment, rating=5)
    assert rating(course) == before


@pytest.mark.parametrize(("stars", "text"), [(0, ""), (6, ""), (3, "too short"), (3, "x" * 1001)])
def test_rating_and_text_have_their_bounds(stars, text, enrollment, lessons):
    enrollment = complete(enrollment, lessons)
    with pytest.raises(ValidationError):
        services.add_review(enrollment=enrollment, rating=stars, text=text)
    assert not Review.objects.exists()


def test_changing_and_deleting_move_the_mean(course):
    first = ReviewFactory(enrollment__course=course, rating=5)
    ReviewFactory(enrollment__course=course, rating=1)
    services.update_review(review=first, rating=3)
    assert rating(course) == (Decimal(2), 2)
    assert Review.objects.get(pk=first.pk).is_edited
    assert Review.objects.get(pk=first.pk).text == first.text
    services.delete_review(review=first)
    assert rating(course) == (Decimal(1), 1)
    services.delete_review(review=Review.objects.get())
    assert rating(course) == (None, 0)


def test_leaving_keeps_the_review(enrollment, student, course, lessons):
    enrollment = complete(enrollment, lessons[:3])
    services.add_review(enrollment=enrollment, rating=4)
    services.drop(enrollment=enrollment, by=student)
    assert rating(course) == (Decimal(4), 1)


def test_hidden_reviews_do_not_count_and_say_why(course, admin_user):
    review = ReviewFactory(enrollment__course=course, rating=1)
    with pytest.raises(ReasonNeeded):
        services.hide_review(review=review, by=admin_user, reason="")
    services.hide_review(review=review, by=admin_user, reason="Names a person.")
    assert rating(course) == (None, 0)
    stored = Review.objects.get()
    assert (stored.is_hidden, stored.hidden_by, stored.hidden_reason) == (True, admin_user, "Names a person.")
    services.hide_review(review=review, by=admin_user, reason="Twice.")
    assert AuditEntry.objects.filter(action="review.hidden").count() == 1
    services.show_review(review=review, by=admin_user)
    assert rating(course) == (Decimal(1), 1)
    assert Review.objects.get().hidden_reason == ""


def test_the_teacher_answers_and_takes_it_back(course, instructor):
    review = ReviewFactory(enrollment__course=course)
    services.reply_to_review(review=review, by=instructor, text="Thank you.")
    stored = Review.objects.get()
    assert (stored.reply, stored.replied_by) == ("Thank you.", instructor)
    services.reply_to_review(review=review, by=instructor, text=" ")
    assert (Review.objects.get().reply, Review.objects.get().replied_at) == ("", None)
    with pytest.raises(ValidationError):
        services.reply_to_review(review=review, by=instructor, text="x" * 1001)


def test_a_recount_gives_the_same_rating(course):
    for stars in (5, 2, 3):
        ReviewFactory(enrollment__course=course, rating=stars)
    stored = rating(course)
    Course.objects.filter(pk=course.pk).update(average_rating=1, review_count=99)
    assert services.recount_rating(course.pk) == stored
    assert rating(course) == stored
    assert services.recount_rating(CourseFactory().pk) == (None, 0)
