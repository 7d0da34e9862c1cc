"""What pages of enrollments show of quizzes: the box of a quiz lesson, and the quizzes of a course."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context

from courses.models import Lesson
from enrollments.models import Enrollment
from quizzes.models import Quiz
from quizzes.review import histories_of, history_of
from quizzes.timing import allowance_of

register = template.Library()


@register.inclusion_tag("quizzes/_quiz_box.html", takes_context=True)
def quiz_box(context: Context, enrollment: Enrollment | None, lesson: Lesson) -> dict[str, Any]:
    """Show the quiz of a lesson: what awaits, how the student stands, one button (two queries).

    `lesson` comes with its course; `enrollment` None is a preview. Staff get the way to the editor too.
    """
    quiz = Quiz.objects.filter(lesson=lesson).first()
    can_edit = lesson.course.can_edit(context["request"].user)
    if quiz is not None:
        quiz.course = lesson.course
    allowance = allowance_of(quiz, context["request"].user) if quiz and quiz.time_limit_minutes else None
    history = history_of(quiz, enrollment.pk, allowance) if quiz and enrollment else None
    return {
        "quiz": quiz if quiz and (quiz.is_published or can_edit or (history and history.attempts)) else None,
        "history": history,
        "lesson": lesson,
        "can_edit": can_edit,
    }


@register.inclusion_tag("quizzes/_course_quizzes.html")
def course_quizzes(enrollment: Enrollment) -> dict[str, Any]:
    """List the quizzes of a course that belong to no lesson, with the student's result (two queries)."""
    quizzes = (
        Quiz.objects.offered().filter(course=enrollment.course_id, lesson=None).order_by("position", "pk")
    )
    return {"histories": histories_of(list(quizzes), enrollment.pk)}
