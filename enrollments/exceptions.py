"""Why something about learning was refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lms.lib.errors import DomainError, FieldError, Text

if TYPE_CHECKING:
    from uuid import UUID

    from courses.models import Course
    from enrollments.models import Enrollment
    from enrollments.permissions import Access


class CourseGone(DomainError):
    """The course is in the recycle bin: for whoever is not enrolled there is none."""

    status = 404
    code = "not_found"
    message = gettext_lazy("There is nothing here, or it is not for you.")


class EnrollmentSuspended(DomainError):
    """Staff suspended this person in this course; only staff can change that."""

    code = "enrollment_suspended"
    message = gettext_lazy("Your access to this course is suspended. Ask the teacher.")


class AlreadyEnrolled(DomainError):
    """There is a current enrollment; `Location` names it and the page goes to the course home."""

    code = "already_enrolled"
    message = gettext_lazy("You are already enrolled in this course.")

    def __init__(self, enrollment_id: UUID, course: Course) -> None:
        self.enrollment_id = enrollment_id
        super().__init__(
            errors=[FieldError("course", self.code, self.message)],
            next_url=reverse("enrollments:course_home", args=[course.slug]),
            headers={"Location": f"/api/v1/enrollments/{enrollment_id}"},
        )


class CourseNotOpen(DomainError):
    """Drafts and archived courses take nobody new."""

    code = "course_not_open"
    message = gettext_lazy("This course is not open for new students.")


class PrerequisitesMissing(DomainError):
    """Courses to complete first, one entry of `errors` each."""

    code = "prerequisites_missing"

    def __init__(self, courses: Sequence[Course]) -> None:
        text = _("Complete this course first: %(title)s.")
        super().__init__(
            text % {"title": courses[0].title},
            errors=[
                FieldError(
                    "course",
                    self.code,
                    text % {"title": course.title},
                    {"target": str(course.pk), "url": course.get_absolute_url()},
                )
                for course in courses
            ],
            next_url=courses[0].get_absolute_url(),
        )


class PaymentRequired(DomainError):
    """A priced course, and no right to it: 403."""

    status = 403
    code = "payment_required"
    message = gettext_lazy("This course has a price. Ask an administrator to enroll you.")


class CourseFull(DomainError):
    """Every seat is taken."""

    code = "course_full"
    message = gettext_lazy("All seats of this course are taken. Come back later: a seat may become free.")


class InvalidStatus(DomainError):
    """The verb does not start from the enrollment's present status."""

    code = "invalid_status"

    def __init__(self, enrollment: Enrollment) -> None:
        super().__init__(
            _("This is not possible while the enrollment is in this state: %(status)s.")
            % {"status": enrollment.get_status_display()}
        )


class OwnEnrollment(DomainError):
    """An instructor uses no staff verb on themselves: 403."""

    status = 403
    code = "own_enrollment"
    message = gettext_lazy("You cannot do this with your own enrollment. Ask an administrator.")


class ReasonNeeded(DomainError):
    """Staff say why, in 3 to 500 characters: 422."""

    status = 422
    code = "validation_error"

    def __init__(self) -> None:
        text = _("Give a reason of 3 to 500 characters. The student will read it.")
        super().__init__(text, errors=[FieldError("reason", "invalid", text)])


class InvalidExpiry(DomainError):
    """The end of access would lie in the past, or before the present one: 422."""

    status = 422
    code = "validation_error"

    def __init__(self, message: Text) -> None:
        super().__init__(message, errors=[FieldError("expires_at", "invalid_expiry", message)])


class TooManyAddresses(DomainError):
    """One bulk enrollment takes so many addresses: 422."""

    status = 422
    code = "validation_error"

    def __init__(self, most: int) -> None:
        text = _("At most %(most)d addresses at once.") % {"most": most}
        super().__init__(text, errors=[FieldError("emails", "too_many", text)])


class LessonLocked(DomainError):
    """The lesson does not open for this person now: 403 with the code of the access table."""

    status = 403

    def __init__(self, access: Access) -> None:
        extra = {"available_at": access.available_at.isoformat()} if access.available_at else {}
        super().__init__(access.sentence, code=access.code, next_url=access.next_url, extra=extra)


class NotWatchedEnough(DomainError):
    """The video was not watched to the share it asks for. `first_gap` is where to go on, in seconds."""

    code = "not_watched_enough"

    def __init__(self, *, needed: int, watched: int, first_gap: int | None, link: str) -> None:
        super().__init__(
            _("Watch %(needed)d%% of the video first: you have %(watched)d%%.")
            % {"needed": needed, "watched": watched},
            next_url=link,
            extra={"needed": needed, "watched": watched, "first_gap": first_gap},
        )


class QuizNotPassed(DomainError):
    """A lesson that another app completes: a quiz, an assignment."""

    code = "quiz_not_passed"
    message = gettext_lazy("This lesson is completed by passing its quiz.")


class NotesChanged(DomainError):
    """Another device saved notes in between; the stored text comes with the refusal."""

    code = "notes_changed"
    message = gettext_lazy("These notes were changed on another device. Nothing was overwritten.")

    def __init__(self, notes: str, revision: int) -> None:
        super().__init__(extra={"notes": notes, "notes_revision": revision})


class AlreadyCompleted(DomainError):
    """What was completed, and perhaps certified, is not taken back."""

    code = "already_completed"
    message = gettext_lazy("The course is completed: its progress is kept and cannot be reset.")


class ProgressTooLow(DomainError):
    """Reviews are for those who know the course."""

    code = "progress_too_low"

    def __init__(self, needed: int, reached: Any) -> None:
        super().__init__(
            _("You can review a course from %(needed)d%% on: you have %(reached)d%%.")
            % {"needed": needed, "reached": int(reached)}
        )


class OwnCourse(DomainError):
    """Nobody reviews their own course: 403."""

    status = 403
    code = "own_course"
    message = gettext_lazy("You cannot review your own course.")


class AlreadyReviewed(DomainError):
    """One review a person; it can be changed."""

    code = "already_reviewed"
    message = gettext_lazy("You have reviewed this course. You can change your review.")


class ReviewSuspended(DomainError):
    """Suspended people do not review: 403."""

    status = 403
    code = "suspended"
    message = gettext_lazy("Your access to this course is suspended. Ask the teacher.")
