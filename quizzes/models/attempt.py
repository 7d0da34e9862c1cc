"""A sitting: the attempt and its answers. The server owns it, whatever happens to the browser."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from courses.models import Course
from enrollments.models import Enrollment
from lms.lib.ids import UUIDModel
from quizzes.models.question import Question
from quizzes.models.quiz import Quiz


class AttemptQuerySet(models.QuerySet["Attempt"]):
    """Which attempts."""

    def in_progress(self) -> AttemptQuerySet:
        """Open ones; at most one for a person and a quiz."""
        return self.filter(status=Attempt.Status.IN_PROGRESS)

    def graded(self) -> AttemptQuerySet:
        """Those that results are made of."""
        return self.filter(status=Attempt.Status.GRADED)

    def overdue(self, at: datetime) -> AttemptQuerySet:
        """Open ones whose deadline and grace are over: the queue of `submit_overdue_attempts`."""
        return self.in_progress().filter(deadline_at__lt=at - timedelta(seconds=settings.QUIZ_GRACE_SECONDS))

    def released(self) -> AttemptQuerySet:
        """Those whose score students may know: at once, or when the quiz has closed for everybody."""
        still = Attempt.objects.in_progress().filter(quiz=OuterRef("quiz"))
        is_over = Q(quiz__available_until__lte=timezone.now()) & ~Exists(still)
        return self.filter(Q(quiz__show_score_immediately=True) | is_over)

    def uncounted(self) -> AttemptQuerySet:
        """Graded, and not yet passed on to enrollments: the queue of `count_results`."""
        return self.graded().filter(counted_at=None)

    def visible_to(self, user: Any) -> AttemptQuerySet:
        """One's own, and those of the courses that one may edit."""
        if not user.is_authenticated:
            return self.none()
        if user.is_admin:
            return self
        shown = Q(enrollment__student=user)
        if user.is_teacher:
            shown |= Q(quiz__course__instructor=user)
        return self.filter(shown, quiz__course__deleted_at=None)

    def managed_by(self, user: Any) -> AttemptQuerySet:
        """Those of the courses that `user` may edit."""
        return self.filter(quiz__course__in=Course.objects.editable_by(user))


