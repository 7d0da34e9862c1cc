"""Every number, against one that was worked out by hand."""

from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from analytics import figures, services
from analytics.models import CourseDailyStat, CourseStat, SiteDailyStat
from analytics.shapes import LessonFigures, QuizFigures, Totals
from analytics.tests.factories import EMPTY_TOTALS
from analytics.tests.world import NOW, at, attempt, kept_world, lesson_row
from courses.tests.factories import CourseFactory, LessonFactory
from enrollments.models import LessonProgress
from enrollments.services import enrollment_figures
from quizzes.models import Attempt
from quizzes.services import quiz_averages, quiz_statistics


@pytest.fixture(scope="module")
def kept(django_db_setup, django_db_blocker):
    with kept_world(django_db_blocker) as world:
        yield world


@pytest.fixture
def world(kept, db):
    with time_machine.travel(NOW, tick=False):
        yield deepcopy(kept)


OPTICS = {
    "enrollments": 3, "active": 1, "completed": 1, "dropped": 1, "suspended": 0, "expired": 0,
    "completion_rate": Decimal("33.33"), "average_progress": Decimal("50.00"),
    "average_time_seconds": Decimal("800.00"), "total_time_seconds": 2400,
    "average_days_to_complete": Decimal("9.50"), "active_1": 1, "active_7": 1, "active_30": 2,
    "average_minutes_per_active_day": Decimal("13.3"), "quiz_attempts": 7,
    "average_quiz_score": Decimal("65.00"), "quiz_pass_rate": Decimal("75.00"),
    "dropout_rate": Decimal("33.33"), "at_risk_count": 0, "certificates": 1,
    "progress_histogram": [1, 0, 0, 0, 0, 1, 0, 0, 0, 1],
}  # fmt: skip
LENSES = {
    "enrollments": 3, "active": 1, "completed": 0, "dropped": 0, "suspended": 1, "expired": 1,
    "completion_rate": Decimal("0.00"), "average_progress": Decimal("5.00"),
    "average_time_seconds": Decimal("0.00"), "total_time_seconds": 0, "average_days_to_complete": None,
    "active_1": 0, "active_7": 0, "active_30": 0, "average_minutes_per_active_day": None, "quiz_attempts": 0,
    "average_quiz_score": None, "quiz_pass_rate": None, "dropout_rate": Decimal("100.00"), "at_risk_count": 1,
    "certificates": 0, "progress_histogram": [3, 0, 0, 0, 0, 0, 0, 0, 0, 0], "quizzes": [],
}  # fmt: skip
DAYS = {  # of Optics
    (1, 1): {"enrollments": 1},
    (1, 20): {"drops": 1},
    (2, 1): {"enrollments": 1},
    (2, 2): {"active_students": 1, "time_spent_seconds": 300, "lessons_completed": 1},
    (2, 10): {"enrollments": 1, "active_students": 1, "time_spent_seconds": 1800, "lessons_completed": 2},
    (2, 12): {"active_students": 1, "quiz_attempts": 3, "quiz_passes": 2},
    (2, 13): {"active_students": 1},  # what was voided was sat all the same
    (2, 20): {"completions": 1, "lessons_completed": 1},
    (3, 8): {"active_students": 1, "quiz_attempts": 2, "quiz_passes": 1},
    (3, 9): {"active_students": 1, "time_spent_seconds": 300, "quiz_attempts": 2},
    (3, 10): {"active_students": 1},
}
SITE = {  # new people, new enrollments, completions, certificates, active on the day, in 7, in 30 days
    (1, 1): (5, 1, 0, 0, 0, 0, 0),
    (2, 1): (0, 2, 0, 0, 0, 0, 0),
    (2, 2): (0, 0, 0, 0, 1, 1, 1),
    (2, 10): (0, 1, 0, 0, 1, 1, 2),
    (2, 12): (0, 0, 0, 0, 1, 1, 2),
    (2, 13): (0, 0, 0, 0, 1, 1, 2),
    (2, 20): (0, 1, 1, 0, 0, 0, 2),
    (2, 21): (0, 0, 0, 1, 0, 0, 2),
    (3, 1): (0, 1, 0, 0, 0, 0, 2),
    (3, 8): (0, 0, 0, 0, 1, 1, 2),
    (3, 9): (0, 0, 0, 0, 1, 1, 2),
    (3, 10): (0, 0, 0, 0, 1, 1, 2),
}


