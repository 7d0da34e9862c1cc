"""Authoring a quiz: its settings and its publication."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypedDict, Unpack
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models.audit import record
from courses.exceptions import NotPublishable
from courses.models import Course, Lesson
from courses.services import set_quiz_count
from lms.lib.text import clean_multiline_text, clean_text, has_forbidden_characters
from quizzes.draws import MAX_RULES, pools_of
from quizzes.exceptions import LessonNotInCourse, LessonTaken, NotFound, QuizHasAttempts, field_error
from quizzes.models import Attempt, Quiz

if TYPE_CHECKING:
    from accounts.models import User


LAST_MINUTES = timedelta(minutes=5)


class QuizSettings(TypedDict, total=False):
    """What an author sets; fields as on `Quiz`."""

    title: str
    description: str
    instructions: str
    type: str
    position: int
    passing_score: Decimal | int
    max_attempts: int | None
    scoring_policy: str
    shuffle_questions: bool
    shuffle_options: bool
    one_question_per_page: bool
    review_policy: str
    time_limit_minutes: int | None
    retry_wait_minutes: int
    available_from: datetime | None
    available_until: datetime | None
    apply_accommodations: bool
    show_score_immediately: bool
    questions_per_attempt: int | None
    draw_rules: list[dict[str, Any]]
    lesson: Lesson | None


def create_quiz(*, course: Course, **settings: Unpack[QuizSettings]) -> Quiz:
    """Create an unpublished quiz at the end of `course`, for one of its quiz lessons when `lesson` is given.

    Raises LessonNotInCourse, LessonTaken, and ValidationError for values out of range.
    """
    try:
        with transaction.atomic():
            quiz = Quiz(course=course, position=last_position(course) + 1)
            _apply(quiz, settings)
            quiz.save()
    except IntegrityError:  # two authors at once: the lesson has one quiz
        raise LessonTaken from None
    return quiz


def update_quiz(*, quiz: Quiz, **settings: Unpack[QuizSettings]) -> Quiz:
    """Change settings of a quiz; running attempts keep what they were started with.

    Raises as `create_quiz`, and NotPublishable when a published quiz would not be whole any more.
    """
    try:
        with transaction.atomic():
            lock_quiz(quiz)
            until = quiz.available_until
            _apply(quiz, settings)
            quiz.save()
            recount_questions(quiz)
            if quiz.available_until is not None and quiz.available_until != until:
                _close_open_ended(quiz, quiz.available_until)
            if quiz.is_published:
                refuse_problems(quiz)
    except IntegrityError:  # as above
        raise LessonTaken from None
    return quiz


def _close_open_ended(quiz: Quiz, until: datetime) -> None:
    """Give running attempts without a deadline the closing time, and at least five minutes from now."""
    deadline = max(until, timezone.now() + LAST_MINUTES)
    Attempt.objects.in_progress().filter(quiz=quiz, deadline_at=None).update(deadline_at=deadline)


def last_position(course: Course) -> int:
    """Return the highest position of the course's quizzes, 0 without any."""
    return Quiz.objects.filter(course=course).aggregate(last=Max("position"))["last"] or 0


def _apply(quiz: Quiz, settings: QuizSettings) -> None:
    for name, value in settings.items():
        if name == "title":
            value = clean_text(str(value))
        elif name in ("description", "instructions"):
            value = clean_multiline_text(str(value))
        setattr(quiz, name, value)
    quiz.draw_rules = clean_draw_rules(quiz.draw_rules)
    if quiz.lesson is not None:
        _check_lesson(quiz, quiz.lesson)
    quiz.full_clean(exclude=["course", "lesson"], validate_unique=False)


def clean_draw_rules(rules: Any) -> list[dict[str, Any]]:
    """Return the rules as they are stored; raise the refusal of what has another shape."""
    fits = isinstance(rules, list) and len(rules) <= MAX_RULES and all(_is_rule(rule) for rule in rules)
    if not fits:
        sentence = _(
            "Give up to 20 rules, each with a tag (or none, for the rest) and a count from 1 to 200."
        )
        raise field_error("draw_rules", "invalid_draw_rules", sentence)
    return [
        {"tag": clean_text(rule["tag"]) if rule["tag"] else None, "count": rule["count"]} for rule in rules
    ]


