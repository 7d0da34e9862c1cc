"""Coming into a course, leaving it, saying what one thinks of it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from courses.permissions import get_course_for
from enrollments import services
from enrollments.exceptions import AlreadyEnrolled
from enrollments.forms import ReviewForm
from enrollments.models import Enrollment, Review
from enrollments.views.places import get_place_for, moved
from lms.lib.errors import DomainError
from lms.lib.requests import AuthenticatedRequest


@require_http_methods(["GET", "POST"])
def enroll(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """Enroll and go to the course home. GET is where a visitor lands who pressed the button and signed in."""
    course = get_course_for(request.user, slug)
    if request.method == "GET":
        return redirect(course)
    try:
        services.enroll(student=request.user, course=course, source=Enrollment.Source.WEB)
    except AlreadyEnrolled:
        pass  # the second click of a double click has what it wanted
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect(refusal.next_url or course)
    else:
        messages.success(request, _("You are enrolled in %(title)s.") % {"title": course.title})
    return redirect("enrollments:course_home", slug=course.slug)


def _own_enrollment(request: AuthenticatedRequest, slug: str) -> Enrollment:
    """Return the person's enrollment in the course, or Http404."""
    enrollment = get_place_for(request.user, slug).enrollment
    if enrollment is None:
        raise Http404
    return enrollment


@never_cache
@require_http_methods(["GET", "POST"])
def drop(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """Ask once, then leave the course: progress is kept, the seat becomes free."""
    enrollment = _own_enrollment(request, slug)
    if (response := moved(request, enrollment.course, slug)) is not None:
        return response
    if request.method == "GET":
        return render(
            request, "enrollments/drop.html", {"enrollment": enrollment, "course": enrollment.course}
        )
    try:
        services.drop(enrollment=enrollment, by=request.user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect(enrollment)
    messages.success(request, _("You left %(title)s.") % {"title": enrollment.course.title})
    return redirect("enrollments:dashboard")


@never_cache
@require_http_methods(["GET", "POST"])
def review(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """Write, change or delete the one review; before that, how far there is to go."""
    enrollment = _own_enrollment(request, slug)
    course = enrollment.course
    if (response := moved(request, course, slug)) is not None:
        return response
    present = Review.objects.filter(enrollment=enrollment).first()
    context = {"enrollment": enrollment, "course": course, "review": present}
    if request.method == "POST" and "delete" in request.POST and present is not None:
        services.delete_review(review=present)  # whatever became of the author's progress since
        messages.success(request, _("Your review was deleted."))
        return redirect(course)
    try:
        services.refuse_review(enrollment)
        initial = {"rating": present.rating, "text": present.text} if present else None
        form = ReviewForm(request.POST or None, initial=initial)
        if request.method == "POST" and form.is_valid():
            _save_review(enrollment, present, form.cleaned_data)
            messages.success(request, _("Thank you. Your review is on the course page."))
            return redirect(course)
    except DomainError as refusal:
        return render(
            request, "enrollments/review.html", context | {"refusal": refusal}, status=refusal.status
        )
    return render(request, "enrollments/review.html", context | {"form": form})


def _save_review(enrollment: Enrollment, present: Review | None, data: dict[str, object]) -> None:
    rating, text = int(str(data["rating"])), str(data["text"])
    if present is None:
        services.add_review(enrollment=enrollment, rating=rating, text=text)
    else:
        present.enrollment = enrollment
        services.update_review(review=present, rating=rating, text=text)
