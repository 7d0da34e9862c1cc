"""A sitting: the attempt and its answers. The server owns it, whatever happens to the browser."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import AuditEntry, User
from courses.models import Course
from enrollments.models import Enrollment
from lms.lib.ids import UUIDModel
from quizzes.models.question import Question
from quizzes.models.quiz import Quiz

LEASE = timedelta(minutes=6)  # longer than a task may run
MAX_TRIES = 5
COUNTED_WITHIN = timedelta(seconds=10)  # of the marking, as a rule


class AttemptQuerySet(models.QuerySet["Attempt"]):
    """Which attempts."""

    def in_progress(self) -> AttemptQuerySet:
        """Open ones; at most one for a person and a quiz."""
        return self.filter(status=Attempt.Status.IN_PROGRESS)

    def graded(self) -> AttemptQuerySet:
        """Those that results are made of."""
        return self.filter(status=Attempt.Status.GRADED)

    def closed(self) -> AttemptQuerySet:
        """Submitted ones that count, graded or not."""
        return self.filter(status__in=Attempt.CLOSED)

    def of_students(self) -> AttemptQuerySet:
        """All but those of the course's staff: its own instructor, and admins."""
        of_instructor = Q(enrollment__student=F("quiz__course__instructor"))
        return self.exclude(of_instructor | Q(enrollment__student__role=User.Role.ADMIN))

    def first_graded(self) -> AttemptQuerySet:
        """Every student's first graded one at a quiz."""
        earlier = Attempt.objects.graded().filter(
            quiz=OuterRef("quiz"), enrollment=OuterRef("enrollment"), number__lt=OuterRef("number")
        )
        return self.graded().filter(~Exists(earlier))

    def behind(self) -> AttemptQuerySet:
        """Those with an answer that another key marked than the question has now."""
        return self.filter(Exists(Answer.objects.behind().filter(attempt=OuterRef("pk"))))

    def being_regraded(self) -> AttemptQuerySet:
        """Those that wait to be marked again: the queue of `regrade_quiz`."""
        return self.filter(regrade_order__isnull=False)

    def overdue(self, at: datetime) -> AttemptQuerySet:
        """Open ones whose deadline and grace are over: the queue of `submit_overdue_attempts`."""
        return self.in_progress().filter(deadline_at__lt=at - timedelta(seconds=settings.QUIZ_GRACE_SECONDS))

    def running(self) -> AttemptQuerySet:
        """Open ones that still take answers: what is overdue is as good as closed, whoever closes it."""
        over = timezone.now() - timedelta(seconds=settings.QUIZ_GRACE_SECONDS)
        return self.in_progress().filter(Q(deadline_at=None) | Q(deadline_at__gte=over))

    def released(self) -> AttemptQuerySet:
        """Those whose score students may know: at once, or when the quiz has closed for everybody."""
        still = Attempt.objects.running().filter(quiz=OuterRef("quiz"))
        is_over = Q(quiz__available_until__lte=timezone.now()) & ~Exists(still)
        return self.filter(Q(quiz__show_score_immediately=True) | is_over)

    def with_known_marks(self, *, are_released: bool) -> AttemptQuerySet:
        """Annotate `known_percentage` and `known_pass`: the marks as whoever asks may know them, else null.

        A list that is filtered or ordered by a mark tells it.
        """
        known = Q(status=Attempt.Status.GRADED) if are_released else Q(pk__in=[])
        return self.annotate(
            known_percentage=Case(When(known, then="percentage")),
            known_pass=Case(When(known, then="is_passed")),
        )

    def uncounted(self) -> AttemptQuerySet:
        """Graded, and not yet passed on to enrollments: the queue of `count_results`."""
        return self.graded().filter(counted_at=None)

    def with_mail_due(self, now: datetime) -> AttemptQuerySet:
        """Graded and released ones whose "graded" mail waits, neither leased nor put off beyond `now`."""
        return self.released()._with_mail_waiting(now)

    def claim_mail(self, attempt_id: UUID | str, *, now: datetime) -> Attempt | None:
        """Lease one due mail and count the try; None when somebody else was first, or it is not due."""
        row = self.filter(pk=attempt_id)
        # The swap reads nothing but its own row: of two at once the later sees what the earlier wrote.
        is_due, swap = row.with_mail_due(now).exists(), row._with_mail_waiting(now)
        if not is_due or not swap.update(mail_lease_until=now + LEASE, mail_tries=F("mail_tries") + 1):
            return None
        return self.select_related("enrollment__student", "quiz__course").get(pk=attempt_id)

    def _with_mail_waiting(self, now: datetime) -> AttemptQuerySet:
        is_free = Q(mail_lease_until=None) | Q(mail_lease_until__lt=now)
        return self.graded().filter(is_free, mail_state=Attempt.MailState.PENDING)

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
        IN_PROGRESS = "in_progress", pgettext_lazy("attempt", "In progress")
        SUBMITTED = "submitted", _("Waiting for marks")
        GRADED = "graded", _("Graded")
        VOIDED = "voided", _("Does not count")

    class SubmittedBy(models.TextChoices):
        STUDENT = "student", _("Student")
        DEADLINE = "deadline", _("The clock")
        STAFF = "staff", _("Staff")

    class MailState(models.TextChoices):
        PENDING = "pending", _("Pending")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")

    CLOSED = (Status.SUBMITTED, Status.GRADED)

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
    # A pass that a regrade would have taken: the score tells the truth, the pass stays.
    pass_kept = models.BooleanField(_("pass kept"), default=False)
    counted_at = models.DateTimeField(null=True, blank=True)
    # Who ordered that it is marked again, and how; empty once that is done.
    regrade_order = models.ForeignKey(
        AuditEntry, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    needs_manual_grading = models.BooleanField(_("waits for a person"), default=False)
    # The "graded" mail: empty unless the attempt waited for a person.
    mail_state = models.CharField(max_length=7, choices=MailState, blank=True)
    mail_lease_until = models.DateTimeField(null=True, blank=True)
    mail_tries = models.PositiveSmallIntegerField(default=0)

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
            models.Index(fields=["graded_at"], name="attempt_mail", condition=Q(mail_state="pending")),
            models.Index(
                fields=["quiz", "id"], name="attempt_regrade", condition=Q(regrade_order__isnull=False)
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
            models.CheckConstraint(
                condition=Q(pass_kept=False) | Q(is_passed=True) | Q(is_passed=None), name="attempt_pass_kept"
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="attempt_number_range"),
            models.CheckConstraint(
                condition=Q(needs_manual_grading=False) | Q(status__in=["submitted", "voided"]),
                name="attempt_waits_for_person",
            ),
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

    @property
    def is_uncounted(self) -> bool:
        """Graded, not passed on to enrollments, and not just now: nobody is about to."""
        if not self.is_graded or self.graded_at is None or self.counted_at is not None:
            return False
        return self.graded_at < timezone.now() - COUNTED_WITHIN

    def finish_mail(self, state: str) -> None:
        """Note how the "graded" mail ended: a MailState, or empty when it was no longer wanted."""
        self.mail_state, self.mail_lease_until = state, None
        self.save(update_fields=["mail_state", "mail_lease_until"])

    finish_mail.alters_data = True  # type: ignore[attr-defined]

    def put_mail_off(self, *, at: datetime) -> None:
        """After a failed try: later again, each time twice as late; the fifth failure is final."""
        if self.mail_tries >= MAX_TRIES:
            return self.finish_mail(self.MailState.FAILED)
        self.mail_lease_until = at + timedelta(minutes=2**self.mail_tries)
        self.save(update_fields=["mail_lease_until"])

    put_mail_off.alters_data = True  # type: ignore[attr-defined]


class AnswerQuerySet(models.QuerySet["Answer"]):
    """Which answers."""

    def waiting(self) -> AnswerQuerySet:
        """Those that a person still has to mark: the grading queue."""
        return self.filter(
            points_earned=None, graded_revision__isnull=False, attempt__status=Attempt.Status.SUBMITTED
        )

    def behind(self) -> AnswerQuerySet:
        """Those that another key marked than the question has now; a key that never changed is the first."""
        older = Q(key_version=None) | Q(key_version__lt=F("question__key_version"))
        return self.filter(older, question__key_version__gt=1)

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
    # As the browser reports it, never more than the clock allows: for statistics only.
    time_spent_seconds = models.PositiveIntegerField(default=0)
    points_max = models.DecimalField(max_digits=6, decimal_places=2)
    points_earned = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    is_correct = models.BooleanField(null=True, blank=True)
    # The first response that came when the attempt was closed: staff see it, nobody marks it.
    late_response = models.JSONField(null=True, blank=True)
    graded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # What a person gave, whatever the question is worth by now: a regrade caps `points_earned`, never this.
    points_given = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
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
            models.CheckConstraint(
                condition=Q(points_given=None) | Q(points_given__gte=0), name="answer_points_given_range"
            ),
        ]

    def __str__(self) -> str:
        return str(self.question)

    def can_edit(self, user: Any) -> bool:
        """Staff of the course (reads attempt, quiz and course)."""
        return self.attempt.can_edit(user)
