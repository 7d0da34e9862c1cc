"""What the admin opens with: own courses for a teacher, the site for an admin."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from analytics import pictures
from analytics.days import site_today
from analytics.ranges import DEFAULT_DAYS, last_days
from analytics.readers import site
from analytics.readers.teaching import teaching
from analytics.services import freshen_site

SHOWN_COURSES = 12
SHOWN_ROWS = 5


def teacher_dashboard(person: User) -> dict[str, Any]:
    """Return tiles, courses with the small picture of where students stop, newest enrollments and reviews."""
    freshen_site(site.refreshed_at())
    figures = teaching(person)
    rows = figures["courses"]
    for row in rows[:SHOWN_COURSES]:
        row["picture"] = pictures.reach_line(f"reach-{row['id']}", row["reach"], len(row["reach"]))
    return {"figures": figures, "rows": rows[:SHOWN_COURSES], "has_more": len(rows) > SHOWN_COURSES}


def site_dashboard() -> dict[str, Any]:
    """Return tiles, growth and trend of 30 days, popular courses, top instructors, and the work behind it all."""
    overview = site.overview()
    freshen_site(overview["refreshed_at"])
    days = site.days(last_days(DEFAULT_DAYS, site_today()))
    return {
        "overview": overview,
        "growth": pictures.new_people(days),
        "trend": pictures.enrollment_trend(days),
        "popular": site.popular_courses(SHOWN_ROWS),
        "teachers": site.top_instructors(SHOWN_ROWS),
        "background": site.background(),
    }
