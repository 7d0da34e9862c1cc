"""The one ledger of what was learned: lesson rows, and the days on which it happened."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from courses.models import Lesson
from enrollments.models.enrollment import Enrollment
from lms.lib.ids import UUIDModel


class LessonProgress(UUIDModel):
    """One student's row for one lesson; made by the first touch, kept when the lesson is removed."""

    class Status(models.TextChoices):
        NOT_STARTED = "not_started", _("Not started")
        IN_PROGRESS = "in_progress", _("In progress")
        COMPLETED = "completed", _("Completed")

    class Via(models.TextChoices):
        SELF = "self", _("Marked complete")
        WATCH = "watch", _("Watched")
        QUIZ = "quiz", _("Quiz passed")
        ASSIGNMENT = "assignment", _("Assignment accepted")
        STAFF = "staff", _("Marked complete by the teacher")

    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="lesson_progress")
    lesson = models.ForeignKey(
        Lesson, on_delete=models.PROTECT, related_name="progress", verbose_name=_("lesson")
    )
    status = models.CharField(_("status"), max_length=11, choices=Status, default=Status.NOT_STARTED)
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)
    completed_via = models.CharField(_("how it was completed"), max_length=10, choices=Via, blank=True)
    completed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    last_accessed_at = models.DateTimeField(null=True, blank=True)
    time_spent_seconds = models.PositiveIntegerField(_("time spent, seconds"), default=0)
    last_position_seconds = models.PositiveIntegerField(default=0)
    watched = models.JSONField(default=list, blank=True)
    completion_percentage = models.DecimalField(_("progress"), max_digits=5, decimal_places=2, default=0)
    notes = models.TextField(max_length=2000, blank=True)
    notes_revision = models.PositiveIntegerField(default=0)
    is_bookmarked = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("lesson progress")
        verbose_name_plural = _("lesson progress")
        indexes = [models.Index(fields=["lesson", "status"], name="lessonprogress_lesson_status")]
        constraints = [
            models.UniqueConstraint(
                fields=["enrollment", "lesson"], name="lessonprogress_unique_enrollment_lesson"
            ),
            models.CheckConstraint(
                condition=(
                    Q(status="completed", completed_at__isnull=False, completion_percentage=100)
                    | (Q(completed_at=None) & ~Q(status="completed"))
                )
                & (~Q(status="not_started") | Q(started_at=None)),
                name="lessonprogress_status_facts",
            ),
            models.CheckConstraint(
                condition=Q(time_spent_seconds__gte=0, last_position_seconds__gte=0),
                name="lessonprogress_seconds",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lesson} · {self.get_status_display()}"

    @property
    def is_completed(self) -> bool:
        return self.status == self.Status.COMPLETED


class StudyDay(UUIDModel):
    """A day, the student's own, on which they studied; activity, time per day and streaks come from it."""

    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="study_days")
    day_on = models.DateField()
    seconds = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("study day")
        verbose_name_plural = _("study days")
        constraints = [models.UniqueConstraint(fields=["enrollment", "day_on"], name="studyday_unique_day")]

    def __str__(self) -> str:
        return f"{self.day_on} {self.seconds}"
