"""The charts of the staff's pages, drawn from what the readers say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.rounding import in_hours
from analytics.shapes import BARS
from lms.lib.charts import Chart, Point, Series, Stage, bar_chart, funnel, histogram, line_chart, sparkline
from lms.lib.errors import Text
from lms.lib.figures import number, percent

Entries = Sequence[Mapping[str, Any]]
WIDTH = 100 // BARS  # per cent


def lines(id: str, title: Text, entries: Entries, names: Mapping[str, Text], *, level: int = 3) -> Chart:
    """Return one to three columns of a series of days as lines; `names` says what each is called."""
    series = [Series(name, points(entries, key)) for key, name in names.items()]
    return line_chart(id, title, series, level=level)


def bars(id: str, title: Text, entries: Entries, key: str, summary: Text = "", *, level: int = 3) -> Chart:
    """Return one column of a series of days as bars."""
    return bar_chart(id, title, points(entries, key), summary=summary, level=level)


def points(entries: Entries, key: str) -> list[Point]:
    """Return one column of a series of days (or weeks, months, with an `until`)."""
    return [
        Point(_span(entry), entry[key], short=_short(entry["date"]), is_partial=entry["is_partial"])
        for entry in entries
    ]


def _span(entry: Mapping[str, Any]) -> str:
    first, last = entry["date"], entry.get("until", entry["date"])
    if first == last:
        return date_format(first, "DATE_FORMAT")
    return f"{date_format(first, 'DATE_FORMAT')} – {date_format(last, 'DATE_FORMAT')}"


def _short(day: date) -> str:
    return date_format(day, "j M")


def new_people(entries: Entries) -> Chart:
    """Return the growth of the site: new people by day, and in words how many there are."""
    new = sum(entry["new_users"] for entry in entries)
    total = entries[-1]["total_users"]
    text = ngettext("%(new)s new person, %(total)s in all.", "%(new)s new people, %(total)s in all.", new)
    words = text % {"new": number(new), "total": number(total)}
    return bars("growth", _("New people"), entries, "new_users", words, level=2)


def enrollment_trend(entries: Entries) -> Chart:
    """Return what began and ended on the site by day."""
    names = {
        "new_enrollments": _("New enrollments"),
        "completions": _("Completions"),
        "certificates": _("Certificates"),
    }
    return lines("enrollment-trend", _("Enrollments"), entries, names, level=2)


def course_trend(entries: Entries) -> list[Chart]:
    """Return a course over time, one chart for each kind of fact."""
    came = {"enrollments": _("New enrollments"), "completions": _("Completions"), "drops": _("Drops")}
    learned = {
        "lessons_completed": _("Lessons completed"),
        "quiz_attempts": _("Quiz attempts"),
        "quiz_passes": _("Passed"),
    }
    return [
        lines("came", _("Who came and who finished"), entries, came),
        _all_enrollments(entries),
        _active_students(entries),
        lines("learned", _("What was learned"), entries, learned),
        _hours(entries),
    ]


def _active_students(entries: Entries) -> Chart:
    most = max(entry["active_students"] for entry in entries)
    words = ngettext("At most %(most)s student on a day.", "At most %(most)s students on a day.", most)
    return bars("active", _("Active students"), entries, "active_students", words % {"most": number(most)})


def _hours(entries: Entries) -> Chart:
    total = in_hours(sum(entry["time_spent_seconds"] for entry in entries))
    words = _("%(hours)s hours in all.") % {"hours": number(total)}
    return bars("hours", _("Hours of study"), entries, "time_hours", words)


def _all_enrollments(entries: Entries) -> Chart:
    total = entries[-1]["total_enrollments"]
    words = ngettext("%(total)s enrollment by now.", "%(total)s enrollments by now.", total)
    series = [Series(_("Enrollments"), points(entries, "total_enrollments"))]
    return line_chart("total", _("Enrollments in all"), series, summary=words % {"total": number(total)})


def progress_bars(counts: Sequence[int]) -> Chart:
    """Return how many students are how far, in ten classes."""
    classes = [
        Point(f"{WIDTH * at}–{WIDTH * (at + 1)}%", count, short=f"{WIDTH * at}%")
        for at, count in enumerate(counts)
    ]
    return histogram("progress", _("Progress of the students"), classes, heads=(_("Progress"), _("Students")))


def score_bars(id: str, counts: Sequence[int]) -> Chart:
    """Return how many students have which result in a quiz, in ten classes."""
    classes = [
        Point(f"{WIDTH * at}–{WIDTH * (at + 1)}%", count, short=f"{WIDTH * at}%")
        for at, count in enumerate(counts)
    ]
    return histogram(id, _("Results"), classes, heads=(_("Result"), _("Students")), level=4)


def star_bars(distribution: Mapping[str, int]) -> Chart:
    """Return how many reviews give how many stars."""
    classes = [Point("★" * int(stars), count, short=stars) for stars, count in distribution.items()]
    return histogram("stars", _("Ratings"), classes, heads=(_("Stars"), _("Reviews")))


def lesson_funnel(rows: Entries, enrollments: int) -> Chart:
    """Return how many of all enrolled came as far as each lesson."""
    stages = [Stage(row["title"], row["started"]) for row in rows]
    heads = (_("Lesson"), _("Started"))
    return funnel("funnel", _("How far students come"), stages, whole=enrollments or None, heads=heads)


def reach_line(id: str, reach: Sequence[Decimal], lessons: int) -> Chart | None:
    """Return the small picture of where students stop, None when there is nothing to draw."""
    if not lessons or not any(reach):
        return None
    words = ngettext(
        "Of the students, %(first)s began and %(last)s came to the last of %(count)d lesson.",
        "Of the students, %(first)s began and %(last)s came to the last of %(count)d lessons.",
        lessons,
    )
    shares = {"first": percent(reach[0]), "last": percent(reach[-1]), "count": lessons}
    return sparkline(id, words % shares, list(reach))
