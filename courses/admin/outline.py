"""The outline of a course on one page: each change is one verb, and the page answers with what now stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from courses import services
from courses.admin.module_form import ModuleForm
from courses.exceptions import LessonsHaveProgress, Renamed
from courses.models import Course, Lesson, Module
from lms.lib.admin import sentences
from lms.lib.errors import DomainError
from lms.lib.requests import person_of

if TYPE_CHECKING:
    from courses.admin.courses import CourseAdmin

OFFERED_TYPES = (
    Lesson.Type.TEXT,
    Lesson.Type.VIDEO,
    Lesson.Type.QUIZ,
    Lesson.Type.DOCUMENT,
    Lesson.Type.LINK,
)
MAX_PASTED = 200


@dataclass(frozen=True)
class Done:
    """How a verb went. `undo` and `force` are the fields of a form that takes it back, or insists."""

    text: str = ""
    undo: dict[str, Any] = field(default_factory=dict)
    force: dict[str, Any] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)


Verb = Callable[[Course, User, QueryDict], Done]


def show_outline(
    page: CourseAdmin, request: HttpRequest, course: Course, done: Done | None = None
) -> HttpResponse:
    """Return the page, or for htmx the part of it that changes."""
    context = {**page.head(course, "outline"), **outline_of(course), "done": done or Done()}
    if request.headers.get("HX-Request"):
        return render(request, "admin/courses/outline.html", context)
    context |= {
        **page.admin_site.each_context(request),
        "title": course.title,
        "opts": Course._meta,
        "original": course,
        "media": page.media,
    }
    return render(request, "admin/courses/outline_page.html", context)


def outline_of(course: Course) -> dict[str, Any]:
    """Return every module with its lessons, and the removed ones (four queries)."""
    modules = list(course.modules.order_by("position"))
    shelf: dict[Any, list[Lesson]] = {module.pk: [] for module in modules}
    rows = course.lessons.present().in_order().select_related("video_file").prefetch_related("resources")
    for lesson in rows.defer("description"):
        shelf[lesson.module_id].append(lesson)
    removed = course.lessons.filter(deleted_at__isnull=False).order_by("-deleted_at").defer("body")
    return {
        "modules": [
            (module, ModuleForm.of(module), [(lesson, _missing(lesson)) for lesson in shelf[module.pk]])
            for module in modules
        ],
        "removed": list(removed),
        "types": [(kind.value, kind.label) for kind in OFFERED_TYPES],
    }


def _missing(lesson: Lesson) -> str:
    """Return what keeps a lesson from being published, as one line."""
    return " ".join(str(problem.sentence) for problem in lesson.blocking_problems())


def write_outline(page: CourseAdmin, request: HttpRequest, course: Course) -> HttpResponse:
    """Do the verb that was sent. With htmx the outline comes back, else a redirect to it."""
    verb = VERBS.get(request.POST.get("verb", ""))
    if verb is None:
        raise Http404
    try:
        with transaction.atomic():
            rename_in_passing(course, person_of(request), request.POST)
            done = verb(course, person_of(request), request.POST)
    except LessonsHaveProgress as error:
        done = Done(errors=sentences(error), force={**request.POST.dict(), "force": "1"})
    except (DomainError, ValidationError) as error:
        done = Done(errors=sentences(error))
    if done.text:
        page.log_change(request, course, done.text)
    course.refresh_from_db()
    if done.errors or request.headers.get("HX-Request"):
        return show_outline(page, request, course, done)
    messages.success(request, done.text)
    return redirect("admin:courses_course_outline", course.pk)


# --- What a verb speaks of: always looked up inside the course


def _module(course: Course, value: str | None) -> Module:
    return get_object_or_404(course.modules, pk=sent_id(value))


def _lesson(course: Course, value: str | None) -> Lesson:
    return get_object_or_404(course.lessons.select_related("module"), pk=sent_id(value))


def sent_id(value: str | None) -> UUID:
    """Return an id that was sent; Http404 for what is none."""
    try:
        return UUID(value or "")
    except ValueError:
        raise Http404 from None


def _position(value: str | None) -> int | None:
    return int(value) if value and value.isdecimal() and len(value) < 6 else None


# --- The verbs


def rename_in_passing(course: Course, by: User, post: QueryDict) -> None:
    """Keep a name that was typed into the row before another of its buttons was pressed.

    Raises Renamed when it no longer has the name that the page showed.
    """
    typed = post.get("title", "")
    if "was" not in post or typed == post["was"]:
        return
    lesson = post.get("lesson")
    row = _lesson(course, lesson) if lesson else _module(course, post.get("module"))
    if row.title not in (post["was"], typed):
        raise Renamed(row.title, typed)
    fields, revision = {"title": typed}, row.revision
    if isinstance(row, Lesson):
        services.update_lesson(lesson=row, by=by, fields=fields, revision=revision)
    else:
        services.update_module(module=row, by=by, fields=fields, revision=revision)


def _rename(course: Course, by: User, post: QueryDict) -> Done:
    return Done(_("Renamed."))


def _add_module(course: Course, by: User, post: QueryDict) -> Done:
    services.add_module(course=course, by=by, title=post.get("title", ""))
    return Done(_("Module added."))


def _remove_module(course: Course, by: User, post: QueryDict) -> Done:
    module = _module(course, post.get("module"))
    lessons = module.lessons.present().order_by("position").values_list("pk", flat=True)
    undo = {
        "verb": "restore_module",
        "lessons": " ".join(map(str, lessons)),
        "position": module.position,
        "title": module.title,
        "description": module.description,
        "is_published": "1" if module.is_published else "",
        "release_at": module.release_at.isoformat() if module.release_at else "",
        "release_after_days": "" if module.release_after_days is None else module.release_after_days,
    }
    services.remove_module(module=module, by=by, force="force" in post)
    return Done(
        _("“%(title)s” removed. Its lessons wait among the removed ones.") % {"title": module.title}, undo
    )


def _restore_module(course: Course, by: User, post: QueryDict) -> Done:
    form = ModuleForm(post)
    if not form.is_valid():
        raise Http404  # nobody types these: they come from the page
    module = services.restore_module(
        course=course,
        by=by,
        lessons=[sent_id(value) for value in post.get("lessons", "").split()],
        title=post.get("title", ""),
        position=_position(post.get("position")),
        is_published=bool(post.get("is_published")),
        **form.cleaned_data,
    )
    return Done(_("“%(title)s” is back.") % {"title": module.title})


def _set_up_module(course: Course, by: User, post: QueryDict) -> Done:
    module = _module(course, post.get("module"))
    form = ModuleForm(post)
    if not form.is_valid():
        raise ValidationError([text for problems in form.errors.values() for text in problems])
    services.update_module(
        module=module, by=by, fields=form.cleaned_data, revision=_position(post.get("revision"))
    )
    return Done(_("The settings of “%(title)s” are saved.") % {"title": module.title})


def _duplicate_module(course: Course, by: User, post: QueryDict) -> Done:
    copy = services.duplicate_module(module=_module(course, post.get("module")), by=by)
    return Done(_("“%(title)s” stands below its original, hidden.") % {"title": copy.title})


def _duplicate_lesson(course: Course, by: User, post: QueryDict) -> Done:
    copy = services.duplicate_lesson(lesson=_lesson(course, post.get("lesson")), by=by)
    return Done(_("“%(title)s” stands below its original, as a draft.") % {"title": copy.title})


def _show_module(course: Course, by: User, post: QueryDict) -> Done:
    services.publish_module(module=_module(course, post.get("module")), by=by)
    return Done(_("Module shown to students."))


def _hide_module(course: Course, by: User, post: QueryDict) -> Done:
    services.unpublish_module(module=_module(course, post.get("module")), by=by)
    return Done(_("Module hidden from students."))


def _shift_module(step: int) -> Verb:
    def shift(course: Course, by: User, post: QueryDict) -> Done:
        module = _module(course, post.get("module"))
        ids = list(course.modules.order_by("position").values_list("pk", flat=True))
        services.reorder_modules(course=course, by=by, ids=_shifted(ids, module.pk, step))
        return Done(_("Module moved."))

    return shift


def _shift_lesson(step: int) -> Verb:
    def shift(course: Course, by: User, post: QueryDict) -> Done:
        lesson = _lesson(course, post.get("lesson"))
        if lesson.module is None:
            raise Http404
        module = lesson.module
        ids = list(module.lessons.order_by("position").values_list("pk", flat=True))
        services.reorder_lessons(module=module, by=by, ids=_shifted(ids, lesson.pk, step))
        return Done(_("Lesson moved."))

    return shift


def _shifted(ids: list[UUID], one: UUID, step: int) -> list[UUID]:
    place = ids.index(one)
    others = [pk for pk in ids if pk != one]
    others.insert(max(0, place + step), one)
    return others


def _order_modules(course: Course, by: User, post: QueryDict) -> Done:
    services.reorder_modules(course=course, by=by, ids=[sent_id(value) for value in post.getlist("ids")])
    return Done(_("Module moved."))


def _order_lessons(course: Course, by: User, post: QueryDict) -> Done:
    module = _module(course, post.get("module"))
    services.reorder_lessons(module=module, by=by, ids=[sent_id(value) for value in post.getlist("ids")])
    return Done(_("Lesson moved."))


def _move_lesson(course: Course, by: User, post: QueryDict) -> Done:
    lesson, module = _lesson(course, post.get("lesson")), _module(course, post.get("target"))
    services.move_lesson(lesson=lesson, by=by, module=module, position=_position(post.get("position")))
    return Done(_("Lesson moved to “%(module)s”.") % {"module": module.title})


def _add_lesson(course: Course, by: User, post: QueryDict) -> Done:
    """Add one lesson, or one for each line that was pasted."""
    module = _module(course, post.get("module"))
    titles = [line.strip() for line in post.get("titles", "").splitlines() if line.strip()]
    titles = titles or [post.get("title", "")]
    if len(titles) > MAX_PASTED:
        raise ValidationError(_("At most %(limit)d titles at once.") % {"limit": MAX_PASTED})
    kind = post.get("type", Lesson.Type.TEXT)
    if kind not in OFFERED_TYPES:
        raise ValidationError(_("Choose the type of the lesson."))
    for title in titles:
        services.add_lesson(module=module, by=by, title=title, type=kind)
    text = ngettext("%(count)d lesson added.", "%(count)d lessons added.", len(titles))
    return Done(text % {"count": len(titles)})


def _show_lesson(course: Course, by: User, post: QueryDict) -> Done:
    services.publish_lesson(lesson=_lesson(course, post.get("lesson")), by=by)
    return Done(_("Lesson published."))


def _hide_lesson(course: Course, by: User, post: QueryDict) -> Done:
    services.unpublish_lesson(lesson=_lesson(course, post.get("lesson")), by=by)
    return Done(_("Lesson hidden from students."))


def _remove_lesson(course: Course, by: User, post: QueryDict) -> Done:
    lesson = _lesson(course, post.get("lesson"))
    undo = {
        "verb": "restore_lesson",
        "lesson": lesson.pk,
        "target": lesson.module_id,
        "position": lesson.position,
    }
    services.remove_lesson(lesson=lesson, by=by, force="force" in post)
    return Done(_("“%(title)s” removed.") % {"title": lesson.title}, undo=undo)


def _restore_lesson(course: Course, by: User, post: QueryDict) -> Done:
    lesson, module = _lesson(course, post.get("lesson")), _module(course, post.get("target"))
    services.restore_lesson(lesson=lesson, by=by, module=module, position=_position(post.get("position")))
    return Done(_("“%(title)s” is back.") % {"title": lesson.title})


VERBS: dict[str, Verb] = {
    "rename": _rename,
    "add_module": _add_module,
    "remove_module": _remove_module,
    "restore_module": _restore_module,
    "set_up_module": _set_up_module,
    "duplicate_module": _duplicate_module,
    "show_module": _show_module,
    "hide_module": _hide_module,
    "module_up": _shift_module(-1),
    "module_down": _shift_module(1),
    "order_modules": _order_modules,
    "add_lesson": _add_lesson,
    "remove_lesson": _remove_lesson,
    "restore_lesson": _restore_lesson,
    "duplicate_lesson": _duplicate_lesson,
    "show_lesson": _show_lesson,
    "hide_lesson": _hide_lesson,
    "lesson_up": _shift_lesson(-1),
    "lesson_down": _shift_lesson(1),
    "order_lessons": _order_lessons,
    "move_lesson": _move_lesson,
}
