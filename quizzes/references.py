"""What quizzes tells the files app: who may open a question's picture, and where a file is shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Value

from files.models import StoredFile
from quizzes.models import Answer, Attempt, Question
from quizzes.permissions import standing
from quizzes.review import Level, history_of, review_level
from quizzes.timing import allowance_of


def may_open(user: Any, file: StoredFile) -> bool:
    """Return whether a question shows `file` to `user`: to the quiz's staff, and to students as their pages do.

    A picture of the question itself, while they sit an attempt that has it or see its answers; one of an
    explanation or feedback only where those are due. One query for what no question shows, two in an attempt.
    """
    if not user.is_authenticated:
        return False
    asked, review = _questions_with(file)
    both = asked | review
    if not both:
        return False
    if user.is_teacher and Question.objects.editable_by(user).filter(pk__in=both).exists():
        return True
    held: dict[UUID, tuple[Attempt, set[UUID]]] = {}
    for answer in _answers(user, both):
        held.setdefault(answer.attempt_id, (answer.attempt, set()))[1].add(answer.question_id)
    open_first = sorted(held.values(), key=lambda pair: not pair[0].is_open)
    return any(_is_shown(attempt, ids, asked, user) for attempt, ids in open_first)


def _questions_with(file: StoredFile) -> tuple[set[UUID], set[UUID]]:
    """Return the questions that show the file themselves, and those whose explanation or feedback does."""
    links = ((Question.pictures.through, False), (Question.review_pictures.through, True))
    asked, review = (
        through.objects.filter(storedfile=file).values_list("question_id", Value(is_review))
        for through, is_review in links
    )
    rows = list(asked.union(review))
    return {pk for pk, is_review in rows if not is_review}, {pk for pk, is_review in rows if is_review}


def _answers(user: Any, question_ids: Iterable[UUID]) -> Iterable[Answer]:
    mine = Answer.objects.filter(
        question__in=question_ids,
        attempt__enrollment__student=user,
        attempt__quiz__course__deleted_at=None,
    )
    return mine.select_related("attempt__quiz__course", "attempt__enrollment").defer(
        "response",
        "attempt__layout",
        "attempt__quiz__course__description",
        "attempt__quiz__course__search_text",
    )


def _is_shown(attempt: Attempt, ids: set[UUID], asked: set[UUID], user: Any) -> bool:
    if attempt.is_open:
        return bool(ids & asked) and standing(attempt.quiz.course, attempt.enrollment) is None
    history = history_of(attempt.quiz, attempt.enrollment_id, allowance_of(attempt.quiz, user))
    level = review_level(attempt, history)
    return level == Level.MARKED or (level == Level.ANSWERS and bool(ids & asked))


def places_of(file: StoredFile) -> list[str]:
    """Return the questions that show a file, by quiz."""
    asked, review = _questions_with(file)
    rows = Question.objects.filter(pk__in=asked | review).select_related("quiz").order_by("quiz", "position")
    return [f"{question.quiz} · {question}" for question in rows]
