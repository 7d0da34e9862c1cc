"""Keeping as rows which files the Markdown of a question shows: what is shown is not deleted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from courses.services import usable_files
from courses.services.texts import hold_files
from files.models import StoredFile
from lms.lib.markdown import file_ids
from quizzes.models import Question
from quizzes.pictures import may_show_pictures

if TYPE_CHECKING:
    from accounts.models import User


def register_pictures(question: Question, by: User | None) -> None:
    """Set `pictures` and `review_pictures` from the texts of a saved question and its options.

    Raises ValidationError `unknown_file` for what is no picture that `by` may attach: their own files, and what
    the course holds already. `by` None is trusted.
    """
    options = list(question.options.all())
    asked = {
        "text": _ids([question.text]),
        "options": _ids(text for option in options for text in (option.text, option.match_text)),
    }
    review = {
        "explanation": _ids([question.explanation]),
        "options": _ids(option.feedback for option in options),
    }
    _refuse_foreign(question, by, [*asked.items(), *review.items()])
    with_question = {pk for ids in asked.values() for pk in ids}
    with_review = {pk for ids in review.values() for pk in ids}
    hold_files(with_question | with_review)
    question.pictures.set(StoredFile.objects.filter(pk__in=with_question))
    question.review_pictures.set(StoredFile.objects.filter(pk__in=with_review))


def copy_pictures(copies: dict[UUID, UUID]) -> None:
    """Give copied questions the pictures of theirs; `copies` is {id of the source: id of the copy}."""
    tables: tuple[Any, ...] = (Question.pictures.through, Question.review_pictures.through)
    for links in tables:
        rows = links.objects.filter(question__in=copies).values_list("question_id", "storedfile_id")
        links.objects.bulk_create(
            links(question_id=copies[source], storedfile_id=file_id) for source, file_id in rows
        )


def _ids(texts: Iterable[str]) -> list[UUID]:
    return [pk for text in texts if may_show_pictures(text) for pk in file_ids(text)]


def _refuse_foreign(question: Question, by: User | None, named: Sequence[tuple[str, Sequence[UUID]]]) -> None:
    wanted = {pk for _field, ids in named for pk in ids}
    if not wanted:
        return
    usable = dict(usable_files(question.quiz.course, by, wanted))
    if not wanted <= set(usable):
        usable |= {file.pk: file for file in _held_by_quizzes(question, wanted)}
    pictures = {pk for pk, file in usable.items() if file.kind == StoredFile.Kind.IMAGE}
    sentence = _("A picture in the text is not one of your files.")
    faults = {
        field: ValidationError(sentence, code="unknown_file")
        for field, ids in named
        if not set(ids) <= pictures
    }
    if faults:
        raise ValidationError(faults)


def _held_by_quizzes(question: Question, wanted: set[UUID]) -> Iterable[StoredFile]:
    """Return those of the files that a quiz of the same course shows already."""
    same = Question.objects.filter(quiz__course=question.quiz.course_id)
    held = Q(pk__in=same.values("pictures")) | Q(pk__in=same.values("review_pictures"))
    return StoredFile.objects.ready().filter(held, pk__in=wanted)
