"""Authoring questions.

Words may change at any time; what is right raises `key_version`; the shape of a question that students have
met stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple, TypedDict, Unpack
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Case, F, Max, Value, When
from django.utils.translation import get_supported_language_variant, override
from django.utils.translation import gettext as _

from courses.exceptions import LimitReached, NotPublishable, OrderMismatch
from lms.lib.text import clean_multiline_text
from quizzes.checklist import MAX_OPTIONS, problems_of_question
from quizzes.exceptions import NotFound, QuestionInUse, field_error
from quizzes.models import Answer, Question, QuestionOption, Quiz
from quizzes.services.quizzes import lock_quiz, recount_questions, refuse_problems


class OptionDraft(NamedTuple):
    """An option as an author gives it; `id` names the stored one that it replaces."""

    text: str
    is_correct: bool = False
    feedback: str = ""
    id: UUID | None = None


class QuestionSettings(TypedDict, total=False):
    """What an author may set beside type, text and options; fields as on `Question`."""

    points: Decimal | int
    explanation: str
    partial_credit: bool


class QuestionFields(QuestionSettings, total=False):
    """What an author may change."""

    text: str


@transaction.atomic
def add_question(
    *,
    quiz: Quiz,
    type: str,
    text: str,
    options: Iterable[Sequence[Any]] = (),
    answer: bool | None = None,
    **fields: Unpack[QuestionSettings],
) -> Question:
    """Add a question at the end of `quiz`.

    `options` are (text, is_correct, feedback), or OptionDrafts. A true/false question takes two, true first,
    whose texts the system makes, or just `answer`. Raises ValidationError, LimitReached, and NotPublishable
    when the quiz is published and the question is not whole.
    """
    lock_quiz(quiz)
    if quiz.questions.count() >= Quiz.MAX_QUESTIONS:
        raise LimitReached(Quiz.MAX_QUESTIONS)
    last = quiz.questions.aggregate(last=Max("position"))["last"] or 0
    question = Question(quiz=quiz, type=type, position=last + 1)
    _apply(question, {"text": text, **fields})
    question.save()
    _replace_options(question, _drafts(question, options, answer))
    _settle(quiz, question)
    return question


@transaction.atomic
def update_question(
    *,
    question: Question,
    type: str | None = None,
    options: Iterable[Sequence[Any]] | None = None,
    answer: bool | None = None,
    **fields: Unpack[QuestionFields],
) -> Question:
    """Change a question. `options` is the whole list: those with an `id` are kept, the others made, the rest go.

    Raises as `add_question`, and QuestionInUse when type or options of a question change that students have met.
    """
    quiz = question.quiz
    lock_quiz(quiz)
    row = Question.objects.filter(pk=question.pk, quiz=quiz).first()
    if row is None:
        raise NotFound
    question = row
    question.quiz = quiz
    in_use = Answer.objects.filter(question=question).exists()
    before = _key_of(question)
    if type is not None and type != question.type:
        if in_use:
            raise QuestionInUse
        question.type = type
        options = () if options is None and type == Question.Type.TRUE_FALSE else options
    _apply(question, fields)
    question.save()
    if options is not None or answer is not None:
        _replace_options(question, _drafts(question, options or (), answer), frozen=in_use)
    if _key_of(question) != before:
        question.key_version += 1
        question.save(update_fields=["key_version"])
    _settle(quiz, question, in_use=in_use)
    return question


@transaction.atomic
def delete_question(*, question: Question) -> None:
    """Delete a question that no student has met; else raise QuestionInUse (NotPublishable for the last one)."""
    quiz = question.quiz
    lock_quiz(quiz)
    if Answer.objects.filter(question=question).exists():
        raise QuestionInUse
    Question.objects.filter(pk=question.pk).delete()
    _place(quiz, list(quiz.questions.order_by("position").values_list("pk", flat=True)))
    recount_questions(quiz)
    if quiz.is_published:
        refuse_problems(quiz)


@transaction.atomic
def reorder_questions(*, quiz: Quiz, ids: Sequence[UUID]) -> None:
    """Put the questions in the order of `ids`, which must be all of them; else raise OrderMismatch."""
    lock_quiz(quiz)
    if sorted(ids) != sorted(quiz.questions.values_list("pk", flat=True)):
        raise OrderMismatch
    _place(quiz, ids)


def _apply(question: Question, fields: QuestionFields | dict[str, Any]) -> None:
    for name, value in fields.items():
        setattr(question, name, clean_multiline_text(value) if isinstance(value, str) else value)
    if question.type not in Question.WITH_PARTIAL_CREDIT and "partial_credit" not in fields:
        question.partial_credit = False
    question.full_clean(exclude=["quiz"], validate_unique=False)


def _drafts(question: Question, options: Iterable[Sequence[Any]], answer: bool | None) -> list[OptionDraft]:
    drafts = [OptionDraft(*option) for option in options]
    if question.type == Question.Type.TRUE_FALSE:
        return _true_false(question, drafts, answer)
    if answer is not None:
        raise field_error("answer", "unknown_field", _("Only a true/false question takes this."))
    if len(drafts) > MAX_OPTIONS:
        sentence = _("A question has at most %(limit)d options.") % {"limit": MAX_OPTIONS}
        raise field_error("options", "too_many_options", sentence)
    return drafts


def _true_false(question: Question, drafts: list[OptionDraft], answer: bool | None) -> list[OptionDraft]:
    """Return the two options that the system makes: true first, in the language of the course."""
    if drafts and len(drafts) != 2:
        raise field_error("options", "two_options", _("A true/false question has two options, true first."))
    kept = [] if drafts else list(question.options.order_by("position"))
    if len(kept) == 2:
        drafts = [OptionDraft(o.text, o.is_correct, o.feedback, o.pk) for o in kept]
    drafts = drafts or [OptionDraft(""), OptionDraft("")]
    with override(_known_language(question.quiz.course.language)):
        texts = [_("True"), _("False")]
    rights = [draft.is_correct for draft in drafts] if answer is None else [answer, not answer]
    return [
        OptionDraft(text, is_right, draft.feedback, draft.id)
        for text, is_right, draft in zip(texts, rights, drafts, strict=True)
    ]


def _known_language(tag: str) -> str:
    try:
        return get_supported_language_variant(tag)
    except LookupError:
        return settings.LANGUAGE_CODE


def _replace_options(question: Question, drafts: list[OptionDraft], *, frozen: bool = False) -> None:
    present = {option.pk: option for option in question.options.all()}
    named = [draft.id for draft in drafts if draft.id is not None]
    if len(set(named)) != len(named) or not set(named) <= set(present):
        raise field_error(
            "options", "unknown_option", _("An option is named that the question does not have.")
        )
    if frozen and (len(named) != len(drafts) or set(named) != set(present)):
        raise QuestionInUse
    question.options.exclude(pk__in=named).delete()
    # Past the end first: no option ever meets another's position.
    question.options.update(position=F("position") + len(present) + len(drafts))
    rows = [_option(question, present, draft, place) for place, draft in enumerate(drafts, start=1)]
    QuestionOption.objects.bulk_update(
        [row for row in rows if row.pk in present], ["text", "feedback", "is_correct", "position"]
    )
    QuestionOption.objects.bulk_create([row for row in rows if row.pk not in present])


def _option(
    question: Question, present: dict[UUID, QuestionOption], draft: OptionDraft, place: int
) -> QuestionOption:
    option = present[draft.id] if draft.id else QuestionOption(question=question)
    option.text, option.feedback = clean_multiline_text(draft.text), clean_multiline_text(draft.feedback)
    option.is_correct, option.position = draft.is_correct, place
    try:
        option.full_clean(exclude=["question"], validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        named = {f"options.{place - 1}.{field}": errors for field, errors in error.error_dict.items()}
        raise ValidationError(named) from None
    return option


def _key_of(question: Question) -> tuple[Any, ...]:
    """Return what marking reads; whoever changes it raises `key_version`."""
    right = frozenset(question.options.filter(is_correct=True).values_list("pk", flat=True))
    return question.type, question.points, question.partial_credit, right


def _settle(quiz: Quiz, question: Question, *, in_use: bool = False) -> None:
    """Count, and refuse a change that would leave a published or a sat question broken."""
    recount_questions(quiz)
    if quiz.is_published:
        refuse_problems(quiz)
    elif in_use:
        blocking = [p for p in problems_of_question(quiz, question, question.position) if p.is_blocking]
        if blocking:
            raise NotPublishable(blocking)


def _place(quiz: Quiz, ids: Sequence[UUID]) -> None:
    if not ids:
        return
    rows = quiz.questions.order_by()
    rows.update(position=F("position") + Quiz.MAX_QUESTIONS + len(ids))
    rows.update(position=Case(*(When(pk=pk, then=Value(place)) for place, pk in enumerate(ids, start=1))))
