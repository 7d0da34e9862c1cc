"""Copies of courses, modules and lessons: what goes along, what stays behind, and all or nothing."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from courses import services
from courses.exceptions import LessonRemoved, LimitReached
from courses.models import Course, Lesson, LessonResource, Module
from courses.services import duplicating, outline
from courses.tests.factories import CategoryFactory, CourseFactory, LessonFactory
from files.tests.factories import stored

pytestmark = pytest.mark.django_db


@pytest.fixture
def rich(instructor):
    """A published course with everything that is copied and everything that is not."""
    picture = stored(instructor)
    course = CourseFactory(
        instructor=instructor,
        title="Light and lenses",
        tags=["optics", "glass"],
        category=CategoryFactory(),
        thumbnail=picture,
        price=20,
        is_sequential=True,
        prerequisite_courses=[CourseFactory(instructor=instructor)],
    )
    module = course.modules.first()
    services.update_module(
        module=module, by=instructor, fields={"release_at": timezone.now(), "release_after_days": 7}
    )
    lesson = LessonFactory(module=module, title="Seen", body=f"![A lens](file:{picture.pk})")
    services.add_resource(lesson=lesson, by=instructor, url="https://example.org/a", title="More")
    services.remove_lesson(lesson=course.lessons.in_order()[1], by=instructor)
    services.set_enrollment_count(course.pk, 4)
    course.refresh_from_db()
    return course


def told(course):
    """Return what a copy has in common with its original."""
    return [
        (
            module.title,
            module.position,
            module.is_published,
            module.release_after_days,
            [
                (
                    lesson.title,
                    lesson.slug,
                    lesson.type,
                    lesson.body,
                    lesson.is_published,
                    lesson.position,
                    list(lesson.inline_files.values_list("pk")),
                    list(lesson.resources.values_list("title", "url", "file", "position")),
                )
                for lesson in module.lessons.order_by("position")
            ],
        )
        for module in course.modules.order_by("position")
    ]


def test_a_course_is_copied_whole(rich, instructor):
    copy = services.duplicate_course(course=rich, by=instructor)
    assert (copy.title, copy.status, copy.instructor) == ("Copy of Light and lenses", "draft", instructor)
    assert copy.slug == "copy-of-light-and-lenses"
    assert told(copy) == told(rich)
    for name in ("tags", "prerequisite_courses", "inline_files"):
        assert set(getattr(copy, name).all()) == set(getattr(rich, name).all())
    assert (copy.thumbnail, copy.price, copy.is_sequential) == (rich.thumbnail, rich.price, True)
    assert (copy.lesson_count, copy.enrollment_count, copy.published_at) == (rich.lesson_count, 0, None)
    assert not copy.modules.filter(release_at__isnull=False).exists()
    assert copy.slugs.count() == 1
    assert copy.search_text


def test_an_admin_copies_for_the_owner_and_a_teacher_for_themselves(
    rich, admin_user, outsider_instructor, instructor
):
    assert services.duplicate_course(course=rich, by=admin_user).instructor == instructor
    mine = services.duplicate_course(course=rich, by=outsider_instructor)
    assert mine.instructor == outsider_instructor
    assert mine.slug == "copy-of-light-and-lenses-2"


def test_only_teachers_get_copies(rich, student):
    before = Course.objects.count()
    with pytest.raises(ValidationError):
        services.duplicate_course(course=rich, by=student)
    assert Course.objects.count() == before


def test_copiers_get_the_map_and_may_undo_it_all(rich, instructor, monkeypatch):
    seen = []
    monkeypatch.setattr(duplicating, "_copiers", [lambda *args: seen.append(args)])
    copy = services.duplicate_course(course=rich, by=instructor)
    source, target, lesson_map = seen[0]
    assert (source, target) == (rich, copy)
    assert {old: new.title for old, new in lesson_map.items()} == dict(
        rich.lessons.present().values_list("pk", "title")
    )

    def fail(*args):
        raise RuntimeError

    monkeypatch.setattr(duplicating, "_copiers", [fail])
    counts = [model.objects.count() for model in (Course, Module, Lesson, LessonResource)]
    with pytest.raises(RuntimeError):
        services.duplicate_course(course=rich, by=instructor)
    assert [model.objects.count() for model in (Course, Module, Lesson, LessonResource)] == counts


def test_a_module_is_copied_beside_itself_unpublished(rich, instructor):
    first, second = rich.modules.order_by("position")
    live = rich.lesson_count
    copy = services.duplicate_module(module=first, by=instructor)
    assert list(rich.modules.order_by("position")) == [first, copy, second]
    assert (copy.title, copy.is_published, copy.position) == ("Copy of Module 1", False, 2)
    assert copy.release_after_days == 7
    slugs = list(copy.lessons.order_by("position").values_list("slug", flat=True))
    assert slugs == [f"{lesson.slug}-2" for lesson in first.lessons.order_by("position")]
    rich.refresh_from_db()
    assert rich.lesson_count == live


def test_a_lesson_is_copied_beside_itself_unpublished(rich, instructor):
    lesson = rich.lessons.live().in_order().first()
    copy = services.duplicate_lesson(lesson=lesson, by=instructor)
    assert (copy.position, copy.module, copy.is_published) == (2, lesson.module, False)
    assert (copy.title, copy.slug) == ("Copy of Lesson 1.1", "copy-of-lesson-1-1")
    positions = list(lesson.module.lessons.order_by("position").values_list("position", flat=True))
    assert positions == [1, 2, 3, 4]


def test_refusals_of_copies_change_nothing(rich, instructor, shape, monkeypatch):
    removed = rich.lessons.get(deleted_at__isnull=False)
    before = shape(rich)
    with pytest.raises(LessonRemoved):
        services.duplicate_lesson(lesson=removed, by=instructor)
    monkeypatch.setattr(duplicating, "MAX_LESSONS", rich.lessons.present().count() + 1)
    with pytest.raises(LimitReached):
        services.duplicate_module(module=rich.modules.first(), by=instructor)
    assert shape(rich) == before


def test_copying_is_constant_in_lessons(instructor, max_queries):
    for lessons in (2, 12):
        course = CourseFactory(instructor=instructor, lessons=lessons)
        with max_queries(36):
            services.duplicate_course(course=course, by=instructor)


def test_a_removed_module_comes_back_with_its_lessons(course, instructor, shape, monkeypatch):
    module = course.modules.first()
    ids = list(module.lessons.order_by("position").values_list("pk", flat=True))
    services.remove_module(module=module, by=instructor)
    LessonFactory(module=course.modules.first(), title="Lesson 1.1")  # takes an address
    back = services.restore_module(course=course, by=instructor, lessons=ids[::-1], title="Back", position=1)
    assert list(course.modules.order_by("position").values_list("title", flat=True)) == ["Back", "Module 2"]
    assert list(back.lessons.order_by("position").values_list("pk", flat=True)) == ids[::-1]
    course.refresh_from_db()
    assert course.lesson_count == 7
    before = shape(course)
    with pytest.raises(ValidationError):
        services.restore_module(course=course, by=instructor, lessons=ids, title="Again")
    monkeypatch.setattr(outline, "MAX_MODULES", 2)
    with pytest.raises(LimitReached):
        services.restore_module(course=course, by=instructor, lessons=[], title="Again")
    assert shape(course) == before


def test_prerequisites_are_visible_courses_and_never_in_a_circle(
    course, draft, instructor, outsider_instructor, shape
):
    foreign = CourseFactory(instructor=outsider_instructor, draft=True)
    other = CourseFactory(instructor=outsider_instructor)

    def set_on(row, *wanted):
        return services.update_course(course=row, by=instructor, fields={"prerequisite_courses": wanted})

    changed = set_on(course, draft, other)
    assert set(changed.prerequisite_courses.all()) == {draft, other}
    assert list(changed.prerequisites_in_force()) == [other]
    assert [p.code for p in changed.problems() if p.code == "prerequisite_not_published"] == [
        "prerequisite_not_published"
    ]
    assert set_on(course, other, draft).revision == changed.revision  # nothing new
    before = shape(course)
    for wanted, code in (([foreign], "unknown_course"), ([course], "prerequisite_cycle")):
        with pytest.raises(ValidationError) as refused:
            set_on(course, *wanted)
        assert refused.value.error_dict["prerequisite_courses"][0].code == code
    with pytest.raises(ValidationError):
        set_on(draft, course)
    assert not draft.prerequisite_courses.exists()
    many = CourseFactory.create_batch(11, instructor=instructor, modules=1, lessons=0, draft=True)
    with pytest.raises(ValidationError):
        set_on(course, *many)
    assert shape(course) == before
    assert set(course.prerequisite_courses.all()) == {draft, other}
    services.unpublish(course=other, by=outsider_instructor)
    assert set_on(course, other).prerequisite_courses.get() == other  # what is there may stay


def test_release_is_written_and_checked(course, instructor):
    module = course.modules.first()
    at = timezone.now() + timedelta(days=3)
    changed = services.update_module(module=module, by=instructor, fields={"release_at": at})
    assert changed.release_at == at
    with pytest.raises(ValidationError):
        services.update_module(module=module, by=instructor, fields={"release_after_days": 3651})
