"""Writing answers: one UPDATE, in which a higher revision wins whatever the order of arrival."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Case, DateTimeField, F, JSONField, Q, Value, When
from django.db.models.functions import Cast, Greatest

from lms.lib.context import arrival
from quizzes import layout
from quizzes.exceptions import AttemptClosed, NotFound
from quizzes.models import Answer, Attempt


@dataclass(frozen=True)
class Sent:
    """One answer as a client sends it. `is_flagged` None leaves the flag as it is.

    `time_spent_seconds`, on the question so far, is the client's own count.
    """

    response: dict[str, Any] | None
    revision: int
    is_flagged: bool | None = None
    time_spent_seconds: int = 0


@dataclass(frozen=True)
class Saved:
    """What is stored now."""

    revision: int
    answered_at: datetime | None
    deadline_at: datetime | None = None


def clean(attempt: Attempt, answers: Mapping[UUID, Sent]) -> dict[UUID, Sent]:
    """Return the answers as they are stored; raise NotFound and InvalidResponse for what does not fit."""
    drawn = {entry.question_id: entry for entry in layout.read(attempt.layout)}
    if not set(answers) <= set(drawn):
        raise NotFound
    return {
        pk: clean_one(attempt, drawn[pk], sent, f"answers.{n}.response")
        for n, (pk, sent) in enumerate(answers.items())
    }


def clean_one(attempt: Attempt, drawn: layout.Drawn, sent: Sent, field: str = "response") -> Sent:
    """Return one answer as it is stored: the response of the question's shape, no more time than has passed.

    Raises InvalidResponse.
    """
    passed = max(0, int((arrival() - attempt.started_at).total_seconds()))
    response = drawn.clean_response(sent.response, field)
    return replace(sent, response=response, time_spent_seconds=min(sent.time_spent_seconds, passed))


def is_stored(answer: Answer, sent: Sent) -> bool:
    """Return whether this very answer is the stored one."""
    same_flag = sent.is_flagged is None or sent.is_flagged == answer.is_flagged
    return answer.revision == sent.revision and answer.response == sent.response and same_flag


def store(attempt_id: UUID, answers: Mapping[UUID, Sent], now: datetime) -> int:
    """Write the answers whose revision is higher than the stored one; return how many. One UPDATE."""
    if not answers:
        return 0
    newer = reduce(or_, (_is_newer(pk, sent) for pk, sent in answers.items()))
    try:
        return Answer.objects.filter(newer, attempt=attempt_id).update(**_values(answers, now))
    except IntegrityError:  # answer_graded_is_current: the attempt was sealed in between
        raise AttemptClosed from None


def seal(attempt_id: UUID, answers: Mapping[UUID, Sent], now: datetime) -> None:
    """Write the answers that are newer, and seal all of the attempt's with the revision they have then. One UPDATE.

    A save that has not been committed by now meets the seal and fails (answer_graded_is_current): what is read
    after this is what will be marked, also where rows cannot be locked.
    """
    values = _values(answers, now)
    Answer.objects.filter(attempt=attempt_id).update(**values, graded_revision=values["revision"])


def _values(answers: Mapping[UUID, Sent], now: datetime) -> dict[str, Any]:
    """Return the columns of a save: each row takes what is newer than its own, else keeps what it has."""

    def column(name: str, value: Callable[[Sent], Any]) -> Case:
        whens = (When(_is_newer(pk, sent), then=value(sent)) for pk, sent in answers.items())
        field: Any = Answer._meta.get_field(name)
        return Case(*whens, default=F(name), output_field=field)

    values = {
        "response": column("response", lambda sent: _json(sent.response)),
        "revision": column("revision", lambda sent: Value(sent.revision)),
        "answered_at": column("answered_at", lambda sent: Value(now, DateTimeField())),
        "is_flagged": column(
            "is_flagged",
            lambda sent: F("is_flagged") if sent.is_flagged is None else Value(sent.is_flagged),
        ),
    }
    if any(sent.time_spent_seconds for sent in answers.values()):
        values["time_spent_seconds"] = column(
            "time_spent_seconds", lambda sent: Greatest("time_spent_seconds", sent.time_spent_seconds)
        )
    return values


def _is_newer(question_id: UUID, sent: Sent) -> Q:
    return Q(question=question_id, revision__lt=sent.revision)


def _json(response: dict[str, Any] | None) -> Any:
    return Value(response, JSONField()) if response is not None else Cast(Value(None), JSONField())
