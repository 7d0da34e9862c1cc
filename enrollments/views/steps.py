"""What the page shows below a lesson's content: what it asks for, and the way on."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.urls import reverse

from courses.models import Lesson
from enrollments.forms import NotesForm
from enrollments.models import Enrollment, LessonProgress
from enrollments.outline import Outline, Step
from enrollments.permissions import lesson_url, place
from enrollments.requirements import is_completed_by_hand, is_watched, requirement_of, time_to_go
from enrollments.services.watching import resume_at
from lms.lib.video_urls import embed_url


def step_context(outline: Outline, step: Step) -> dict[str, Any]:
    """Return the context of a lesson page below its content (no query)."""
    row = step.row
    start = resume_at(row.last_position_seconds, step.lesson.video_seconds) if row else 0
    return completion_context(step.lesson, row, outline.enrollment) | {
        "before": outline.before(step),
        "after": outline.after(step),
        "row": row,
        "notes_form": notes_form(row),
        "resume_at": start,
        "embed": _frame_url(step.lesson.video_url, start),
    }


def _frame_url(video_url: str, start: int) -> str:
    """Return what an iframe shows for a typed video address, from `start` seconds on; "" for a file."""
    address = embed_url(video_url) if video_url else ""
    if not address:
        return ""
    # Both players tell their position through messages (static/js/embed.js); YouTube's has to be asked to.
    return f"{address}#t={start}s" if "vimeo" in address else f"{address}?enablejsapi=1&start={start}"


def completion_context(
    lesson: Lesson, row: LessonProgress | None, enrollment: Enrollment | None
) -> dict[str, Any]:
    """Return what `_completion.html` shows; without an enrollment nothing can be completed."""
    return {
        "course": lesson.course,
        "lesson": lesson,
        "enrollment": enrollment,
        "row": row,
        "requirement": requirement_of(lesson, row),
        "is_watched": is_watched(lesson),
        "by_hand": is_completed_by_hand(lesson),
        "time_to_go": time_to_go(lesson, row),
        "percent": row.completion_percentage if row else 0,
    }


def notes_form(row: LessonProgress | None) -> NotesForm:
    """Return the form with the stored notes."""
    return NotesForm(
        initial={"notes": row.notes if row else "", "revision": row.notes_revision if row else 0}
    )


def finished_url(lesson: Lesson) -> str:
    """Return the end page of the lesson's course."""
    return reverse("enrollments:finished", args=[lesson.course.slug])


def way_on(enrollment: Enrollment, lesson: Lesson) -> str:
    """Return where "Complete and continue" leads: the next lesson, after the last one the first that is missing,
    or the end page (one query)."""
    if enrollment.completed_at is not None:
        after = _after(enrollment, lesson).filter(_behind(lesson)).first()
    else:
        after = _after(enrollment, lesson).first()
    if after is not None:
        return lesson_url(lesson.course, after.slug)
    if enrollment.completed_at is not None:
        return finished_url(lesson)
    return reverse("enrollments:course_home", args=[lesson.course.slug])


def _behind(lesson: Lesson) -> Q:
    module, position = place(lesson)
    return Q(module__position__gt=module) | Q(module__position=module, position__gt=position)


def _after(enrollment: Enrollment, lesson: Lesson) -> QuerySet[Lesson]:
    """Lessons behind this one in their order, then those before it that are required and not completed."""
    done = LessonProgress.objects.filter(enrollment=enrollment, status=LessonProgress.Status.COMPLETED)
    missing = Q(is_required=True) & ~Q(pk__in=done.values("lesson"))
    return (
        Lesson.objects.live()
        .filter(_behind(lesson) | missing, course=lesson.course)
        .exclude(pk=lesson.pk)
        .annotate(
            turn=Case(When(_behind(lesson), then=Value(0)), default=Value(1), output_field=IntegerField())
        )
        .order_by("turn", "module__position", "position")
        .only("slug")
    )
