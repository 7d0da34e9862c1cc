"""The charts of a student's own pages."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.readers.study import TimeOfDay
from lms.lib.charts import Chart, Point, bar_chart
from lms.lib.figures import duration


def minutes_chart(id: str, days: Sequence[TimeOfDay]) -> Chart:
    """Return the minutes studied on each day; the sentence says on how many of them the student was active."""
    points = [
        Point(
            date_format(day.date), day.minutes, short=date_format(day.date, "j M"), is_partial=day.is_partial
        )
        for day in days
    ]
    return bar_chart(id, _("Minutes a day"), points, summary=tell(days), heads=(_("Day"), _("Minutes")))


def tell(days: Sequence[TimeOfDay]) -> str:
    """Return one sentence about some days of study."""
    active = sum(day.is_active for day in days)
    if not active:
        return _("Nothing yet. One lesson is enough to begin.")
    minutes = int(sum(day.minutes for day in days))
    words = ngettext("Active on %(count)d day", "Active on %(count)d days", active) % {"count": active}
    if not minutes:
        return _("%(days)s.") % {"days": words}
    return _("%(days)s, %(time)s in all.") % {"days": words, "time": duration(minutes)}
