"""Sittings as personal data: attempts and answers."""

from typing import Any

from accounts.models import User
from accounts.services import forget_traces, register_personal_data
from lms.lib.text import without_texts
from quizzes.models import Answer, Attempt


def register() -> None:
    """Join export and erasure; called once, when the site starts."""
    register_personal_data("quizzes", export=export, erase=erase)


def export(user: User) -> list[dict[str, Any]]:
    """Return every attempt with the person's own answers; never a key, and marks once students may know them."""
    own = Attempt.objects.filter(enrollment__student=user)
    released = set(own.graded().released().values_list("pk", flat=True))
    attempts = own.select_related("quiz__course").prefetch_related("answers__question").order_by("started_at")
    return [_attempt(attempt, is_released=attempt.pk in released) for attempt in attempts]


def _attempt(attempt: Attempt, *, is_released: bool) -> dict[str, Any]:
    return {
        "course": attempt.quiz.course.title,
        "quiz": attempt.quiz.title,
        "number": attempt.number,
        "status": attempt.status,
        "started_at": attempt.started_at,
        "submitted_at": attempt.submitted_at,
        "percentage": attempt.percentage if is_released else None,
        "is_passed": attempt.is_passed if is_released else None,
        "feedback": attempt.feedback if is_released else "",
        "answers": [
            {
                "question": answer.question.text,
                "response": answer.response,
                "late_response": answer.late_response,
                "is_flagged": answer.is_flagged,
                "answered_at": answer.answered_at,
                "time_spent_seconds": answer.time_spent_seconds,
                "note": answer.grader_note if is_released else "",
            }
            for answer in attempt.answers.all()
        ],
    }


def erase(*, user: User, by: User | None) -> None:
    """Empty every text that the person wrote and every word to them; choices and marks stay."""
    own = Attempt.objects.filter(enrollment__student=user)
    forget_traces(own)
    answers = Answer.objects.filter(attempt__in=own)
    for field in ("response", "late_response"):
        for pk, response in answers.exclude(**{field: None}).values_list("pk", field):
            emptied = without_texts(response)
            if emptied != response:
                answers.filter(pk=pk).update(**{field: emptied})
    answers.exclude(grader_note="").update(grader_note="")
    own.exclude(feedback="").update(feedback="")
