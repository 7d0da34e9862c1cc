"""Pages of a quiz: start, taking, submitting, result. All of it works by plain form posts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.models import Lesson
from enrollments.permissions import lesson_url
from lms.lib.requests import AuthenticatedRequest
from quizzes import services
from quizzes.exceptions import AttemptClosed
from quizzes.forms import changed_answers
from quizzes.models import Attempt, Quiz
from quizzes.permissions import (
    get_any_quiz,
    get_editable_quiz_for,
    get_own_attempt,
    get_quiz_for,
    require_current,
)
from quizzes.preview import MAX_DRAW, preview_quiz
from quizzes.review import Level, history_of, may_retry, notes_of, review_level, review_sheet
from quizzes.sheet import Sheet, SheetQuestion, open_sheet, with_response
from quizzes.standing import standing_of
from quizzes.timing import allowance_of

private = cache_control(private=True, no_store=True)


@require_safe
@private
def quiz_detail(request: AuthenticatedRequest, quiz_id: UUID) -> HttpResponse:
    """What awaits the student, how they stand, and one button."""
    quiz = get_quiz_for(request.user, quiz_id)
    start, history = standing_of(quiz, request.user)
    if start.is_hidden:
        raise Http404
    if not start.last_number and not quiz.can_edit(request.user):
        require_current(quiz.course, start.enrollment)
    return render(
        request,
        "quizzes/quiz_detail.html",
        {"quiz": quiz, "start": start, "history": history, **_place(quiz)},
    )


@require_POST
@private
def start_attempt(request: AuthenticatedRequest, quiz_id: UUID) -> HttpResponseRedirect:
    """Start an attempt, or go on with the one in progress."""
    quiz = get_any_quiz(quiz_id)
    attempt = services.start_attempt(quiz=quiz, student=request.user)
    return redirect("quizzes:take_quiz", quiz.pk, attempt.number)


@require_http_methods(["GET", "HEAD", "POST"])
@private
def take_quiz(request: AuthenticatedRequest, quiz_id: UUID, number: int) -> HttpResponse:
    """The questions; a post saves what was changed and goes where its button says."""
    attempt = get_own_attempt(request.user, quiz_id, number)
    if not attempt.is_open or (request.method != "POST" and services.close_if_overdue(attempt)):
        return redirect("quizzes:attempt_result", quiz_id, number)
    require_current(attempt.quiz.course, attempt.enrollment)
    sheet = open_sheet(attempt)
    if request.method != "POST":
        return _taking_page(request, attempt, sheet)
    sent = changed_answers(request.POST, sheet.questions)
    try:
        late = services.save_answers(attempt=attempt, student=request.user, answers=sent)
    except AttemptClosed as error:
        messages.error(request, str(error))
        return redirect("quizzes:attempt_result", quiz_id, number)
    if late:
        return _conflict_page(request, attempt, sheet, sent, late)
    return redirect(_next_address(request, attempt))


def _next_address(request: AuthenticatedRequest, attempt: Attempt) -> str:
    page = reverse("quizzes:take_quiz", args=[attempt.quiz_id, attempt.number])
    go = request.POST.get("go", "")
    moved = request.POST.get("move", "").partition(":")[0] or request.POST.get("keep", "")
    if moved.isascii() and moved.isdigit() and len(moved) < 5:
        return f"{page}?q={moved}#question-{moved}"
    if go == "submit":
        return reverse("quizzes:submit_attempt", args=[attempt.quiz_id, attempt.number])
    if go.isascii() and go.isdigit():
        return f"{page}?q={go}" + ("" if attempt.quiz.one_question_per_page else f"#question-{go}")
    return f"{page}?{request.GET.urlencode()}" if request.GET else page


def _taking_page(
    request: AuthenticatedRequest, attempt: Attempt, sheet: Sheet, late: set[UUID] | None = None
) -> HttpResponse:
    current = _current(request, sheet)
    one = attempt.quiz.one_question_per_page
    context = {
        "attempt": attempt,
        "quiz": attempt.quiz,
        "sheet": sheet,
        "shown": [q for q in sheet.questions if not one or q.number == current],
        "current": current,
        "before": current - 1 if one and current > 1 else None,
        "after": current + 1 if one and current < len(sheet.questions) else None,
        "late": late or set(),
        "csrf_cookie": settings.CSRF_COOKIE_NAME,
        **_place(attempt.quiz),
    }
    return render(request, "quizzes/take_quiz.html", context, status=409 if late else 200)


def _current(request: AuthenticatedRequest, sheet: Sheet) -> int:
    asked = request.POST.get("current") or request.GET.get("q", "")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 5 else 1
    return min(max(number, 1), max(len(sheet.questions), 1))


def _conflict_page(
    request: AuthenticatedRequest,
    attempt: Attempt,
    before: Sheet,
    sent: dict[UUID, services.Sent],
    late: set[UUID],
) -> HttpResponse:
    """Show the page with what was chosen here on top of what is stored: saving again keeps it."""
    stored = open_sheet(attempt)
    questions = [_with_choice(q, sent[q.id]) if q.id in late else q for q in stored.questions]
    return _taking_page(request, attempt, Sheet(questions), late)


def _with_choice(question: SheetQuestion, sent: services.Sent) -> SheetQuestion:
    return replace(
        question,
        options=with_response(question.options, sent.response),
        response=sent.response,
        is_flagged=bool(sent.is_flagged),
        stored=question.response,
        is_overlaid=True,
        stored_flag=question.is_flagged,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@private
def submit_attempt(request: AuthenticatedRequest, quiz_id: UUID, number: int) -> HttpResponse:
    """Ask once, with what is unanswered and flagged; then close and mark."""
    attempt = get_own_attempt(request.user, quiz_id, number)
    if attempt.is_open:
        require_current(attempt.quiz.course, attempt.enrollment)
        if request.method != "POST" and not services.close_if_overdue(attempt):
            context = {"attempt": attempt, "quiz": attempt.quiz, "sheet": open_sheet(attempt)}
            return render(request, "quizzes/submit_attempt.html", context | _place(attempt.quiz))
        services.submit_attempt(attempt=attempt, by=request.user)
    return redirect("quizzes:attempt_result", quiz_id, number)


@require_safe
@private
def attempt_result(request: AuthenticatedRequest, quiz_id: UUID, number: int) -> HttpResponse:
    """Score, what may be seen of the answers, and where to go on."""
    attempt = get_own_attempt(request.user, quiz_id, number)
    if attempt.is_open and not services.close_if_overdue(attempt):
        return redirect("quizzes:take_quiz", quiz_id, number)
    history = history_of(attempt.quiz, attempt.enrollment_id, allowance_of(attempt.quiz, request.user))
    if history.is_uncounted:
        services.count_seen(history.attempts, quiz=attempt.quiz, enrollment=attempt.enrollment)
    level = review_level(attempt, history)
    has_notes = level != Level.MARKED and attempt.is_graded and history.is_released
    context = {
        "attempt": attempt,
        "quiz": attempt.quiz,
        "history": history,
        "level": level,
        "sheet": review_sheet(attempt, level),
        "notes": notes_of(attempt, None) if has_notes else [],
        "can_retry": may_retry(attempt, history),
        **_place(attempt.quiz),
        **_next_lesson(attempt.quiz),
    }
    return render(request, "quizzes/attempt_result.html", context)


def _place(quiz: Quiz) -> dict[str, Any]:
    """Return where the quiz stands: the course home and the lesson, for the way back."""
    home = reverse("enrollments:course_home", args=[quiz.course.slug])
    lesson = lesson_url(quiz.course, quiz.lesson.slug) if quiz.lesson and quiz.lesson.is_live else ""
    return {"course": quiz.course, "course_home": home, "lesson_page": lesson}


def _next_lesson(quiz: Quiz) -> dict[str, Any]:
    """Return the lesson after the quiz's own, if there is one (one query)."""
    if quiz.lesson is None:
        return {"next_title": "", "next_url": ""}
    steps = list(
        Lesson.objects.live().filter(course=quiz.course).in_order().values_list("pk", "title", "slug")
    )
    ids = [pk for pk, _title, _slug in steps]
    place = ids.index(quiz.lesson.pk) + 1 if quiz.lesson.pk in ids else len(steps)
    if place >= len(steps):
        return {"next_title": "", "next_url": ""}
    _pk, title, slug = steps[place]
    return {"next_title": title, "next_url": lesson_url(quiz.course, slug)}


@require_http_methods(["GET", "HEAD", "POST"])
@private
def preview(request: AuthenticatedRequest, quiz_id: UUID) -> HttpResponse:
    """Let an author sit a draw: `?draw=` says which. Nothing is written; a post is marked, or moves an item."""
    quiz = get_editable_quiz_for(request.user, quiz_id)
    draw = _draw_number(request)
    found = preview_quiz(quiz, draw)
    if request.method == "POST":
        sent = changed_answers(request.POST, found.sheet.questions)
        given = {pk: answer.response for pk, answer in sent.items()}
        is_moving = "move" in request.POST or "keep" in request.POST
        found = preview_quiz(quiz, draw, given, is_marked=not is_moving)
    context = {
        "quiz": quiz,
        "found": found,
        "questions": [replace(q, is_overlaid=True) for q in found.sheet.questions],
        "next_draw": draw % MAX_DRAW + 1,
        **_place(quiz),
    }
    return render(request, "quizzes/preview.html", context)


def _draw_number(request: AuthenticatedRequest) -> int:
    asked = request.GET.get("draw", "")
    is_number = asked.isascii() and asked.isdigit() and len(asked) <= 10
    return int(asked) if is_number and int(asked) <= MAX_DRAW else 1
