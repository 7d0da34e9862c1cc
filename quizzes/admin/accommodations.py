"""Who of a quiz's students has more time or more attempts, and what that makes of this quiz."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import Accommodation
from accounts.models.accommodation import MIN_FACTOR
from enrollments.models import Enrollment
from lms.lib.figures import number
from quizzes.models import Quiz
from quizzes.timing import Allowance, allowance_from


@dataclass(frozen=True)
class Granted:
    """A student with an accommodation. `attempts` is None without a limit."""

    name: str
    factor: str
    extra_attempts: int
    here: Allowance
    attempts: int | None


def granted_in(quiz: Quiz) -> list[Granted]:
    """Return those who may learn in the quiz's course now and are granted something, by name (one query).

    The note of an accommodation is for admins alone: it is not read.
    """
    students = Enrollment.objects.current().filter(course=quiz.course_id).values("student")
    rows = (
        Accommodation.objects.filter(user__in=students)
        .select_related("user")
        .order_by("user__full_name", "pk")
    )
    rows = rows.exclude(time_factor=MIN_FACTOR, extra_attempts=0)
    return [_granted(quiz, row) for row in rows.only("time_factor", "extra_attempts", "user__full_name")]


def _granted(quiz: Quiz, row: Accommodation) -> Granted:
    here = allowance_from(quiz, row)
    attempts = None if quiz.max_attempts is None else quiz.max_attempts + here.extra_attempts
    return Granted(
        row.user.full_name, number(row.time_factor.normalize()), row.extra_attempts, here, attempts
    )
