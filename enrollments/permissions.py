"""May this person open this lesson? One pure function answers; pages, API, files, quizzes and tags ask it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.db.models import Count, Exists, JSONField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from courses.exceptions import NotAllowed, NotOwner
from courses.models import Course, Lesson, Module
from enrollments.exceptions import LessonLocked, OwnEnrollment
from enrollments.models import Enrollment, LessonProgress
from files.models import StoredFile

NOT_FOUND = "not_found"


@dataclass(frozen=True)
class Access:
    """The answer: a code of the access table, a translated sentence, and where to go on.

    `available_at` is set for `not_released`. A hidden lesson is 404 and absent from lists.
    """

    allowed: bool
    code: str
    sentence: str = ""
    available_at: datetime | None = None
    next_url: str = ""

    @property
    def is_hidden(self) -> bool:
        return self.code == NOT_FOUND


@dataclass(frozen=True)
class Facts:
    """Everything the decision looks at. The lesson comes with its course and module.

    `blocked_by` is title and slug of the first earlier required lesson that is not completed, in a course
    whose lessons open in order.
    """

    lesson: Lesson
    is_editor: bool = False
    is_signed_in: bool = True
    is_course_visible: bool = True
    enrollment: Enrollment | None = None
    is_completed: bool = False
    blocked_by: tuple[str, str] | None = None
    now: datetime = field(default_factory=timezone.now)


def decide(facts: Facts) -> Access:
    """Return the first line of the access table that applies."""
    lesson, course = facts.lesson, facts.lesson.course
    if facts.is_editor:
        return Access(True, "staff")
    if not lesson.is_live:
        return _hidden()
    if course.deleted_at is not None:
        return _removed() if facts.enrollment else _hidden()
    if not facts.is_course_visible:
        return _hidden()
    if lesson.is_preview:
        return Access(True, "preview")
    return _standing(facts) or _lock(facts) or Access(True, "enrolled")


def _hidden() -> Access:
    return Access(False, NOT_FOUND, _("There is nothing here, or it is not for you."))


def _removed() -> Access:
    text = _("This course was removed. Your progress is kept and comes back with it.")
    return Access(False, "course_removed", text, next_url=reverse("enrollments:dashboard"))


def _standing(facts: Facts) -> Access | None:
    """Return why the person as such may not learn here, None when they may."""
    if not facts.is_signed_in:
        here = lesson_url(facts.lesson.course, facts.lesson.slug)
        url = f"{reverse('account_login')}?next={quote(here)}"
        return Access(False, "sign_in_required", _("Log in to open this lesson."), next_url=url)
    return standing(facts.lesson.course, facts.enrollment)


def standing(course: Course, enrollment: Enrollment | None) -> Access | None:
    """Return why a signed-in person with this enrollment may not learn in the course, None when they may."""
    course_url = course.get_absolute_url()
    if enrollment is None:
        return Access(
            False, "not_enrolled", _("Enroll in the course to open this lesson."), next_url=course_url
        )
    if enrollment.status == Enrollment.Status.DROPPED:
        text = _("You left this course. Enroll again to go on where you stopped.")
        return Access(False, "dropped", text, next_url=course_url)
    if enrollment.status == Enrollment.Status.SUSPENDED:
        text = _("Your access to this course is suspended. Ask the teacher.")
        return Access(False, "suspended", text, next_url=reverse("enrollments:dashboard"))
    if enrollment.status == Enrollment.Status.EXPIRED or not enrollment.is_current:
        text = _("Your access to this course has ended. Renew it on the course page; your progress is kept.")
        return Access(False, "access_expired", text, next_url=course_url)
    return None


def _lock(facts: Facts) -> Access | None:
    """Return why the lesson is not open yet, or that it is for good; None when nothing speaks against it."""
    enrollment, course = facts.enrollment, facts.lesson.course
    if enrollment is None or facts.lesson.module is None:
        return None
    if facts.is_completed:
        return Access(True, "completed")
    if enrollment.is_unlocked:
        return Access(True, "unlocked")
    opens = opens_at(facts.lesson.module, enrollment.enrolled_at)
    if opens is not None and opens > facts.now:
        day = date_format(timezone.localtime(opens), "DATE_FORMAT")
        text = _("Opens on %(date)s.") % {"date": day}
        return Access(
            False, "not_released", text, opens, reverse("enrollments:course_home", args=[course.slug])
        )
    if facts.blocked_by:
        title, slug = facts.blocked_by
        text = _("Complete “%(title)s” first.") % {"title": title}
        return Access(False, "previous_lesson", text, next_url=lesson_url(course, slug))
    return None


def opens_at(module: Module, enrolled_at: datetime) -> datetime | None:
    """Return when the module opens for somebody enrolled at that time; None: it is open. Of two, the later."""
    times = [] if module.release_at is None else [module.release_at]
    if module.release_after_days is not None:
        times.append(enrolled_at + timedelta(days=module.release_after_days))
    return max(times, default=None)


def lesson_url(course: Course, lesson_slug: str) -> str:
    """Return the address of a lesson's page."""
    return reverse("enrollments:lesson", args=[course.slug, lesson_slug])


