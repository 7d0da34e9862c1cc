"""Learning as personal data: enrollments, progress, notes, study days, reviews."""

from typing import Any

from accounts.models import User
from accounts.services import forget_traces, register_personal_data
from enrollments.models import Enrollment, EnrollmentEvent, LessonProgress, Review, StudyDay
from enrollments.services import drop
from lms.lib.text import without_texts


def register() -> None:
    """Join export and erasure; called once, when the site starts."""
    register_personal_data("enrollments", export=export, erase=erase)


def export(user: User) -> list[dict[str, Any]]:
    """Return every enrollment of the person with what hangs on it; staff notes are not theirs to read."""
    own = Enrollment.objects.filter(student=user).select_related("course").order_by("enrolled_at")
    return [_enrollment(enrollment) for enrollment in own]


def _enrollment(enrollment: Enrollment) -> dict[str, Any]:
    shown = ["id", "status", "source", "enrolled_at", "started_at", "completed_at", "dropped_at"]
    shown += ["last_accessed_at", "expires_at", "progress_percentage", "time_spent_seconds"]
    progress = LessonProgress.objects.filter(enrollment=enrollment).order_by("started_at", "pk")
    return {
        "course": enrollment.course.title,
        **{name: getattr(enrollment, name) for name in shown},
        "lessons": list(
            progress.values(
                "lesson__title", "status", "started_at", "completed_at", "completed_via", "last_accessed_at",
                "time_spent_seconds", "last_position_seconds", "notes", "is_bookmarked",
            )
        ),
        "study_days": list(StudyDay.objects.filter(enrollment=enrollment).values("day_on", "seconds")),
        "review": Review.objects.filter(enrollment=enrollment)
        .values("rating", "text", "reply", "is_hidden", "hidden_reason", "created_at", "updated_at")
        .first(),
        "history": list(EnrollmentEvent.objects.filter(enrollment=enrollment).values("kind", "at", "reason")),
    }  # fmt: skip


def erase(*, user: User, by: User | None) -> None:
    """Leave the active courses, which frees their seats, and empty every text; facts and numbers stay."""
    own = Enrollment.objects.filter(student=user)
    for enrollment in own.filter(status=Enrollment.Status.ACTIVE).order_by("course_id"):
        drop(enrollment=enrollment, by=user)
    forget_traces(own)
    own.exclude(notes="").update(notes="")
    LessonProgress.objects.filter(enrollment__in=own).exclude(notes="").update(notes="")
    reviews = Review.objects.filter(enrollment__in=own)
    forget_traces(reviews)
    # The reply answers a text that is gone, and may address the person by name.
    reviews.update(text="", reply="", replied_by=None, replied_at=None, hidden_reason="")
    _empty_history(EnrollmentEvent.objects.filter(enrollment__in=own))


def _empty_history(events: Any) -> None:
    events.exclude(reason="").update(reason="")
    for event in events.exclude(data={}):
        events.filter(pk=event.pk).update(data=without_texts(event.data))
