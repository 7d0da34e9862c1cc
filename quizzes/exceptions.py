"""Why something about a quiz was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lms.lib.errors import DomainError, FieldError

if TYPE_CHECKING:
    from quizzes.models import Answer


class NotFound(DomainError):
    """There is nothing here for this person: 404."""

    status = 404
    code = "not_found"
    message = gettext_lazy("There is nothing here, or it is not for you.")


class QuestionGone(NotFound):
    """Another author has deleted it since the page was made."""

    message = gettext_lazy("Somebody has deleted this question.")


class AccessRefused(DomainError):
    """Enrollment or lesson do not let the person in; code, sentence and next step are those of enrollments."""

    status = 403


class QuizClosed(DomainError):
    """The quiz was taken back; what was sat before stays."""

    code = "quiz_closed"
    message = gettext_lazy("This quiz is not open at present.")


class QuizNotOpen(DomainError):
    """The quiz opens later; `available_at` says when."""

    code = "quiz_not_open"
    message = gettext_lazy("This quiz is not open yet.")


class RetryWait(DomainError):
    """The next attempt has to wait; `available_at` says until when."""

    code = "retry_wait"
    message = gettext_lazy("You can try again after a while.")


class AttemptsExhausted(DomainError):
    """Every attempt allowed is used."""

    code = "attempts_exhausted"
    message = gettext_lazy("You have used every attempt of this quiz.")


class AttemptClosed(DomainError):
    """The attempt was submitted: nothing is saved in it any more. `submitted_at` and `submitted_by` say how."""

    code = "attempt_closed"
    message = gettext_lazy("This attempt is closed. What was saved before counts.")


class InvalidStatus(DomainError):
    """What was asked for does not fit the status of the attempt."""

    code = "invalid_status"
    message = gettext_lazy("This is not possible with the attempt as it stands.")


class OwnAttempt(DomainError):
    """Instructors neither mark nor change attempts of their own."""

    status = 403
    code = "own_attempt"
    message = gettext_lazy("This attempt is your own: somebody else has to do it.")


class AlreadyGraded(DomainError):
    """Another grader was first; what they gave is in `answer`."""

    code = "already_graded"
    message = gettext_lazy("This answer has marks already. To change them, give a reason.")

    def __init__(self, answer: Answer) -> None:
        points = None if answer.points_earned is None else float(answer.points_earned)
        given = {"question": str(answer.question_id), "points": points, "note": answer.grader_note}
        super().__init__(extra={"answer": given})


class PreviewStale(DomainError):
    """A key changed after the preview: what was looked at is not what would be done."""

    code = "preview_stale"
    message = gettext_lazy("The questions have changed since this preview. Look at the new one.")


class RegradeRunning(DomainError):
    """The one before is not done yet."""

    code = "regrade_running"
    message = gettext_lazy("This quiz is being marked again already. Wait until that is done.")


class NothingToRegrade(DomainError):
    """Every attempt was marked by the present keys."""

    code = "nothing_to_regrade"
    message = gettext_lazy("Every attempt is marked by the present key: there is nothing to mark again.")


class StaleRevision(DomainError):
    """Another save of this answer came first, from another page or device; the stored one is in `answer`."""

    code = "stale_revision"
    message = gettext_lazy("This answer was changed on another page or device.")

    def __init__(self, answer: Answer) -> None:
        stored = {
            "question": str(answer.question_id),
            "response": answer.response,
            "revision": answer.revision,
            "is_flagged": answer.is_flagged,
        }
        super().__init__(extra={"answer": stored})


class InvalidResponse(DomainError):
    """A response has not the shape of its question: 422."""

    status = 422
    code = "validation_error"
    message = gettext_lazy("Some of what was sent cannot be used. See errors.")

    def __init__(self, field: str = "response") -> None:
        sentence = _("This is not an answer that the question takes.")
        super().__init__(errors=[FieldError(field, "invalid_response", sentence)])


class QuestionInUse(DomainError):
    """Students have met the question: its type and the number of its options stay."""

    code = "question_in_use"
    message = gettext_lazy(
        "Students have met this question: its type and the number of its options cannot change any more."
    )


class QuizHasAttempts(DomainError):
    """A quiz that somebody sat is kept."""

    code = "quiz_has_attempts"
    message = gettext_lazy("Students have sat this quiz. Take it back instead of deleting it.")


class LessonTaken(DomainError):
    """The lesson has a quiz already."""

    code = "lesson_taken"
    message = gettext_lazy("This lesson already has a quiz.")


class LessonNotInCourse(DomainError):
    """The lesson is no quiz lesson of the course: 422."""

    status = 422
    code = "validation_error"
    message = gettext_lazy("Some of what was sent cannot be used. See errors.")

    def __init__(self) -> None:
        sentence = _("Choose a lesson of this course whose type is quiz.")
        super().__init__(errors=[FieldError("lesson", "lesson_not_in_course", sentence)])


def field_error(field: str, code: str, sentence: Any) -> DomainError:
    """Return the 422 refusal of one field."""
    error = DomainError(
        gettext_lazy("Some of what was sent cannot be used. See errors."),
        code="validation_error",
        errors=[FieldError(field, code, sentence)],
    )
    error.status = 422
    return error
