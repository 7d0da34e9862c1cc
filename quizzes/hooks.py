"""What quizzes tells the apps below: what a quiz lesson asks for, and when a course's quizzes suffice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from courses.models import Course, Lesson
from courses.services import Problem, register_copier, register_publish_check
from enrollments.models import Enrollment
from enrollments.services import Requirement, register_completion_check, register_lesson_kind
from files.permissions import register_access
from files.services import register_references
from lms.lib.figures import percent
from quizzes import references
from quizzes.models import Attempt, Quiz
from quizzes.services.copying import copy_quizzes
from quizzes.services.results import mean_of, results_for

if TYPE_CHECKING:
    from decimal import Decimal


def register() -> None:
    """Register everything; called once, when the site starts."""
    register_lesson_kind(Lesson.Type.QUIZ, lesson_requirements)
    register_completion_check(missing_quiz_average)
    register_copier(copy_quizzes)
    register_publish_check(lessons_without_quiz, of_many=lessons_without_quiz_in)
    register_access(references.may_open)
    register_references(references.places_of)


def lesson_requirements(enrollment: Enrollment, lessons: Sequence[Lesson]) -> dict[UUID, Requirement]:
    """Return what each quiz lesson asks for: to pass its quiz (one query)."""
    quizzes = {
        lesson_id: (pk, passing_score)
        for pk, lesson_id, passing_score in Quiz.objects.published()
        .filter(lesson__in=[lesson.pk for lesson in lessons])
        .values_list("pk", "lesson_id", "passing_score")
    }
    return {lesson.pk: _requirement(quizzes.get(lesson.pk)) for lesson in lessons}


def _requirement(quiz: tuple[UUID, Decimal] | None) -> Requirement:
    if quiz is None:
        return Requirement("quiz_not_open", _("The quiz of this lesson is not open yet."))
    pk, passing_score = quiz
    sentence = _("Pass the quiz (%(mark)s)") % {"mark": percent(passing_score, 2)}
    return Requirement("quiz_not_passed", sentence, reverse("quizzes:quiz_detail", args=[pk]))


def missing_quiz_average(enrollment: Enrollment) -> Iterator[Requirement]:
    """Yield what is missing for the course's `min_quiz_average`: quizzes without a result, then the average itself.

    No query when the course asks for none, else two. Quizzes of optional lessons count when they were sat.
    """
    needed = enrollment.course.min_quiz_average
    if needed is None:
        return
    quizzes: list[Any] = list(
        Quiz.objects.counted()
        .filter(course=enrollment.course_id)
        .order_by("position", "pk")
        .annotate(
            is_wanted=Q(lesson=None) | Q(lesson__is_required=True),
            is_graded=Exists(Attempt.objects.graded().filter(enrollment=enrollment.pk, quiz=OuterRef("pk"))),
        )
        .only("title")
    )
    results = results_for([enrollment.pk], quizzes=[quiz.pk for quiz in quizzes])
    sat = [results[key].percentage for quiz in quizzes if (key := (enrollment.pk, quiz.pk)) in results]
    for quiz in quizzes:
        if quiz.is_wanted and (enrollment.pk, quiz.pk) not in results:
            yield _result_missing(quiz)
    average = mean_of(sat) if sat else None
    if average is not None and average < needed:
        sentence = _("Reach a quiz average of %(needed)s: you have %(average)s.") % {
            "needed": percent(needed, 2),
            "average": percent(average, 2),
        }
        yield Requirement(
            "quiz_average_too_low",
            sentence,
            reverse("enrollments:course_home", args=[enrollment.course.slug]),
        )


def _result_missing(quiz: Any) -> Requirement:
    """Who has sat the quiz and whose result waits for the closing time is not asked to sit it again."""
    if quiz.is_graded:
        sentence = _("The result of “%(title)s” comes when the quiz has closed for everybody.")
        return Requirement("quiz_result_withheld", sentence % {"title": quiz.title}, quiz.get_absolute_url())
    sentence = _("Take the quiz “%(title)s”.")
    return Requirement("quiz_not_taken", sentence % {"title": quiz.title}, quiz.get_absolute_url())


def lessons_without_quiz(course: Course) -> Iterator[Problem]:
    """Yield the live quiz lessons whose quiz is missing or not published (one query)."""
    return lessons_without_quiz_in([course])


def lessons_without_quiz_in(courses: Sequence[Course]) -> Iterator[Problem]:
    """The same for several courses (one query)."""
    of_quizzes = Lesson.objects.live().filter(type=Lesson.Type.QUIZ).select_related("quiz")
    lessons = of_quizzes.filter(course__in=[course.pk for course in courses])
    for lesson in lessons.exclude(quiz__is_published=True).in_order():
        quiz = getattr(lesson, "quiz", None)
        page = (
            reverse("admin:quizzes_quiz_change", args=[quiz.pk])
            if quiz is not None
            else f"{reverse('admin:quizzes_quiz_add')}?lesson={lesson.pk}"
        )
        sentence = (
            _("The quiz of “%(title)s” is not published.")
            if quiz is not None
            else _("The lesson “%(title)s” has no quiz.")
        )
        yield Problem("quiz_not_published", sentence % {"title": lesson.title}, lesson, page=page)
