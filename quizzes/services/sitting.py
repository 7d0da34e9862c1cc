"""A sitting: start and save. What was acknowledged is kept."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from enrollments.models import Enrollment
from lms.lib.context import arrival
from quizzes import layout
from quizzes.draws import draw_questions
from quizzes.exceptions import AttemptClosed, NotFound, StaleRevision
from quizzes.models import Answer, Attempt, Question, Quiz
from quizzes.permissions import can_start, require_current
from quizzes.services.closing import close_if_overdue, closed_error, keep_late
from quizzes.services.storing import Saved, Sent, clean, clean_one, is_stored, store
from quizzes.timing import Allowance, deadline_of

if TYPE_CHECKING:
    from accounts.models import User

START_TRIES = 20


class _TooLate(Exception):
    """The attempt was closed, or is overdue: what was sent is kept aside outside the transaction."""


def start_attempt(*, quiz: Quiz, student: User) -> Attempt:
    """Start an attempt, or return the one in progress (`is_new` tells them apart).

    The quiz comes as from the gates. Raises what `can_start(...).refuse()` raises. Two starts at once both see
    no attempt: the constraints let one in, the other looks again.
    """
    for _try in range(START_TRIES):
        start = can_start(quiz, student)
        start.refuse()
        if start.enrollment is None:  # never so when starting is allowed
            raise NotFound
        if start.open_number is not None:
            own = Attempt.objects.filter(quiz=quiz, enrollment=start.enrollment, number=start.open_number)
            attempt = own.select_related("enrollment").first()
            if attempt is None:
                continue
            attempt.quiz = quiz
            if not close_if_overdue(attempt):
                return attempt
            continue
        try:
            return _open(quiz, start.enrollment, start.last_number + 1, start.allowance)
        except IntegrityError:
            continue
    raise AttemptClosed


@transaction.atomic
def _open(quiz: Quiz, enrollment: Enrollment, number: int, allowance: Allowance) -> Attempt:
    _hold_off_authors(quiz)
    sources, now = sources_of(quiz), arrival()
    attempt = Attempt.objects.create(
        quiz=quiz,
        enrollment=enrollment,
        number=number,
        started_at=now,
        deadline_at=deadline_of(quiz, allowance, now),
        passing_score=quiz.passing_score,
        layout=layout.draw(
            sources, shuffle_questions=quiz.shuffle_questions, shuffle_options=quiz.shuffle_options
        ),
    )
    Answer.objects.bulk_create(
        Answer(attempt=attempt, question=source.question, points_max=source.question.points)
        for source in sources
    )
    attempt.is_new = True
    return attempt


def _hold_off_authors(quiz: Quiz) -> None:
    """Wait for an author who is changing the quiz, and let the next one wait until the attempt is there to be met.

    Starts do not wait for each other: the lock is shared, which the ORM has no words for. On SQLite the
    transaction, immediate, is the lock.
    """
    if connection.features.has_select_for_update:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM quizzes_quiz WHERE id = %s FOR KEY SHARE", [quiz.pk])


def sources_of(quiz: Quiz, random: Random | None = None) -> list[layout.Source]:
    """Return the drawn questions with their options, in the author's order; nothing that says what is right is read.

    Right-hand texts are, to be shuffled: which belongs where is not told by a set.
    """
    rows = Question.objects.filter(quiz=quiz).drawable().order_by("position", "options__position")
    questions: dict[UUID, Question] = {}
    options: dict[UUID, list[tuple[UUID, str, str]]] = {}
    fields = ("pk", "type", "points", "text", "tags", "options__pk", "options__text", "options__match_text")
    for pk, kind, points, text, tags, *option in rows.values_list(*fields):
        questions.setdefault(pk, Question(pk=pk, type=kind, points=points, text=text, tags=tags))
        found = options.setdefault(pk, [])
        if option[0] is not None:
            found.append((option[0], option[1], option[2]))
    chance = () if random is None else (random,)
    drawn = draw_questions(list(questions.values()), quiz.questions_per_attempt, quiz.draw_rules, *chance)
    return [layout.Source(question, tuple(options[question.pk])) for question in drawn]


def save_answer(
    *,
    attempt: Attempt | UUID,
    question_id: UUID,
    response: dict[str, Any] | None,
    revision: int,
    is_flagged: bool | None = None,
    time_spent_seconds: int = 0,
    student: User | None = None,
) -> Saved:
    """Save the answer to one question; one row is written. With `student` the attempt must be theirs.

    A higher `revision` wins, whatever the order of arrival; the same one with the same response is fine.
    Raises NotFound (no such attempt or question in it), AccessRefused, AttemptClosed, InvalidResponse and
    StaleRevision, which carries the stored answer. What comes too late is kept for staff and never marked.
    """
    sent = Sent(response, revision, is_flagged, time_spent_seconds)
    attempt_id = attempt.pk if isinstance(attempt, Attempt) else attempt
    try:
        with transaction.atomic():
            row = _open_attempt(attempt_id, student)
            drawn = next((one for one in layout.read(row.layout) if one.question_id == question_id), None)
            if drawn is None:
                raise NotFound
            fits = clean_one(row, drawn, sent)
            now = arrival()
            if store(row.pk, {question_id: fits}, now):
                return Saved(revision, now, row.deadline_at)
            stored = Answer.objects.get(attempt=row, question=question_id)
    except (_TooLate, AttemptClosed):
        raise _refuse_late(attempt_id, {question_id: sent}) from None
    if not is_stored(stored, fits):
        raise StaleRevision(stored)
    return Saved(stored.revision, stored.answered_at, row.deadline_at)


def save_answers(*, attempt: Attempt | UUID, student: User, answers: Mapping[UUID, Sent]) -> set[UUID]:
    """Save several answers of one page in one statement; return the questions whose answer came too late.

    Raises as `save_answer`, but for StaleRevision.
    """
    attempt_id = attempt.pk if isinstance(attempt, Attempt) else attempt
    try:
        with transaction.atomic():
            row = _open_attempt(attempt_id, student)
            fits = clean(row, answers)
            if store(row.pk, fits, arrival()) == len(fits):
                return set()
            stored = list(Answer.objects.filter(attempt=row, question__in=fits))
    except (_TooLate, AttemptClosed):
        raise _refuse_late(attempt_id, answers) from None
    return {answer.question_id for answer in stored if not is_stored(answer, fits[answer.question_id])}


def _open_attempt(attempt_id: UUID, student: User | None) -> Attempt:
    """Return the attempt, locked where rows can be: of a save and a submit at once, one waits."""
    rows = Attempt.objects.select_for_update(of=("self",), no_key=True).select_related(
        "enrollment", "quiz__course"
    )
    rows = rows.only(
        "status", "layout", "number", "quiz_id", "started_at", "deadline_at",
        "enrollment__student_id", "enrollment__status", "enrollment__expires_at",
        "quiz__course__slug", "quiz__course__deleted_at",
    )  # fmt: skip
    row = rows.filter(pk=attempt_id).first()
    if row is None or (student is not None and row.enrollment.student_id != student.pk):
        raise NotFound
    require_current(row.quiz.course, row.enrollment)
    if not row.is_open or row.is_overdue(arrival()):
        raise _TooLate
    return row


def _refuse_late(attempt_id: UUID, sent: Mapping[UUID, Sent]) -> AttemptClosed:
    """Close what is overdue, keep what came for staff, and return the refusal that says when it was closed."""
    attempt = Attempt.objects.select_related("enrollment", "quiz__course", "quiz__lesson__module").get(
        pk=attempt_id
    )
    close_if_overdue(attempt)
    keep_late(attempt, clean(attempt, sent))
    return closed_error(attempt)
