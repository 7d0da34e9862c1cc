"""How somebody stands at a quiz: what the start page and the API's answer are made of."""

from __future__ import annotations

from typing import Any

from lms.lib.context import arrival
from quizzes import services
from quizzes.models import Quiz
from quizzes.permissions import Start, can_start
from quizzes.review import History, history_of


def standing_of(quiz: Quiz, user: Any) -> tuple[Start, History]:
    """Return whether `user` may start, and the attempts; what is overdue is closed first, what is due is counted.

    Nothing depends on the schedule. The quiz comes as from the gates.
    """
    start = can_start(quiz, user)
    enrollment = start.enrollment
    history = history_of(quiz, enrollment.pk if enrollment else None, start.allowance)
    if enrollment is None:
        return start, history
    if history.open is not None and history.open.is_overdue(arrival()):
        history.open.quiz, history.open.enrollment = quiz, enrollment
        if services.close_if_overdue(history.open):
            return standing_of(quiz, user)
    if history.is_uncounted:
        services.count_seen(history.attempts, quiz=quiz, enrollment=enrollment)
    return start, history
