"""A course in figures: the columns of CourseStat."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, Sum

from analytics import risk
from analytics.activity import MONTH, count_active
from analytics.days import DAY, site_day
from analytics.figures.content import lesson_figures, quiz_figures
from analytics.rounding import SECONDS_PER_DAY, SECONDS_PER_MINUTE, mean, share
from analytics.shapes import BARS
from certificates.models import Certificate
from enrollments.models import Enrollment, StudyDay
from enrollments.services import enrollment_figures
from quizzes.models import Attempt, Quiz
from quizzes.services.results import averages_of, results_for

DROPOUT_AFTER = timedelta(days=14)
DROPOUT_PROGRESS = 10
MICROSECOND = timedelta(microseconds=1)


def course_figures(course_id: UUID, now: datetime) -> dict[str, Any]:
    """Return what CourseStat says of the course at `now`, by column.

    The figures of one statement agree whatever is written meanwhile; all of them do inside one snapshot.
    """
    found = enrollment_figures(course_id)
    certificates = Certificate.objects.filter(enrollment__course=course_id, status=Certificate.Status.ISSUED)
    return {
        "enrollments": found.total,
        **found.counts,
        "completion_rate": found.completion_rate,
        "average_progress": found.mean_progress,
        "average_time_seconds": found.mean_seconds,
        "total_time_seconds": found.total_seconds,
        **_progress(course_id, now),
        **_activity(course_id, now),
        **_quizzes(course_id),
        "certificates": certificates.count(),
        "lessons": lesson_figures(course_id, found.total),
        "quizzes": quiz_figures(course_id),
    }


def _progress(course_id: UUID, now: datetime) -> dict[str, Any]:
    """Risk, dropout, time to complete and the ten bars, over the enrollments (one query)."""
    older = Q(enrolled_at__lt=now - DROPOUT_AFTER)
    timed = Q(completed_at__isnull=False, started_at__isnull=False)
    found = Enrollment.objects.filter(course=course_id).order_by().aggregate(
        at_risk=Count("pk", filter=risk.condition(now=now)),
        older=Count("pk", filter=older),
        dropouts=Count("pk", filter=older & Q(progress_percentage__lt=DROPOUT_PROGRESS)),
        taken=Sum(F("completed_at") - F("started_at"), filter=timed),
        takers=Count("pk", filter=timed),
        **{f"bar{n}": Count("pk", filter=_in_bar(n)) for n in range(BARS)},
    )  # fmt: skip
    taken = found["taken"] and Fraction(found["taken"] // MICROSECOND, SECONDS_PER_DAY * 10**6)
    return {
        "at_risk_count": found["at_risk"],
        "dropout_rate": share(found["dropouts"], found["older"]),
        "average_days_to_complete": mean(taken, found["takers"]),
        "progress_histogram": [found[f"bar{n}"] for n in range(BARS)],
    }


def _in_bar(number: int) -> Q:
    width = 100 // BARS
    lower = Q(progress_percentage__gte=number * width)
    return lower if number == BARS - 1 else lower & Q(progress_percentage__lt=(number + 1) * width)


def _activity(course_id: UUID, now: datetime) -> dict[str, Any]:
    today, rows = site_day(now), Enrollment.objects.filter(course=course_id).order_by().values("pk")
    counts = [0]
    for width in (1, 7, MONTH):
        active = count_active(rows, first=today - (width - 1) * DAY, last=today)
        counts.append(max(active, counts[-1]))  # without a snapshot an attempt may be reopened in between
    days = StudyDay.objects.filter(enrollment__course=course_id, seconds__gt=0)
    spent = days.aggregate(seconds=Sum("seconds"), days=Count("pk"))
    minutes = spent["seconds"] and Fraction(spent["seconds"], SECONDS_PER_MINUTE)
    return {
        **dict(zip(("active_1", "active_7", "active_30"), counts[1:], strict=True)),
        "average_minutes_per_active_day": mean(minutes, spent["days"], 1),
    }


def _quizzes(course_id: UUID) -> Mapping[str, Any]:
    """The students' quiz averages and passes: offered graded and final quizzes, released results only."""
    results = results_for(courses=[course_id], quizzes=Quiz.objects.counted())
    averages = list(averages_of(results).values())
    return {
        "quiz_attempts": Attempt.objects.filter(quiz__course=course_id, status__in=CLOSED).count(),
        "average_quiz_score": mean(sum(averages), len(averages)) if averages else None,
        "quiz_pass_rate": share(sum(result.is_passed for result in results.values()), len(results)),
    }


CLOSED = (Attempt.Status.SUBMITTED, Attempt.Status.GRADED)
