"""Modules, lessons and resources: order, counting, taking away and bringing back."""

from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError

from accounts.models import AuditEntry
from courses import services
from courses.exceptions import LessonsHaveProgress, LessonTypeFixed, LimitReached, OrderMismatch, Vanished
from courses.models import Course, Lesson, Module
from courses.services import outline, resources
from courses.tests.factories import CourseFactory, LessonFactory
from files.models import StoredFile
from files.tests.factories import VTT, mp4_bytes, stored

pytestmark = pytest.mark.django_db


def titles(course):
    """The outline as lists of titles, asserting that positions are 1..n."""
    modules = list(course.modules.order_by("position"))
    assert [module.position for module in modules] == list(range(1, len(modules) + 1))
    found = []
    for module in modules:
        lessons = list(module.lessons.order_by("position"))
        assert [lesson.position for lesson in lessons] == list(range(1, len(lessons) + 1))
        found.append([lesson.title for lesson in lessons])
    return found


def versions(course):
    course.refresh_from_db()
    return course.revision, course.structure_version


def error_code(error, field):
    return error.value.error_dict[field][0].code


def test_adding_counts(course, instructor):
    revision, structure = versions(course)
    module = services.add_module(course=course, by=instructor, title="Third")
    lesson = services.add_lesson(
        module=module, by=instructor, title="Ten", body="x", duration_minutes=10, is_published=True
    )
    assert (module.position, lesson.position, lesson.slug, lesson.course) == (3, 1, "ten", course)
    assert versions(course) == (revision + 2, structure + 2)
    assert (course.lesson_count, course.duration_minutes) == (7, 10)


def test_lesson_can_be_added_at_a_position(course, instructor):
    module = course.modules.first()
    for position, title in ((1, "First"), (3, "Middle"), (99, "Last")):
        services.add_lesson(module=module, by=instructor, title=title, position=position)
    assert titles(course)[0] == ["First", "Lesson 1.1", "Middle", "Lesson 1.2", "Lesson 1.3", "Last"]


@pytest.mark.parametrize(
    ("fields", "counts"),
    [
        ({"is_required": False}, True),
        ({"is_published": False}, True),
        ({"title": "Other", "description": "Words", "body": "More"}, False),
        ({"duration_minutes": 7}, False),
        ({"is_preview": True}, False),
    ],
)
def test_only_what_counts_raises_the_structure(course, lesson, instructor, fields, counts):
    revision, structure = versions(course)
    changed = services.update_lesson(lesson=lesson, by=instructor, fields=fields)
    assert versions(course) == (revision + 1, structure + counts)
    assert changed.revision == lesson.revision + 1
    services.update_lesson(lesson=lesson, by=instructor, fields=fields)  # the same again: nothing
    assert versions(course) == (revision + 1, structure + counts)


def test_hiding_a_module_hides_its_lessons(course, instructor):
    module = course.modules.first()
    services.unpublish_module(module=module, by=instructor)
    course.refresh_from_db()
    assert (course.lesson_count, course.lessons.live().count()) == (3, 3)
    assert services.publish_module(module=module, by=instructor).is_published
    course.refresh_from_db()
    assert course.lesson_count == 6


def test_minutes_of_a_course_are_those_of_its_lessons(course, instructor):
    module = course.modules.first()
    film = stored(instructor, mp4_bytes(61), "film.mp4")
    LessonFactory(module=module, type="video", video_file=film)
    LessonFactory(
        module=module, type="video", video_url="https://youtu.be/dQw4w9WgXcQ", video_duration_seconds=120
    )
    LessonFactory(module=module, duration_minutes=30)
    LessonFactory(module=module, duration_minutes=500, is_published=False)
    course.refresh_from_db()
    live = course.lessons.live().select_related("video_file")
    assert course.duration_minutes == 2 + 2 + 30 == sum(lesson.minutes or 0 for lesson in live)
    course = services.update_course(course=course, by=instructor, fields={"estimated_duration_minutes": 99})
    assert course.duration_minutes == 99
    course = services.update_course(course=course, by=instructor, fields={"estimated_duration_minutes": None})
    assert course.duration_minutes == 34


# --- Order


