"""Tables of attempts and answers as files: what the screen shows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lms.lib.sheets import Column, chunked
from quizzes import layout
from quizzes.models import Answer, Attempt, QuestionOption


def time_words(attempt: Attempt) -> str | None:
    """Return how long the attempt lasted, "1:05:09"; None while it is open."""
    taken = _taken(attempt)
    return None if taken is None else str(timedelta(seconds=int(taken.total_seconds())))


def _taken(attempt: Attempt) -> timedelta | None:
    return None if attempt.submitted_at is None else attempt.submitted_at - attempt.started_at


def _minutes(attempt: Attempt) -> float | None:
    taken = _taken(attempt)
    return None if taken is None else round(taken.total_seconds() / 60, 1)


def _passed(attempt: Attempt) -> str | None:
    return None if attempt.is_passed is None else _("yes") if attempt.is_passed else _("no")


# The staff's list (student and quiz are read with it, `given`, `asked` and `last_saved_at` annotated).
ATTEMPTS = [
    Column(gettext_lazy("Student"), lambda row: row.enrollment.student.full_name),
    Column(gettext_lazy("E-mail"), lambda row: row.enrollment.student.email),
    Column(gettext_lazy("Course"), lambda row: row.quiz.course.title),
    Column(gettext_lazy("Quiz"), lambda row: row.quiz.title),
    Column(gettext_lazy("Attempt"), lambda row: row.number, "number"),
    Column(gettext_lazy("Status"), Attempt.get_status_display),
    Column(gettext_lazy("Started"), lambda row: row.started_at, "time"),
    Column(gettext_lazy("Deadline"), lambda row: row.deadline_at, "time"),
    Column(gettext_lazy("Submitted"), lambda row: row.submitted_at, "time"),
    Column(gettext_lazy("Answered"), lambda row: row.given, "number"),
    Column(gettext_lazy("Questions"), lambda row: row.asked, "number"),
    Column(gettext_lazy("Last saved"), lambda row: row.last_saved_at, "time"),
    Column(gettext_lazy("Minutes"), _minutes, "number"),
    Column(gettext_lazy("Points"), lambda row: row.score, "number"),
    Column(gettext_lazy("Out of"), lambda row: row.max_score, "number"),
    Column(gettext_lazy("Result (%)"), lambda row: row.percentage, "number"),
    Column(gettext_lazy("Passed"), _passed),
    Column(gettext_lazy("Closed by"), Attempt.get_submitted_by_display),
]

ANSWERS = [
    Column(gettext_lazy("Student"), lambda row: row["attempt"].enrollment.student.full_name),
    Column(gettext_lazy("E-mail"), lambda row: row["attempt"].enrollment.student.email),
    Column(gettext_lazy("Quiz"), lambda row: row["attempt"].quiz.title),
    Column(gettext_lazy("Attempt"), lambda row: row["attempt"].number, "number"),
    Column(gettext_lazy("Question"), lambda row: row["drawn"].number, "number"),
    Column(gettext_lazy("Text"), lambda row: row["answer"].question.text),
    Column(gettext_lazy("Answer"), lambda row: row["words"]),
    Column(gettext_lazy("Points"), lambda row: row["answer"].points_earned, "number"),
    Column(gettext_lazy("Out of"), lambda row: row["answer"].points_max, "number"),
    Column(gettext_lazy("Seconds"), lambda row: row["answer"].time_spent_seconds, "number"),
    Column(gettext_lazy("Saved"), lambda row: row["answer"].answered_at, "time"),
    Column(gettext_lazy("Note"), lambda row: row["answer"].grader_note),
]


def answers_of(attempts: QuerySet[Attempt]) -> Iterator[dict[str, Any]]:
    """Yield a row for each answer of the attempts, in the order shown (two queries for each 500 attempts)."""
    for chunk in chunked(attempts):
        answers: dict[Any, Answer] = {
            (answer.attempt_id, answer.question_id): answer
            for answer in Answer.objects.filter(attempt__in=chunk).select_related("question")
        }
        questions = {question_id for _attempt, question_id in answers}
        texts = dict(QuestionOption.objects.filter(question__in=questions).values_list("pk", "text"))
        for attempt in chunk:
            for drawn in layout.read(attempt.layout):
                answer = answers[attempt.pk, drawn.question_id]
                words = response_words(drawn, answer.response, texts)
                yield {"attempt": attempt, "drawn": drawn, "answer": answer, "words": words}


def response_words(drawn: layout.Drawn, response: Any, texts: dict[Any, str]) -> str:
    """Return a stored response as somebody would say it; empty when there is none."""
    given = response if isinstance(response, dict) else {}

    def option(place: Any) -> str:
        return texts.get(drawn.option_ids[place - 1], "") if drawn.is_place(place) else ""

    if "text" in given:
        return str(given["text"])
    if "option" in given:
        return option(given["option"])
    if "blanks" in given:
        return " | ".join(given["blanks"])
    if "pairs" in given:
        right = dict(zip(drawn.letters, drawn.texts, strict=True))
        pairs = ((option(int(place)), right.get(letter, "")) for place, letter in given["pairs"].items())
        return " | ".join(f"{left} → {match}" for left, match in pairs)
    places = given.get("options") or given.get("order") or []
    return " | ".join(option(place) for place in places)
