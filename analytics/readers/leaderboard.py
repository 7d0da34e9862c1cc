"""Who leads in a course: first names and scores, kept for ten minutes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from accounts.models import User
from analytics.rounding import rounded
from courses.models import Course
from enrollments.models import Enrollment
from quizzes.models import Quiz
from quizzes.services import results_for
from quizzes.services.results import averages_of

TOP = 10
KEPT_SECONDS = 600
SPARE_SECONDS = 60  # that the ranks outlive the board which names them
SHARE = 500  # students
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Place:
    """One line: rank, name (first name and initial of the last) and score, 0–100 with 2 places."""

    rank: int
    name: str
    score: Decimal
    is_me: bool = False


@dataclass(frozen=True)
class Board:
    """What everybody sees of a course's leaderboard."""

    top: list[tuple[UUID, Place]]
    students: int
    shares: int
    computed_at: datetime


Ranks = dict[UUID, tuple[int, Decimal]]  # rank and score by enrollment


def shown_to(course: Course, enrollment_id: UUID | None) -> dict[str, Any]:
    """Return what somebody sees: the top ten with the own line marked, and the own place if there is one.

    At most ten minutes old: no query while it is kept, two when it is made.
    """
    board: Board | None = cache.get(_key(course.pk))
    ranks: Ranks | None = {}
    if board and enrollment_id:
        ranks = cache.get(_share_of(course.pk, board, enrollment_id))
    if board is None or ranks is None:
        board, ranks = _compute(course)
        _keep(course.pk, board, ranks)
    own = ranks.get(enrollment_id) if enrollment_id else None
    return {
        "computed_at": board.computed_at,
        "students": board.students,
        "entries": [Place(one.rank, one.name, one.score, is_me=pk == enrollment_id) for pk, one in board.top],
        "me": {"rank": own[0], "score": own[1]} if own else None,
    }


def forget(course_id: UUID) -> None:
    """Have the leaderboard made anew when it is next asked for."""
    cache.delete(_key(course_id))


def _keep(course_id: UUID, board: Board, ranks: Ranks) -> None:
    """Keep the ranks in shares, for a reader of a large course not to unpack everybody's."""
    # Also the empty ones: who has no place must not have it made anew.
    shares: dict[str, Ranks] = {_share(course_id, board, number): {} for number in range(board.shares)}
    for pk, place in ranks.items():
        shares[_share_of(course_id, board, pk)][pk] = place
    cache.set_many(shares, KEPT_SECONDS + SPARE_SECONDS)
    cache.set(_key(course_id), board, KEPT_SECONDS)


def _key(course_id: UUID) -> str:
    return f"analytics:leaderboard:{course_id}"


def _share_of(course_id: UUID, board: Board, enrollment_id: UUID) -> str:
    return _share(course_id, board, enrollment_id.int % board.shares)


def _share(course_id: UUID, board: Board, number: int) -> str:
    """Return where one share of the places is kept; those of another making are not found."""
    return f"{_key(course_id)}:{board.computed_at.timestamp()}:{number}"


def _compute(course: Course) -> tuple[Board, Ranks]:
    rows = list(_ranked(course))
    averages = averages_of(results_for(courses=[course], quizzes=Quiz.objects.counted())) if rows else {}
    scored = [(_score(row, averages.get(row.pk)), row) for row in rows]
    scored.sort(key=lambda pair: (-pair[0], pair[1].completed_at or _LAST, pair[1].enrolled_at, pair[1].pk))
    ranks: Ranks = {}
    rank, before = 0, None
    for number, (score, row) in enumerate(scored, 1):
        rank, before = (rank, before) if score == before else (number, score)
        ranks[row.pk] = rank, score
    top = [
        (row.pk, Place(ranks[row.pk][0], public_name(row.student.full_name), score))
        for score, row in scored[:TOP]
    ]
    return Board(top, len(ranks), len(ranks) // SHARE + 1, timezone.now()), ranks


def _ranked(course: Course) -> Iterable[Enrollment]:
    """Return the enrollments that take part: active and completed, of active accounts, staff left out."""
    counted = Quiz.objects.counted().filter(course=OuterRef("course"))
    rows = Enrollment.objects.filter(course=course, status__in=Enrollment.CURRENT, student__is_active=True)
    rows = rows.exclude(student__role=User.Role.ADMIN).exclude(student=F("course__instructor"))
    return (
        rows.order_by()
        .select_related("student")
        .only("progress_percentage", "completed_at", "enrolled_at", "student__full_name")
        .annotate(has_quizzes=Exists(counted))
    )


def _score(row: Any, average: Decimal | None) -> Decimal:
    """Return progress; with counted quizzes the mean of progress and quiz average, where none yet is 0."""
    if not row.has_quizzes:
        return rounded(row.progress_percentage)
    return rounded((row.progress_percentage + (average or 0)) / 2)


def public_name(full_name: str) -> str:
    """Return "Salma H." for "Salma Haddad"; a single name stays."""
    first, *others = full_name.split() or [""]
    return f"{first} {others[-1][0]}." if others else first