def columns(course):
    return figures.course_figures(course.pk, timezone.now())


def test_course_figures(world):
    for course, expected in ((world.optics, OPTICS), (world.lenses, LENSES)):
        found = columns(course)
        assert {name: found[name] for name in expected} == expected
        assert {field.name for field in CourseStat._meta.concrete_fields} - set(found) == {
            "id", "course", "leaderboard_enabled", "refreshed_at", "lease_until",
        }  # fmt: skip


def test_figures_of_lessons_and_quizzes(world):
    found = columns(world.optics)
    one, two, three = found["lessons"]
    assert [row["id"] for row in found["lessons"]] == [str(lesson.pk) for lesson in world.lessons]
    assert set(one) == set(LessonFigures.__annotations__)
    names = ("started", "completed", "completion_rate", "reach", "drop_off", "average_minutes",
             "average_completion_minutes", "total_minutes")  # fmt: skip
    assert [one[name] for name in names] == [2, 2, 100, 66.67, 0, 10, 10, 20]
    assert [two[name] for name in names] == [2, 1, 50, 66.67, 50, 10, 15, 20]
    assert [three[name] for name in names] == [1, 1, 100, 33.33, None, None, 0, 0]
    empty = columns(world.lenses)["lessons"][0]
    assert [empty[name] for name in names] == [0, 0, None, 0, None, None, None, 0]

    graded = found["quizzes"][0]
    assert set(graded) == set(QuizFigures.__annotations__)
    theirs = quiz_statistics(world.quizzes[0])
    assert (graded["attempts"], graded["students"], graded["average"], graded["median"]) == (3, 2, 80, 80)
    assert graded["histogram"] == list(theirs.histogram) == [0, 0, 0, 0, 0, 0, 0, 1, 0, 1]
    assert (graded["pass_rate"], graded["median_seconds"]) == (100, 600) and graded["hardest"] == []


def test_days_of_a_course_and_their_sums(world):
    found = figures.daily_figures(world.optics.pk, None, None)
    blank = dict.fromkeys(figures.FACTS, 0)
    assert found == {date(2026, *day): {**blank, **facts} for day, facts in DAYS.items()}
    for name in ("quiz_attempts", "enrollments"):
        assert sum(day[name] for day in found.values()) == OPTICS[name]
    assert sum(day["time_spent_seconds"] for day in found.values()) == OPTICS["total_time_seconds"]
    part = figures.daily_figures(world.optics.pk, date(2026, 2, 10), date(2026, 2, 13))
    assert part == {
        day: facts for day, facts in found.items() if date(2026, 2, 10) <= day <= date(2026, 2, 13)
    }


def test_days_of_the_site_and_its_totals(world):
    found = figures.daily_site_figures(None, NOW.date())
    assert {(day.month, day.day): tuple(facts.values()) for day, facts in found.items()} == SITE
    part = figures.daily_site_figures(date(2026, 2, 20), NOW.date())
    assert part == {day: facts for day, facts in found.items() if day >= date(2026, 2, 20)}
    totals = figures.site_totals()
    assert set(totals) == set(Totals.__annotations__) == set(EMPTY_TOTALS)
    assert totals["users"] == {
        "total": 5, "by_role": {"student": 3, "instructor": 2, "admin": 0}, "active": 5, "inactive": 0, "erased": 0,
    }  # fmt: skip
    assert totals["enrollments"] == {"active": 2, "completed": 1, "dropped": 1, "suspended": 1, "expired": 1}
    assert (totals["lessons"], totals["quizzes"], totals["attempts"], totals["certificates_issued"]) == (
        6,
        3,
        8,
        1,
    )


def test_apps_below_say_the_same(world):
    found, theirs = columns(world.optics), enrollment_figures(world.optics.pk)
    assert (found["enrollments"], found["completion_rate"], found["average_progress"]) == (
        theirs.total, theirs.completion_rate, theirs.mean_progress,
    )  # fmt: skip
    averages = quiz_averages([world.salma, world.karim, world.omar])
    assert list(averages.values()) == [Decimal("35.00"), Decimal("95.00"), None]


