"""Keeping the roll-ups: what is touched and what is not, facts that come late, leases, failures, checks."""

from copy import deepcopy
from datetime import date, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.utils import timezone

from analytics import services, tasks
from analytics.exceptions import RefreshedJustNow
from analytics.models import CourseDailyStat, CourseStat, SiteDailyStat
from analytics.services import freshness, moved, refreshing, rounds
from analytics.tests.world import NOW, at, kept_world
from courses.tests.factories import CourseFactory
from enrollments.models import Enrollment, LessonProgress, StudyDay
from enrollments.services import complete_lesson, reset_progress
from quizzes.models import Attempt, Quiz
from quizzes.services import reopen_attempt, restore_attempt, void_attempt

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(scope="module")
def kept(django_db_setup, django_db_blocker):
    with kept_world(django_db_blocker, refreshed=True) as world:
        yield world


@pytest.fixture
def clock():
    with time_machine.travel(NOW + HOUR, tick=False) as traveller:
        yield traveller


@pytest.fixture
def world(kept, db, clock):
    """The world of test_figures, refreshed at noon; the clock stands at one o'clock."""
    return deepcopy(kept)


def rows():
    """Every roll-up as plain values, but for ids and times."""
    skipped = ("id", "refreshed_at", "lease_until", "totals")

    def plain(row):
        return {
            f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if f.name not in skipped
        }

    return [
        [plain(row) for row in model.objects.order_by(*order)]
        for model, order in (
            (CourseStat, ["course_id"]),
            (CourseDailyStat, ["course_id", "date"]),
            (SiteDailyStat, ["date"]),
        )
    ]


def check():
    lines = [line for stat in CourseStat.objects.all() for line in services.check_course(stat.course_id)]
    return lines + list(services.check_site())


def day_of(course, month, day):
    return CourseDailyStat.objects.filter(course=course, date=date(2026, month, day)).first()


def test_nothing_moved_nothing_touched(world, max_queries):
    with max_queries(5):
        assert moved.moved_courses() == []
    assert services.refresh_changed()
    assert set(CourseStat.objects.values_list("refreshed_at", flat=True)) == {NOW}
    assert SiteDailyStat.objects.latest("date").refreshed_at == NOW + HOUR


def test_only_the_course_that_moved_is_touched(world):
    Enrollment.objects.filter(pk=world.omar_lenses.pk).update(
        updated_at=timezone.now(), progress_percentage=20
    )
    assert services.refresh_changed()
    other, changed = (CourseStat.objects.get(course=course) for course in (world.optics, world.lenses))
    assert (other.refreshed_at, changed.refreshed_at) == (NOW, NOW + HOUR)
    assert changed.progress_histogram == [2, 0, 1, 0, 0, 0, 0, 0, 0, 0]
    assert set(
        CourseDailyStat.objects.filter(course=world.optics).values_list("refreshed_at", flat=True)
    ) == {NOW}


@pytest.mark.parametrize("minutes, is_seen", [(4, True), (6, False)])
def test_five_minutes_before_the_refresh_are_looked_at_again(world, minutes, is_seen):
    Enrollment.objects.filter(pk=world.salma.pk).update(updated_at=NOW - timedelta(minutes=minutes))
    assert (world.optics.pk in moved.moved_courses()) == is_seen


@pytest.mark.parametrize("fact", ["attempt", "closed", "graded", "certificate", "quiz", "outline"])
def test_what_enrollments_do_not_see_moves_a_course_too(world, fact):
    now = timezone.now()
    open_one = Attempt.objects.filter(status="in_progress")
    {
        "attempt": lambda: open_one.update(started_at=now),
        "closed": lambda: open_one.update(status="submitted", submitted_at=now),
        "graded": lambda: Attempt.objects.filter(enrollment=world.karim, number=1).update(graded_at=now),
        "certificate": lambda: type(world.karim.certificate).objects.update(issued_at=now),
        "quiz": lambda: Quiz.objects.filter(pk=world.quizzes[0].pk).update(updated_at=now),
        "outline": lambda: (
            type(world.optics).objects.filter(pk=world.optics.pk).update(structure_changed_at=now)
        ),
    }[fact]()
    assert moved.moved_courses() == [world.optics.pk]
    assert services.refresh_changed()
    assert list(services.check_course(world.optics.pk)) == []