def _is_rule(rule: Any) -> bool:
    if not isinstance(rule, dict) or set(rule) != {"tag", "count"}:
        return False
    tag, count = rule["tag"], rule["count"]
    is_tag = tag is None or (
        isinstance(tag, str) and 0 < len(tag) <= 50 and not has_forbidden_characters(tag)
    )
    return is_tag and type(count) is int and 1 <= count <= Quiz.MAX_DRAWN


def _check_lesson(quiz: Quiz, lesson: Lesson) -> None:
    if lesson.course_id != quiz.course_id or lesson.type != Lesson.Type.QUIZ or lesson.deleted_at:
        raise LessonNotInCourse
    if Quiz.objects.filter(lesson=lesson).exclude(pk=quiz.pk).exists():
        raise LessonTaken


@transaction.atomic
def publish_quiz(*, quiz: Quiz, by: User | None = None) -> Quiz:
    """Offer the quiz to students; a published one is left as it is. Raises NotPublishable with every problem."""
    lock_quiz(quiz)
    if quiz.is_published:
        return quiz
    refuse_problems(quiz)
    quiz.is_published = True
    quiz.save(update_fields=["is_published", "updated_at"])
    _recount_course(quiz.course_id)
    record(by=by, action="quiz.published", target=quiz, data={"is_published": [False, True]})
    return quiz


@transaction.atomic
def unpublish_quiz(*, quiz: Quiz, by: User | None = None) -> Quiz:
    """Take the quiz back: nobody starts it any more; running attempts go on, results stay."""
    lock_quiz(quiz)
    if not quiz.is_published:
        return quiz
    quiz.is_published = False
    quiz.save(update_fields=["is_published", "updated_at"])
    _recount_course(quiz.course_id)
    record(by=by, action="quiz.unpublished", target=quiz, data={"is_published": [True, False]})
    return quiz


@transaction.atomic
def delete_quiz(*, quiz: Quiz, by: User | None = None) -> None:
    """Delete a quiz nobody sat; else raise QuizHasAttempts."""
    lock_quiz(quiz)
    if Attempt.objects.filter(quiz=quiz).exists():
        raise QuizHasAttempts
    record(by=by, action="quiz.deleted", target=quiz)
    course_id = quiz.course_id
    quiz.delete()
    _recount_course(course_id)


def lock_quiz(quiz: Quiz) -> None:
    """Bring the instance up to date and lock its row: authors queue up, and starts wait for them.

    Raises NotFound when it was deleted meanwhile.
    """
    fields = [field.name for field in Quiz._meta.concrete_fields if field.name not in ("id", "course")]
    try:
        quiz.refresh_from_db(fields=fields, from_queryset=Quiz.objects.select_for_update())
    except Quiz.DoesNotExist:
        raise NotFound from None


def refuse_problems(quiz: Quiz) -> None:
    """Raise NotPublishable with every blocking problem of the quiz."""
    blocking = [problem for problem in quiz.problems() if problem.is_blocking]
    if blocking:
        raise NotPublishable(blocking)


def recount_questions(quiz: Quiz) -> None:
    """Set `total_questions`, `total_points` and `attempt_points` from the questions that may be drawn."""
    quiz.total_questions, quiz.total_points, quiz.attempt_points = counters_of(quiz)
    quiz.save(update_fields=["total_questions", "total_points", "attempt_points", "updated_at"])


def counters_of(quiz: Quiz) -> tuple[int, Decimal, Decimal]:
    """Return the counters as the questions make them: how many, their points, those of one attempt (one query)."""
    rows = list(quiz.questions.drawable().order_by("position").only("points", "tags"))
    pools = pools_of(rows, quiz.questions_per_attempt, quiz.draw_rules)
    zero = Decimal("0.00")
    return len(rows), sum((row.points for row in rows), zero), sum((pool.points for pool in pools), zero)


def _recount_course(course_id: UUID) -> None:
    set_quiz_count(course_id, Quiz.objects.published().filter(course=course_id).count())
