"""Authoring questions.

Words may change at any time; what is right raises `key_version`; the shape of a question that students have
met stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict, Unpack
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Case, F, Max, Value, When
from django.utils.translation import get_supported_language_variant, override
from django.utils.translation import gettext as _

from courses.exceptions import LimitReached, NotPublishable, OrderMismatch
from lms.lib.errors import DomainError
from lms.lib.text import clean_multiline_text, clean_text, has_forbidden_characters, normalise_for_search
from quizzes.checklist import MAX_ITEMS, MAX_OPTIONS, problems_of_question
from quizzes.exceptions import NotFound, QuestionInUse, field_error
from quizzes.models import Answer, Question, QuestionOption, Quiz
from quizzes.services.pictures import register_pictures
from quizzes.services.quizzes import lock_quiz, recount_questions, refuse_problems

if TYPE_CHECKING:
    from accounts.models import User

MAX_ACCEPTED, MAX_ACCEPTED_LENGTH = 50, 200
MAX_TAGS, MAX_TAG = 10, 50


class OptionDraft(NamedTuple):
    """An option as an author gives it; `id` names the stored one that it replaces.

    Of a matching `text` and `match_text` belong together (no `text`: a distractor); items to order stand in
    the right order.
    """

    text: str
    is_correct: bool = False
    feedback: str = ""
    id: UUID | None = None
    match_text: str = ""


class QuestionSettings(TypedDict, total=False):
    """What an author may set beside type, text and options; fields as on `Question`."""

    points: Decimal | int
    explanation: str
    partial_credit: bool
    case_sensitive: bool
    accepted_answers: list[Any]
    numeric_value: Decimal | int | None
    tolerance: Decimal | int
    tolerance_kind: str
    min_words: int | None
    max_words: int | None
    needs_grader: bool
    scoring: str
    tags: list[str]


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
    by: User | None = None,
    **fields: Unpack[QuestionSettings],
) -> Question:
    """Add a question at the end of `quiz`.

    `options` are (text, is_correct, feedback), or OptionDrafts. A true/false question takes two, true first,
    whose texts the system makes, or just `answer`. Pictures in the texts are files that `by` may attach (None:
    any). Raises ValidationError, LimitReached, and NotPublishable when the quiz is published and the question is
    not whole.
    """
    lock_quiz(quiz)
    if quiz.questions.count() >= Quiz.MAX_QUESTIONS:
        raise LimitReached(Quiz.MAX_QUESTIONS)
    last = quiz.questions.aggregate(last=Max("position"))["last"] or 0
    question = Question(quiz=quiz, type=type, position=last + 1)
    _apply(question, {"text": text, **fields})
    question.save()
    _replace_options(question, _drafts(question, options, answer))
    register_pictures(question, by)
    _settle(quiz, question)
    return question


@transaction.atomic
def update_question(
    *,
    question: Question,
    type: str | None = None,
    options: Iterable[Sequence[Any]] | None = None,
    answer: bool | None = None,
    by: User | None = None,
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
    before, shape = _key_of(question), _shape_of(question)
    if type is not None and type != question.type:
        if in_use:
            raise QuestionInUse
        question.type = type
        is_other = type == Question.Type.TRUE_FALSE or type not in Question.WITH_OPTIONS
        options = () if options is None and is_other else options
    _apply(question, fields)
    question.save()
    if options is not None or answer is not None:
        _replace_options(question, _drafts(question, options or (), answer), frozen=in_use)
    if in_use and _shape_of(question) != shape:
        raise QuestionInUse
    register_pictures(question, by)
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
    for name, types in Question.ONLY_ON.items():
        if question.type not in types and name not in fields:
            field: Any = Question._meta.get_field(name)
            setattr(question, name, field.get_default())
    if question.type == Question.Type.ESSAY:
        question.needs_grader = True
    question.accepted_answers = clean_accepted(question.type, question.accepted_answers)
    question.tags = clean_tags(question.tags)
    question.search_text = normalise_for_search(" ".join([question.text, *question.tags]))
    question.full_clean(exclude=["quiz"], validate_unique=False)


def _drafts(question: Question, options: Iterable[Sequence[Any]], answer: bool | None) -> list[OptionDraft]:
    drafts = [OptionDraft(*option) for option in options]
    if question.type == Question.Type.TRUE_FALSE:
        return _true_false(question, drafts, answer)
    if answer is not None:
        raise field_error("answer", "unknown_field", _("Only a true/false question takes this."))
    if drafts and question.type not in Question.WITH_OPTIONS:
        raise field_error("options", "unknown_field", _("A question of this type has no options."))
    limit = MAX_ITEMS if question.type == Question.Type.ORDERING else MAX_OPTIONS
    if len(drafts) > limit:
        sentence = _("A question has at most %(limit)d options.") % {"limit": limit}
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
        [row for row in rows if row.pk in present],
        ["text", "match_text", "feedback", "is_correct", "position"],
    )
    QuestionOption.objects.bulk_create([row for row in rows if row.pk not in present])


def _option(
    question: Question, present: dict[UUID, QuestionOption], draft: OptionDraft, place: int
) -> QuestionOption:
    option = present[draft.id] if draft.id else QuestionOption(question=question)
    option.text, option.feedback = clean_multiline_text(draft.text), clean_multiline_text(draft.feedback)
    option.match_text = clean_multiline_text(draft.match_text)
    option.is_correct, option.position = draft.is_correct, place
    try:
        option.full_clean(exclude=["question"], validate_unique=False, validate_constraints=False)
        _check_words(question, option)
    except ValidationError as error:
        named = {f"options.{place - 1}.{field}": errors for field, errors in error.error_dict.items()}
        raise ValidationError(named) from None
    return option


def _check_words(question: Question, option: QuestionOption) -> None:
    """Raise ValidationError for an option without words; of a pair it may be the distractor's left side."""
    is_pair = question.type == Question.Type.MATCHING
    if option.match_text and not is_pair:
        raise ValidationError({"match_text": _("Only the options of a matching belong to something.")})
    if not option.text and not (is_pair and option.match_text):
        raise ValidationError({"text": ValidationError(_("This field cannot be blank."), "blank")})


