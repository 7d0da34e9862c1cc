"""What happened in a course: day by day, and in all."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.models import Course
from lms.lib.ids import UUIDModel

LEASE = timedelta(minutes=10)  # longer than a task may run
STALE_AFTER = timedelta(minutes=65)  # a reader of older figures wakes a refresh


def _null_or_percent(name: str) -> Q:
    return Q(**{name: None}) | Q(**{f"{name}__range": (0, 100)})


class CourseDailyStat(UUIDModel):
    """One day of one course; days on which nothing happened have no row.

    `date` is the site's day (DEFAULT_TIME_ZONE) of a fact; `active_students` and `time_spent_seconds` go by the
    students' own days (StudyDay.day_on), so some may lie one day ahead.
    """

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="daily_stats")
    date = models.DateField(_("day"))
    enrollments = models.PositiveIntegerField(_("new enrollments"), default=0)
    completions = models.PositiveIntegerField(_("completions"), default=0)
    drops = models.PositiveIntegerField(_("drops"), default=0)
    active_students = models.PositiveIntegerField(_("active students"), default=0)
    lessons_completed = models.PositiveIntegerField(_("lessons completed"), default=0)
    quiz_attempts = models.PositiveIntegerField(_("quiz attempts"), default=0)
    quiz_passes = models.PositiveIntegerField(_("passed"), default=0)
    time_spent_seconds = models.PositiveBigIntegerField(_("time spent, in seconds"), default=0)
    refreshed_at = models.DateTimeField(_("as of"))

    class Meta:
        verbose_name = _("day of a course")
        verbose_name_plural = _("days of courses")
        ordering = ["date"]
        constraints = [
            models.UniqueConstraint(fields=["course", "date"], name="coursedailystat_unique_day"),
            models.CheckConstraint(
                condition=Q(
                    enrollments__gte=0,
                    completions__gte=0,
                    drops__gte=0,
                    active_students__gte=0,
                    lessons_completed__gte=0,
                    quiz_passes__gte=0,
                    quiz_attempts__gte=F("quiz_passes"),
                    time_spent_seconds__gte=0,
                ),
                name="coursedailystat_counts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.course_id} {self.date}"


class CourseStatQuerySet(models.QuerySet["CourseStat"]):
    """Which figures."""

    def editable_by(self, user: Any) -> CourseStatQuerySet:
        """Those of the courses that `user` may edit."""
        return self.filter(course__in=Course.objects.editable_by(user))

    def free(self, now: datetime) -> CourseStatQuerySet:
        """Those that nobody is refreshing."""
        return self.filter(Q(lease_until=None) | Q(lease_until__lt=now))


class CourseStat(UUIDModel):
    """A course in figures, over all its enrollments; title, owner and rating are on the course's own row."""

    course = models.OneToOneField(
        Course, on_delete=models.CASCADE, related_name="stat", verbose_name=_("course")
    )
    enrollments = models.PositiveIntegerField(_("enrollments"), default=0)
    active = models.PositiveIntegerField(_("in progress"), default=0)
    completed = models.PositiveIntegerField(_("completions"), default=0)
    dropped = models.PositiveIntegerField(_("dropped"), default=0)
    suspended = models.PositiveIntegerField(_("suspended"), default=0)
    expired = models.PositiveIntegerField(_("expired"), default=0)
    completion_rate = models.DecimalField(
        _("completion rate"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    average_progress = models.DecimalField(
        _("average progress"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    average_time_seconds = models.DecimalField(
        _("average time, in seconds"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    total_time_seconds = models.PositiveBigIntegerField(_("total time, in seconds"), default=0)
    average_days_to_complete = models.DecimalField(
        _("days to complete"), max_digits=8, decimal_places=2, null=True, blank=True
    )
    active_1 = models.PositiveIntegerField(_("active today"), default=0)
    active_7 = models.PositiveIntegerField(_("active in 7 days"), default=0)
    active_30 = models.PositiveIntegerField(_("active in 30 days"), default=0)
    average_minutes_per_active_day = models.DecimalField(
        _("minutes per active day"), max_digits=7, decimal_places=1, null=True, blank=True
    )
    quiz_attempts = models.PositiveIntegerField(_("quiz attempts"), default=0)
    average_quiz_score = models.DecimalField(
        _("quiz average"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    quiz_pass_rate = models.DecimalField(
        _("quizzes passed"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    dropout_rate = models.DecimalField(
        _("dropout rate"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    at_risk_count = models.PositiveIntegerField(_("at risk"), default=0)
    certificates = models.PositiveIntegerField(_("certificates"), default=0)
    progress_histogram = models.JSONField(default=list, blank=True)  # shapes.Histogram; [] before the first
    lessons = models.JSONField(default=list, blank=True)  # list[shapes.LessonFigures]
    quizzes = models.JSONField(default=list, blank=True)  # list[shapes.QuizFigures]
    leaderboard_enabled = models.BooleanField(_("leaderboard"), default=False)
    refreshed_at = models.DateTimeField(_("refreshed"), null=True, blank=True)  # None: never yet
    lease_until = models.DateTimeField(null=True, blank=True)

    objects = CourseStatQuerySet.as_manager()

    class Meta:
        verbose_name = _("course analytics")
        verbose_name_plural = _("course analytics")
        ordering = ["-enrollments", "id"]
        indexes = [models.Index(fields=["refreshed_at"], name="coursestat_refreshed")]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    enrollments=F("active") + F("completed") + F("dropped") + F("suspended") + F("expired")
                ),
                name="coursestat_statuses_add_up",
            ),
            models.CheckConstraint(
                condition=Q(active_1__gte=0, active_1__lte=F("active_7"), active_7__lte=F("active_30")),
                name="coursestat_active_order",
            ),
            models.CheckConstraint(
                condition=(
                    Q(enrollments=0, completion_rate=None)
                    # A check that is NULL passes: the rate must say that it is there.
                    | Q(enrollments__gt=0, completion_rate__isnull=False, completion_rate__range=(0, 100))
                )
                & _null_or_percent("average_progress")
                & _null_or_percent("average_quiz_score")
                & _null_or_percent("quiz_pass_rate")
                & _null_or_percent("dropout_rate"),
                name="coursestat_rates",
            ),
        ]

    def __str__(self) -> str:
        return str(self.course)

    def get_absolute_url(self) -> str:
        """The page of the course's figures in the admin."""
        return reverse("admin:analytics_coursestat_change", args=[self.pk])

    def can_edit(self, user: Any) -> bool:
        """Staff of the course (reads the course)."""
        return self.course.can_edit(user)

    @property
    def is_stale(self) -> bool:
        """Older than the hourly round should leave it: a reader wakes a refresh."""
        return self.refreshed_at is None or timezone.now() - self.refreshed_at > STALE_AFTER
