"""Deep copies of quizzes and questions: new ids, nobody's attempts, no dates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models.audit import record
from courses.exceptions import LimitReached
from courses.models import Course, Lesson
from quizzes.exceptions import NotFound
from quizzes.models import Question, QuestionOption, Quiz
from quizzes.services.pictures import copy_pictures
from quizzes.services.quizzes import (
    last_position,
    lock_quiz,
    publish_quiz,
    recount_questions,
    refuse_problems,
)

if TYPE_CHECKING:
    from accounts.models import User

NOT_COPIED = {"id", "quiz", "position", "copied_from", "key_version", "search_text"}
NOT_OF_QUIZ = {"id", "course", "lesson", "position", "is_published", "created_at", "updated_at", "available_from",
               "available_until"}  # fmt: skip
OPTION_OWN = ("text", "match_text", "feedback", "is_correct", "position")


@transaction.atomic
def duplicate_quiz(*, quiz: Quiz, by: User, course: Course | None = None) -> Quiz:
    """Copy a quiz with its questions into `course` (its own when None), unpublished and for no lesson."""
    copy = _copy_quiz(quiz, course or quiz.course, None)
    copy.title = _("%(title)s (copy)") % {"title": quiz.title[:240]}
    copy.save(update_fields=["title"])
    record(by=by, action="quiz.duplicated", target=copy, data={"source": str(quiz.pk)})
    return copy


@transaction.atomic
def copy_questions(*, quiz: Quiz, question_ids: Sequence[UUID], by: User) -> list[Question]:
    """Copy questions that `by` may edit to the end of `quiz`, in the order given.

    Raises NotFound for one that `by` may not, LimitReached, and NotPublishable where the quiz is published.
    """
    lock_quiz(quiz)
    sources = Question.objects.editable_by(by).prefetch_related("options").in_bulk(question_ids)
    if len(sources) < len(set(question_ids)):
        raise NotFound
    if quiz.questions.count() + len(question_ids) > Quiz.MAX_QUESTIONS:
        raise LimitReached(Quiz.MAX_QUESTIONS)
    copies = _copy_all([sources[pk] for pk in question_ids], quiz)
    recount_questions(quiz)
    if quiz.is_published:
        refuse_problems(quiz)
    return copies


def copy_quizzes(source: Course, target: Course, lesson_map: Mapping[UUID, Lesson]) -> None:
    """Copy what hangs on the lessons of a duplicated course; of a whole course also its own quizzes.

    Dates are cleared; what was published is published again where nothing is missing.
    """
    rows = Quiz.objects.filter(course=source).select_related("course", "lesson").order_by("position", "pk")
    if source.pk == target.pk:
        rows = rows.filter(lesson__in=list(lesson_map))
    for quiz in rows:
        lesson = lesson_map.get(quiz.lesson_id) if quiz.lesson_id else None
        if quiz.lesson_id is not None and lesson is None:
            continue
        copy = _copy_quiz(quiz, target, lesson)
        if quiz.is_published and not any(problem.is_blocking for problem in copy.problems()):
            publish_quiz(quiz=copy)


def _copy_quiz(quiz: Quiz, course: Course, lesson: Lesson | None) -> Quiz:
    fields: dict[str, Any] = {
        field.name: getattr(quiz, field.name)
        for field in Quiz._meta.concrete_fields
        if field.name not in NOT_OF_QUIZ
    }
    copy = Quiz(course=course, lesson=lesson, position=last_position(course) + 1, **fields)
    copy.save(force_insert=True)
    _copy_all(list(quiz.questions.order_by("position").prefetch_related("options")), copy)
    recount_questions(copy)
    return copy


def _copy_all(sources: Sequence[Question], quiz: Quiz) -> list[Question]:
    last = quiz.questions.aggregate(last=Max("position"))["last"] or 0
    names = [field.name for field in Question._meta.concrete_fields if field.name not in NOT_COPIED]
    copies = [
        Question(
            quiz=quiz,
            position=place,
            copied_from=source,
            search_text=source.search_text,
            **{name: getattr(source, name) for name in names},
        )
        for place, source in enumerate(sources, start=last + 1)
    ]
    Question.objects.bulk_create(copies)
    QuestionOption.objects.bulk_create(
        QuestionOption(question=copy, **{name: getattr(option, name) for name in OPTION_OWN})
        for source, copy in zip(sources, copies, strict=True)
        for option in source.options.all()
    )
    copy_pictures({source.pk: copy.pk for source, copy in zip(sources, copies, strict=True)})
    return copies