def test_late_facts_change_the_day_they_belong_to(world, clock, admin_user):
    first = Attempt.objects.get(quiz=world.quizzes[0], enrollment=world.karim, number=1)
    final = Attempt.objects.get(quiz=world.quizzes[1], enrollment=world.karim, number=1)
    void_attempt(attempt=first, reason="Not alone.", by=admin_user)
    reset_progress(enrollment=world.salma, by=admin_user, reason="Once more.")
    reopen_attempt(attempt=final, minutes=30, reason="The lights went out.", by=admin_user)
    assert services.refresh_changed()
    day = day_of(world.optics, 2, 12)
    assert (day.quiz_attempts, day.quiz_passes, day.active_students) == (1, 0, 1)
    assert day_of(world.optics, 2, 2).lessons_completed == 0
    clock.move_to(NOW + 3 * HOUR)
    Attempt.objects.filter(pk=first.pk).update(layout={"questions": []})
    restore_attempt(attempt=first, reason="It was alone.", by=admin_user)
    assert services.refresh_changed()
    assert day_of(world.optics, 2, 12).quiz_attempts == 2
    CourseStat.objects.update(refreshed_at=timezone.now())  # as if nothing waited: every day is looked at
    clock.move_to(NOW + 4 * HOUR)
    assert [line for line in check() if line.startswith(world.optics.slug + " 2026")] == []


def test_what_the_clock_closed_long_ago_finds_its_day(world, clock):
    open_one = Attempt.objects.filter(status="in_progress")
    open_one.update(
        started_at=at(2, 25), deadline_at=at(2, 25, 13), status="submitted", submitted_by="deadline",
        submitted_at=at(2, 25, 13),
    )  # fmt: skip
    assert services.refresh_changed()
    assert day_of(world.optics, 2, 25).quiz_attempts == day_of(world.optics, 2, 25).active_students == 1


def test_a_day_off_is_caught_up(world, clock):
    for number in (1, 2, 3):
        clock.move_to(NOW + number * DAY)
        StudyDay.objects.create(enrollment=world.salma, day_on=timezone.localdate(), seconds=60)
        Enrollment.objects.filter(pk=world.salma.pk).update(updated_at=timezone.now())
    assert services.refresh_changed()
    assert [day_of(world.optics, 3, day).time_spent_seconds for day in (11, 12, 13)] == [60] * 3
    assert SiteDailyStat.objects.get(date=date(2026, 3, 12)).active_users_1 == 1


def test_people_ahead_of_the_site_and_behind_it_are_counted(world):
    days = (-1, 0, 1)
    StudyDay.objects.bulk_create(
        StudyDay(enrollment=world.karim, day_on=NOW.date() + n * DAY, seconds=30) for n in days
    )
    Enrollment.objects.filter(pk=world.karim.pk).update(updated_at=timezone.now())
    assert services.refresh_changed()
    assert [day_of(world.optics, 3, 10 + n).time_spent_seconds for n in days] == [330, 30, 30]
    assert SiteDailyStat.objects.get(date=date(2026, 3, 11)).active_users_1 == 1
    assert check() == []


def test_hourly_nightly_and_rebuilt_rows_are_the_same(world, clock):
    complete_lesson(enrollment=world.salma, lesson=world.lessons[2], via=LessonProgress.Via.QUIZ)
    assert services.refresh_changed()
    hourly = rows()
    assert services.refresh_nightly()
    assert rows() == hourly
    assert services.rebuild() is None
    assert rows() == hourly
    CourseStat.objects.all().delete()
    CourseDailyStat.objects.all().delete()
    SiteDailyStat.objects.all().delete()
    assert services.rebuild() is None
    assert rows() == hourly


def test_risk_and_dropout_move_by_the_clock_alone(world, clock):
    clock.move_to(NOW + 15 * DAY)
    assert services.refresh_changed()
    stat = CourseStat.objects.get(course=world.optics)
    assert (stat.at_risk_count, stat.active_7) == (0, 1)  # as of the day it moved last
    assert services.refresh_nightly()
    stat.refresh_from_db()
    assert (stat.at_risk_count, stat.active_7, stat.active_30) == (1, 0, 1)


def test_the_switch_of_the_leaderboard_is_left_alone(world):
    CourseStat.objects.update(leaderboard_enabled=True)
    assert services.refresh_course(world.lenses.pk, services.Scope(everything=True))
    assert set(CourseStat.objects.values_list("leaderboard_enabled", flat=True)) == {True}