def is_course_visible(user: Any, course: Course, enrollment: Enrollment | None) -> bool:
    """Return what `Course.objects.visible_to(user)` says of the course, from rows already read."""
    if course.deleted_at is not None:
        return bool(user.is_authenticated and user.is_admin)
    if course.status == Course.Status.PUBLISHED:
        return True
    if not user.is_authenticated:
        return False
    mine = enrollment is not None and enrollment.status != Enrollment.Status.DROPPED
    return bool(user.is_admin or course.instructor_id == user.pk or mine)


def place(lesson: Lesson) -> tuple[int, int]:
    """Return where the lesson stands in its course's outline (reads the module)."""
    return (lesson.module.position if lesson.module else 0, lesson.position or 0)


def facts_for(user: Any, lessons: Sequence[Lesson]) -> dict[UUID, Facts]:
    """Return the facts on lessons of any courses (two queries; the lessons come with course and module)."""
    courses = {lesson.course_id: lesson.course for lesson in lessons}
    enrollments: dict[UUID, Enrollment] = {}
    if user.is_authenticated:
        rows = Enrollment.objects.filter(student=user, course__in=list(courses))
        enrollments = {row.course_id: row for row in rows}
        for row in enrollments.values():
            row.course = courses[row.course_id]
    done, first_open = _ledger(lessons, enrollments.values())
    return {
        lesson.pk: _facts(user, lesson, enrollments.get(lesson.course_id), done, first_open)
        for lesson in lessons
    }


def _ledger(
    lessons: Sequence[Lesson], enrollments: Iterable[Enrollment]
) -> tuple[set[UUID], Mapping[UUID, Lesson]]:
    """Return which of the lessons are completed, and per course in order the first one that is still open."""
    learning = [row for row in enrollments if row.is_current]
    if not learning:
        return set(), {}
    in_order = [row.course_id for row in learning if row.course.is_sequential and not row.is_unlocked]
    completed = LessonProgress.objects.filter(
        lesson=OuterRef("pk"), enrollment__in=learning, status=LessonProgress.Status.COMPLETED
    )
    asked = Lesson.objects.filter(pk__in=[lesson.pk for lesson in lessons])
    steps = (asked | Lesson.objects.required().filter(course__in=in_order)).select_related("module")
    done: set[UUID] = set()
    first_open: dict[UUID, Lesson] = {}
    for step in steps.annotate(done=Exists(completed)).defer("body").in_order():
        if step.done:  # type: ignore[attr-defined]  # annotated above
            done.add(step.pk)
        elif step.course_id in in_order and step.is_required and step.is_live:
            first_open.setdefault(step.course_id, step)
    return done, first_open


