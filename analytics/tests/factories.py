"""Roll-ups for tests of pages; whoever tests the figures themselves makes facts and refreshes."""

from typing import Any

import factory
from django.utils import timezone

from analytics.models import CourseDailyStat, CourseStat, SiteDailyStat
from courses.tests.factories import CourseFactory


class CourseStatFactory(factory.django.DjangoModelFactory):
    """Figures of a course without enrollments, of just now."""

    class Meta:
        model = CourseStat

    course = factory.SubFactory(CourseFactory)
    progress_histogram = factory.LazyFunction(lambda: [0] * 10)
    refreshed_at = factory.LazyFunction(timezone.now)


class CourseDailyStatFactory(factory.django.DjangoModelFactory):
    """Today in a course."""

    class Meta:
        model = CourseDailyStat

    course = factory.SubFactory(CourseFactory)
    date = factory.LazyFunction(timezone.localdate)
    refreshed_at = factory.LazyFunction(timezone.now)


class SiteDailyStatFactory(factory.django.DjangoModelFactory):
    """Today on an empty site."""

    class Meta:
        model = SiteDailyStat

    date = factory.LazyFunction(timezone.localdate)
    totals = factory.LazyFunction(lambda: dict(EMPTY_TOTALS))
    refreshed_at = factory.LazyFunction(timezone.now)


EMPTY_TOTALS: dict[str, Any] = {
    "users": {
        "total": 0,
        "by_role": {"student": 0, "instructor": 0, "admin": 0},
        "active": 0,
        "inactive": 0,
        "erased": 0,
    },
    "courses": {"draft": 0, "published": 0, "archived": 0},
    "lessons": 0,
    "quizzes": 0,
    "attempts": 0,
    "enrollments": {"active": 0, "completed": 0, "dropped": 0, "suspended": 0, "expired": 0},
    "certificates_issued": 0,
    "certificates_revoked": 0,
    "bytes_files": 0,
    "bytes_pdfs": 0,
}
