"""A sitting: start, save, submit. What was acknowledged is kept, and marked once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import Case, DateTimeField, F, JSONField, Q, Value, When
from django.db.models.functions import Cast
from django.utils import timezone

from accounts.models.audit import record
from enrollments.models import Enrollment
from quizzes import layout
from quizzes.exceptions import AttemptClosed, NotFound, StaleRevision
from quizzes.models import Answer, Attempt, Question, Quiz
from quizzes.permissions import can_start, require_current
from quizzes.services.counting import count_result
from quizzes.services.grading import grade

if TYPE_CHECKING:
    from accounts.models import User

START_TRIES = 20


@dataclass(frozen=True)
class Sent:
    """One answer as a client sends it. `is_flagged` None leaves the flag as it is."""

    response: dict[str, Any] | None
    revision: int
    is_flagged: bool | None = None


@dataclass(frozen=True)
class Saved:
    """What is stored now."""

    revision: int
    answered_at: datetime | None


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
            own = Attempt.objects.filter(quiz=quiz, enrollment=start.enrollment)
            attempt = own.filter(number=start.open_number).first()
            if attempt is not None:
                return attempt
        try:
            return _open(quiz, start.enrollment, start.last_number + 1)
        except IntegrityError:
            continue
    raise AttemptClosed


@transaction.atomic
def _open(quiz: Quiz, enrollment: Enrollment, number: int) -> Attempt:
    _hold_off_authors(quiz)
    sources = _sources(quiz)
    attempt = Attempt.objects.create(
        quiz=quiz,
        enrollment=enrollment,
        number=number,
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


def _sources(quiz: Quiz) -> list[layout.Source]:
    """Return the questions with their options, in the author's order; nothing that says what is right is read.

    Right-hand texts are, to be shuffled: which belongs where is not told by a set.
    """
    rows = Question.objects.filter(quiz=quiz).drawable().order_by("position", "options__position")
    questions: dict[UUID, Question] = {}
    options: dict[UUID, list[tuple[UUID, str, str]]] = {}
    fields = ("pk", "type", "points", "text", "options__pk", "options__text", "options__match_text")
    for pk, kind, points, text, *option in rows.values_list(*fields):
        questions.setdefault(pk, Question(pk=pk, type=kind, points=points, text=text))
        found = options.setdefault(pk, [])
        if option[0] is not None:
            found.append((option[0], option[1], option[2]))
    return [layout.Source(question, tuple(options[pk])) for pk, question in questions.items()]


@transaction.atomic
def save_answer(
    *,
    attempt: Attempt | UUID,
    question_id: UUID,
    response: dict[str, Any] | None,
    revision: int,
    is_flagged: bool | None = None,
    student: User | None = None,
) -> Saved:
    """Save the answer to one question; one row is written. With `student` the attempt must be theirs.

    A higher `revision` wins, whatever the order of arrival; the same one with the same response is fine.
    Raises NotFound (no such attempt or question in it), AccessRefused, AttemptClosed, InvalidResponse and
    StaleRevision, which carries the stored answer.
    """
    row = _open_attempt(attempt, student)
    sent = Sent(_drawn(row, question_id).clean_response(response), revision, is_flagged)
    now = timezone.now()
    if _store(row.pk, {question_id: sent}, now):
        return Saved(revision, now)
    stored = Answer.objects.get(attempt=row, question=question_id)
    if not _is_stored(stored, sent):
        raise StaleRevision(stored)
    return Saved(stored.revision, stored.answered_at)


@transaction.atomic
def save_answers(*, attempt: Attempt | UUID, student: User, answers: Mapping[UUID, Sent]) -> set[UUID]:
    """Save several answers of one page in one statement; return the questions whose answer came too late.

    Raises as `save_answer`, but for StaleRevision.
    """
    row = _open_attempt(attempt, student)
    clean = _clean(row, answers)
    if _store(row.pk, clean, timezone.now()) == len(clean):
        return set()
    stored = Answer.objects.filter(attempt=row, question__in=clean)
    return {answer.question_id for answer in stored if not _is_stored(answer, clean[answer.question_id])}


def _open_attempt(attempt: Attempt | UUID, student: User | None) -> Attempt:
    """Return the attempt, locked where rows can be: of a save and a submit at once, one waits."""
    rows = Attempt.objects.select_for_update(of=("self",), no_key=True).select_related(
        "enrollment", "quiz__course"
    )
    rows = rows.only(
        "status", "layout", "number", "quiz_id",
        "enrollment__student_id", "enrollment__status", "enrollment__expires_at",
        "quiz__course__slug", "quiz__course__deleted_at",
    )  # fmt: skip
    row = rows.filter(pk=attempt.pk if isinstance(attempt, Attempt) else attempt).first()
    if row is None or (student is not None and row.enrollment.student_id != student.pk):
        raise NotFound
    require_current(row.quiz.course, row.enrollment)
    if not row.is_open:
        raise AttemptClosed(next_url=row.get_absolute_url())
    return row


def _drawn(attempt: Attempt, question_id: UUID) -> layout.Drawn:
    for drawn in layout.read(attempt.layout):
        if drawn.question_id == question_id:
            return drawn
    raise NotFound


def _clean(attempt: Attempt, answers: Mapping[UUID, Sent]) -> dict[UUID, Sent]:
    drawn = {entry.question_id: entry for entry in layout.read(attempt.layout)}
    if not set(answers) <= set(drawn):
        raise NotFound
    return {
        pk: Sent(
            drawn[pk].clean_response(sent.response, f"answers.{n}.response"), sent.revision, sent.is_flagged
        )
        for n, (pk, sent) in enumerate(answers.items())
    }


def _is_stored(answer: Answer, sent: Sent) -> bool:
    same_flag = sent.is_flagged is None or sent.is_flagged == answer.is_flagged
    return answer.revision == sent.revision and answer.response == sent.response and same_flag


def _store(attempt_id: UUID, answers: Mapping[UUID, Sent], now: datetime) -> int:
    """Write the answers whose revision is higher than the stored one; return how many. One UPDATE."""
    if not answers:
        return 0
    newer = reduce(or_, (_is_newer(pk, sent) for pk, sent in answers.items()))
    try:
        return Answer.objects.filter(newer, attempt=attempt_id).update(**_values(answers, now))
    except IntegrityError:  # answer_graded_is_current: the attempt was sealed in between
        raise AttemptClosed from None


def _seal(attempt_id: UUID, answers: Mapping[UUID, Sent], now: datetime) -> None:
    """Write the answers that are newer, and seal all of the attempt's with the revision they have then. One UPDATE.

    A save that has not been committed by now meets the seal and fails (answer_graded_is_current): what is read
    after this is what will be marked, also where rows cannot be locked.
    """
    values = _values(answers, now)
    Answer.objects.filter(attempt=attempt_id).update(**values, graded_revision=values["revision"])


def _values(answers: Mapping[UUID, Sent], now: datetime) -> dict[str, Any]:
    """Return the columns of a save: each row takes what is newer than its own, else keeps what it has."""

    def column(name: str, value: Callable[[Sent], Any]) -> Case:
        whens = (When(_is_newer(pk, sent), then=value(sent)) for pk, sent in answers.items())
        field: Any = Answer._meta.get_field(name)
        return Case(*whens, default=F(name), output_field=field)

    return {
        "response": column("response", lambda sent: _json(sent.response)),
        "revision": column("revision", lambda sent: Value(sent.revision)),
        "answered_at": column("answered_at", lambda sent: Value(now, DateTimeField())),
        "is_flagged": column(
            "is_flagged",
            lambda sent: F("is_flagged") if sent.is_flagged is None else Value(sent.is_flagged),
        ),
    }


def _is_newer(question_id: UUID, sent: Sent) -> Q:
    return Q(question=question_id, revision__lt=sent.revision)


def _json(response: dict[str, Any] | None) -> Any:
    return Value(response, JSONField()) if response is not None else Cast(Value(None), JSONField())


def submit_attempt(
    *, attempt: Attempt, by: User | None, answers: Mapping[UUID, Sent] | None = None
) -> Attempt:
    """Close the attempt, with `answers` not sent before, and mark it; of several calls one does, all return it.

    `by` is the student or a member of staff. Raises NotFound and InvalidResponse for what `answers` holds.
    Counting follows the commit (`count_result`).
    """
    with transaction.atomic():
        if _close(attempt, by, answers or {}):
            transaction.on_commit(lambda: count_result(attempt), robust=True)
    return attempt


def _close(attempt: Attempt, by: User | None, answers: Mapping[UUID, Sent]) -> bool:
    """Swap in_progress for submitted and mark; False when another call was first. Refreshes the instance."""
    now = timezone.now()
    is_own = by is not None and by.pk == attempt.enrollment.student_id
    closed_by = Attempt.SubmittedBy.STUDENT if is_own else Attempt.SubmittedBy.STAFF
    won = Attempt.objects.in_progress().filter(pk=attempt.pk).update(
        status=Attempt.Status.SUBMITTED, submitted_at=now, submitted_by=closed_by
    )  # fmt: skip
    if not won:
        attempt.refresh_from_db(fields=list(MARKED))
        return False
    attempt.status, attempt.submitted_at, attempt.submitted_by = Attempt.Status.SUBMITTED, now, closed_by
    _seal(attempt.pk, _clean(attempt, answers), now)
    if not is_own:
        record(by=by, action="attempt.submitted", target=attempt)
    grade(attempt, at=now)
    return True


MARKED = (
    "status",
    "submitted_at",
    "submitted_by",
    "score",
    "max_score",
    "percentage",
    "is_passed",
    "graded_at",
)