def _facts(
    user: Any,
    lesson: Lesson,
    enrollment: Enrollment | None,
    done: set[UUID],
    first_open: Mapping[UUID, Lesson],
) -> Facts:
    first = first_open.get(lesson.course_id)
    blocked = first is not None and place(first) < place(lesson)
    return Facts(
        lesson=lesson,
        is_editor=lesson.course.can_edit(user),
        is_signed_in=user.is_authenticated,
        is_course_visible=is_course_visible(user, lesson.course, enrollment),
        enrollment=enrollment,
        is_completed=lesson.pk in done,
        blocked_by=(first.title, first.slug) if first and blocked else None,
    )


def lesson_access(user: Any, lesson: Lesson) -> Access:
    """Return whether `user` may open the lesson (two queries; reads its course and module)."""
    return decide(facts_for(user, [lesson])[lesson.pk])


def outline_access(user: Any, course: Course, lessons: Sequence[Lesson] | None = None) -> dict[UUID, Access]:
    """Return the same for every live lesson of the course, by lesson id, in three queries.

    Two when the `lessons` are given, with course and module. The reader's enrollment, which it has to read,
    stays with the course, for the tags of the page that shows the outline.
    """
    if lessons is None:
        rows = Lesson.objects.live().filter(course=course).select_related("module").defer("body").in_order()
        lessons = list(rows)
        for lesson in lessons:
            lesson.course = course
    facts = facts_for(user, lessons)
    for known in facts.values():
        course.__dict__["enrollment_of_reader"] = (user.pk, known.enrollment)
        break
    return {pk: decide(known) for pk, known in facts.items()}


# --- Gates ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Study:
    """A student in a lesson that is open to them. `row` is theirs for the lesson, None before the first touch."""

    enrollment: Enrollment
    lesson: Lesson
    row: LessonProgress | None


def get_study_by_slugs(user: Any, course_slug: str, lesson_slug: str) -> Study:
    """Return the student's place in the lesson, for a verb of theirs; one query once they have opened it.

    Old slugs of the course hold: a page that was open when its address changed goes on working.

    Http404 when the lesson is hidden from them, LessonLocked when it is not open to them.
    """
    rows = _rows_of(user).filter(enrollment__course__slugs__slug=course_slug, lesson__slug=lesson_slug)
    lessons = Lesson.objects.filter(course__slugs__slug=course_slug, slug=lesson_slug)
    return _study(user, rows.first(), lessons)


def get_study_by_ids(user: Any, enrollment_id: UUID, lesson_id: UUID) -> Study:
    """The same by ids; a lesson of another course is 404, an enrollment that one sees as staff NotAllowed."""
    row = _rows_of(user).filter(enrollment=enrollment_id, lesson=lesson_id).first()
    lessons = Lesson.objects.none()
    if row is None:
        enrollment = get_own_enrollment_for(user, enrollment_id)
        lessons = Lesson.objects.filter(course=enrollment.course_id, pk=lesson_id)
    return _study(user, row, lessons)


def _rows_of(user: Any) -> QuerySet[LessonProgress]:
    """The person's lesson rows with all that the decision needs, the first open earlier lesson included."""
    done = LessonProgress.objects.filter(
        lesson=OuterRef("pk"),
        enrollment=OuterRef(OuterRef("enrollment")),
        status=LessonProgress.Status.COMPLETED,
    )
    before = Q(module__position__lt=OuterRef("lesson__module__position")) | Q(
        module=OuterRef("lesson__module"), position__lt=OuterRef("lesson__position")
    )
    earlier = Lesson.objects.required().filter(
        before, ~Exists(done), course=OuterRef("enrollment__course"), course__is_sequential=True
    )
    found = earlier.in_order().values(step=JSONObject(title="title", slug="slug"))[:1]
    return (
        LessonProgress.objects.filter(enrollment__student=user, lesson__deleted_at=None)
        .select_related("enrollment__course", "lesson__module", "lesson__video_file")
        .annotate(blocked_by=Subquery(found, output_field=JSONField()))
        .defer("lesson__body")
    )


