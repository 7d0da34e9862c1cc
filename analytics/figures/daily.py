"""A course day by day: the columns of CourseDailyStat, each ledger counted alone."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from analytics.activity import active_days, count_by_day, within
from analytics.days import site_zone
from analytics.figures.course import CLOSED
from enrollments.models import Enrollment, EnrollmentEvent, LessonProgress, StudyDay
from quizzes.models import Attempt

FACTS = (
    "enrollments", "completions", "drops", "active_students", "lessons_completed", "quiz_attempts", "quiz_passes",
    "time_spent_seconds",
)  # fmt: skip
Day = dict[str, int]


def daily_figures(course_id: UUID, first: date | None, last: date | None) -> dict[date, Day]:
    """Return what happened in the course on the days from `first` to `last` (None: without bound); only such days.

    Each day has every one of FACTS. Seven queries, however long.
    """
    days: dict[date, Day] = defaultdict(lambda: dict.fromkeys(FACTS, 0))
    rows = Enrollment.objects.filter(course=course_id)
    ledgers: dict[str, tuple[QuerySet[Any], str]] = {
        "enrollments": (rows, "enrolled_at"),
        "completions": (rows, "completed_at"),
        "drops": (
            EnrollmentEvent.objects.filter(enrollment__course=course_id, kind=EnrollmentEvent.Kind.DROPPED),
            "at",
        ),
        "lessons_completed": (LessonProgress.objects.filter(lesson__course=course_id), "completed_at"),
    }
    for name, (ledger, moment) in ledgers.items():
        for day, counts in by_day(ledger, moment, first, last, n=Count("pk")).items():
            days[day][name] = counts["n"]
    _add_attempts(days, course_id, first, last)
    _add_study(days, course_id, first, last)
    return {day: facts for day, facts in days.items() if any(facts.values())}


def by_day(
    rows: QuerySet[Any], moment: str, first: date | None, last: date | None, **sums: Any
) -> dict[date, dict[str, int]]:
    """Return sums over the rows by the site's day of their time `moment`; those without it are left out."""
    zone: ZoneInfo = site_zone()
    chosen = rows.filter(within(moment, first, last, zone), **{f"{moment}__isnull": False}).order_by()
    grouped = chosen.values(on=TruncDate(moment, tzinfo=zone)).annotate(**sums)
    return {row.pop("on"): row for row in grouped}


def _add_attempts(days: dict[date, Day], course_id: UUID, first: date | None, last: date | None) -> None:
    """Attempts by the day they were closed, those passed among them in the same statement."""
    closed = Attempt.objects.filter(quiz__course=course_id, status__in=CLOSED)
    passed = Count("pk", filter=Q(is_passed=True))
    for day, counts in by_day(closed, "submitted_at", first, last, n=Count("pk"), passed=passed).items():
        days[day]["quiz_attempts"], days[day]["quiz_passes"] = counts["n"], counts["passed"]


def _add_study(days: dict[date, Day], course_id: UUID, first: date | None, last: date | None) -> None:
    study = StudyDay.objects.filter(enrollment__course=course_id, seconds__gt=0)
    if first is not None:
        study = study.filter(day_on__gte=first)
    if last is not None:
        study = study.filter(day_on__lte=last)
    for day, seconds in study.order_by().values_list("day_on").annotate(total=Sum("seconds")):
        days[day]["time_spent_seconds"] = seconds
    rows = Enrollment.objects.filter(course=course_id).order_by().values("pk")
    for day, count in count_by_day(active_days(rows, "pk", first=first, last=last)).items():
        days[day]["active_students"] = count
