"""Marking a quiz again after its keys changed: who gains, who loses, the order, and the work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from time import monotonic
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models.audit import record
from lms.lib.tasks import wake
from quizzes import layout
from quizzes.exceptions import NothingToRegrade, PreviewStale, RegradeRunning
from quizzes.marking import NOTHING, percentage_of
from quizzes.models import Answer, Attempt, Question, Quiz
from quizzes.services.counting import count_result
from quizzes.services.grading import Facts, facts_of, keys_from, keys_of, mark_again, settle
from quizzes.services.quizzes import lock_quiz
from quizzes.services.time_given import clean_reason

if TYPE_CHECKING:
    from accounts.models import AuditEntry, User

CHUNK = 500
SECONDS = 50.0  # of one round; the next one goes on
log = structlog.get_logger("quizzes")


@dataclass(frozen=True)
class Change:
    """What a regrade would do to one graded attempt; per cents. `is_passed` is what it would be by the mark alone."""

    attempt: Attempt
    before: Decimal
    after: Decimal
    was_passed: bool
    is_passed: bool

    @property
    def loses_pass(self) -> bool:
        return self.was_passed and not self.is_passed

    @property
    def gains_pass(self) -> bool:
        return self.is_passed and not self.was_passed


@dataclass(frozen=True)
class RegradePreview:
    """Who gains and who loses. `token` names the keys it was made with; `changes` has those with another result.

    `attempts` will be marked again, `waiting` of them have no result yet: a person still has to look.
    """

    token: str
    attempts: int
    waiting: int
    changes: tuple[Change, ...]

    @property
    def up(self) -> int:
        return sum(change.after > change.before for change in self.changes)

    @property
    def down(self) -> int:
        return sum(change.after < change.before for change in self.changes)

    @property
    def newly_passed(self) -> int:
        return sum(change.gains_pass for change in self.changes)

    @property
    def would_lose_pass(self) -> int:
        return sum(change.loses_pass for change in self.changes)


@dataclass(frozen=True)
class RegradeState:
    """How a quiz stands: attempts marked by older keys, attempts with another pass mark, attempts still to be done."""

    behind: int
    other_pass_mark: int
    running: int

    @property
    def is_running(self) -> bool:
        return self.running > 0


def regrade_state(quiz: Quiz) -> RegradeState:
    """Return whether a regrade is due or running (three queries)."""
    closed = Attempt.objects.closed().filter(quiz=quiz)
    return RegradeState(
        behind=closed.behind().count(),
        other_pass_mark=closed.exclude(passing_score=quiz.passing_score).count(),
        running=closed.being_regraded().count(),
    )


# --- Preview


def preview_regrade(
    quiz: Quiz, *, allow_unpass: bool = False, use_current_passing_score: bool = False
) -> RegradePreview:
    """Return who would gain and who would lose, by the same marking as the regrade itself; nothing is written.

    `use_current_passing_score` also counts attempts whose pass mark is no longer that of the quiz. Two queries, and
    two for each 500 attempts.
    """
    facts = facts_of(Question.objects.filter(quiz=quiz))
    versions = {pk: known.version for pk, known in facts.items()}
    token = _token(quiz, versions, allow_unpass, use_current_passing_score)
    mark = quiz.passing_score if use_current_passing_score else None
    attempts = waiting = 0
    changes: list[Change] = []
    for attempt, old in _with_old_answers(_due(quiz, use_current_passing_score)):
        attempts += 1
        waiting += not attempt.is_graded
        change = _change(attempt, old, facts, mark)
        if change is not None:
            changes.append(change)
    changes.sort(key=lambda one: (not one.loses_pass, not one.gains_pass, one.after - one.before))
    return RegradePreview(token, attempts, waiting, tuple(changes))


def _due(quiz: Quiz, use_current_passing_score: bool) -> QuerySet[Attempt]:
    """Return the closed attempts that a regrade would mark again."""
    closed = Attempt.objects.closed().filter(quiz=quiz)
    due = Q(pk__in=closed.behind().values("pk"))
    if use_current_passing_score:
        due |= ~Q(passing_score=quiz.passing_score)
    return closed.filter(due)


def _with_old_answers(rows: QuerySet[Attempt]) -> Iterator[tuple[Attempt, list[Answer]]]:
    """Yield the attempts with those of their answers that older keys marked (two queries for each 500)."""
    rows = rows.select_related("enrollment__student").order_by("pk")
    last: UUID | None = None
    while chunk := list((rows.filter(pk__gt=last) if last else rows)[:CHUNK]):
        last = chunk[-1].pk
        old: dict[UUID, list[Answer]] = defaultdict(list)
        for answer in Answer.objects.behind().filter(attempt__in=[attempt.pk for attempt in chunk]):
            old[answer.attempt_id].append(answer)
        yield from ((attempt, old[attempt.pk]) for attempt in chunk)


def _change(
    attempt: Attempt, old: Iterable[Answer], facts: Mapping[UUID, Facts], mark: Decimal | None
) -> Change | None:
    """Return what another marking of the `old` answers does to a graded attempt; None for nothing."""
    score, most, before = attempt.score, attempt.max_score, attempt.percentage
    if score is None or most is None or before is None or not attempt.is_graded:
        return None
    keys = keys_from(layout.read(attempt.layout), facts)
    for answer in old:
        score, most = score - (answer.points_earned or NOTHING), most - answer.points_max
        mark_again(answer, *keys[answer.question_id])
        score, most = score + (answer.points_earned or NOTHING), most + answer.points_max
    after = percentage_of(score, most)
    passes = after >= (attempt.passing_score if mark is None else mark)
    was_passed = bool(attempt.is_passed)
    if (after, passes) == (before, was_passed):
        return None
    return Change(attempt, before, after, was_passed, passes)


def _token(
    quiz: Quiz, versions: Mapping[UUID, int], allow_unpass: bool, use_current_passing_score: bool
) -> str:
    """Return what names a preview: the version of every key, the options, and the pass mark where it matters."""
    mark = str(quiz.passing_score.normalize()) if use_current_passing_score else ""
    facts = [str(quiz.pk), str(allow_unpass), mark, *(f"{pk}:{versions[pk]}" for pk in sorted(versions))]
    return sha256(" ".join(facts).encode()).hexdigest()[:40]


# --- The order


@transaction.atomic
def order_regrade(
    *,
    quiz: Quiz,
    token: str,
    reason: str,
    by: User,
    allow_unpass: bool = False,
    use_current_passing_score: bool = False,
) -> int:
    """Order that the attempts are marked again as the preview with `token` said; return how many.

    `reason` has 3–500 characters and is audited. Unless `allow_unpass`, who has passed stays so. Raises
    RegradeRunning, PreviewStale when a key, the pass mark or an option is another than in the preview, and
    NothingToRegrade. The work is done by `regrade_ordered`.
    """
    why = clean_reason(reason)
    lock_quiz(quiz)  # no key changes from here to the commit
    if Attempt.objects.closed().being_regraded().filter(quiz=quiz).exists():
        raise RegradeRunning
    versions = dict(quiz.questions.values_list("pk", "key_version"))
    if token != _token(quiz, versions, allow_unpass, use_current_passing_score):
        raise PreviewStale
    due = _due(quiz, use_current_passing_score)
    count = due.count()
    if not count:
        raise NothingToRegrade
    data = {
        "reason": why,
        "attempts": count,
        "allow_unpass": allow_unpass,
        "passing_score": str(quiz.passing_score) if use_current_passing_score else None,
    }
    order = record(by=by, action="quiz.regraded", target=quiz, data=data)
    # What is being closed or restored right now may have met the older key: it is looked at too.
    others = Attempt.objects.exclude(status__in=Attempt.CLOSED).filter(quiz=quiz)
    rows = Attempt.objects.filter(Q(pk__in=due.values("pk")) | Q(pk__in=others.values("pk")), quiz=quiz)
    rows.filter(regrade_order=None).update(regrade_order=order)
    wake("quizzes.regrade_quiz")
    return count


# --- The work


def regrade_ordered(*, seconds: float = SECONDS) -> int:
    """Mark again what was ordered, a transaction each, for at most `seconds`; return how many were done.

    One bad attempt stops no other, and the next round tries it again. Safe twice and at once.
    """
    until, done = monotonic() + seconds, 0
    for pk in list(Attempt.objects.being_regraded().order_by("pk").values_list("pk", flat=True)):
        if monotonic() > until:
            break
        try:
            done += _regrade(pk)
        except Exception:  # the next round tries it again
            log.exception("regrade_failed", attempt=str(pk))
    return done


@transaction.atomic
def _regrade(attempt_id: UUID) -> bool:
    """Carry out the order for one attempt; False when another round was first.

    The order is taken off by a swap, which is a lock everywhere: what is read after it is what counts. One that is
    open meets the present keys when it closes.
    """
    rows = Attempt.objects.being_regraded().select_related(
        "regrade_order", "quiz__course", "quiz__lesson__module", "enrollment__course", "enrollment__student"
    )
    attempt = rows.filter(pk=attempt_id).first()
    if attempt is None or attempt.regrade_order is None:
        return False
    order = attempt.regrade_order
    if not Attempt.objects.filter(pk=attempt_id, regrade_order=order).update(regrade_order=None):
        return False
    attempt.refresh_from_db(fields=MOVING)
    if attempt.status in Attempt.CLOSED:
        _mark_again(attempt, order)
        transaction.on_commit(lambda: count_result(attempt), robust=True)
    return True


MOVING = ["status", "score", "max_score", "percentage", "passing_score", "is_passed", "pass_kept", "graded_at",
          "graded_by", "needs_manual_grading", "mail_state", "mail_tries", "regrade_order"]  # fmt: skip


def _mark_again(attempt: Attempt, order: AuditEntry) -> None:
    """Mark the answers of older keys, sum up, keep a pass unless the order says otherwise, and note it."""
    answers = list(Answer.objects.filter(attempt=attempt))
    keys = keys_of(layout.read(attempt.layout))
    old = [answer for answer in answers if answer.key_version != keys[answer.question_id][1]]
    for answer in old:
        mark_again(answer, *keys[answer.question_id])
    Answer.objects.bulk_update(old, ["points_max", "points_earned", "is_correct", "key_version"])
    before = _facts(attempt)
    if order.data.get("passing_score") is not None:
        attempt.passing_score = Decimal(order.data["passing_score"])
        attempt.save(update_fields=["passing_score"])
    if all(answer.points_earned is not None for answer in answers):
        attempt.pass_kept = bool(attempt.is_passed) and not order.data.get("allow_unpass")
        settle(attempt, answers, timezone.now(), by=attempt.graded_by)
    after = _facts(attempt)
    data: dict[str, Any] = {
        name: [before[name], after[name]] for name in before if before[name] != after[name]
    }
    record(by=order.actor, action="attempt.regraded", target=attempt, data=data | {"order": str(order.pk)})


def _facts(attempt: Attempt) -> dict[str, Any]:
    names = ("status", "score", "max_score", "percentage", "passing_score")
    facts = {name: None if (value := getattr(attempt, name)) is None else str(value) for name in names}
    return facts | {"is_passed": attempt.is_passed, "pass_kept": attempt.pass_kept}
