"""One person's view of a course: every lesson with its row, its lock and its words, from one query."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, F, FilteredRelation, Q, QuerySet, Value, When
from django.db.models.fields import TextField
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.models import Course, Lesson, Module
from enrollments.models import Enrollment, LessonProgress
from enrollments.permissions import Access, Facts, decide, is_course_visible, lesson_url, place
from enrollments.services import Requirement, percentage
from lms.lib.figures import clock, percent

LESSON_LOCKS = {"previous_lesson", "not_released"}


@dataclass
class Step:
    """One lesson of the outline."""

    lesson: Lesson
    row: LessonProgress | None
    access: Access
    is_current: bool = False  # the page on which the outline stands

    @property
    def is_completed(self) -> bool:
        return self.row is not None and self.row.is_completed

    @property
    def is_started(self) -> bool:
        return self.row is not None and self.row.status == LessonProgress.Status.IN_PROGRESS

    @property
    def url(self) -> str:
        """The lesson's page; empty while it is locked."""
        return lesson_url(self.lesson.course, self.lesson.slug) if self.access.allowed else ""

    @property
    def state(self) -> str:
        """The shape of its mark: done, half, locked, or nothing."""
        if self.is_completed:
            return "done"
        if not self.access.allowed:
            return "locked"
        return "half" if self.is_started else ""

    @property
    def note(self) -> str:
        """The line below the title: kind, length, and the state in words."""
        if self.access.code in LESSON_LOCKS:
            return _("Locked. %(reason)s") % {"reason": self.access.sentence}
        locked = "" if self.access.allowed else _("Locked")  # the whole course is: the page says why, once
        return " · ".join(part for part in (kind_and_length(self.lesson), self._words(), locked) if part)

    def _words(self) -> str:
        if not self.lesson.is_live:
            return _("Not published")
        if self.is_completed:
            return _("Completed")
        watched = self.row.completion_percentage if self.row else 0
        if self.lesson.type == Lesson.Type.VIDEO and watched:
            return _("%(percent)s watched") % {"percent": percent(int(watched))}
        if self.is_started:
            return _("Started")
        return "" if self.lesson.is_required else _("Optional")


@dataclass
class Section:
    """One module of the outline with its steps."""

    module: Module
    steps: list[Step] = field(default_factory=list)
    number: int = 0

    @property
    def counted(self) -> list[Step]:
        """The steps that count: live and required."""
        return [step for step in self.steps if step.lesson.is_required and step.lesson.is_live]

    @property
    def total(self) -> int:
        return len(self.counted)

    @property
    def done(self) -> int:
        return sum(step.is_completed for step in self.counted)

    @property
    def percent(self) -> Any:
        return percentage(self.done, self.total)

    @property
    def is_done(self) -> bool:
        return self.done == self.total > 0

    @property
    def opens_on(self) -> str:
        """The day on which a module opens that is closed as a whole; empty when it is not."""
        times = [step.access.available_at for step in self.steps if step.access.code == "not_released"]
        if not times or len(times) < len(self.steps) or times[0] is None:
            return ""
        return date_format(localtime(times[0]), "DATE_FORMAT")


def kind_and_length(lesson: Lesson) -> str:
    """Return "Video, 11:40" or "Text, 8 min"."""
    length = ""
    if lesson.type == Lesson.Type.VIDEO and lesson.video_seconds:
        length = clock(lesson.video_seconds)
    elif lesson.duration_minutes:
        minutes = lesson.duration_minutes
        length = ngettext("%(count)d min", "%(count)d min", minutes) % {"count": minutes}
    kind = lesson.get_type_display()
    return _("%(kind)s, %(length)s") % {"kind": kind, "length": length} if length else kind


