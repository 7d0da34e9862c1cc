"""What one lesson asks of the student now, in words: the pill of the page, `requirement` of the API."""

from __future__ import annotations

from math import ceil

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.models import Lesson
from enrollments.models import LessonProgress
from enrollments.services import Requirement, lesson_kind
from enrollments.services.watching import FORGIVEN, total_seconds
from lms.lib.figures import percent


def requirement_of(
    lesson: Lesson, row: LessonProgress | None, asked: Requirement | None = None
) -> Requirement:
    """Return what the lesson asks for. `asked` is the answer of the app that completes its type, if one does."""
    if row is not None and row.is_completed:
        by_staff = row.completed_via == LessonProgress.Via.STAFF
        text = _("Marked complete by your teacher") if by_staff else _("Completed")
        return Requirement("completed", text)
    if asked is not None:
        return asked
    if is_watched(lesson):
        watched = row.completion_percentage if row else 0
        text = _("Watch %(needed)s: you have %(watched)s") % {
            "needed": percent(lesson.required_watch_percentage),
            "watched": percent(int(watched)),  # cut: 79.6 has not reached 80
        }
        return Requirement("watch", text)
    return Requirement("mark_complete", _("Mark complete"))


def is_watched(lesson: Lesson) -> bool:
    """Return whether the lesson completes itself by being watched (a video whose length is known)."""
    return lesson.type == Lesson.Type.VIDEO and bool(lesson.video_seconds)


def is_completed_by_hand(lesson: Lesson) -> bool:
    """Return whether "Mark complete" completes it: not what is watched, nor what another app completes."""
    return not is_watched(lesson) and lesson_kind(lesson.type) is None


def time_to_go(lesson: Lesson, row: LessonProgress | None) -> str:
    """Return "About 2 minutes to go", empty for what is not watched or is watched enough."""
    length = lesson.video_seconds
    if not is_watched(lesson) or not length or (row is not None and row.is_completed):
        return ""
    needed = ceil(length * lesson.required_watch_percentage / 100) - FORGIVEN
    minutes = max(1, ceil((needed - total_seconds(row.watched if row else [])) / 60))
    return ngettext(
        "About %(count)d minute to go. The lesson then completes itself.",
        "About %(count)d minutes to go. The lesson then completes itself.",
        minutes,
    ) % {"count": minutes}