def test_reordering(course, instructor):
    modules = list(course.modules.values_list("pk", flat=True))
    first = course.modules.first()
    lessons = list(first.lessons.order_by("position").values_list("pk", flat=True))
    revision, structure = versions(course)
    services.reorder_modules(course=course, by=instructor, ids=modules[::-1])
    services.reorder_lessons(module=first, by=instructor, ids=[lessons[2], lessons[0], lessons[1]])
    assert titles(course) == [
        ["Lesson 2.1", "Lesson 2.2", "Lesson 2.3"],
        ["Lesson 1.3", "Lesson 1.1", "Lesson 1.2"],
    ]
    assert versions(course) == (revision + 2, structure + 2)
    services.reorder_modules(course=course, by=instructor, ids=modules[::-1])
    assert versions(course) == (revision + 2, structure + 2)


@pytest.mark.parametrize("change", ["missing", "doubled", "foreign", "empty"])
def test_order_must_be_whole(course, instructor, shape, change):
    other = CourseFactory(instructor=instructor)
    module = course.modules.first()
    for rows, foreign, reorder in (
        (
            course.modules,
            other.modules,
            lambda ids: services.reorder_modules(course=course, by=None, ids=ids),
        ),
        (
            module.lessons,
            other.lessons,
            lambda ids: services.reorder_lessons(module=module, by=None, ids=ids),
        ),
    ):
        ids = list(rows.values_list("pk", flat=True))
        sent = {
            "missing": ids[1:],
            "doubled": [*ids, ids[0]],
            "foreign": [*ids[1:], foreign.first().pk],
            "empty": [],
        }[change]
        before = shape(course), shape(other)
        with pytest.raises(OrderMismatch):
            reorder(sent)
        assert (shape(course), shape(other)) == before


def test_moving_between_modules(course, instructor):
    lesson = course.lessons.get(title="Lesson 1.2")
    second = course.modules.last()
    moved = services.move_lesson(lesson=lesson, by=instructor, module=second, position=2)
    assert (moved.module, moved.position, moved.slug) == (second, 2, lesson.slug)
    assert titles(course) == [
        ["Lesson 1.1", "Lesson 1.3"],
        ["Lesson 2.1", "Lesson 1.2", "Lesson 2.2", "Lesson 2.3"],
    ]
    services.move_lesson(lesson=lesson, by=instructor, module=second)
    assert titles(course)[1][-1] == "Lesson 1.2"
    before = versions(course)
    services.move_lesson(lesson=lesson, by=instructor, module=second)  # is there already
    assert versions(course) == before


def test_moving_to_another_course_is_refused(course, lesson, instructor, shape):
    other = CourseFactory(instructor=instructor)
    before = shape(course), shape(other)
    with pytest.raises(ValidationError) as error:
        services.move_lesson(lesson=lesson, by=instructor, module=other.modules.first())
    assert error_code(error, "module") == "unknown_module"
    assert (shape(course), shape(other)) == before


# --- Removing and restoring


def test_removed_lesson_is_hidden_uncounted_and_restorable(course, instructor):
    lesson = course.lessons.get(title="Lesson 1.2")
    removed = services.remove_lesson(lesson=lesson, by=instructor)
    assert (removed.module, removed.position, removed.is_live) == (None, None, False)
    assert titles(course)[0] == ["Lesson 1.1", "Lesson 1.3"]
    course.refresh_from_db()
    assert course.lesson_count == 5
    before = versions(course)
    services.remove_lesson(lesson=lesson, by=instructor)
    assert versions(course) == before
    # Somebody takes the address meanwhile.
    LessonFactory(module=course.modules.last(), title="Lesson 1.2")
    back = services.restore_lesson(lesson=removed, by=instructor, module=course.modules.last(), position=1)
    assert (back.deleted_at, back.position, back.slug) == (None, 1, "lesson-1-2-2")
    assert titles(course)[1][0] == "Lesson 1.2"
    course.refresh_from_db()
    assert course.lesson_count == 7


def test_lessons_with_progress_want_force(course, instructor, pupils, shape):
    first, second = course.lessons.in_order()[:2]
    pupils({first.pk: 3, second.pk: 1})
    before = shape(course)
    with pytest.raises(LessonsHaveProgress) as error:
        services.remove_lesson(lesson=first, by=instructor)
    assert [(e.extra["target"], e.extra["people"]) for e in error.value.errors] == [(str(first.pk), 3)]
    assert str(error.value.errors[0].message) == "“Lesson 1.1”: 3 students"
    with pytest.raises(LessonsHaveProgress) as error:
        services.remove_module(module=course.modules.first(), by=instructor)
    assert len(error.value.errors) == 2
    assert shape(course) == before
    services.remove_module(module=course.modules.first(), by=instructor, force=True)
    assert titles(course) == [["Lesson 2.1", "Lesson 2.2", "Lesson 2.3"]]
    assert course.lessons.filter(deleted_at__isnull=False).count() == 3
    entry = AuditEntry.objects.get(action="course.lessons_removed")
    assert entry.data == {"progress": {"Lesson 1.1": 3, "Lesson 1.2": 1}}


