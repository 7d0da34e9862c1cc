"""What the buttons on the page of a quiz do: each is one verb, and says where to go on and what was done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from courses.exceptions import OrderMismatch
from lms.lib.requests import person_of
from lms.lib.stale import fingerprint_of, who_saved
from quizzes import services
from quizzes.admin.bank import copy_chosen
from quizzes.admin.question_form import QuestionEditor
from quizzes.exceptions import QuestionGone
from quizzes.models import Question, Quiz

Done = str | Promise


def page_of(quiz: Quiz) -> str:
    return reverse("admin:quizzes_quiz_change", args=[quiz.pk])


def question_of(quiz: Quiz, request: HttpRequest) -> Question:
    """Return the question that was sent. Raises QuestionGone for one deleted meanwhile, Http404 for another quiz's."""
    try:
        asked = UUID(request.POST.get("question", ""))
    except ValueError:
        raise Http404 from None
    question = quiz.questions.filter(pk=asked).first()
    if question is None:
        raise Http404 if Question.objects.filter(pk=asked).exists() else QuestionGone
    question.quiz = quiz
    return question


def _publish(quiz: Quiz, request: HttpRequest) -> tuple[str, Done]:
    services.publish_quiz(quiz=quiz, by=person_of(request))
    return "", _("The quiz is published.")


def _unpublish(quiz: Quiz, request: HttpRequest) -> tuple[str, Done]:
    services.unpublish_quiz(quiz=quiz, by=person_of(request))
    return "", _("The quiz is taken back. Running attempts go on, results stay.")


def order_seen(ids: Iterable[UUID]) -> str:
    """Return what a page sends back to tell whether the order is still the one it shows."""
    return fingerprint_of(list(ids))


@contextmanager
def _ordering(quiz: Quiz, request: HttpRequest) -> Iterator[list[UUID]]:
    """Give the ids in their order, locked; raise OrderMismatch where it is not the one that the person saw."""
    with transaction.atomic():
        services.lock_quiz(quiz)
        ids = list(quiz.questions.order_by("position").values_list("pk", flat=True))
        if request.POST.get("order", order_seen(ids)) != order_seen(ids):
            raise OrderMismatch
        yield ids


def _shift(step: int) -> Callable[[Quiz, HttpRequest], tuple[str, Done]]:
    def shift(quiz: Quiz, request: HttpRequest) -> tuple[str, Done]:
        question = question_of(quiz, request)
        with _ordering(quiz, request) as ids:
            place = ids.index(question.pk)
            ids.insert(max(0, place + step), ids.pop(place))
            services.reorder_questions(quiz=quiz, ids=ids)
        return f"#question-{question.pk}", _("The question is moved.")

    return shift


def _order_questions(quiz: Quiz, request: HttpRequest) -> tuple[str, Done]:
    try:
        asked = [UUID(pk) for pk in request.POST.getlist("ids")]
    except ValueError:
        raise OrderMismatch from None
    with _ordering(quiz, request):
        services.reorder_questions(quiz=quiz, ids=asked)
    return "#questions", _("The question is moved.")


@transaction.atomic
def _delete_question(quiz: Quiz, request: HttpRequest) -> tuple[str, Done]:
    services.lock_quiz(quiz)
    question = question_of(quiz, request)
    if QuestionEditor(quiz, question, data=request.POST).is_stale:
        who = who_saved(question, person_of(request), request.POST.get("seen_at", ""))
        raise ValidationError(f"{who} {gettext('Look at the question, then delete it again.')}", code="stale")
    services.delete_question(question=question)
    return "#questions", _("The question is deleted.")


def _extend(quiz: Quiz, request: HttpRequest) -> tuple[str, Done]:
    minutes = request.POST.get("minutes", "")
    given = services.extend_quiz(
        quiz=quiz,
        minutes=int(minutes) if minutes.isascii() and minutes.isdigit() and len(minutes) < 6 else 0,
        reason=request.POST.get("reason", ""),
        by=person_of(request),
    )
    done = ngettext(
        "%(count)d running attempt has more time.", "%(count)d running attempts have more time.", given
    )
    return "#running", done % {"count": given}


def _duplicate(quiz: Quiz, request: HttpRequest) -> tuple[str, Done]:
    copy = services.duplicate_quiz(quiz=quiz, by=person_of(request))
    return f"?copy={copy.pk}", _("The copy is made: “%(title)s”, not published.") % {"title": copy.title}


VERBS: dict[str, Callable[[Quiz, HttpRequest], tuple[str, Done]]] = {
    "publish": _publish,
    "unpublish": _unpublish,
    "question_up": _shift(-1),
    "question_down": _shift(1),
    "order_questions": _order_questions,
    "delete_question": _delete_question,
    "extend": _extend,
    "duplicate": _duplicate,
    "copy_questions": copy_chosen,
}
