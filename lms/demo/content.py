"""The courses of the demo: read from courses/, made by the verbs that an author's pages call."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from accounts.models import User
from courses import services as courses
from courses.models import Category, Course, Lesson, LessonResource, Module
from files.models import StoredFile
from files.services import store_file
from quizzes import services as quizzes
from quizzes.models import Quiz

HERE = Path(__file__).parent
MEDIA = HERE / "media"
PICTURE = re.compile(r"\(file:([\w.-]+)\)")
WRITING_TIME = timedelta(days=9)  # a course is begun so long before it is published
LESSON_FIELDS = (
    "type",
    "title",
    "description",
    "duration_minutes",
    "is_preview",
    "is_required",
    "link_url",
)
COURSE_FIELDS = (
    "title",
    "subtitle",
    "description",
    "objectives",
    "requirements",
    "tags",
    "level",
    "language",
)

Files = Mapping[tuple[str, str], StoredFile]  # by folder of the course and file name


@dataclass(frozen=True)
class Source:
    """One folder of courses/: its name, and course.toml as read."""

    folder: str
    outline: dict[str, Any]

    @property
    def lessons(self) -> list[dict[str, Any]]:
        """All lessons, in order."""
        return [lesson for module in self.outline["modules"] for lesson in module["lessons"]]

    def path(self, name: str) -> Path:
        """Where a file that the course uses lies: in its own folder, or among the films."""
        own = HERE / "courses" / self.folder / "files" / name
        return own if own.exists() else MEDIA / name

    def text(self, lesson: Mapping[str, Any]) -> str:
        """The Markdown of a lesson."""
        path: Path = HERE / "courses" / self.folder / "lessons" / lesson["body"]
        return path.read_text(encoding="utf-8")

    def file_names(self) -> list[str]:
        """Every file that the course needs."""
        names = [self.outline["thumbnail"]["file"]] if "thumbnail" in self.outline else []
        for lesson in self.lessons:
            names += PICTURE.findall(self.text(lesson))
            names += [lesson["video"]] if "video" in lesson else []
            names += lesson.get("captions", {}).values()
            names += [row["file"] for row in lesson.get("resources", []) if "file" in row]
        return names


def read_toml(path: Path) -> dict[str, Any]:
    """Return a file of the demo as read."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def read_sources() -> list[Source]:
    """Return the courses of the demo, the oldest first."""
    found = [Source(path.parent.name, read_toml(path)) for path in sorted(HERE.glob("courses/*/course.toml"))]
    return sorted(found, key=lambda source: -source.outline["published_days_ago"])


def store_files(sources: Iterable[Source], people: Mapping[str, User]) -> Files:
    """Take in every file of the courses as its teacher's upload; those already there are used again.

    Each has a transaction of its own, as uploads have: so a run that is stopped leaves nothing in storage
    without a row.
    """
    stored: dict[tuple[str, str], StoredFile] = {}
    for source in sources:
        owner = people[source.outline["instructor"]]
        present = {file.original_name: file for file in StoredFile.objects.ready().filter(owner=owner)}
        thumbnail = source.outline.get("thumbnail", {})
        for name in source.file_names():
            alt_text = thumbnail["alt_text"] if name == thumbnail.get("file") else ""
            if name not in present:
                with source.path(name).open("rb") as content:
                    present[name] = store_file(owner=owner, content=content, name=name, alt_text=alt_text)
            stored[source.folder, name] = present[name]
    return stored


def make_categories() -> dict[str, Category]:
    """Make the categories that are missing; return all of the demo by slug."""
    for position, row in enumerate(read_toml(HERE / "categories.toml")["categories"], start=1):
        names = {"name_en": row["name_en"], "name_ar": row["name_ar"], "position": position}
        Category.objects.get_or_create(slug=row["slug"], defaults=names)
    return {category.slug: category for category in Category.objects.all()}


def make_course(source: Source, *, by: User, category: Category, files: Files, now: datetime) -> Course:
    """Write and publish one course as `by`, then date it back; return it, fresh."""
    outline = source.outline
    fields: dict[str, Any] = {name: outline[name] for name in COURSE_FIELDS}
    if "thumbnail" in outline:
        fields["thumbnail"] = files[source.folder, outline["thumbnail"]["file"]]
    course = courses.create_course(by=by, category=category, **fields)
    for row in outline["modules"]:
        module = courses.add_module(course=course, by=by, title=row["title"], description=row["description"])
        for lesson in row["lessons"]:
            _make_lesson(source, lesson, module=module, by=by, files=files)
    course = courses.publish(course=course, by=by, publish_content=True)
    _date_back(course, now - timedelta(days=outline["published_days_ago"]))
    return Course.objects.get(pk=course.pk)


def _make_lesson(source: Source, row: Mapping[str, Any], *, module: Module, by: User, files: Files) -> None:
    def file_of(name: str) -> StoredFile:
        return files[source.folder, name]

    fields = {name: row[name] for name in LESSON_FIELDS if name in row}
    fields["body"] = PICTURE.sub(lambda found: f"(file:{file_of(found[1]).pk})", source.text(row))
    if "video" in row:
        fields["video_file"] = file_of(row["video"])
    lesson = courses.add_lesson(module=module, by=by, **fields)
    for language, name in row.get("captions", {}).items():
        courses.add_resource(
            lesson=lesson,
            by=by,
            kind=LessonResource.Kind.CAPTION,
            language=language,
            file=file_of(name),
        )
    for resource in row.get("resources", []):
        target = {"file": file_of(resource["file"])} if "file" in resource else {"url": resource["url"]}
        courses.add_resource(lesson=lesson, by=by, title=resource["title"], **target)
    if "quiz" in row:
        _make_quiz(row["quiz"], lesson=lesson, by=by)


def _make_quiz(row: Mapping[str, Any], *, lesson: Lesson, by: User) -> None:
    settings = {name: row[name] for name in ("title", "description", "type", "passing_score")}
    quiz = quizzes.create_quiz(course=lesson.course, lesson=lesson, **settings)
    for question in row["questions"]:
        fields = {name: question[name] for name in ("points", "partial_credit") if name in question}
        options = [
            (option["text"], option.get("is_correct", False), option.get("feedback", ""))
            for option in question.get("options", [])
        ]
        quizzes.add_question(
            quiz=quiz,
            type=question["type"],
            text=question["text"],
            explanation=question["explanation"],
            options=options,
            answer=question.get("answer"),
            **fields,
        )
    quizzes.publish_quiz(quiz=quiz, by=by)


def _date_back(course: Course, published_at: datetime) -> None:
    begun_at = published_at - WRITING_TIME
    Course.objects.filter(pk=course.pk).update(
        created_at=begun_at,
        updated_at=published_at,
        structure_changed_at=published_at,
        published_at=published_at,
    )
    Quiz.objects.filter(course=course).update(created_at=begun_at, updated_at=published_at)
    held = course.held_files().values("pk")
    StoredFile.objects.filter(pk__in=list(held.values_list("pk", flat=True))).update(created_at=begun_at)
