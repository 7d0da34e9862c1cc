"""The enrollments of a course in figures: one definition for its staff's API and for the roll-ups above."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from django.db.models import Count, Q, Sum

from enrollments.models import Enrollment

CENT = Decimal("0.01")
HOUR = 3600


@dataclass(frozen=True)
class EnrollmentFigures:
    """Over all rows, whatever their status. Rates and means half up to 2 places, None without a row.

    `counts` is by status; `finished` counts everybody who has, whatever became of their access; progress in per cent.
    """

    counts: dict[str, int]
    total: int
    finished: int
    total_seconds: int
    completion_rate: Decimal | None
    mean_progress: Decimal | None
    mean_seconds: Decimal | None

    @property
    def total_hours(self) -> Decimal:
        return (Decimal(self.total_seconds) / HOUR).quantize(CENT, ROUND_HALF_UP)

    @property
    def mean_hours(self) -> Decimal | None:
        return _mean(Decimal(self.total_seconds) / HOUR, self.total)


def enrollment_figures(course_id: UUID) -> EnrollmentFigures:
    """Return the figures of one course, which agree among themselves: they come from one statement."""
    found = Enrollment.objects.filter(course=course_id).order_by().aggregate(
        **{status: Count("pk", filter=Q(status=status)) for status in Enrollment.Status.values},
        total=Count("pk"),
        finished=Count("completed_at"),
        progress=Sum("progress_percentage"),
        seconds=Sum("time_spent_seconds"),
    )  # fmt: skip
    total, seconds = found["total"], found["seconds"] or 0
    return EnrollmentFigures(
        counts={status: found[status] for status in Enrollment.Status.values},
        total=total,
        finished=found["finished"],
        total_seconds=seconds,
        completion_rate=_mean(Decimal(100 * found["finished"]), total),
        # SQLite adds decimals as floats: the sum is brought to its places before it is divided.
        mean_progress=_mean(Decimal(found["progress"] or 0).quantize(CENT), total),
        mean_seconds=_mean(Decimal(seconds), total),
    )


def _mean(total: Decimal, count: int) -> Decimal | None:
    return (total / count).quantize(CENT, ROUND_HALF_UP) if count else None
