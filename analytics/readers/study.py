"""One student in figures, read live from the ledgers, in the student's own days. Pages, API and files read here."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, Sum, Value, When
from django.db.models.functions import TruncDate
from django.utils import timezone

from accounts.models import User
from analytics.activity import Streak, own_active_days, streak_of
from analytics.ranges import Range, last_days
from analytics.rounding import in_hours, in_minutes, mean
from analytics.standing import Estimate, WithLevel, estimated_completion
from certificates.models import Certificate
from courses.models import Course
from enrollments import services
from enrollments.models import Enrollment, LessonProgress, StudyDay
from enrollments.models.enrollment import EnrollmentQuerySet
from quizzes.models import Attempt, Quiz
from quizzes.services import results_for
from quizzes.services.results import Result, averages_of, mean_of

STREAKS = (7, 30, 100)  # days in a row that count as an achievement
RECOMMENDED = 4
DAYS_SHOWN = 30
Status = Enrollment.Status


@dataclass(frozen=True)
class CourseOfStudy(WithLevel):
    """One course of the student: the enrollment with its course, and what the ledgers say of it."""

    enrollment: Enrollment
    quizzes_completed: int
    average_quiz_score: Decimal | None
    certificate: Certificate | None
    zone: ZoneInfo

    @property
    def course(self) -> Course:
        return self.enrollment.course

    @cached_property
    def estimate(self) -> Estimate | None:
        return estimated_completion(self.enrollment, self.zone)


@dataclass(frozen=True)
class TimeOfDay:
    """How long the student studied on one own day. `minutes` has 1 place."""

    date: date
    minutes: Decimal
    is_active: bool
    is_partial: bool


@dataclass(frozen=True)
class Day(TimeOfDay):
    """What the student did on it, too; `quizzes_taken` are attempts closed."""

    lessons_completed: int
    quizzes_taken: int


@dataclass(frozen=True)
class Achievement:
    """Something to be proud of: a certificate, or so many `days` in a row."""

    kind: str
    days: int | None = None
    certificate: Certificate | None = None


class Study:
    """What one student did in some enrollments: all of them, or those that the reader may see.

    Each ledger is read once, when first asked for, whatever is asked of it. Results are released ones only.
    """

    def __init__(self, student: User, rows: EnrollmentQuerySet | None = None) -> None:
        self.student = student
        self.zone = ZoneInfo(student.time_zone)
        self.today = timezone.now().astimezone(self.zone).date()
        self._rows = Enrollment.objects.filter(student=student) if rows is None else rows

    @cached_property
    def enrollments(self) -> list[Enrollment]:
        """The enrollments with their courses, brought up to date; the one seen last comes first."""
        rows = list(
            self._rows.select_related("course__category", "course__instructor", "student")
            .defer("notes", "course__description", "course__search_text")
            .order_by(F("last_accessed_at").desc(nulls_last=True), "-enrolled_at", "-pk")
        )
        services.refresh(rows)
        return rows

    @property
    def scope(self) -> EnrollmentQuerySet:
        """The enrollments as a part of other queries: their ids once they are read, else the question itself."""
        if "enrollments" in self.__dict__:
            return Enrollment.objects.filter(pk__in=[row.pk for row in self.enrollments])
        return self._rows.order_by()

    @cached_property
    def results(self) -> dict[tuple[UUID, UUID], Result]:
        """Results at quizzes of every type, by enrollment and quiz."""
        return results_for(self.enrollments)

    @cached_property
    def counted_results(self) -> dict[tuple[UUID, UUID], Result]:
        """Results at quizzes that make the average."""
        return results_for(self.enrollments, quizzes=Quiz.objects.counted())

    @cached_property
    def certificates(self) -> dict[UUID, Certificate]:
        """Standing certificates by enrollment, the newest first."""
        rows = Certificate.objects.filter(enrollment__in=self.scope, status=Certificate.Status.ISSUED)
        return {row.enrollment_id: row for row in rows.order_by("-issued_at", "-pk")}

    @cached_property
    def active_days(self) -> set[date]:
        return own_active_days(self.scope, self.zone, today=self.today)

    @cached_property
    def lessons_by_day(self) -> Counter[date]:
        rows = LessonProgress.objects.filter(
            enrollment__in=self.scope, status=LessonProgress.Status.COMPLETED
        )
        return self._by_day(rows, "completed_at")

    @cached_property
    def attempts_by_day(self) -> Counter[date]:
        """Closed attempts at quizzes of every type; voided ones are left out."""
        return self._by_day(Attempt.objects.closed().filter(enrollment__in=self.scope), "submitted_at")

    def _by_day(self, rows: Any, moment: str) -> Counter[date]:
        day = TruncDate(moment, tzinfo=self.zone)
        return Counter(dict(rows.order_by().values_list(day).annotate(n=Count("pk"))))

    @cached_property
    def seconds_by_day(self) -> dict[date, int]:
        rows = StudyDay.objects.filter(enrollment__in=self.scope).order_by()
        return dict(rows.values_list("day_on").annotate(total=Sum("seconds")))

    @cached_property
    def streak(self) -> Streak:
        return streak_of(self.active_days, self.today)

    def summary(self) -> dict[str, Any]:
        """Return `my-progress`: sums over the enrollments (7 queries)."""
        active = [row for row in self.enrollments if row.status == Status.ACTIVE]
        taken = list(self.results.values())
        counted = [result.percentage for result in self.counted_results.values()]
        return {
            "enrollments": {
                "total": len(self.enrollments),
                "active": len(active),
                "completed": sum(row.completed_at is not None for row in self.enrollments),
            },
            "average_progress": mean(sum(row.progress_percentage for row in active), len(active)),
            "time_hours": in_hours(sum(row.time_spent_seconds for row in self.enrollments)),
            "lessons_completed": self.lessons_by_day.total(),
            "quizzes_taken": len(taken),
            "quizzes_passed": sum(result.is_passed for result in taken),
            "quiz_attempts": self.attempts_by_day.total(),
            "average_quiz_score": mean_of(counted) if counted else None,
            "certificates": len(self.certificates),
            "streak": self.streak,
        }

    def courses(self) -> list[CourseOfStudy]:
        """Return each course with its figures."""
        averages = averages_of(self.counted_results)
        completed = Counter(enrollment_id for enrollment_id, _quiz_id in self.results)
        return [
            CourseOfStudy(
                enrollment=row,
                quizzes_completed=completed[row.pk],
                average_quiz_score=averages.get(row.pk),
                certificate=self.certificates.get(row.pk),
                zone=self.zone,
            )
            for row in self.enrollments
        ]

    def time(self, span: Range | None = None) -> list[TimeOfDay]:
        """Return the time of exactly the days of `span`, the last 30 unless given (two queries)."""
        return [
            TimeOfDay(
                date=day,
                minutes=in_minutes(self.seconds_by_day.get(day, 0)) or Decimal(0),
                is_active=day in self.active_days,
                is_partial=day == self.today,
            )
            for day in span or last_days(DAYS_SHOWN, self.today)
        ]

    def activity(self, span: Range | None = None) -> list[Day]:
        """Return `time` with what was done on each day (two queries more)."""
        return [
            Day(
                date=one.date,
                minutes=one.minutes,
                is_active=one.is_active,
                is_partial=one.is_partial,
                lessons_completed=self.lessons_by_day[one.date],
                quizzes_taken=self.attempts_by_day[one.date],
            )
            for one in self.time(span)
        ]

    def achievements(self) -> list[Achievement]:
        """Return the certificates, the newest first, and the streaks of 7, 30 and 100 days that were reached."""
        earned = [Achievement("certificate", certificate=one) for one in self.certificates.values()]
        return earned + [Achievement("streak", days=days) for days in STREAKS if self.streak.longest >= days]

    def recommendations(self) -> list[Course]:
        """Return up to 4 published courses the student was never in: alike ones first, then by popularity.

        Alike are those of the same category, or with a tag of one of the student's courses (one query).
        """
        known = [row.course_id for row in self.enrollments]
        categories = {row.course.category_id for row in self.enrollments}
        tags = Course.tags.through.objects
        shared = tags.filter(course=OuterRef("pk"), tag__in=tags.filter(course__in=known).values("tag"))
        alike = Case(
            When(Q(category__in=categories) | Exists(shared), then=Value(1)),
            default=Value(0),
            output_field=IntegerField(),
        )
        rows = Course.objects.published().exclude(pk__in=known).exclude(instructor=self.student)
        found = rows.select_related("category", "thumbnail", "instructor").annotate(alike=alike)
        found = found.defer("description", "search_text")
        return list(found.order_by("-alike", "-enrollment_count", "-published_at", "pk")[:RECOMMENDED])