class Attempt(UUIDModel):
    """One student's sitting of one quiz. Status moves by verbs only."""

    class Status(models.TextChoices):
        IN_PROGRESS = "in_progress", _("In progress")
        SUBMITTED = "submitted", _("Waiting for marks")
        GRADED = "graded", _("Graded")
        VOIDED = "voided", _("Does not count")

    class SubmittedBy(models.TextChoices):
        STUDENT = "student", _("Student")
        DEADLINE = "deadline", _("The clock")
        STAFF = "staff", _("Staff")

    quiz = models.ForeignKey(Quiz, on_delete=models.PROTECT, related_name="attempts", verbose_name=_("quiz"))
    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveIntegerField(_("number"))
    status = models.CharField(_("status"), max_length=11, choices=Status, default=Status.IN_PROGRESS)
    submitted_by = models.CharField(_("closed by"), max_length=8, choices=SubmittedBy, blank=True)
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    deadline_at = models.DateTimeField(_("deadline"), null=True, blank=True)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    # {"questions": [{"id", "type", "options": [ids in the order shown]}]}: drawn once, never sent as it is.
    layout = models.JSONField(default=dict)
    score = models.DecimalField(_("score"), max_digits=9, decimal_places=2, null=True, blank=True)
    max_score = models.DecimalField(_("points"), max_digits=9, decimal_places=2, null=True, blank=True)
    percentage = models.DecimalField(
        _("result in per cent"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    passing_score = models.DecimalField(_("pass mark in per cent"), max_digits=5, decimal_places=2)
    is_passed = models.BooleanField(_("passed"), null=True, blank=True)
    graded_at = models.DateTimeField(_("graded"), null=True, blank=True)
    graded_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("graded by")
    )
    feedback = models.TextField(_("feedback"), max_length=2000, blank=True)
    is_excused = models.BooleanField(_("uses up no attempt"), default=False)
    counted_at = models.DateTimeField(null=True, blank=True)

    objects = AttemptQuerySet.as_manager()

    is_new = False  # True on the instance that `services.start_attempt` has just made

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ["-started_at"]
        indexes = [
            models.Index(
                fields=["graded_at"],
                name="attempt_uncounted",
                condition=Q(status="graded", counted_at=None),
            ),
            models.Index(
                fields=["deadline_at"],
                name="attempt_overdue",
                condition=Q(status="in_progress", deadline_at__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["quiz", "enrollment"],
                condition=Q(status="in_progress"),
                name="attempt_one_in_progress",
            ),
            models.UniqueConstraint(fields=["quiz", "enrollment", "number"], name="attempt_number"),
            models.CheckConstraint(
                condition=Q(status="in_progress", submitted_at=None, score=None, graded_at=None)
                | Q(status="submitted", submitted_at__isnull=False, graded_at=None)
                | Q(
                    status="graded",
                    submitted_at__isnull=False,
                    graded_at__isnull=False,
                    score__isnull=False,
                    max_score__isnull=False,
                    percentage__isnull=False,
                    is_passed__isnull=False,
                )
                | Q(status="voided"),
                name="attempt_status_facts",
            ),
            models.CheckConstraint(
                condition=Q(score=None) | Q(score__gte=0, score__lte=F("max_score")),
                name="attempt_score_range",
            ),
            models.CheckConstraint(
                condition=Q(percentage=None) | Q(percentage__range=(0, 100)),
                name="attempt_percentage_range",
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="attempt_number_range"),
            models.CheckConstraint(
                condition=Q(deadline_at=None) | Q(deadline_at__gt=F("started_at")), name="attempt_deadline"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quiz.title} · {self.number}"

    def get_absolute_url(self) -> str:
        """The taking page while open, then the result."""
        name = "take_quiz" if self.is_open else "attempt_result"
        return reverse(f"quizzes:{name}", args=[self.quiz_id, self.number])

    def can_edit(self, user: Any) -> bool:
        """Staff of the course (reads quiz and course)."""
        return self.quiz.can_edit(user)

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.IN_PROGRESS

    def is_overdue(self, at: datetime) -> bool:
        """What `overdue()` says of this row."""
        if not self.is_open or self.deadline_at is None:
            return False
        return self.deadline_at < at - timedelta(seconds=settings.QUIZ_GRACE_SECONDS)

    @property
    def is_voided(self) -> bool:
        return self.status == self.Status.VOIDED

    @property
    def is_graded(self) -> bool:
        return self.status == self.Status.GRADED


class AnswerQuerySet(models.QuerySet["Answer"]):
    """Which answers."""

    def waiting(self) -> AnswerQuerySet:
        """Those that a person still has to mark: the grading queue."""
        return self.filter(
            points_earned=None, graded_revision__isnull=False, attempt__status=Attempt.Status.SUBMITTED
        )

    def managed_by(self, user: Any) -> AnswerQuerySet:
        """Those of the courses that `user` may edit."""
        return self.filter(attempt__quiz__course__in=Course.objects.editable_by(user))


class Answer(UUIDModel):
    """The response to one drawn question; made at the start, so that a save is one UPDATE."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="answers")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="answers")
    response = models.JSONField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=0)
    is_flagged = models.BooleanField(default=False)
    answered_at = models.DateTimeField(null=True, blank=True)
    points_max = models.DecimalField(max_digits=6, decimal_places=2)
    points_earned = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    is_correct = models.BooleanField(null=True, blank=True)
    # The first response that came when the attempt was closed: staff see it, nobody marks it.
    late_response = models.JSONField(null=True, blank=True)
    graded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    grader_note = models.TextField(_("note"), max_length=2000, blank=True)
    late_at = models.DateTimeField(null=True, blank=True)
    key_version = models.PositiveIntegerField(null=True, blank=True)
    graded_revision = models.PositiveIntegerField(null=True, blank=True)

    objects = AnswerQuerySet.as_manager()

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        indexes = [
            models.Index(
                fields=["question"],
                name="answer_waiting",
                condition=Q(points_earned=None, graded_revision__isnull=False),
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "question"], name="answer_unique_attempt_question"),
            # Marking writes the revision it read: of a save and a marking that cross, one fails here.
            models.CheckConstraint(
                condition=Q(graded_revision=None) | Q(graded_revision=F("revision")),
                name="answer_graded_is_current",
            ),
            models.CheckConstraint(
                condition=Q(points_earned=None) | Q(points_earned__gte=0, points_earned__lte=F("points_max")),
                name="answer_points_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id} {self.question_id}"

    def can_edit(self, user: Any) -> bool:
        """Staff of the course (reads attempt, quiz and course)."""
        return self.attempt.can_edit(user)