def test_who_has_the_lease_is_left_to_it(world, clock):
    now = timezone.now()
    CourseStat.objects.update(lease_until=now + timedelta(minutes=9))
    assert services.refresh_course(world.optics.pk) is False
    assert CourseStat.objects.get(course=world.optics).refreshed_at == NOW
    clock.move_to(now + timedelta(minutes=10))  # whoever had it was killed
    assert services.refresh_course(world.optics.pk) is True
    assert CourseStat.objects.get(course=world.optics).lease_until is None


def test_who_lost_the_lease_writes_nothing(world, monkeypatch):
    read = refreshing.read_days

    def slow(*args):
        CourseStat.objects.update(
            lease_until=timezone.now() + HOUR
        )  # ten minutes passed, somebody else took it
        return read(*args)

    monkeypatch.setattr(refreshing, "read_days", slow)
    before = rows()
    LessonProgress.objects.all().update(time_spent_seconds=1)
    assert services.refresh_course(world.optics.pk) is False
    assert rows() == before and CourseStat.objects.get(course=world.optics).lease_until is not None


def test_a_course_that_fails_stops_no_other(world, monkeypatch, caplog):
    Enrollment.objects.update(updated_at=timezone.now())
    figures = refreshing.course_figures

    def broken(course_id, now):
        if course_id == world.optics.pk:
            raise ZeroDivisionError
        return figures(course_id, now)

    monkeypatch.setattr(refreshing, "course_figures", broken)
    assert services.refresh_changed()
    other, good = (CourseStat.objects.get(course=course) for course in (world.optics, world.lenses))
    assert (other.refreshed_at, other.lease_until) == (NOW, None) and good.refreshed_at == NOW + HOUR
    assert SiteDailyStat.objects.latest("date").refreshed_at == NOW + HOUR


def test_check_finds_planted_errors_and_writes_nothing(world):
    name, day = world.optics.slug, date(2026, 2, 10)
    CourseStat.objects.filter(course=world.optics).update(at_risk_count=7)
    CourseDailyStat.objects.filter(course=world.optics, date=day).update(lessons_completed=9)
    SiteDailyStat.objects.filter(date=day).update(active_users_30=9)
    lines = [
        f"{name}: at_risk_count 7 stored, 0 counted",
        f"{name} {day}: lessons_completed 9 stored, 2 counted",
        f"site {day}: active_users_30 9 stored, 2 counted",
    ]
    before, out = rows(), StringIO()
    with pytest.raises(SystemExit) as stop:
        call_command("rebuild_analytics", check=True, stdout=out)
    assert stop.value.code == 1
    assert sorted(out.getvalue().splitlines()) == sorted([*lines, "3 differences found."])
    assert rows() == before
    out = StringIO()
    call_command("rebuild_analytics", stdout=out)
    assert sorted(out.getvalue().splitlines()) == sorted([*lines, "3 differences found and written anew."])
    out = StringIO()
    call_command("rebuild_analytics", check=True, stdout=out)
    assert out.getvalue() == "Everything agrees with the ledgers.\n"


def test_rebuild_of_one_course_from_a_day_removes_days_without_facts(world):
    out = StringIO()
    for day in (date(2026, 1, 5), date(2026, 2, 5)):
        CourseDailyStat.objects.create(course=world.optics, date=day, drops=1, refreshed_at=NOW)
    call_command("rebuild_analytics", course=world.optics.slug, first="2026-02-01", stdout=out)
    assert f"{world.optics.slug} 2026-02-05: a row stored, nothing happened" in out.getvalue()
    assert day_of(world.optics, 2, 5) is None and day_of(world.optics, 1, 5) is not None
    for wrong in ({"course": "nowhere"}, {"first": "yesterday"}):
        with pytest.raises(CommandError):
            call_command("rebuild_analytics", stdout=out, **wrong)


def test_check_leaves_out_what_waits_for_its_refresh(world):
    StudyDay.objects.create(enrollment=world.salma, day_on=NOW.date(), seconds=60)
    Enrollment.objects.filter(pk=world.salma.pk).update(updated_at=timezone.now(), time_spent_seconds=660)
    assert check() == []
    CourseDailyStat.objects.filter(course=world.optics, date=date(2026, 2, 10)).update(completions=4)
    assert check() == [f"{world.optics.slug} 2026-02-10: completions 4 stored, 0 counted"]


