"""The whole site: its days, and what there is at the moment."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from accounts.models import User
from analytics.activity import MONTH, active_days, count_spans, distinct_people
from analytics.days import DAY, days_between
from analytics.figures.daily import by_day
from analytics.shapes import Totals, UserTotals
from certificates.models import Certificate
from courses.models import Course, Lesson
from enrollments.models import Enrollment
from files.models import StoredFile
from quizzes.models import Attempt, Quiz

FACTS = ("new_users", "new_enrollments", "completions", "certificates")
ACTIVE = ("active_users_1", "active_users_7", "active_users_30")


def daily_site_figures(
    first: date | None, last: date, *, today: date | None = None
) -> dict[date, dict[str, int]]:
    """Return what happened on the site on the days from `first` (None: the first there is) to `last`.

    Only days with facts, and `today`; who was active within a week or a month is told on those. Five queries.
    """
    days: dict[date, dict[str, int]] = defaultdict(_blank, {today: _blank()} if today else {})
    ledgers: dict[str, tuple[QuerySet[Any], str]] = {
        "new_users": (User.objects.get_queryset(), "created_at"),
        "new_enrollments": (Enrollment.objects.all(), "enrolled_at"),
        "completions": (Enrollment.objects.all(), "completed_at"),
        "certificates": (Certificate.objects.all(), "issued_at"),
    }
    for name, (ledger, moment) in ledgers.items():
        for day, counts in by_day(ledger, moment, first, last, n=Count("pk")).items():
            days[day][name] = counts["n"]
    for day, active in _active(first, last):
        if active[0] or day in days:
            days[day].update(zip(ACTIVE, active, strict=True))
    return dict(days)


def _blank() -> dict[str, int]:
    return dict.fromkeys((*FACTS, *ACTIVE), 0)


def _active(first: date | None, last: date) -> Any:
    """Yield (day, (on it, in 7 days, in 30 days)) for every day."""
    since = None if first is None else first - (MONTH - 1) * DAY
    spans = count_spans(active_days(None, "student", first=since, last=last))
    if first is None:
        first = min((day for day, _next in spans), default=last)
    days = list(days_between(first, last))
    return zip(days, distinct_people(spans, days), strict=True)


def site_totals() -> Totals:
    """Return what there is on the site now, for the dashboards of admins (nine queries)."""
    certificates = dict(Certificate.objects.order_by().values_list("status").annotate(n=Count("pk")))
    return {
        "users": _users(),
        "courses": _by(Course.objects.filter(deleted_at=None), "status", Course.Status.values),
        "lessons": Lesson.objects.live().filter(course__deleted_at=None).count(),
        "quizzes": Quiz.objects.offered().filter(course__deleted_at=None).count(),
        "attempts": Attempt.objects.exclude(status=Attempt.Status.VOIDED).count(),
        "enrollments": _by(Enrollment.objects.all(), "status", Enrollment.Status.values),
        "certificates_issued": certificates.get(Certificate.Status.ISSUED, 0),
        "certificates_revoked": certificates.get(Certificate.Status.REVOKED, 0),
        "bytes_files": StoredFile.objects.aggregate(n=Sum("size", default=0))["n"],
        "bytes_pdfs": Certificate.objects.aggregate(n=Sum("pdf_size", default=0))["n"],
    }


def _users() -> UserTotals:
    people = User.objects.get_queryset()
    counts = people.order_by().aggregate(
        total=Count("pk"),
        active=Count("pk", filter=Q(is_active=True)),
        inactive=Count("pk", filter=Q(is_active=False, erased_at=None)),
        erased=Count("pk", filter=Q(is_active=False, erased_at__isnull=False)),
    )
    return {**counts, "by_role": _by(people.filter(erased_at=None), "role", User.Role.values)}  # type: ignore[typeddict-item]


def _by(rows: QuerySet[Any], field: str, values: list[str]) -> dict[str, int]:
    counts = dict(rows.order_by().values_list(field).annotate(n=Count("pk")))
    return {value: counts.get(value, 0) for value in values}
