"""The whole site, for admins: from its daily rows, whose newest carries a snapshot of everything."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from accounts.models import User
from analytics.days import site_today
from analytics.models import CourseStat, SiteDailyStat
from analytics.ranges import Range
from certificates.models import Certificate
from courses.models import Course
from enrollments import services as enrollments
from enrollments.models import Enrollment, Review

MOST = 50
KEPT_SECONDS = 24 * 3600
OF_A_DAY = ("new_users", "new_enrollments", "completions", "certificates")
ACTIVE = {"daily": "active_users_1", "weekly": "active_users_7", "monthly": "active_users_30"}


def overview() -> dict[str, Any]:
    """Return the newest snapshot, who was active, and today beside yesterday (one query).

    Days are the site's. Before the first refresh `refreshed_at` is None and `totals` None.
    """
    today = site_today()
    rows = list(SiteDailyStat.objects.filter(date__lte=today).order_by("-date")[:2])
    by_day = {row.date: row for row in rows}
    newest = rows[0] if rows else None
    return {
        "refreshed_at": newest.refreshed_at if newest else None,
        "totals": newest.totals or None if newest else None,
        "active": {name: getattr(newest, column, 0) for name, column in ACTIVE.items()},
        "today": _facts(by_day.get(today)),
        "yesterday": _facts(by_day.get(today - timedelta(days=1))),
    }


def _facts(row: SiteDailyStat | None) -> dict[str, int]:
    names = (*OF_A_DAY, "active_users_1")
    return {name.replace("_1", ""): getattr(row, name) if row else 0 for name in names}


def days(span: Range) -> list[dict[str, Any]]:
    """Return each day of the range with its facts and the totals up to it (two queries).

    The totals begin with the sum of all days before; a day without a row has zeros.
    """
    before = SiteDailyStat.objects.filter(date__lt=span.first).aggregate(
        users=Sum("new_users"), enrollments=Sum("new_enrollments")
    )
    users, enrolled = before["users"] or 0, before["enrollments"] or 0
    known = {
        row.date: row
        for row in SiteDailyStat.objects.filter(date__range=(span.first, span.last)).defer("totals")
    }
    series = []
    for day in span:
        row = known.get(day)
        facts = {name: getattr(row, name) if row else 0 for name in OF_A_DAY}
        users, enrolled = users + facts["new_users"], enrolled + facts["new_enrollments"]
        totals = {"total_users": users, "total_enrollments": enrolled, "is_partial": day == span.today}
        series.append({"date": day, **facts, **totals})
    return series


def popular_courses(limit: int) -> list[dict[str, Any]]:
    """Return the published courses with most seats taken, as the catalogue orders them (one query)."""
    courses = Course.objects.published().select_related("instructor", "stat").only(
        "title", "slug", "enrollment_count", "average_rating", "review_count", "instructor__full_name",
        "stat__enrollments", "stat__completion_rate", "stat__refreshed_at",
    )  # fmt: skip
    return [_popular(course) for course in courses.order_by("-enrollment_count", "id")[:limit]]


def _popular(course: Course) -> dict[str, Any]:
    stat: CourseStat | None = getattr(course, "stat", None)
    return {
        "id": course.pk,
        "slug": course.slug,
        "title": course.title,
        "instructor": course.instructor.full_name,
        "enrolled_now": course.enrollment_count,
        "enrollments": stat.enrollments if stat and stat.refreshed_at else None,
        "average_rating": course.average_rating,
        "review_count": course.review_count,
        "completion_rate": stat.completion_rate if stat else None,
    }


def refreshed_at() -> datetime | None:
    """Return when the site's figures were last taken, None before the first time (one query)."""
    return SiteDailyStat.objects.order_by("-date").values_list("refreshed_at", flat=True).first()


def top_instructors(limit: int) -> list[dict[str, Any]]:
    """Return the owners of courses by their distinct students; those without students stand last.

    No query, or two after the site was refreshed: people are counted once and kept in the cache until then.
    """
    refreshed = refreshed_at()
    key = f"analytics:teachers:{refreshed.timestamp() if refreshed else 0}"
    found: list[dict[str, Any]] | None = cache.get(key)
    if found is None:
        found = [_teacher(person) for person in _owners()[:MOST]]
        cache.set(key, found, KEPT_SECONDS if refreshed else 60)
    return found[:limit]


def _owners() -> QuerySet[User]:
    own = {"course__instructor": OuterRef("pk"), "course__deleted_at": None}
    learning = Enrollment.objects.filter(**own).order_by().values("course__instructor")
    reviews = Review.objects.shown().filter(**{f"enrollment__{name}": value for name, value in own.items()})
    rated = reviews.order_by().values("enrollment__course__instructor")
    courses = (
        Course.objects.filter(instructor=OuterRef("pk"), deleted_at=None).order_by().values("instructor")
    )
    return (
        User.objects.get_queryset()
        .annotate(
            course_total=Subquery(courses.annotate(n=Count("pk")).values("n")),
            students=Coalesce(
                Subquery(learning.annotate(n=Count("student", distinct=True)).values("n")), Value(0)
            ),
            stars=Subquery(rated.annotate(n=Sum("rating")).values("n")),
            ratings=Coalesce(Subquery(rated.annotate(n=Count("pk")).values("n")), Value(0)),
        )
        .filter(course_total__gt=0)
        .order_by("-students", "-course_total", "full_name", "pk")
    )


def _teacher(person: Any) -> dict[str, Any]:
    average, count = enrollments.mean_of(person.stars, person.ratings)
    return {
        "id": person.pk,
        "name": person.full_name,
        "students": person.students,
        "courses": person.course_total,
        "average_rating": average,
        "review_count": count,
    }


def background() -> dict[str, Any]:
    """Return how the work behind the pages stands: the oldest refresh, and PDFs that wait or failed (two queries)."""
    kept = CourseStat.objects.filter(course__deleted_at=None).aggregate(
        oldest=Min("refreshed_at"), never=Count("pk", filter=Q(refreshed_at=None))
    )
    unready = Certificate.objects.filter(status=Certificate.Status.ISSUED)
    pending, failed = Certificate.PdfStatus.PENDING, Certificate.PdfStatus.FAILED
    pdfs = unready.filter(pdf_status__in=[pending, failed]).aggregate(
        pending=Count("pk", filter=Q(pdf_status=pending)), failed=Count("pk", filter=Q(pdf_status=failed))
    )
    return {"oldest_refresh": kept["oldest"], "never_refreshed": kept["never"], "pdfs": pdfs}
