"""What other pages show of a student's figures."""

from __future__ import annotations

from typing import Any

from django import template

from analytics.models import CourseStat
from analytics.pictures_of_study import minutes_chart
from analytics.readers.study import Study
from courses.models import Course

register = template.Library()


@register.inclusion_tag("analytics/_activity.html")
def recent_activity(user: Any) -> dict[str, Any]:
    """The person's last 30 days and streak, live, in their own days (two queries)."""
    study = Study(user)
    days = study.time()
    return {
        "streak": study.streak,
        "days_active": sum(day.is_active for day in days),
        "minutes": int(sum(day.minutes for day in days)),
        "chart": minutes_chart("activity", days),
    }


@register.inclusion_tag("analytics/_leaderboard_link.html")
def leaderboard_link(course: Course) -> dict[str, Any]:
    """A line that leads to the course's leaderboard, nothing while it is off (one query)."""
    is_on = CourseStat.objects.filter(course=course, leaderboard_enabled=True).exists()
    return {"course": course, "is_on": is_on}
