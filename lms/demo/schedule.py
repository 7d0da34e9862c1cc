"""When somebody of the demo studied: a few lessons in an evening, every few days."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from courses.models import Lesson

LESSONS_A_DAY = 2
HOURS = (7, 13, 18, 19, 20)  # early enough for an evening to end before midnight
UNKNOWN_MINUTES = 6


@dataclass
class Visit:
    """One lesson as it was studied: when it was opened, for how long, and when it was completed, if so."""

    lesson: Lesson
    day_on: date
    started_at: datetime
    seconds: int
    completed_at: datetime | None = None

    @property
    def ended_at(self) -> datetime:
        return self.started_at + timedelta(seconds=self.seconds)


def plan_visits(
    lessons: Sequence[Lesson], *, first: int, last: int, now: datetime, zone: ZoneInfo, seed: str
) -> list[Visit]:
    """Spread lessons over the days from `first` to `last` (days ago, in the person's `zone`).

    The same `seed` gives the same visits on every run of a day.
    """
    if not lessons:
        return []
    chance = random.Random(seed)  # noqa: S311  no secret: it only makes evenings differ
    today = now.astimezone(zone).date()
    wanted = ceil(len(lessons) / LESSONS_A_DAY)
    if first > last and len(lessons) > 1:
        wanted = max(2, wanted)  # the first day and the last one, at least
    count = min(wanted, first - last + 1)
    visits = []
    for number in range(count):
        days_ago = round(first - (first - last) * number / max(1, count - 1))
        share = lessons[len(lessons) * number // count : len(lessons) * (number + 1) // count]
        visits += _evening(share, today - timedelta(days=days_ago), zone, chance)
    return visits


def _evening(lessons: Sequence[Lesson], day: date, zone: ZoneInfo, chance: random.Random) -> list[Visit]:
    opening = time(chance.choice(HOURS), chance.randrange(60), chance.randrange(60))
    moment = datetime.combine(day, opening, zone)
    visits = []
    for lesson in lessons:
        seconds = round((lesson.minutes or UNKNOWN_MINUTES) * 60 * chance.uniform(0.75, 1.4))
        visits.append(Visit(lesson, day, moment, seconds))
        moment += timedelta(seconds=seconds + chance.randrange(20, 150))
    return visits