def _key_of(question: Question) -> tuple[Any, ...]:
    """Return what marking reads; whoever changes it raises `key_version`."""
    options = list(question.options.order_by("position").values_list("pk", "is_correct", "match_text"))
    right = frozenset(pk for pk, is_correct, _match in options if is_correct)
    pairs = frozenset((pk, match) for pk, _right, match in options if match)
    order = [pk for pk, _right, _match in options] if question.type == Question.Type.ORDERING else []
    own = (question.points, question.scoring, *(getattr(question, name) for name in MARKED_BY))
    return question.type, *own, right, pairs, order


MARKED_BY = (
    "partial_credit", "case_sensitive", "accepted_answers", "numeric_value", "tolerance", "tolerance_kind",
    "needs_grader",
)  # fmt: skip


def _shape_of(question: Question) -> tuple[Any, ...]:
    """Return what a layout is made of: type, number of options and blanks, the set of right-hand texts."""
    options = list(question.options.values_list("text", "match_text"))
    is_pair = question.type == Question.Type.MATCHING
    left = sum(bool(text) for text, _match in options) if is_pair else 0
    return (
        question.type,
        len(options),
        left,
        {match for _text, match in options},
        sorted(set(question.blanks)),
    )


def clean_accepted(kind: str, stored: Any) -> list[Any]:
    """Return accepted answers as they are stored; raise the refusal of what has not the type's shape.

    A short answer takes up to 50 texts, a text with blanks such a list for each of up to 20 blanks.
    """
    if kind == Question.Type.FILL_BLANK:
        if not isinstance(stored, list) or len(stored) > MAX_OPTIONS:
            raise _not_accepted()
        return [_clean_texts(texts) for texts in stored]
    if stored and kind != Question.Type.SHORT_ANSWER:
        raise field_error("accepted_answers", "unknown_field", _("A question of this type takes no texts."))
    return _clean_texts(stored)


def _clean_texts(texts: Any) -> list[str]:
    if not isinstance(texts, list) or len(texts) > MAX_ACCEPTED:
        raise _not_accepted()
    if not all(isinstance(text, str) and len(text) <= MAX_ACCEPTED_LENGTH for text in texts):
        raise _not_accepted()
    if any(has_forbidden_characters(text) for text in texts):
        raise _not_accepted()
    return list(dict.fromkeys(text for one in texts if (text := clean_text(one))))


def _not_accepted() -> DomainError:
    sentence = _("Give up to 50 texts of up to 200 characters, and for each blank such a list.")
    return field_error("accepted_answers", "invalid_accepted_answers", sentence)


def clean_tags(tags: Any) -> list[str]:
    """Return tags as they are stored: up to 10 of up to 50 characters, each once; else raise the refusal."""
    fits = isinstance(tags, list) and all(
        isinstance(tag, str) and len(tag) <= MAX_TAG and not has_forbidden_characters(tag) for tag in tags
    )
    kept = list(dict.fromkeys(text for tag in tags if (text := clean_text(tag)))) if fits else []
    if not fits or len(kept) > MAX_TAGS:
        raise field_error("tags", "invalid_tags", _("Give up to 10 tags of up to 50 characters."))
    return kept


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
