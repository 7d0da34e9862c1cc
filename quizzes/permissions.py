"""Gates to quizzes, questions and attempts, and the answer to "may this person start?"."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from courses.models import Course
from courses.permissions import require_editor
from enrollments import permissions as enrollments
from enrollments.models import Enrollment
from enrollments.permissions import Access, decide, facts_for, is_course_visible
from lms.lib.context import arrival
from lms.lib.errors import DomainError
from quizzes.exceptions import AccessRefused, AttemptsExhausted, NotFound, QuizClosed, QuizNotOpen, RetryWait
from quizzes.models import Attempt, Question, Quiz
from quizzes.timing import Allowance, allowance_of

NOT_FOUND = "not_found"


@dataclass(frozen=True)
class Start:
    """The answer to `can_start`: the first line of the table that applies.

    `code` is `start` or `continue` when allowed. `enrollment`, `open_number`, `last_number` and `used` are the
    facts it was made of: the attempt in progress (its number, None without), the highest number, how many count.
    """

    allowed: bool
    code: str
    sentence: str = ""
    available_at: datetime | None = None
    next_url: str = ""
    enrollment: Enrollment | None = None
    open_number: int | None = None
    last_number: int = 0
    used: int = 0
    allowance: Allowance = field(default_factory=Allowance)

    @property
    def is_hidden(self) -> bool:
        return self.code == NOT_FOUND

    def refuse(self) -> None:
        """Raise the refusal, unless starting is allowed."""
        if self.allowed:
            return
        if self.code == NOT_FOUND:
            raise NotFound
        extra = {"available_at": self.available_at.isoformat()} if self.available_at else {}
        for known in (QuizClosed, QuizNotOpen, AttemptsExhausted, RetryWait):
            if self.code == known.code:
                raise known(next_url=self.next_url, extra=extra)
        raise AccessRefused(self.sentence, code=self.code, next_url=self.next_url, extra=extra)


def can_start(quiz: Quiz, user: Any) -> Start:
    """Return whether `user` may start or go on with the quiz, and what to say (three queries, or four).

    The quiz comes with its course, lesson and the lesson's module.
    """
    enrollment, locked = _door(quiz, user)
    sat = _sat(quiz, enrollment)
    allowance = allowance_of(quiz, user)
    facts: dict[str, Any] = {
        "allowance": allowance,
        "enrollment": enrollment,
        "open_number": sat["open"],
        "last_number": sat["last"] or 0,
        "used": sat["used"],
    }
    here = quiz.get_absolute_url()
    if not is_course_visible(user, quiz.course, enrollment) or not (
        quiz.is_offered or sat["sat"] or quiz.can_edit(user)
    ):
        return Start(False, NOT_FOUND, str(NotFound.message))
    refused = standing(quiz.course, enrollment)
    if refused is not None:
        return Start(False, refused.code, refused.sentence, next_url=refused.next_url, **facts)
    if sat["open"]:
        return Start(True, "continue", **facts)
    if not quiz.is_offered:
        return Start(False, QuizClosed.code, str(QuizClosed.message), next_url=here, **facts)
    if locked is not None and not locked.allowed:
        return Start(False, locked.code, locked.sentence, locked.available_at, locked.next_url, **facts)
    return _in_time(quiz, sat, facts)


def _in_time(quiz: Quiz, sat: dict[str, Any], facts: dict[str, Any]) -> Start:
    """Return the lines of the table that the clock and the number of attempts decide."""
    here, now = quiz.get_absolute_url(), arrival()

    def no(error: type[DomainError], at: datetime | None = None) -> Start:
        return Start(False, error.code, str(error.message), at, here, **facts)

    if quiz.available_from is not None and now < quiz.available_from:
        return no(QuizNotOpen, quiz.available_from)
    if quiz.available_until is not None and now >= quiz.available_until:
        return no(QuizClosed)
    if attempts_left(quiz, sat["used"], facts["allowance"]) == 0:
        return no(AttemptsExhausted)
    if sat["closed"] is not None and quiz.retry_wait_minutes:
        again = sat["closed"] + timedelta(minutes=quiz.retry_wait_minutes)
        if now < again:
            return no(RetryWait, again)
    return Start(True, "start", **facts)


def attempts_left(quiz: Quiz, used: int, allowance: Allowance) -> int | None:
    """Return how many attempts may still be started; None: no limit."""
    if quiz.max_attempts is None:
        return None
    return max(0, quiz.max_attempts + allowance.extra_attempts - used)


def _door(quiz: Quiz, user: Any) -> tuple[Enrollment | None, Access | None]:
    """Return the person's enrollment and what enrollments says of the lesson (None for a quiz of the course)."""
    if quiz.lesson is None:
        rows = Enrollment.objects.filter(student=user, course=quiz.course_id)
        return (rows.first() if user.is_authenticated else None), None
    quiz.lesson.course = quiz.course
    facts = facts_for(user, [quiz.lesson])[quiz.lesson.pk]
    return facts.enrollment, decide(facts)


