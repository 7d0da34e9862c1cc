"""The quiz: its settings and counters."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import (
    MaxLengthValidator,
    MaxValueValidator,
    MinLengthValidator,
    MinValueValidator,
)
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from courses.models import Course, Lesson
from lms.lib.ids import UUIDModel
from lms.lib.markdown import render_markdown
from lms.lib.text import validate_plain_multiline_text, validate_plain_text

if TYPE_CHECKING:
    from courses.services import Problem


FIRST_YEAR, LAST_YEAR = 2000, 9000  # a time at the end of the calendar has no day in some time zones


class QuizQuerySet(models.QuerySet["Quiz"]):
    """Which quizzes."""

    def published(self) -> QuizQuerySet:
        """Published by their author; a lesson that is hidden hides its quiz all the same (see `offered`)."""
        return self.filter(is_published=True)

    def offered(self) -> QuizQuerySet:
        """What students have: published, and the lesson, if there is one, live."""
        return self.published().filter(Q(lesson=None) | Q(lesson__in=Lesson.objects.live()))

    def counted(self) -> QuizQuerySet:
        """Offered ones whose results make the quiz average."""
        return self.offered().filter(type__in=Quiz.COUNTED)

    def visible_to(self, user: Any) -> QuizQuerySet:
        """Offered ones of visible courses, those one has sat, and those one may edit."""
        if not user.is_authenticated:
            return self.none()
        if user.is_admin:
            return self
        mine = Q(attempts__enrollment__student=user)
        if user.is_teacher:
            mine |= Q(course__instructor=user)
        shown = self.filter(Q(pk__in=Quiz.objects.offered().values("pk")) | mine).values("pk")
        return self.filter(pk__in=shown, course__in=Course.objects.visible_to(user))

    def editable_by(self, user: Any) -> QuizQuerySet:
        """Those of the courses that `user` may edit."""
        return self.filter(course__in=Course.objects.editable_by(user))


class Quiz(UUIDModel):
    """Questions with a pass mark, for a lesson or for the course as a whole."""

    class Type(models.TextChoices):
        PRACTICE = "practice", _("Practice")
        GRADED = "graded", pgettext_lazy("kind of quiz", "Graded")
        FINAL = "final", _("Final")

    class ScoringPolicy(models.TextChoices):
        BEST = "best", _("Best attempt")
        LAST = "last", _("Last attempt")
        AVERAGE = "average", _("Average of all attempts")

    class ReviewPolicy(models.TextChoices):
        NEVER = "never", _("Never")
        AFTER_SUBMIT = "after_submit", _("After each attempt")
        AFTER_PASS = "after_pass", _("After passing, or when no attempt is left")
        AFTER_CLOSE = "after_close", _("After the quiz has closed for everybody")

    COUNTED = (Type.GRADED, Type.FINAL)
    MAX_QUESTIONS = 500
    MAX_DRAWN = 200

    course = models.ForeignKey(
        Course, on_delete=models.CASCADE, related_name="quizzes", verbose_name=_("course")
    )
    lesson = models.OneToOneField(
        Lesson,
        on_delete=models.RESTRICT,
        null=True,
        blank=True,
        related_name="quiz",
        verbose_name=_("lesson"),
        help_text=_("Empty: a quiz of the course as a whole."),
    )
    title = models.CharField(
        _("title"), max_length=255, validators=[MinLengthValidator(2), validate_plain_text]
    )
    description = models.TextField(
        _("description"),
        blank=True,
        max_length=1000,
        validators=[MaxLengthValidator(1000), validate_plain_multiline_text],
    )
    instructions = models.TextField(
        _("instructions"),
        blank=True,
        max_length=2000,
        validators=[MaxLengthValidator(2000), validate_plain_multiline_text],
    )
    type = models.CharField(
        _("type"),
        max_length=8,
        choices=Type,
        default=Type.PRACTICE,
        help_text=_("A practice quiz completes its lesson but counts in no average."),
    )
    position = models.PositiveIntegerField(_("position"), default=1)
    passing_score = models.DecimalField(
        _("pass mark in per cent"),
        max_digits=5,
        decimal_places=2,
        default=Decimal(60),
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    max_attempts = models.PositiveIntegerField(
        _("attempts allowed"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Empty: no limit."),
    )
    time_limit_minutes = models.PositiveIntegerField(
        _("time limit in minutes"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(1440)],
        help_text=_("Empty: no limit. The server keeps the time and submits at its end."),
    )
    retry_wait_minutes = models.PositiveIntegerField(
        _("minutes between attempts"),
        default=0,
        validators=[MaxValueValidator(43_200)],
        help_text=_("How long to wait after an attempt before the next one."),
    )
    available_from = models.DateTimeField(_("opens"), null=True, blank=True)
    available_until = models.DateTimeField(
        _("closes"),
        null=True,
        blank=True,
        help_text=_("Nobody starts after it, and what is open is submitted; extra time is never cut."),
    )
    apply_accommodations = models.BooleanField(
        _("extra time applies"),
        default=True,
        help_text=_("Off: extra time and extra attempts that people are granted do not hold here."),
    )
    show_score_immediately = models.BooleanField(
        _("the score is shown at once"),
        default=True,
        help_text=_("Off: only when the quiz has closed for everybody. It needs a closing time."),
    )
    scoring_policy = models.CharField(
        _("what counts"), max_length=7, choices=ScoringPolicy, default=ScoringPolicy.BEST
    )
    shuffle_questions = models.BooleanField(_("shuffle the questions"), default=False)
    shuffle_options = models.BooleanField(_("shuffle the options"), default=False)
    one_question_per_page = models.BooleanField(_("one question a page"), default=False)
    review_policy = models.CharField(
        _("right answers are shown"), max_length=12, choices=ReviewPolicy, default=ReviewPolicy.AFTER_SUBMIT
    )
    questions_per_attempt = models.PositiveIntegerField(
        _("questions in an attempt"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(200)],
        help_text=_("Empty: all of them. Else so many are drawn for each attempt."),
    )
    # [{"tag": "optics" or null for the rest, "count": 3}]; the counts add up to questions_per_attempt.
    draw_rules = models.JSONField(_("drawn from"), default=list, blank=True)
    is_published = models.BooleanField(_("published"), default=False, editable=False)
    total_questions = models.PositiveIntegerField(_("questions"), default=0, editable=False)
    total_points = models.DecimalField(
        _("points"), max_digits=9, decimal_places=2, default=Decimal(0), editable=False
    )
    attempt_points = models.DecimalField(
        _("points in an attempt"), max_digits=9, decimal_places=2, default=Decimal(0), editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = QuizQuerySet.as_manager()

    class Meta:
        verbose_name = _("quiz")
        verbose_name_plural = _("quizzes")
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(passing_score__range=(0, 100)), name="quiz_passing_score_range"
            ),
            models.CheckConstraint(
                condition=Q(max_attempts=None) | Q(max_attempts__gte=1), name="quiz_max_attempts_range"
            ),
            models.CheckConstraint(
                condition=Q(type__in=["practice", "graded", "final"])
                & Q(scoring_policy__in=["best", "last", "average"])
                & Q(review_policy__in=["never", "after_submit", "after_pass", "after_close"]),
                name="quiz_choices_known",
            ),
            models.CheckConstraint(
                condition=Q(time_limit_minutes=None) | Q(time_limit_minutes__range=(1, 1440)),
                name="quiz_time_limit_range",
            ),
            models.CheckConstraint(
                condition=Q(questions_per_attempt=None) | Q(questions_per_attempt__range=(1, 200)),
                name="quiz_questions_per_attempt_range",
            ),
            models.CheckConstraint(condition=Q(retry_wait_minutes__lte=43_200), name="quiz_retry_wait_range"),
            models.CheckConstraint(
                condition=Q(available_from=None)
                | Q(available_until=None)
                | Q(available_from__lt=F("available_until")),
                name="quiz_window",
                violation_error_code="window_order",
                violation_error_message=_("The quiz closes before it opens."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        super().clean()
        for name in ("available_from", "available_until"):
            at = getattr(self, name)
            if at is not None and not FIRST_YEAR <= at.year < LAST_YEAR:
                years = {"first": FIRST_YEAR, "last": LAST_YEAR}
                text = _("Give a time between the years %(first)d and %(last)d.")
                raise ValidationError({name: ValidationError(text, "out_of_range", years)})

    def get_absolute_url(self) -> str:
        return reverse("quizzes:quiz_detail", args=[self.pk])

    @property
    def is_offered(self) -> bool:
        """What `offered()` says of this row (reads the lesson and its module)."""
        return self.is_published and (self.lesson is None or self.lesson.is_live)

    @property
    def questions_in_attempt(self) -> int:
        """How many questions an attempt that starts now has."""
        return self.questions_per_attempt or self.total_questions

    def is_closed_for_everyone(self) -> bool:
        """Whether the closing time is past and no attempt is running: somebody may have extra time.

        One query once the closing time is past, else none.
        """
        if self.available_until is None or self.available_until > timezone.now():
            return False
        return not self.attempts.running().exists()

    def is_score_released(self) -> bool:
        """Whether students may know scores by now (at most one query)."""
        return self.show_score_immediately or self.is_closed_for_everyone()

    @property
    def description_html(self) -> SafeString:
        """The description as HTML (reads the course)."""
        return render_markdown(self.description, language=self.course.language)

    @property
    def instructions_html(self) -> SafeString:
        """The instructions as HTML (reads the course)."""
        return render_markdown(self.instructions, language=self.course.language)

    @property
    def policy_sentence(self) -> str:
        """Which attempts make the result, in words."""
        sentences = {
            self.ScoringPolicy.BEST: _("your best attempt counts"),
            self.ScoringPolicy.LAST: _("your last attempt counts"),
            self.ScoringPolicy.AVERAGE: _("the average of your attempts counts"),
        }
        return str(sentences[self.ScoringPolicy(self.scoring_policy)])

    def can_edit(self, user: Any) -> bool:
        """Staff of the course (reads the course)."""
        return self.course.can_edit(user)

    def problems(self) -> list[Problem]:
        """Everything that is wrong or doubtful, see `quizzes.checklist` (two queries)."""
        from quizzes.checklist import problems_of

        return problems_of(self)