def test_limits(course, lesson, instructor, monkeypatch, shape):
    monkeypatch.setattr(outline, "MAX_MODULES", 2)
    monkeypatch.setattr(outline, "MAX_LESSONS", 6)
    monkeypatch.setattr(resources, "MAX_RESOURCES", 0)
    before = shape(course)
    with pytest.raises(LimitReached):
        services.add_module(course=course, by=instructor, title="Third")
    with pytest.raises(LimitReached):
        services.add_lesson(module=course.modules.first(), by=instructor, title="Seventh")
    with pytest.raises(LimitReached):
        services.add_resource(lesson=lesson, by=instructor, url="https://example.org/")
    assert shape(course) == before


def test_lessons_are_found_by_their_titles(course):
    LessonFactory(module=course.modules.first(), title="أصول الضوء")
    assert [lesson.title for lesson in course.lessons.search("اصول")] == ["أصول الضوء"]
    assert course.lessons.search("lesson 2.").count() == 3
    assert not course.lessons.search("lesson nothing").exists()


# --- What a lesson takes


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"title": "x"}, "title", "min_length"),
        ({"title": "a\0b"}, "title", "invalid_characters"),
        ({"body": "x" * 50_001}, "body", "max_length"),
        ({"description": "x" * 1001}, "description", "max_length"),
        ({"type": "game"}, "type", "invalid_choice"),
        ({"video_url": "http://youtube.com/watch?v=dQw4w9WgXcQ"}, "video_url", "invalid_video_url"),
        ({"video_url": "https://127.0.0.1/film.mp4"}, "video_url", "invalid_video_url"),
        ({"link_url": "javascript:alert(1)"}, "link_url", "invalid_url"),
        ({"link_url": "https://user@example.org/"}, "link_url", "invalid_url"),
        ({"duration_minutes": 1441}, "duration_minutes", "max_value"),
        ({"required_watch_percentage": 0}, "required_watch_percentage", "min_value"),
        ({"type": "quiz", "is_preview": True}, "is_preview", "preview_not_allowed"),
    ],
)
def test_value_that_does_not_fit(course, lesson, instructor, shape, fields, field, code):
    before = shape(course)
    with pytest.raises(ValidationError) as error:
        services.update_lesson(lesson=lesson, by=instructor, fields=fields)
    assert error_code(error, field) == code
    with pytest.raises(ValidationError):
        services.add_lesson(module=lesson.module, by=instructor, **{"title": "New", **fields})
    assert shape(course) == before


def test_one_video_at_most(course, lesson, instructor, shape):
    film = stored(instructor, mp4_bytes(), "film.mp4")
    services.update_lesson(lesson=lesson, by=instructor, fields={"video_file": film})
    before = shape(course)
    with pytest.raises(ValidationError) as error:
        services.update_lesson(lesson=lesson, by=instructor, fields={"video_url": "https://vimeo.com/123456"})
    assert error_code(error, "video_url") == "one_video"
    assert shape(course) == before
    swapped = {"video_url": "https://vimeo.com/123456", "video_file": None}
    changed = services.update_lesson(lesson=lesson, by=instructor, fields=swapped)
    assert (changed.video_file, changed.video_url) == (None, "https://vimeo.com/123456")


def test_quiz_stays_a_quiz(course, lesson, instructor):
    quiz = LessonFactory(module=lesson.module, type="quiz", is_published=False)
    for row, kind in ((quiz, "text"), (lesson, "quiz"), (quiz, "assignment")):
        with pytest.raises(LessonTypeFixed):
            services.update_lesson(lesson=row, by=instructor, fields={"type": kind})
    assert set(Lesson.objects.values_list("type", flat=True)) == {"text", "quiz"}