def _sat(quiz: Quiz, enrollment: Enrollment | None) -> dict[str, Any]:
    if enrollment is None:
        return {"used": 0, "sat": 0, "last": None, "open": None, "closed": None}
    return Attempt.objects.filter(quiz=quiz, enrollment=enrollment).aggregate(
        used=Count("pk", filter=~Q(status=Attempt.Status.VOIDED) & Q(is_excused=False)),
        sat=Count("pk"),
        last=Max("number"),
        open=Max("number", filter=Q(status=Attempt.Status.IN_PROGRESS)),
        closed=Max("submitted_at"),
    )


def standing(course: Course, enrollment: Enrollment | None) -> Access | None:
    """Return why a person with this enrollment may not sit quizzes of the course, None when they may."""
    refused = enrollments.standing(course, enrollment)
    if refused is not None and enrollment is None:
        return replace(refused, sentence=_("Enroll in the course to take this quiz."))
    return refused


def require_current(course: Course, enrollment: Enrollment | None) -> None:
    """Raise AccessRefused with enrollments' code unless the person may sit quizzes of the course.

    A course in the recycle bin is not there: NotFound.
    """
    if course.deleted_at is not None:
        raise NotFound
    refused = standing(course, enrollment)
    if refused is not None:
        raise AccessRefused(refused.sentence, code=refused.code, next_url=refused.next_url)


def get_quiz_for(user: Any, quiz_id: UUID) -> Quiz:
    """Return the quiz if `user` may know of it, with course, lesson and module; else Http404."""
    return get_object_or_404(_whole(Quiz.objects.visible_to(user)), pk=quiz_id)


def get_any_quiz(quiz_id: UUID) -> Quiz:
    """Return the quiz whoever asks, for doors that leave the decision to `can_start`; else Http404."""
    return get_object_or_404(_whole(Quiz.objects.all()), pk=quiz_id)


def get_editable_quiz_for(user: Any, quiz_id: UUID) -> Quiz:
    """Return the quiz if `user` may edit it; Http404 when invisible, 403 when visible and not theirs."""
    quiz = get_quiz_for(user, quiz_id)
    require_editor(user, quiz.course)
    return quiz


def get_editable_question_for(user: Any, question_id: UUID) -> Question:
    """Return the question if `user` may edit its quiz; Http404 for everybody else: questions are not shown."""
    questions = Question.objects.editable_by(user).select_related("quiz__course")
    return get_object_or_404(questions, pk=question_id)


def get_attempt_for(user: Any, attempt_id: UUID) -> Attempt:
    """Return the attempt if it is the person's own or of a course they edit; else Http404."""
    return get_object_or_404(_sitting(Attempt.objects.visible_to(user)), pk=attempt_id)


def get_managed_attempt_for(user: Any, attempt_id: UUID) -> Attempt:
    """Return the attempt if `user` runs its course; 403 for the student whose it is, else Http404."""
    attempt = get_attempt_for(user, attempt_id)
    require_editor(user, attempt.quiz.course)
    return attempt


def get_own_attempt(user: Any, quiz_id: UUID, number: int) -> Attempt:
    """Return the person's own attempt by its number; else Http404."""
    own = _sitting(Attempt.objects.filter(enrollment__student=user))
    attempt = get_object_or_404(own, quiz=quiz_id, number=number)
    if attempt.quiz.course.deleted_at is not None:
        raise Http404
    return attempt


def _whole(quizzes: QuerySet[Quiz]) -> QuerySet[Quiz]:
    return quizzes.select_related("course__instructor", "lesson__module").defer(
        "lesson__body", "course__description", "course__search_text"
    )


def _sitting(attempts: QuerySet[Attempt]) -> QuerySet[Attempt]:
    return attempts.select_related("quiz__course", "quiz__lesson__module", "enrollment").defer(
        "quiz__lesson__body", "quiz__course__description", "quiz__course__search_text", "enrollment__notes"
    )
