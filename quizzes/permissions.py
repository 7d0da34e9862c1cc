"""Gates to quizzes, questions and attempts, and the answer to "may this person start?"."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
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
from quizzes.exceptions import AccessRefused, AttemptsExhausted, NotFound, QuizClosed
from quizzes.models import Attempt, Question, Quiz

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

    @property
    def is_hidden(self) -> bool:
        return self.code == NOT_FOUND

    def refuse(self) -> None:
        """Raise the refusal, unless starting is allowed."""
        if self.allowed:
            return
        if self.code == NOT_FOUND:
            raise NotFound
        for known in (QuizClosed, AttemptsExhausted):
            if self.code == known.code:
                raise known(next_url=self.next_url)
        extra = {"available_at": self.available_at.isoformat()} if self.available_at else {}
        raise AccessRefused(self.sentence, code=self.code, next_url=self.next_url, extra=extra)


def can_start(quiz: Quiz, user: Any) -> Start:
    """Return whether `user` may start or go on with the quiz, and what to say (three queries).

    The quiz comes with its course, lesson and the lesson's module.
    """
    enrollment, locked = _door(quiz, user)
    sat = _sat(quiz, enrollment)
    facts = {
        "enrollment": enrollment,
        "open_number": sat["open"],
        "last_number": sat["last"] or 0,
        "used": sat["used"],
    }
    here = quiz.get_absolute_url()
    if not is_course_visible(user, quiz.course, enrollment) or not (
        quiz.is_offered or sat["used"] or quiz.can_edit(user)
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
    if quiz.max_attempts is not None and sat["used"] >= quiz.max_attempts:
        return Start(False, AttemptsExhausted.code, str(AttemptsExhausted.message), next_url=here, **facts)
    return Start(True, "start", **facts)


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
        return {"used": 0, "last": None, "open": None}
    return Attempt.objects.filter(quiz=quiz, enrollment=enrollment).aggregate(
        used=Count("pk"),
        last=Max("number"),
        open=Max("number", filter=Q(status=Attempt.Status.IN_PROGRESS)),
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
