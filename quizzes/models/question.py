"""What is asked: questions and their options."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.validators import (
    MaxLengthValidator,
    MaxValueValidator,
    MinLengthValidator,
    MinValueValidator,
)
from django.db import models
from django.db.models import Q
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from lms.lib.ids import UUIDModel
from lms.lib.text import validate_plain_multiline_text
from quizzes.models.quiz import Quiz


class QuestionQuerySet(models.QuerySet["Question"]):
    """Which questions."""

    def editable_by(self, user: Any) -> QuestionQuerySet:
        """Those of the quizzes that `user` may edit."""
        return self.filter(quiz__in=Quiz.objects.editable_by(user))


class Question(UUIDModel):
    """One question. Whoever changes what is right raises `key_version`: services do."""

    class Type(models.TextChoices):
        SINGLE_CHOICE = "single_choice", _("One answer")
        MULTIPLE_CHOICE = "multiple_choice", _("Every answer that fits")
        TRUE_FALSE = "true_false", _("True or false")

    WITH_PARTIAL_CREDIT = (Type.MULTIPLE_CHOICE,)

    quiz = models.ForeignKey(Quiz, on_delete=models.CASCADE, related_name="questions", verbose_name=_("quiz"))
    type = models.CharField(_("type"), max_length=15, choices=Type, default=Type.SINGLE_CHOICE)
    text = models.TextField(
        _("question"),
        max_length=20_000,
        validators=[MinLengthValidator(5), MaxLengthValidator(20_000), validate_plain_multiline_text],
    )
    points = models.DecimalField(
        _("points"),
        max_digits=6,
        decimal_places=2,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal("0.01")), MaxValueValidator(1000)],
    )
    position = models.PositiveIntegerField(_("position"), default=1)
    explanation = models.TextField(
        _("explanation"),
        max_length=5000,
        blank=True,
        validators=[MaxLengthValidator(5000), validate_plain_multiline_text],
    )
    partial_credit = models.BooleanField(
        _("part marks"),
        default=False,
        help_text=_("Right choices less wrong ones, shared by all the right ones; never below 0."),
    )
    key_version = models.PositiveIntegerField(default=1, editable=False)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["quiz", "position"], name="question_quiz_position"),
            models.CheckConstraint(
                condition=Q(type__in=["single_choice", "multiple_choice", "true_false"]),
                name="question_type_known",
            ),
            models.CheckConstraint(condition=Q(points__gt=0, points__lte=1000), name="question_points_range"),
            models.CheckConstraint(
                condition=Q(partial_credit=False) | Q(type="multiple_choice"),
                name="question_partial_credit_type",
                violation_error_code="partial_credit_not_allowed",
                violation_error_message=_("Only a question with several right answers can give part marks."),
            ),
        ]

    def __str__(self) -> str:
        return Truncator(self.text).chars(80)

    def can_edit(self, user: Any) -> bool:
        """Staff of the course (reads quiz and course)."""
        return self.quiz.can_edit(user)


class QuestionOption(UUIDModel):
    """One answer to choose. Its place on a student's page is drawn by the attempt; its id never leaves."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="options")
    text = models.TextField(
        _("option"), max_length=500, validators=[MaxLengthValidator(500), validate_plain_multiline_text]
    )
    feedback = models.TextField(
        _("feedback"),
        max_length=500,
        blank=True,
        validators=[MaxLengthValidator(500), validate_plain_multiline_text],
    )
    is_correct = models.BooleanField(_("right"), default=False)
    position = models.PositiveIntegerField(_("position"), default=1)

    class Meta:
        verbose_name = _("option")
        verbose_name_plural = _("options")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["question", "position"], name="questionoption_position")
        ]

    def __str__(self) -> str:
        return Truncator(self.text).chars(80)
