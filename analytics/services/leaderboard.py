"""Whether a course has a leaderboard."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from accounts.models.audit import record
from analytics.models import CourseStat
from analytics.readers.leaderboard import forget
from courses.models import Course


@transaction.atomic
def set_leaderboard(*, course: Course, enabled: bool, by: User) -> CourseStat:
    """Switch the course's leaderboard on or off; the same again changes nothing and leaves no trace."""
    stat, _made = CourseStat.objects.get_or_create(course=course)
    stat.course = course
    if CourseStat.objects.filter(pk=stat.pk, leaderboard_enabled=not enabled).update(
        leaderboard_enabled=enabled
    ):
        record(by=by, action="analytics.leaderboard", target=course, data={"enabled": [not enabled, enabled]})
        transaction.on_commit(lambda: forget(course.pk))
    stat.leaderboard_enabled = enabled
    return stat
