"""What is asked: questions and their options."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any, ClassVar

from django.core.validators import (
    MaxLengthValidator,
    MaxValueValidator,
    MinLengthValidator,
    MinValueValidator,
)
from django.db import models
from django.db.models import Count, F, Q
from django.db.models.functions import Cast
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from files.models import StoredFile
from lms.lib.ids import UUIDModel
from lms.lib.text import search_words, validate_plain_multiline_text
from quizzes.models.quiz import Quiz

BLANK = re.compile(r"\[\[([1-9][0-9]?)\]\]")  # a place to fill in: [[1]]
# What `str.split` takes for one blank: where it stands, texts that differ may still say the same.
ODD_BLANKS = "  |[\t\n\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]"
TYPES = ["single_choice", "multiple_choice", "true_false", "short_answer", "numeric", "matching", "ordering",
         "fill_blank", "essay"]  # fmt: skip
PARTLY = ["multiple_choice", "matching", "ordering", "fill_blank"]


class QuestionQuerySet(models.QuerySet["Question"]):
    """Which questions."""

    def editable_by(self, user: Any) -> QuestionQuerySet:
        """Those of the quizzes that `user` may edit."""
        return self.filter(quiz__in=Quiz.objects.editable_by(user))

    def searched(self, text: str) -> QuestionQuerySet:
        """Those in whose words or tags every word of `text` is found, letter forms overlooked."""
        rows = self
        for word in search_words(text):
            rows = rows.filter(search_text__contains=word)
        return rows

    def tagged(self, tag: str) -> QuestionQuerySet:
        """Those that carry the tag, whatever its capitals."""
        # JSON as text: SQLite holds what is not ASCII escaped, PostgreSQL as they are.
        as_stored = Q(tags_text__icontains=json.dumps(tag)) | Q(
            tags_text__icontains=json.dumps(tag, ensure_ascii=False)
        )
        return self.annotate(tags_text=Cast("tags", models.TextField())).filter(as_stored)

    def doubtful(self) -> QuestionQuerySet:
        """Those that may have a fault of `quizzes.checklist`: all that do, and few beside them.

        The others need not be read to know that they are whole.
        """
        kind, rows = Question.Type, self.order_by()
        counted = rows.filter(type__in=Question.WITH_OPTIONS).annotate(
            shown=Count("options", filter=~Q(options__text="")),
            different=Count("options__text", distinct=True, filter=~Q(options__text="")),
            right=Count("options", filter=Q(options__is_correct=True)),
            spaced=Count("options", filter=Q(options__text__regex=ODD_BLANKS)),
            unmatched=Count("options", filter=Q(options__match_text="")),
        )
        one_side = Q(right=0) | (Q(right=F("shown")) & ~Q(type=kind.MULTIPLE_CHOICE))
        faulty = counted.filter(
            Q(shown__lt=2)
            | Q(different__lt=F("shown"))
            | Q(spaced__gt=0)
            | (Q(type__in=Question.CHOICES) & one_side)
            | (Q(type=kind.MATCHING) & Q(unmatched__gt=0))
        )
        return self.filter(
            Q(pk__in=faulty.values("pk"))
            | Q(type=kind.FILL_BLANK)
            | Q(type=kind.NUMERIC, numeric_value=None)
            | Q(type=kind.SHORT_ANSWER, needs_grader=False, accepted_answers=[])
        )

    def drawable(self) -> QuestionQuerySet:
        """Those that new attempts are made of."""
        return self.exclude(scoring=Question.Scoring.EXCLUDED)


class Question(UUIDModel):
    """One question. Whoever changes what is right raises `key_version`: services do."""

    class Type(models.TextChoices):
        SINGLE_CHOICE = "single_choice", _("One answer")
        MULTIPLE_CHOICE = "multiple_choice", _("Every answer that fits")
        TRUE_FALSE = "true_false", _("True or false")
        SHORT_ANSWER = "short_answer", _("Short answer")
        NUMERIC = "numeric", _("Number")
        MATCHING = "matching", _("Matching")
        ORDERING = "ordering", _("Put in order")
        FILL_BLANK = "fill_blank", _("Fill in the blanks")
        ESSAY = "essay", _("In your own words")

    class ToleranceKind(models.TextChoices):
        ABSOLUTE = "absolute", _("as a number")
        PERCENT = "percent", _("per cent of the value")

    class Scoring(models.TextChoices):
        NORMAL = "normal", _("By the key")
        FULL_MARKS = "full_marks", _("Full marks for everybody who had it")
        EXCLUDED = "excluded", _("Left out of every score, and drawn no more")

    CHOICES = (Type.SINGLE_CHOICE, Type.MULTIPLE_CHOICE, Type.TRUE_FALSE)
    WITH_OPTIONS = (*CHOICES, Type.MATCHING, Type.ORDERING)
    WITH_PARTIAL_CREDIT = (Type.MULTIPLE_CHOICE, Type.MATCHING, Type.ORDERING, Type.FILL_BLANK)
    # What belongs to some types only; for the others it stands at its default.
    ONLY_ON: ClassVar[dict[str, tuple[Type, ...]]] = {
        "partial_credit": WITH_PARTIAL_CREDIT,
        "case_sensitive": (Type.SHORT_ANSWER, Type.FILL_BLANK),
        "accepted_answers": (Type.SHORT_ANSWER, Type.FILL_BLANK),
        "numeric_value": (Type.NUMERIC,),
        "tolerance": (Type.NUMERIC,),
        "tolerance_kind": (Type.NUMERIC,),
        "min_words": (Type.ESSAY,),
        "max_words": (Type.ESSAY,),
        "needs_grader": (Type.ESSAY, Type.SHORT_ANSWER),
    }

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
        help_text=_(
            "Of several choices the right ones less the wrong ones; of pairs, blanks and orders the share that fits."
        ),
    )
    case_sensitive = models.BooleanField(
        _("exact spelling"),
        default=False,
        help_text=_("Capitals, marks and letter forms must agree; else they are overlooked."),
    )
    # short_answer: ["…", …]; fill_blank: one such list for each blank.
    accepted_answers = models.JSONField(_("accepted answers"), default=list, blank=True)
    numeric_value = models.DecimalField(_("value"), max_digits=30, decimal_places=10, null=True, blank=True)
    tolerance = models.DecimalField(
        _("tolerance"),
        max_digits=30,
        decimal_places=10,
        default=Decimal(0),
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("How far from the value still counts; the border itself does."),
    )
    tolerance_kind = models.CharField(
        _("tolerance is meant"), max_length=8, choices=ToleranceKind, default=ToleranceKind.ABSOLUTE
    )
    min_words = models.PositiveIntegerField(_("words at least"), null=True, blank=True)
    max_words = models.PositiveIntegerField(_("words at most"), null=True, blank=True)
    needs_grader = models.BooleanField(_("marked by a person"), default=False)
    scoring = models.CharField(_("how it counts"), max_length=10, choices=Scoring, default=Scoring.NORMAL)
    tags = models.JSONField(_("tags"), default=list, blank=True)
    copied_from = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    search_text = models.TextField(blank=True, editable=False)
    # Files that the Markdown shows: with the question, and only with the review. Kept by `services.pictures`.
    pictures = models.ManyToManyField(StoredFile, blank=True, related_name="+", editable=False)
    review_pictures = models.ManyToManyField(StoredFile, blank=True, related_name="+", editable=False)
    key_version = models.PositiveIntegerField(default=1, editable=False)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["quiz", "position"], name="question_quiz_position"),
            models.CheckConstraint(condition=Q(type__in=TYPES), name="question_type_known"),
            models.CheckConstraint(
                condition=Q(scoring__in=["normal", "full_marks", "excluded"])
                & Q(tolerance_kind__in=["absolute", "percent"]),
                name="question_choices_known",
            ),
            models.CheckConstraint(condition=Q(points__gt=0, points__lte=1000), name="question_points_range"),
            models.CheckConstraint(
                condition=Q(partial_credit=False) | Q(type__in=PARTLY),
                name="question_partial_credit_type",
                violation_error_code="partial_credit_not_allowed",
                violation_error_message=_("A question of this type cannot give part marks."),
            ),
            models.CheckConstraint(
                condition=Q(case_sensitive=False) | Q(type__in=["short_answer", "fill_blank"]),
                name="question_case_sensitive_type",
                violation_error_message=_("Exact spelling is asked for where words are typed."),
            ),
            models.CheckConstraint(
                condition=Q(min_words=None, max_words=None) | Q(type="essay"),
                name="question_words_type",
                violation_error_message=_("Only an answer in one's own words has a number of words."),
            ),
            models.CheckConstraint(
                condition=Q(min_words=None) | Q(max_words=None) | Q(min_words__lte=F("max_words")),
                name="question_words_range",
                violation_error_message=_("The least number of words is above the greatest."),
            ),
            models.CheckConstraint(
                condition=Q(numeric_value=None, tolerance=0, tolerance_kind="absolute") | Q(type="numeric"),
                name="question_numeric_type",
                violation_error_message=_("Only a number has a value and a tolerance."),
            ),
            models.CheckConstraint(
                condition=Q(tolerance__gte=0),
                name="question_tolerance_range",
                violation_error_message=_("A tolerance is not below 0."),
            ),
            models.CheckConstraint(
                condition=Q(type="essay", needs_grader=True)
                | (Q(needs_grader=False) & ~Q(type="essay"))
                | Q(type="short_answer"),
                name="question_needs_grader_type",
                violation_error_message=_("A person marks essays, and short answers if you choose so."),
            ),
        ]

    def __str__(self) -> str:
        return Truncator(self.text).chars(80)

    def can_edit(self, user: Any) -> bool:
        """Staff of the course (reads quiz and course)."""
        return self.quiz.can_edit(user)

    @property
    def blanks(self) -> list[int]:
        """The numbers of the blanks in the text, in the order of reading."""
        return (
            [int(number) for number in BLANK.findall(self.text)] if self.type == self.Type.FILL_BLANK else []
        )


class QuestionOption(UUIDModel):
    """One answer to choose. Its place on a student's page is drawn by the attempt; its id never leaves."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="options")
    text = models.TextField(
        _("option"),
        max_length=500,
        blank=True,
        validators=[MaxLengthValidator(500), validate_plain_multiline_text],
    )
    feedback = models.TextField(
        _("feedback"),
        max_length=500,
        blank=True,
        validators=[MaxLengthValidator(500), validate_plain_multiline_text],
    )
    match_text = models.TextField(
        _("belongs to"),
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