def _study(user: Any, row: LessonProgress | None, lessons: QuerySet[Lesson]) -> Study:
    if row is None:
        found = lessons.filter(deleted_at=None).select_related("course", "module", "video_file")
        lesson = get_object_or_404(found.defer("body"))
        facts = facts_for(user, [lesson])[lesson.pk]
    else:
        facts = _facts_of_row(user, row)
    access = decide(facts)
    if access.is_hidden:
        raise Http404
    refused = access if not access.allowed else standing(facts.lesson.course, facts.enrollment)
    if refused is not None or facts.enrollment is None:
        raise LessonLocked(refused or access)
    facts.enrollment.student = user
    return Study(facts.enrollment, facts.lesson, row)


def _facts_of_row(user: Any, row: LessonProgress) -> Facts:
    lesson, enrollment = row.lesson, row.enrollment
    lesson.course = enrollment.course
    step: dict[str, str] | None = row.blocked_by  # type: ignore[attr-defined]  # of _rows_of
    return Facts(
        lesson=lesson,
        is_editor=lesson.course.can_edit(user),
        is_course_visible=is_course_visible(user, lesson.course, enrollment),
        enrollment=enrollment,
        is_completed=row.is_completed,
        blocked_by=(step["title"], step["slug"]) if step else None,
    )


def get_enrollment_for(user: Any, enrollment_id: UUID) -> Enrollment:
    """Return the enrollment, with course and student, if it is theirs or of a course they run; else Http404."""
    rows = Enrollment.objects.visible_to(user).select_related(
        "course__category", "course__instructor", "student", "current_lesson"
    )
    return get_object_or_404(rows, pk=enrollment_id)


def get_own_enrollment_for(user: Any, enrollment_id: UUID) -> Enrollment:
    """Return the enrollment if it is theirs; NotAllowed for staff, who see it but do not learn in it."""
    enrollment = get_enrollment_for(user, enrollment_id)
    if enrollment.student_id != user.pk:
        raise NotAllowed(_("Only the student may do this."))
    return enrollment


def get_managed_enrollment_for(user: Any, enrollment_id: UUID) -> Enrollment:
    """Return the enrollment if they run its course; NotAllowed, NotOwner or OwnEnrollment otherwise."""
    enrollment = get_enrollment_for(user, enrollment_id)
    require_manager(user, enrollment)
    return enrollment


def require_manager(user: Any, enrollment: Enrollment) -> None:
    """Raise unless `user` may use staff verbs on the enrollment: an instructor not on their own."""
    if not enrollment.can_edit(user):
        raise NotOwner if user.is_teacher else NotAllowed
    if enrollment.student_id == user.pk and not user.is_admin:
        raise OwnEnrollment


# --- For the apps below -----------------------------------------------------------------------------------


class LearnersProvider:
    """What courses asks of the learning side."""

    def course_ids(self, user: Any) -> QuerySet[Any]:
        """Ids of the courses that `user` may keep reading, as a subquery: of every row that is not dropped."""
        rows = Enrollment.objects.filter(student=user).exclude(status=Enrollment.Status.DROPPED)
        return rows.values("course")

    def lesson_access(self, user: Any, lesson: Lesson) -> Access:
        return lesson_access(user, lesson)

    def outline_access(
        self, user: Any, course: Course, lessons: Sequence[Lesson] | None = None
    ) -> dict[UUID, Access]:
        return outline_access(user, course, lessons)

    def people_with_progress(self, lesson_ids: Iterable[UUID]) -> dict[UUID, int]:
        """How many people have started each of the lessons; one that nobody touched is absent."""
        rows = LessonProgress.objects.filter(lesson__in=list(lesson_ids)).values("lesson")
        return {row["lesson"]: row["people"] for row in rows.annotate(people=Count("pk"))}


def file_rule(user: Any, file: StoredFile) -> bool:
    """Return whether `user` may open one of the lessons that show the file (three queries)."""
    lessons = Lesson.objects.with_file(file).select_related("course", "module").defer("body")
    return any(decide(facts).allowed for facts in facts_for(user, list(lessons)).values())
