"""What other pages show of certificates."""

from typing import Any

from django import template

from certificates import services
from certificates.models import Certificate
from courses.models import Course
from enrollments.models import Enrollment

register = template.Library()


def box_context(enrollment: Enrollment) -> dict[str, Any]:
    """Return what the box shows; a completed enrollment without a certificate gets it on the spot."""
    services.issue_missing([enrollment])
    return {"enrollment": enrollment, **services.eligibility(enrollment)}


@register.inclusion_tag("certificates/_box.html")
def certificate_box(enrollment: Enrollment) -> dict[str, Any]:
    """View certificate, being prepared, why not yet, or that this course gives none."""
    return box_context(enrollment)


@register.inclusion_tag("certificates/_recent.html")
def recent_certificates(user: Any, limit: int = 3) -> dict[str, Any]:
    """The person's newest certificates, for the dashboard."""
    return {"certificates": Certificate.objects.filter(enrollment__student=user)[:limit]}


@register.inclusion_tag("certificates/_course_link.html")
def course_certificate(course: Course, user: Any) -> dict[str, Any]:
    """ "View certificate" beside the course's button, when the person has one."""
    mine = None
    if user.is_authenticated:
        mine = Certificate.objects.filter(enrollment__student=user, enrollment__course=course).first()
    return {"certificate": mine}
