"""Pages of learning."""

from enrollments.views.dashboard import dashboard
from enrollments.views.lessons import course_home, finished, lesson, outline
from enrollments.views.membership import drop, enroll, review
from enrollments.views.notes import my_notes
from enrollments.views.reminders import mute, mute_by_link
from enrollments.views.verbs import beat, bookmark, complete, notes

__all__ = [
    "beat",
    "bookmark",
    "complete",
    "course_home",
    "dashboard",
    "drop",
    "enroll",
    "finished",
    "lesson",
    "mute",
    "mute_by_link",
    "my_notes",
    "notes",
    "outline",
    "review",
]
