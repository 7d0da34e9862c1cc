"""What search engines read of a course."""

import json
from typing import Any

from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString

from courses.models import Course
from lms.context_processors import site_name
from lms.lib.markdown import plain_text

register = template.Library()

# What could end the element or start another one, as `json_script` of Django writes it.
ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


class _JsonLd:
    """A value that knows how it is written inside a script element."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data

    def __html__(self) -> str:
        return json.dumps(self.data, ensure_ascii=False).translate(ESCAPES)


@register.simple_tag
def course_json_ld(course: Course) -> SafeString:
    """Return the course as schema.org's Course: a data block, which no browser runs."""
    description = course.subtitle or plain_text(course.description)[:500] or course.title
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Course",
        "name": course.title,
        "description": description,
        "url": settings.SITE_URL + course.get_absolute_url(),
        "inLanguage": course.language,
        "educationalLevel": course.get_level_display(),
        "provider": {"@type": "Organization", "name": site_name(), "sameAs": settings.SITE_URL},
        "instructor": {"@type": "Person", "name": course.instructor.full_name},
        "offers": {
            "@type": "Offer",
            "category": "Free" if course.is_free else "Paid",
            "price": f"{course.price:f}",
            "priceCurrency": course.currency,
        },
        "hasCourseInstance": {"@type": "CourseInstance", "courseMode": "Online"},
    }
    if course.duration_minutes:
        data["hasCourseInstance"]["courseWorkload"] = f"PT{course.duration_minutes}M"
    if course.thumbnail_url:
        data["image"] = settings.SITE_URL + course.thumbnail_url
    if course.review_count:
        data["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": float(course.average_rating or 0),
            "ratingCount": course.review_count,
        }
    return format_html('<script type="application/ld+json">{}</script>', _JsonLd(data))
