"""What a closed attempt shows, and when: the review policy, told once for pages and API."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from uuid import UUID

from quizzes import layout
from quizzes.models import Answer, Attempt, Quiz
from quizzes.permissions import attempts_left, standing
from quizzes.services.results import Result, result_from
from quizzes.sheet import Sheet, marked_sheet, open_sheet
from quizzes.timing import Allowance


class Level(StrEnum):
    """How much of a closed attempt is shown."""

    NOTHING = "nothing"
    ANSWERS = "answers"
    MARKED = "marked"


@dataclass(frozen=True)
class History:
    """One student's attempts at one quiz, newest first, and what follows from them."""

    quiz: Quiz
    attempts: Sequence[Attempt]
    allowance: Allowance = field(default_factory=Allowance)

    @cached_property
    def is_released(self) -> bool:
        """Whether scores may be known by now (one query where they wait for the closing time)."""
        return self.quiz.is_score_released()

    @cached_property
    def result(self) -> Result | None:
        """The result; None without a graded attempt, and while scores are withheld."""
        return result_from(self.quiz, self.attempts) if self.is_released else None

    @property
    def is_withheld(self) -> bool:
        """Whether there is a score that is not shown yet."""
        return any(attempt.is_graded for attempt in self.attempts) and not self.is_released

    @property
    def left(self) -> int | None:
        """Attempts that may still be started; None: no limit."""
        return attempts_left(self.quiz, self.used, self.allowance)

    @property
    def used(self) -> int:
        """Attempts that count against the limit."""
        return sum(not (attempt.is_voided or attempt.is_excused) for attempt in self.attempts)

    @property
    def is_uncounted(self) -> bool:
        """Whether a score that may be known was not passed on; one of just now is being passed on."""
        return any(attempt.is_uncounted for attempt in self.attempts) and self.is_released

    @property
    def counting(self) -> Attempt | None:
        """The attempt that is the result; None without one, and for an average."""
        graded = [attempt for attempt in self.attempts if attempt.is_graded]
        if not graded or not self.is_released or self.quiz.scoring_policy == Quiz.ScoringPolicy.AVERAGE:
            return None
        if self.quiz.scoring_policy == Quiz.ScoringPolicy.LAST:
            return graded[0]
        return max(graded, key=lambda attempt: attempt.percentage or 0)

    @property
    def latest(self) -> Attempt | None:
        """The newest attempt that is closed."""
        return next((a for a in self.attempts if not a.is_open and not a.is_voided), None)

    @property
    def open(self) -> Attempt | None:
        return next((attempt for attempt in self.attempts if attempt.is_open), None)


def history_of(quiz: Quiz, enrollment_id: UUID | None, allowance: Allowance | None = None) -> History:
    """Return the attempts of one enrollment at the quiz (one query; none without an enrollment)."""
    history = histories_of([quiz], enrollment_id)[0]
    return replace(history, allowance=allowance) if allowance else history


def histories_of(quizzes: Iterable[Quiz], enrollment_id: UUID | None) -> list[History]:
    """Return the same for several quizzes, in their order (one query, no layouts, no allowances)."""
    found: dict[UUID, list[Attempt]] = {quiz.pk: [] for quiz in quizzes}
    if enrollment_id is not None and found:
        rows = Attempt.objects.filter(quiz__in=list(found), enrollment=enrollment_id)
        for attempt in rows.defer("layout").order_by("-number"):
            found[attempt.quiz_id].append(attempt)
    return [History(quiz, found[quiz.pk]) for quiz in quizzes]


def review_level(attempt: Attempt, history: History, *, by_staff: bool = False) -> Level:
    """Return what the reader may see of `attempt`; `history` is that of its student.

    Its quiz comes with the course, its enrollment is loaded.
    """
    if attempt.is_open or (attempt.is_voided and not by_staff):
        return Level.NOTHING
    due = Level.MARKED if attempt.is_graded else Level.ANSWERS
    if by_staff:
        return due
    if history.open is not None or standing(attempt.quiz.course, attempt.enrollment) is not None:
        return Level.NOTHING
    policy = attempt.quiz.review_policy
    if policy == Quiz.ReviewPolicy.AFTER_CLOSE:
        return due if attempt.quiz.is_closed_for_everyone() else Level.NOTHING
    if not history.is_released and policy != Quiz.ReviewPolicy.NEVER:
        return Level.ANSWERS
    if policy == Quiz.ReviewPolicy.NEVER:
        return Level.NOTHING
    if policy == Quiz.ReviewPolicy.AFTER_PASS and not (
        (history.result is not None and history.result.is_passed) or history.left == 0
    ):
        return Level.ANSWERS
    return due


@dataclass(frozen=True)
class Note:
    """What a person wrote to one answer."""

    question_id: UUID
    number: int
    text: str


def notes_of(attempt: Attempt, sheet: Sheet | None) -> list[Note]:
    """Return what people wrote to answers, in the order shown: it comes with the score, whatever is reviewed.

    One query, none where the marked `sheet` has it.
    """
    if sheet is not None and sheet.is_marked:
        return [Note(one.id, one.number, one.note) for one in sheet.questions if one.note]
    rows = Answer.objects.filter(attempt=attempt).exclude(grader_note="")
    written: dict[UUID, str] = dict(rows.values_list("question_id", "grader_note"))
    drawn = layout.read(attempt.layout) if written else []
    return [
        Note(one.question_id, one.number, written[one.question_id])
        for one in drawn
        if one.question_id in written
    ]


def may_retry(attempt: Attempt, history: History) -> bool:
    """Return whether another start is worth offering; `can_start` decides (no query; reads lesson and module)."""
    return (
        history.left != 0
        and attempt.quiz.is_offered
        and standing(attempt.quiz.course, attempt.enrollment) is None
    )


def review_sheet(attempt: Attempt, level: Level) -> Sheet | None:
    """Return the sheet of that level, None for nothing (two queries)."""
    if level == Level.NOTHING:
        return None
    return marked_sheet(attempt) if level == Level.MARKED else open_sheet(attempt)
