"""The shapes of what the roll-ups keep as JSON.

Ids are the text of a UUID. Rates and means are numbers with at most two places (`Decimal(str(value))` is exact), None
means no data. Titles and question texts are not kept: readers take them from the rows of today by id, and leave out
what is no longer there.
"""

from __future__ import annotations

from typing import TypedDict

BARS = 10  # of a histogram over 0–100: 0–<10, 10–<20, …, 90–100

Histogram = list[int]  # BARS counts


class LessonFigures(TypedDict):
    """One live lesson of `CourseStat.lessons`, which is in the order of the outline. Enrollments of any status."""

    id: str
    started: int  # students who have started it, the completed ones included
    completed: int
    completion_rate: float | None  # completed ÷ started × 100
    reach: float | None  # started ÷ enrollments × 100
    drop_off: float | None  # (1 − started of the next ÷ started) × 100, not below 0; None for the last
    average_minutes: float | None  # over rows with time, 1 place
    average_completion_minutes: float | None  # time of those who completed it, 1 place
    total_minutes: float  # 1 place


class HardQuestion(TypedDict):
    """One of the three hardest questions of a quiz, the hardest first; of those with 10 answers or more."""

    id: str
    n: int  # students counted
    difficulty: float  # mean share of the points, 0–1, as the quiz's own page rounds it: low is hard
    key_looks_wrong: bool


class QuizFigures(TypedDict):
    """One quiz of `CourseStat.quizzes`, by position: published ones and those with attempts, of every type."""

    id: str
    attempts: int
    students: int
    average: float | None  # per cent
    median: float | None  # per cent
    pass_rate: float | None  # per cent
    histogram: Histogram
    median_seconds: int | None  # from start to closing
    hardest: list[HardQuestion]
    key_looks_wrong: list[str]  # ids of all questions whose key looks wrong


class UserTotals(TypedDict):
    """People."""

    total: int
    by_role: dict[str, int]  # every User.Role, erased people left out
    active: int
    inactive: int  # deactivated, not erased
    erased: int


class Totals(TypedDict):
    """`SiteDailyStat.totals`: the whole site at the moment of `refreshed_at`; {} on days before the newest may be."""

    users: UserTotals
    courses: dict[str, int]  # by Course.Status; the bin left out
    lessons: int  # live
    quizzes: int  # offered
    attempts: int  # not voided
    enrollments: dict[str, int]  # by Enrollment.Status
    certificates_issued: int  # standing now
    certificates_revoked: int
    bytes_files: int
    bytes_pdfs: int