def test_a_round_that_runs_out_of_time_goes_on_where_it_stopped(world):
    Enrollment.objects.update(updated_at=timezone.now())
    assert services.refresh_changed(seconds=-1) is False
    began = timezone.now()
    assert services.refresh_nightly(before=began, seconds=-1) is False
    came_to = services.rebuild(seconds=-1)
    assert came_to == min(world.optics.pk, world.lenses.pk)
    assert services.rebuild(after=came_to, seconds=-1) == max(world.optics.pk, world.lenses.pk)
    assert services.rebuild(after=max(world.optics.pk, world.lenses.pk), seconds=-1) is None


def test_tasks_wake_themselves_for_the_rest(world, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(tasks, "SECONDS", -1)
    Enrollment.objects.update(updated_at=timezone.now())
    woken = []
    monkeypatch.setattr(tasks, "wake", lambda *call: woken.append(call))
    tasks.refresh_changed()
    tasks.refresh_nightly()
    tasks.rebuild_analytics()
    first = str(min(world.optics.pk, world.lenses.pk))
    assert woken == [
        ("analytics.refresh_changed", timezone.now().isoformat()),
        ("analytics.refresh_nightly", timezone.now().isoformat()),
        ("analytics.rebuild_analytics", first),
    ]
    tasks.refresh_changed((timezone.now() - timedelta(minutes=51)).isoformat())  # comes to no end: it stops
    assert len(woken) == 3
    monkeypatch.setattr(tasks, "SECONDS", 60)
    tasks.refresh_nightly(timezone.now().isoformat())
    tasks.rebuild_analytics(first)
    tasks.refresh_course(first)
    assert len(woken) == 3 and check() == []


def test_old_figures_wake_a_refresh_or_are_refreshed_in_place(
    world, clock, settings, monkeypatch, max_queries
):
    stat = CourseStat.objects.select_related("course").get(course=world.optics)
    clock.move_to(NOW + timedelta(minutes=65))
    with max_queries(0):
        assert services.freshen(stat).refreshed_at == NOW
    clock.move_to(NOW + timedelta(minutes=66))
    woken = []
    monkeypatch.setattr(freshness, "wake", lambda *call: woken.append(call))
    monkeypatch.setattr(freshness, "IN_PLACE", 2)
    settings.REDIS_URL = ""
    services.freshen(stat)
    settings.REDIS_URL = "redis://somewhere"
    services.freshen(stat)
    assert woken == [("analytics.refresh_course", world.optics.pk)]  # once a minute
    monkeypatch.setattr(freshness, "IN_PLACE", 3)
    settings.REDIS_URL = ""
    assert services.freshen(stat).refreshed_at == timezone.now() and stat.enrollments == 3
    fresh = CourseStat.objects.create(course=CourseFactory(modules=1))
    assert services.freshen(fresh).progress_histogram == [0] * 10


def test_an_old_site_wakes_the_hourly_round_once_a_minute(clock, monkeypatch):
    woken = []
    monkeypatch.setattr(freshness, "wake", lambda *call: woken.append(call))
    services.freshen_site(timezone.now() - timedelta(minutes=65))
    assert woken == []
    services.freshen_site(timezone.now() - timedelta(minutes=66))
    services.freshen_site(None)
    assert woken == [("analytics.refresh_changed",)]
    cache.clear()
    services.freshen_site(None)
    assert len(woken) == 2


def test_refresh_now_once_a_minute_a_course(world, clock, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        services.refresh_now(world.optics)
    assert CourseStat.objects.get(course=world.optics).refreshed_at == timezone.now()
    with pytest.raises(RefreshedJustNow) as refusal:
        services.refresh_now(world.optics)
    assert refusal.value.status == 429 and refusal.value.headers == {"Retry-After": "60"}
    with django_capture_on_commit_callbacks(execute=True):
        services.refresh_now(world.lenses)  # its own minute


def test_two_refreshes_of_the_site_leave_the_later_reading(world, clock):
    later = SiteDailyStat.objects.latest("date")
    SiteDailyStat.objects.filter(pk=later.pk).update(refreshed_at=NOW + 5 * HOUR, new_users=77)
    services.refresh_site()
    later.refresh_from_db()
    assert (later.new_users, later.refreshed_at) == (77, NOW + 5 * HOUR)
    assert rounds.rebuild_site() is not None
