"""The whole tree of a course, replaced at once: kept, moved, changed, made and removed in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Case, CharField, F, Value, When
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from courses.exceptions import LessonSlugTaken, LessonTypeFixed, LimitReached
from courses.models import Course, Lesson, Module
from courses.services.cleaning import clean_lesson_fields, clean_module_fields, usable_files
from courses.services.life import refuse_broken
from courses.services.outline import COUNTS_FOR_PROGRESS, MAX_LESSONS, MAX_MODULES, remove_lessons
from courses.services.texts import hold_files, may_show_pictures
from courses.services.writing import lock_course, place, raise_versions, recount_course, refuse_stale
from files.models import StoredFile
from lms.lib.errors import FieldError
from lms.lib.markdown import file_ids
from lms.lib.slugs import slugify_unicode, unique_slug

Node = Mapping[str, Any]


@dataclass
class _Planned:
    """One node of the new tree: its row, where it was named, what changes in it."""

    row: Any
    path: str
    is_new: bool
    values: dict[str, Any] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    lessons: list["_Planned"] = field(default_factory=list)


@transaction.atomic
def put_content(
    *,
    course: Course,
    by: User | None,
    modules: Sequence[Node],
    force: bool = False,
    revision: int | None = None,
) -> Course:
    """Replace the tree of a course and return the course, fresh; all or nothing.

    `modules` are in their new order, each with fields of MODULE_FIELDS and `lessons`, each of these with fields
    of LESSON_FIELDS (`video_file` as an id). A node with an `id` is kept, and what is omitted of it stays; one
    without is made; what is absent is removed. The same tree again changes nothing.

    Raises ValidationError with every problem at its place (`modules.0.lessons.2.title`): `unknown_module`,
    `unknown_lesson`, `duplicate_id`, `required`, and those of the fields; LimitReached, LessonTypeFixed,
    LessonSlugTaken; LessonsHaveProgress unless `force`; NotPublishable when a live lesson would be broken;
    StaleRevision when the course no longer has the `revision` that the author read.
    """
    course = lock_course(course.pk)
    refuse_stale(course, revision)
    plan = _Plan(course, by, modules)
    plan.check()
    if not plan.changes_anything():
        return course
    gone = course.lessons.present().exclude(pk__in=[one.row.pk for one in plan.lessons])
    structure = plan.changes_structure() or gone.exists()
    remove_lessons(course, gone, by, force)
    plan.write()
    live = course.lessons.live().filter(pk__in=plan.touched()).select_related("module", "video_file")
    places = {one.row.pk: one.path for one in plan.lessons}
    refuse_broken(course, live.prefetch_related("resources"), places)
    recount_course(course)
    raise_versions(course, structure=structure)
    return course


class _Plan:
    """The new tree against the present one: `check` reads and refuses, `write` writes. Queries stand in no loop."""

    def __init__(self, course: Course, by: User | None, nodes: Sequence[Node]) -> None:
        self.course, self.by = course, by
        self.errors: dict[str, list[ValidationError]] = {}
        self.old_modules = {row.pk: row for row in course.modules.order_by("position")}
        rows = course.lessons.present().select_related("video_file").order_by("module__position", "position")
        self.old_lessons = {row.pk: row for row in rows}
        self.old_places = {pk: (row.module_id, row.position) for pk, row in self.old_lessons.items()}
        self.seen: set[UUID] = set()
        self.modules = [self._module(node, f"modules.{n}") for n, node in enumerate(nodes)]
        self.lessons = [lesson for module in self.modules for lesson in module.lessons]

    # --- Reading

    def _module(self, node: Node, path: str) -> _Planned:
        row = self._row(node, path, self.old_modules, "unknown_module") or Module(course=self.course)
        planned = _Planned(row, path, node.get("id") is None, _fields(node, ("id", "lessons")))
        lessons = node.get("lessons", ())
        planned.lessons = [self._lesson(one, f"{path}.lessons.{n}") for n, one in enumerate(lessons)]
        return planned

    def _lesson(self, node: Node, path: str) -> _Planned:
        row = self._row(node, path, self.old_lessons, "unknown_lesson") or Lesson(course=self.course)
        row.course = self.course
        return _Planned(row, path, node.get("id") is None, _fields(node, ("id",)))

    def _row(self, node: Node, path: str, known: Mapping[UUID, Any], code: str) -> Any:
        pk = node.get("id")
        if pk is None:
            return None
        if pk in self.seen:
            self._refuse(f"{path}.id", _("This id stands twice in the tree."), "duplicate_id")
        elif pk not in known:
            self._refuse(f"{path}.id", _("There is no such module or lesson in this course."), code)
        self.seen.add(pk)
        return known.get(pk)

    def _refuse(self, path: str, message: str, code: str) -> None:
        self.errors.setdefault(path, []).append(ValidationError(message, code=code))

    def check(self) -> None:
        """Clean every node; raise with all problems at their places."""
        for count, most in ((len(self.modules), MAX_MODULES), (len(self.lessons), MAX_LESSONS)):
            if count > most:
                raise LimitReached(most)
        files = self._files()
        for module in self.modules:
            self._clean(module, lambda one: clean_module_fields(module=one.row, fields=one.values))
        for lesson in self.lessons:
            self._take_video(lesson, files)
            self._clean(
                lesson,
                lambda one: clean_lesson_fields(lesson=one.row, by=self.by, fields=one.values, files=files),
            )
        if self.errors:
            raise ValidationError(self.errors)
        self._refuse_other_types()
        self._give_slugs()

    def _files(self) -> dict[Any, StoredFile]:
        ids = {one.values["video_file"] for one in self.lessons if one.values.get("video_file")}
        for one in self.lessons:
            text = one.values.get("body", "")
            ids |= set(file_ids(text)) if may_show_pictures(text) else set()
        return usable_files(self.course, self.by, ids) if ids else {}

    def _take_video(self, lesson: _Planned, files: Mapping[Any, StoredFile]) -> None:
        wanted = lesson.values.get("video_file")
        if wanted is None:
            return
        if wanted in files:
            lesson.values["video_file"] = files[wanted]
        else:
            del lesson.values["video_file"]
            message = _("This is not one of your files, or not of the right kind.")
            self._refuse(f"{lesson.path}.video_file", message, "unknown_file")

    def _clean(self, one: _Planned, clean: Any) -> None:
        if one.is_new and not one.values.get("title"):
            self._refuse(f"{one.path}.title", _("This field is required."), "required")
        try:
            one.values = clean(one)
        except ValidationError as error:
            for name, found in error.error_dict.items():
                self.errors.setdefault(f"{one.path}.{name}", []).extend(found)
        one.changed = {name for name, value in one.values.items() if getattr(one.row, name) != value}

    def _refuse_other_types(self) -> None:
        found = [
            FieldError(f"{one.path}.type", LessonTypeFixed.code, LessonTypeFixed.message)
            for one in self.lessons
            if "type" in one.changed
            and not one.is_new
            and {one.row.type, one.values["type"]} & set(Lesson.FIXED_TYPES)
        ]
        if found:
            raise LessonTypeFixed(errors=found)

    def _give_slugs(self) -> None:
        """Sent ones as they are, unless two are the same; made ones around them."""
        taken: set[str] = set()
        for one in self.lessons:
            slug = one.values.get("slug") or ("" if one.is_new else one.row.slug)
            if slug and slug in taken:
                raise LessonSlugTaken(slug, f"{one.path}.slug")
            taken.add(slug)
        for one in self.lessons:
            if one.is_new and not one.values.get("slug"):
                base = slugify_unicode(one.values["title"])
                one.values["slug"] = unique_slug(base, taken.__contains__, fallback="lesson")
                one.changed.add("slug")
                taken.add(one.values["slug"])

    # --- What it amounts to

    def _moved(self) -> list[_Planned]:
        return [
            lesson
            for module in self.modules
            for n, lesson in enumerate(module.lessons, start=1)
            if lesson.is_new or self.old_places[lesson.row.pk] != (module.row.pk, n)
        ]

    def _reordered(self) -> bool:
        return [one.row.pk for one in self.modules] != list(self.old_modules)

    def changes_anything(self) -> bool:
        """Return whether the tree differs from the present one."""
        gone = len(self.old_lessons) != sum(not one.is_new for one in self.lessons)
        changed = any(one.changed for one in (*self.modules, *self.lessons))
        return bool(gone or changed or self._reordered() or self._moved())

    def changes_structure(self) -> bool:
        """Return whether what counts for progress changes, removals aside."""
        nodes = (*self.modules, *self.lessons)
        return bool(
            self._reordered()
            or self._moved()
            or any(one.is_new or one.changed & COUNTS_FOR_PROGRESS for one in nodes)
        )

    def touched(self) -> set[UUID]:
        """Return the lessons that may be live in another shape than before."""
        shown = [
            lesson
            for one in self.modules
            if one.is_new or "is_published" in one.changed
            for lesson in one.lessons
        ]
        return {one.row.pk for one in (*shown, *self._moved(), *(one for one in self.lessons if one.changed))}

    # --- Writing

    def write(self) -> None:
        """Bring the rows to what was planned: first past the end, then in place, so that no two ever meet."""
        moved = self._moved()  # before anything is assigned
        for one in (*self.modules, *self.lessons):
            for name in one.changed:
                setattr(one.row, name, one.values[name])
        videos = {one.row.video_file_id for one in self.lessons if "video_file" in one.changed}
        hold_files(videos - {None})
        end = len(self.modules) + len(self.old_modules)
        for n, one in enumerate((one for one in self.modules if one.is_new), start=1):
            one.row.position = end + n
        Module.objects.bulk_create(one.row for one in self.modules if one.is_new)
        self._save(Module, self.modules)
        self._settle(moved)
        self._save(Lesson, self.lessons)
        self._hang_pictures()
        kept = [one.row.pk for one in self.modules]
        self.course.modules.exclude(pk__in=kept).delete()
        if kept:
            place(self.course.modules.all(), kept)

    def _save(self, model: Any, nodes: Iterable[_Planned]) -> None:
        """Write the fields that changed in any of the rows that were there."""
        changed = [one for one in nodes if one.changed and not one.is_new]
        renamed = [one.row.pk for one in changed if "slug" in one.changed]
        if renamed:  # two lessons may swap theirs
            self.course.lessons.filter(pk__in=renamed).update(
                slug=Concat(Value("renamed-"), Cast("pk", CharField()))
            )
        for one in changed:
            one.row.revision += 1
            if model is Lesson:
                one.row.updated_at = timezone.now()
        names = set().union(*(one.changed for one in changed), {"revision"})
        if model is Lesson:
            names.add("updated_at")
        model.objects.bulk_update([one.row for one in changed], sorted(names))

    def _settle(self, moved: Sequence[_Planned]) -> None:
        """Put lessons into their modules and positions; new ones are made there."""
        for module in self.modules:
            for n, lesson in enumerate(module.lessons, start=1):
                lesson.row.module, lesson.row.position = module.row, n
        if not moved:
            return
        rows = self.course.lessons.present()
        rows.update(position=F("position") + len(self.old_lessons) + len(self.lessons))
        kept = [one.row for one in self.lessons if not one.is_new]
        if kept:
            rows.filter(pk__in=[row.pk for row in kept]).update(
                module=Case(*(When(pk=row.pk, then=Value(row.module_id)) for row in kept)),
                position=Case(*(When(pk=row.pk, then=Value(row.position)) for row in kept)),
            )
        Lesson.objects.bulk_create(one.row for one in self.lessons if one.is_new)

    def _hang_pictures(self) -> None:
        texts = {one.row.pk: one.row.body for one in self.lessons if "body" in one.changed}
        shown = {pk: file_ids(text) if may_show_pictures(text) else [] for pk, text in texts.items()}
        hold_files({file for files in shown.values() for file in files})
        links = Lesson.inline_files.through.objects
        links.filter(lesson__in=texts.keys()).delete()
        links.bulk_create(
            links.model(lesson_id=pk, storedfile_id=file)
            for pk, files in shown.items()
            for file in set(files)
        )


def _fields(node: Node, without: Iterable[str]) -> dict[str, Any]:
    return {name: value for name, value in node.items() if name not in without}