class Outline:
    """A course as one person has it. Without an enrollment: as a visitor, or as its editor, sees it."""

    def __init__(
        self,
        course: Course,
        user: Any,
        enrollment: Enrollment | None,
        *,
        as_student: bool = False,
        current: str = "",
    ) -> None:
        """Read it in one query. `as_student` shows an editor a new student's locks; `current` is the slug of the
        lesson on whose page it stands: its text is read too.
        """
        self.course = course
        self.enrollment = enrollment
        self.is_editor = course.can_edit(user) and not as_student
        self._user = user
        self._as_student = as_student and course.can_edit(user)
        self._current = current
        lessons = list(self._lessons(current))
        self.steps = self._decided(lessons)
        self.sections = self._grouped()

    def _lessons(self, body_of: str) -> QuerySet[Lesson]:
        lessons = Lesson.objects.filter(course=self.course)
        lessons = lessons.present() if self.is_editor else lessons.live()
        mine = Q(progress__enrollment=self.enrollment) if self.enrollment else Q(progress__enrollment=None)
        text = Case(When(slug=body_of, then=F("body")), default=Value(""), output_field=TextField())
        return (
            lessons.annotate(mine=FilteredRelation("progress", condition=mine), text=text)
            .select_related("module", "video_file", "mine")  # type: ignore[misc]  # the relation above
            .defer("body")
            .in_order()
        )

    def _decided(self, lessons: Iterable[Lesson]) -> list[Step]:
        known = {
            "is_editor": self.is_editor,
            "is_signed_in": self._user.is_authenticated,
            "is_course_visible": self._as_student
            or is_course_visible(self._user, self.course, self.enrollment),
            "enrollment": self._viewer(),
        }
        steps: list[Step] = []
        first: Lesson | None = None
        for lesson in lessons:
            lesson.course, lesson.body = self.course, lesson.text  # type: ignore[attr-defined]
            row = getattr(lesson, "mine", None) if self.enrollment else None
            done = row is not None and row.is_completed
            blocked = (first.title, first.slug) if first and place(first) < place(lesson) else None
            access = decide(Facts(lesson=lesson, is_completed=done, blocked_by=blocked, **known))
            if not access.is_hidden:
                steps.append(Step(lesson, row, access, lesson.slug == self._current))
            if self.course.is_sequential and lesson.is_required and lesson.is_live and not done:
                first = first or lesson
        return steps

    def _viewer(self) -> Enrollment | None:
        """The enrollment whose locks are shown; for an editor who looks as a student, a brand-new one."""
        if self._as_student:
            return Enrollment(student=self._user, course=self.course)
        return self.enrollment

    def _grouped(self) -> list[Section]:
        sections: dict[Any, Section] = {}
        for step in self.steps:
            module = step.lesson.module
            if module is not None:
                section = sections.setdefault(module.pk, Section(module, number=len(sections) + 1))
                section.steps.append(step)
        return list(sections.values())

    # --- Counted from what was read

    @property
    def total(self) -> int:
        return self.enrollment.total_lessons_count if self.enrollment else sum(s.total for s in self.sections)

    @property
    def done(self) -> int:
        return self.enrollment.completed_lessons_count if self.enrollment else 0

    @property
    def percent(self) -> Any:
        return self.enrollment.progress_percentage if self.enrollment else 0

    # --- Places

    def find(self, slug: str) -> Step | None:
        """Return the step of a lesson, None when there is none for this person."""
        return next((step for step in self.steps if step.lesson.slug == slug), None)

    def section_of(self, step: Step) -> Section:
        """Return the section in which the step stands."""
        return next(section for section in self.sections if step in section.steps)

    def before(self, step: Step) -> Step | None:
        index = self.steps.index(step)
        return self.steps[index - 1] if index else None

    def after(self, step: Step) -> Step | None:
        index = self.steps.index(step)
        return self.steps[index + 1] if index + 1 < len(self.steps) else None

    @property
    def next_unfinished(self) -> Step | None:
        """The first open lesson that is not completed, required ones before the others."""
        open_steps = [step for step in self.steps if step.access.allowed and not step.is_completed]
        required = [step for step in open_steps if step.lesson.is_required]
        return next(iter(required or open_steps), None)

    @property
    def resume(self) -> Step | None:
        """Where to go on: the lesson opened last while it is open and unfinished, else the next unfinished."""
        last = self.enrollment.current_lesson_id if self.enrollment else None
        for step in self.steps:
            if step.lesson.pk == last and step.access.allowed and not step.is_completed:
                return step
        return self.next_unfinished

    @property
    def new_since_completion(self) -> list[Step]:
        """Lessons that came after the course was completed, and are not done yet."""
        if self.enrollment is None or self.enrollment.completed_at is None:
            return []
        return [step for step in self.steps if step.lesson.is_required and not step.is_completed]

    def missing_lessons(self) -> list[Requirement]:
        """What `missing_for_completion` says of the lessons, without a query of its own."""
        return [
            Requirement(
                "lesson_not_completed",
                _("Complete “%(title)s”.") % {"title": step.lesson.title},
                lesson_url(self.course, step.lesson.slug),
            )
            for section in self.sections
            for step in section.counted
            if not step.is_completed
        ]