def test_pictures_of_a_text_are_kept_as_rows_and_stay_private(
    course, lesson, instructor, outsider_instructor
):
    picture = stored(instructor)
    text = f"![A lens](file:{picture.pk}) ![A lens](file:{picture.pk})"
    changed = services.update_lesson(lesson=lesson, by=instructor, fields={"body": text})
    assert list(changed.inline_files.all()) == [picture]
    assert list(Lesson.objects.with_file(picture)) == [lesson]
    assert changed.body_html().count("<img") == 2
    assert StoredFile.objects.get(pk=picture.pk).visibility == "private"
    # Its editor may open it; another teacher may not, even when an admin uploaded it.
    assert picture.can_view(instructor)
    assert not picture.can_view(outsider_instructor)
    changed = services.update_lesson(lesson=lesson, by=instructor, fields={"body": "Words."})
    assert not changed.inline_files.exists()


def test_foreign_picture_shows_as_its_words(course, lesson, instructor, outsider_instructor):
    foreign = stored(outsider_instructor)
    with pytest.raises(ValidationError):
        services.update_lesson(lesson=lesson, by=instructor, fields={"body": f"![x](file:{foreign.pk})"})
    Lesson.objects.filter(pk=lesson.pk).update(body=f"![A foreign lens](file:{foreign.pk})")
    lesson.refresh_from_db()
    assert "<img" not in lesson.body_html()
    assert "A foreign lens" in lesson.body_html()


# --- Resources


def test_resources(course, lesson, instructor):
    paper = stored(instructor, b"%PDF-1.4\n%%EOF\n", "paper.pdf")
    first = services.add_resource(lesson=lesson, by=instructor, file=paper)
    second = services.add_resource(
        lesson=lesson, by=instructor, url="https://example.org/x", title="Further", position=1
    )
    caption = services.add_resource(
        lesson=lesson, by=instructor, kind="caption", file=stored(instructor, VTT, "en.vtt"), language="en"
    )
    assert [r.title for r in lesson.resources.materials()] == ["Further", "paper.pdf"]
    assert (caption.position, second.position) == (1, 1)
    services.update_resource(resource=first, by=instructor, fields={"position": 1, "title": "Paper"})
    assert [r.title for r in lesson.resources.materials()] == ["Paper", "Further"]
    services.remove_resource(resource=first, by=instructor)
    assert [(r.title, r.position) for r in lesson.resources.materials()] == [("Further", 1)]
    assert StoredFile.objects.filter(pk=paper.pk).exists()


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({}, "file", "one_source"),
        ({"url": "ftp://example.org/"}, "url", "invalid_url"),
        ({"kind": "caption", "url": "https://example.org/en.vtt", "language": "en"}, "file", "unknown_file"),
    ],
)
def test_resource_that_does_not_fit(lesson, instructor, fields, field, code):
    if code == "unknown_file":
        fields = {**fields, "url": "", "file": stored(instructor)}  # a picture is no caption
    with pytest.raises(ValidationError) as error:
        services.add_resource(lesson=lesson, by=instructor, **fields)
    assert error_code(error, field) == code
    assert not lesson.resources.exists()


def test_one_caption_a_language(lesson, instructor):
    def caption(language):
        file = stored(instructor, VTT, "words.vtt")
        return services.add_resource(
            lesson=lesson, by=instructor, kind="caption", file=file, language=language
        )

    caption("en")
    caption("ar")
    with pytest.raises(ValidationError) as error:
        caption("en")
    assert error_code(error, "language") == "caption_taken"
    with pytest.raises(ValidationError) as error:
        caption("")
    assert error_code(error, "language") == "caption_needs_language"
    assert lesson.resources.captions().count() == 2


def test_what_another_author_removed_in_between_is_not_there(course, instructor):
    module = course.modules.first()
    lesson = module.lessons.first()
    resource = services.add_resource(lesson=lesson, by=instructor, url="https://example.org/a")
    services.remove_resource(resource=resource, by=instructor)
    services.remove_module(module=course.modules.last(), by=instructor)
    gone = Module(pk=uuid4(), course=course)
    for call in (
        lambda: services.update_resource(resource=resource, by=instructor, fields={"title": "x"}),
        lambda: services.update_module(module=gone, by=instructor, fields={"title": "x"}),
        lambda: services.remove_module(module=gone, by=instructor),
        lambda: services.add_lesson(module=gone, by=instructor, title="Late"),
        lambda: services.duplicate_module(module=gone, by=instructor),
        lambda: services.reorder_lessons(module=gone, by=instructor, ids=[]),
        lambda: services.update_course(course=Course(pk=uuid4()), by=instructor, fields={}),
    ):
        with pytest.raises(Vanished) as refused:
            call()
        assert refused.value.status == 404
