"""What pages of courses show of learning: the one button, the mark on a card, the reviews."""

from __future__ import annotations

from typing import Any

from django import template
from django.core.paginator import Paginator
from django.db.models import Count
from django.template.context import Context

from courses.models import Course
from enrollments.models import Enrollment, Review
from enrollments.states import button_state

register = template.Library()
REVIEWS_SHOWN = 10


@register.inclusion_tag("enrollments/_enroll_button.html", takes_context=True)
def enroll_button(context: Context, course: Course) -> dict[str, Any]:
    """Show the one button of a course page, which follows the state of the reader (at most two queries)."""
    user, enrollment = context["request"].user, _mine(context, course)
    return {
        "state": button_state(user, course, enrollment),
        "enrollment": enrollment,
        "is_visitor": not user.is_authenticated,
        "csrf_token": context.get("csrf_token"),
    }


@register.simple_tag(takes_context=True)
def enrolled_mark(context: Context, course: Course) -> Enrollment | None:
    """Return the reader's enrollment for a course card: `{% enrolled_mark course as progress %}`.

    Takes `user` from the context. One query a template, however many cards; dropped ones are left out.
    """
    user = context["user"]
    if not user.is_authenticated:
        return None
    known = context.render_context.get("enrolled")
    if known is None:
        rows = Enrollment.objects.filter(student=user).exclude(status=Enrollment.Status.DROPPED)
        known = context.render_context["enrolled"] = {row.course_id: row for row in rows}
    found: Enrollment | None = known.get(course.pk)
    return found


@register.inclusion_tag("enrollments/_course_reviews.html", takes_context=True)
def course_reviews(context: Context, course: Course) -> dict[str, Any]:
    """Show a course's reviews, newest first, with the teacher's answers; `?reviews=2` is the second page.

    At most three queries; none where there is nothing to show.
    """
    query = context["request"].GET
    reviews = Review.objects.shown().filter(enrollment__course=course).order_by("-created_at", "id")
    reviews = reviews if course.review_count else reviews.none()
    counts = dict(reviews.order_by().values_list("rating").annotate(n=Count("pk")))
    total = sum(counts.values())
    page = Paginator(range(total), REVIEWS_SHOWN).get_page(query.get("reviews"))
    start = REVIEWS_SHOWN * (page.number - 1)
    return {
        "course": course,
        "reviews": reviews.select_related("enrollment__student", "replied_by")[start : start + REVIEWS_SHOWN],
        "page": page,
        "query": query,
        "distribution": [
            (stars, counts.get(stars, 0) * 100 // total if total else 0) for stars in range(5, 0, -1)
        ],
        "mine": _mine(context, course),
    }


def _mine(context: Context, course: Course) -> Enrollment | None:
    """Return the reader's enrollment in the course; the tags of a page share one query."""
    request = context["request"]
    if not request.user.is_authenticated:
        return None
    seen: dict[Any, Enrollment | None] = request.__dict__.setdefault("enrollment_by_course", {})
    if course.pk not in seen:
        reader, mine = course.__dict__.get("enrollment_of_reader", (None, None))  # of outline_access
        if reader != request.user.pk:
            mine = Enrollment.objects.filter(student=request.user, course=course).first()
        if mine is not None:
            mine.course, mine.student = course, request.user
        seen[course.pk] = mine
    return seen[course.pk]