def test_more_attempts_move_no_other_figure(world):
    before = columns(world.optics)
    Attempt.objects.bulk_create(
        attempt(one.quiz, one.enrollment, one.number + 10, one.percentage, one.submitted_at)
        for one in Attempt.objects.filter(status="graded")
    )
    after = columns(world.optics)
    assert (before["quiz_attempts"], after["quiz_attempts"]) == (7, 14)
    for name in set(before) - {"quiz_attempts", "quizzes"}:
        assert before[name] == after[name], name


def test_more_lessons_move_no_other_figure(world):
    before = columns(world.optics)
    more = [LessonFactory(module=world.lessons[0].module) for _lesson in range(3)]
    LessonProgress.objects.bulk_create(
        lesson_row(row, lesson, at(2, 20), 500) for row in (world.salma, world.karim) for lesson in more
    )
    after = columns(world.optics)
    assert [row["started"] for row in after["lessons"]] == [2, 2, 1, 2, 2, 2]
    for name in set(before) - {"lessons"}:
        assert before[name] == after[name], name


def test_a_course_without_anybody_has_nulls_and_zeros(world):
    empty = CourseFactory(modules=1)
    assert services.refresh_course(empty.pk)
    stat = CourseStat.objects.get(course=empty)
    assert stat.enrollments == stat.total_time_seconds == 0
    assert (
        stat.completion_rate
        is stat.average_progress
        is stat.dropout_rate
        is stat.average_time_seconds
        is None
    )
    assert not CourseDailyStat.objects.exists()


@pytest.mark.parametrize("zone, day", [("UTC", 29), ("Africa/Cairo", 29), ("Pacific/Kiritimati", 30)])
def test_a_day_is_the_sites_for_facts_and_the_students_for_study(world, settings, zone, day):
    """29 March 2026: a night on which Europe's clocks go forward."""
    settings.DEFAULT_TIME_ZONE = zone
    Attempt.objects.filter(quiz=world.quizzes[1], enrollment=world.karim).update(
        submitted_at=at(3, 29, 21), started_at=at(3, 29, 20, 50)
    )
    found = figures.daily_figures(world.optics.pk, date(2026, 3, 28), None)
    assert {day.day: facts["quiz_attempts"] for day, facts in found.items()} == {day: 1}
    studied = figures.daily_figures(world.optics.pk, date(2026, 3, 9), date(2026, 3, 9))
    assert studied[date(2026, 3, 9)]["time_spent_seconds"] == 300


def test_the_night_of_a_clock_change_belongs_to_its_days_once(world, settings):
    settings.DEFAULT_TIME_ZONE = "Europe/Berlin"  # 29 March 2026 has 23 hours, 25 October 25
    for month, first in ((3, at(3, 28, 23)), (10, at(10, 24, 22))):
        last = at(month, first.day + 1, 22 if month == 3 else 23)
        moments = [first - timedelta(seconds=1), first, last - timedelta(seconds=1), last]
        rows = list(Attempt.objects.filter(status="graded")[:4])
        for row, moment in zip(rows, moments, strict=True):
            Attempt.objects.filter(pk=row.pk).update(started_at=moment, submitted_at=moment)
        days = [date(2026, month, first.day + n) for n in range(3)]
        found = figures.daily_figures(world.optics.pk, days[0], days[2])
        assert [found[day]["quiz_attempts"] for day in days] == [1, 2, 1]
        for number, day in enumerate(days):
            assert figures.daily_figures(world.optics.pk, day, day)[day]["quiz_attempts"] == [1, 2, 1][number]


def test_refreshed_rows_hold_the_figures(world):
    assert services.refresh_changed()
    for course, expected in ((world.optics, OPTICS), (world.lenses, LENSES)):
        stat = CourseStat.objects.get(course=course)
        assert {name: getattr(stat, name) for name in expected} == expected
        assert stat.refreshed_at == NOW and stat.lease_until is None
    rows = {
        (row.date.month, row.date.day): row for row in CourseDailyStat.objects.filter(course=world.optics)
    }
    assert set(rows) == set(DAYS)
    for day, facts in DAYS.items():
        assert {name: getattr(rows[day], name) for name in facts} == facts
    assert {(row.date.month, row.date.day) for row in SiteDailyStat.objects.all()} == set(SITE)
    newest = SiteDailyStat.objects.latest("date")
    assert newest.totals["attempts"] == 8 and (newest.active_users_1, newest.active_users_30) == (1, 2)
    assert list(services.check_course(world.optics.pk)) == list(services.check_site()) == []
