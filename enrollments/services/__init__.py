"""What happens to enrollments, lessons and reviews. Every door calls these verbs and nothing else."""

from enrollments.services.bulk import Entry, Result, Row, enroll_many
from enrollments.services.counting import (
    check_completion,
    missing_for_completion,
    percentage,
    recount,
    settle,
)
from enrollments.services.drift import check_drift, find_drift, repair
from enrollments.services.kinds import (
    Requirement,
    failed_checks,
    lesson_kind,
    register_completion_check,
    register_lesson_kind,
)
from enrollments.services.learning import (
    Completion,
    beat,
    complete_lesson,
    open_lesson,
    save_notes,
    set_bookmark,
)
from enrollments.services.mailing import (
    deliver_event_mail,
    queue_weekly_summaries,
    remind_inactive,
    wake_due_mail,
    warn_expiring,
)
from enrollments.services.membership import (
    drop,
    enroll,
    expire,
    expire_due,
    extend,
    missing_prerequisites,
    recount_seats,
    resume,
    suspend,
    unlock,
)
from enrollments.services.remarks import set_muted, set_staff_notes
from enrollments.services.resetting import reset_progress
from enrollments.services.reviews import (
    add_review,
    delete_review,
    hide_review,
    recount_rating,
    refuse_review,
    reply_to_review,
    show_review,
    update_review,
)
from enrollments.services.upkeep import recount_course, recount_stale, refresh, settle_due

__all__ = [
    "Completion",
    "Entry",
    "Requirement",
    "Result",
    "Row",
    "add_review",
    "beat",
    "check_completion",
    "check_drift",
    "complete_lesson",
    "delete_review",
    "deliver_event_mail",
    "drop",
    "enroll",
    "enroll_many",
    "expire",
    "expire_due",
    "extend",
    "failed_checks",
    "find_drift",
    "hide_review",
    "lesson_kind",
    "missing_for_completion",
    "missing_prerequisites",
    "open_lesson",
    "percentage",
    "queue_weekly_summaries",
    "recount",
    "recount_course",
    "recount_rating",
    "recount_seats",
    "recount_stale",
    "refresh",
    "refuse_review",
    "register_completion_check",
    "register_lesson_kind",
    "remind_inactive",
    "repair",
    "reply_to_review",
    "reset_progress",
    "resume",
    "save_notes",
    "set_bookmark",
    "set_muted",
    "set_staff_notes",
    "settle",
    "settle_due",
    "show_review",
    "suspend",
    "unlock",
    "update_review",
    "wake_due_mail",
    "warn_expiring",
]
