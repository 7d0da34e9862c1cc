"""Risk, level, estimate, streak: what each says at its borders, for a row and for a query."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import product
from zoneinfo import ZoneInfo

import pytest
import time_machine

from accounts.tests.factories import UserFactory
from analytics import activity, risk, rounding
from analytics.standing import Level, estimated_completion, level_of
from courses.tests.factories import CourseFactory
from enrollments.models import Enrollment, StudyDay
from quizzes.tests.factories import AttemptFactory, QuizFactory

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
UTC_ZONE = ZoneInfo("UTC")


def row(progress=0, enrolled=30, seen=None, access=None, started=None, status="active"):
    """An enrollment, not saved; all times in days before now, `access` in days from enrolling."""

    def ago(days):
        return None if days is None else NOW - days * DAY

    at = ago(enrolled)
    return Enrollment(
        status=status, progress_percentage=Decimal(str(progress)), enrolled_at=at, last_accessed_at=ago(seen),
        started_at=ago(started), expires_at=None if access is None else at + access * DAY,
    )  # fmt: skip


def kinds(enrollment):
    return [found.kind for found in risk.risks_of(enrollment, now=NOW)]


@pytest.mark.parametrize(
    "facts, expected",
    [
        ({"seen": 14, "progress": 50}, []),
        ({"seen": 14.001, "progress": 50}, ["inactive"]),
        ({"seen": None, "progress": 50, "enrolled": 14}, []),
        ({"seen": None, "progress": 50, "enrolled": 14.001}, ["inactive"]),
        ({"seen": 1, "progress": 9.99, "enrolled": 14.001}, ["behind"]),
        ({"seen": 1, "progress": 10, "enrolled": 14.001}, []),
        ({"seen": 1, "progress": 9.99, "enrolled": 14}, []),
        ({"seen": 1, "progress": 25, "enrolled": 10, "access": 20}, ["behind"]),  # half of it used
        ({"seen": 1, "progress": 25.01, "enrolled": 10, "access": 20}, []),
        ({"seen": 1, "progress": 0, "enrolled": 6.999, "access": 10}, []),
        ({"seen": 1, "progress": 0, "enrolled": 7, "access": 28}, ["behind"]),
        ({"seen": 1, "progress": 5, "enrolled": 20, "access": 1000}, []),  # the other rule is for no end
        ({"seen": 20, "progress": 0, "enrolled": 20}, ["inactive", "behind"]),
        (
            {"seen": 1, "progress": 75, "enrolled": 30, "access": 20},
            ["behind"],
        ),  # past its end, not yet expired
        ({"seen": 20, "progress": 0, "enrolled": 20, "status": "suspended"}, []),
    ],
)
def test_who_is_at_risk(facts, expected):
    assert kinds(row(**facts)) == expected


def test_each_risk_says_why():
    (silent, late) = risk.risks_of(row(seen=20, progress=4.5, enrolled=25), now=NOW)
    assert silent.sentence == "Not seen for 20 days."
    assert late.sentence == "4% done, 25 days after enrolling."
    (never, _late) = risk.risks_of(row(enrolled=15), now=NOW)
    assert never.sentence == "Enrolled 15 days ago and never seen."
    (behind,) = risk.risks_of(row(seen=0, progress=10, enrolled=15, access=20), now=NOW)
    assert behind.sentence == "75% of the time of access is over, 10% of the course done."


@pytest.mark.django_db
def test_query_and_row_agree_on_who_is_at_risk():
    course = CourseFactory()
    grid = product((0, 9.99, 10, 25, 60), (6.9, 7, 10, 14, 15), (None, 1, 14.1), (None, 8, 20, 40))
    grid = [facts for facts in grid if facts[2] is None or facts[2] <= facts[1]]
    people = UserFactory.create_batch(len(grid), password=None)
    rows = [
        row(progress, enrolled, seen, access, status="suspended" if n % 11 == 0 else "active")
        for n, (progress, enrolled, seen, access) in enumerate(grid)
    ]
    for enrollment, person in zip(rows, people, strict=True):
        enrollment.course, enrollment.student = course, person
    Enrollment.objects.bulk_create(rows)
    for kind in (risk.INACTIVE, risk.BEHIND, risk.ANY):
        found = set(risk.at_risk(Enrollment.objects.all(), kind, now=NOW).values_list("pk", flat=True))
        assert found == {one.pk for one in rows if (kinds(one) if kind == risk.ANY else kind in kinds(one))}
        assert 0 < len(found) < len(rows)
    silent = list(risk.with_seen_at(Enrollment.objects.all()))
    assert [one.seen_at for one in silent] == sorted(one.last_accessed_at or one.enrolled_at for one in rows)


@pytest.mark.parametrize(
    "progress, average, enrolled, expected",
    [
        (80, 70, 30, Level.EXCELLENT),
        (80, None, 30, Level.EXCELLENT),
        (80, 69.99, 30, Level.GOOD),
        (79.99, 100, 30, Level.GOOD),
        (50, 50, 30, Level.GOOD),
        (50, None, 30, Level.GOOD),
        (100, 49.99, 30, Level.NEEDS_IMPROVEMENT),
        (49.99, None, 7, Level.NEEDS_IMPROVEMENT),
        (0, 0, 30, Level.NEEDS_IMPROVEMENT),
        (49.99, 100, 6.99, None),
        (50, None, 0, Level.GOOD),
        (60, 0, 1, Level.NEEDS_IMPROVEMENT),
    ],
)
def test_level(progress, average, enrolled, expected):
    average = average if average is None else Decimal(str(average))
    assert level_of(row(progress, enrolled), average, now=NOW) == expected


@pytest.mark.parametrize(
    "facts, days",
    [
        ({"progress": 50, "started": 10}, 10),
        ({"progress": 40, "started": 10}, 15),
        ({"progress": 33.33, "started": 10}, 21),  # 20.003 days
        ({"progress": 99.99, "started": 1}, 1),
        ({"progress": 50, "started": 0.999}, None),
        ({"progress": 0, "started": 10}, None),
        ({"progress": 100, "started": 10}, None),
        ({"progress": 50, "started": 20, "seen": 14}, 20),
        ({"progress": 50, "started": 20, "seen": 14.001}, None),
        ({"progress": 50, "started": 20, "seen": None}, None),
        ({"progress": 50, "started": None}, None),
        ({"progress": 50, "started": 730, "enrolled": 800}, 730),
        ({"progress": 50, "started": 730.5, "enrolled": 800}, None),
        ({"progress": 50, "started": 10, "status": "suspended"}, None),
    ],
)
def test_estimated_completion(facts, days):
    found = estimated_completion(row(**{"seen": 0, **facts}), UTC_ZONE, now=NOW)
    assert (found and found.on) == (days and NOW.date() + days * DAY)


def test_estimate_counts_from_the_students_day_and_says_when_access_ends_before_it():
    zone = ZoneInfo("Pacific/Kiritimati")
    found = estimated_completion(row(50, started=10, seen=0, access=39), zone, now=NOW)
    assert (found.on, found.is_after_access) == (date(2026, 3, 21), True)
    found = estimated_completion(row(50, started=10, seen=0, access=40), zone, now=NOW)
    assert not found.is_after_access


TODAY = date(2026, 3, 10)


@pytest.mark.parametrize(
    "ago, current, longest",
    [
        ([], 0, 0),
        ([0], 1, 1),
        ([1, 2], 2, 2),  # today has none yet
        ([2, 3, 4], 0, 3),
        ([0, 1, 2, 4, 5, 6, 7], 3, 4),
        (range(366), 366, 366),
    ],
)
def test_streak(ago, current, longest):
    assert activity.streak_of({TODAY - n * DAY for n in ago}, TODAY) == activity.Streak(current, longest)


@pytest.mark.django_db
def test_own_days_are_those_of_the_person_and_hold_attempts_too():
    quiz = QuizFactory(questions=1)
    with time_machine.travel(datetime(2026, 3, 9, 23, 30, tzinfo=UTC), tick=False):
        attempt = AttemptFactory(quiz=quiz, answers="right")
    StudyDay.objects.bulk_create(
        StudyDay(enrollment=attempt.enrollment, day_on=TODAY - n * DAY) for n in (0, 3, 365, 366, -1)
    )
    mine = Enrollment.objects.filter(student=attempt.enrollment.student)
    known = {TODAY - n * DAY for n in (0, 3, 365)}
    assert activity.own_active_days(mine, UTC_ZONE, today=TODAY) == known | {TODAY - DAY}
    assert activity.own_active_days(mine, ZoneInfo("Africa/Cairo"), today=TODAY) == known
    Enrollment.objects.update(status="dropped", dropped_at=NOW)
    assert activity.own_active_days(mine, UTC_ZONE, today=TODAY) == known | {TODAY - DAY}
    assert activity.own_active_days(mine.none(), UTC_ZONE, today=TODAY) == set()


def test_distinct_people_of_1_7_and_30_days():
    days = [TODAY + n * DAY for n in range(31)]
    weeks = TODAY + 6 * DAY, TODAY + 7 * DAY, TODAY + 30 * DAY
    a, b = {(TODAY, weeks[0]): 1, (weeks[0], None): 1}, {(TODAY, weeks[2]): 1, (weeks[2], None): 1}
    spans = a | b | {(weeks[1], None): 1}
    found = dict(zip(days, activity.distinct_people(spans, days), strict=True))
    assert found[TODAY] == (2, 2, 2)
    assert found[TODAY + 6 * DAY] == (1, 2, 2)
    assert found[TODAY + 7 * DAY] == (1, 2, 3)
    assert found[TODAY + 29 * DAY] == (0, 0, 3)
    assert found[TODAY + 30 * DAY] == (1, 1, 3)


def test_rounding_is_half_up_and_no_data_stays_none():
    assert rounding.share(1, 8) == Decimal("12.50")
    assert rounding.rounded(Decimal("0.125")) == Decimal("0.13")
    assert rounding.rounded(Fraction(1, 800)) == Decimal("0.00") and rounding.rounded(
        Fraction(1, 200)
    ) == Decimal("0.01")
    assert rounding.mean(Decimal("2.01"), 2) == Decimal("1.01") and rounding.mean(5, 0) is None
    assert rounding.in_minutes(63) == Decimal("1.1") and rounding.in_hours(18) == Decimal("0.01")
    assert rounding.in_hours(None) is None and rounding.share(0, 5) == 0
