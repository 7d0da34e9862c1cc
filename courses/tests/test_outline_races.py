"""Two authors at once: positions stay 1..n, figures stay true. On SQLite one waits for the other."""

import pytest

from courses import services
from courses.exceptions import NotPublishable, OrderMismatch
from courses.tests.factories import CourseFactory

pytestmark = pytest.mark.django_db(transaction=True)


def assert_sound(course):
    """Positions are 1..n everywhere and the stored figures are those of a recount."""
    modules = list(course.modules.order_by("position"))
    assert [module.position for module in modules] == list(range(1, len(modules) + 1))
    for module in modules:
        positions = list(module.lessons.order_by("position").values_list("position", flat=True))
        assert positions == list(range(1, len(positions) + 1))
    course.refresh_from_db()
    stored = (course.lesson_count, course.duration_minutes)
    services.recount_course(course, save=False)
    assert (course.lesson_count, course.duration_minutes) == stored


def unexpected(results, *expected):
    return [r for r in results if isinstance(r, Exception) and not isinstance(r, expected)]


def test_reorder_against_add(instructor, race):
    course = CourseFactory(instructor=instructor)
    module = course.modules.first()
    ids = list(module.lessons.values_list("pk", flat=True))
    results = race(
        *[lambda: services.reorder_lessons(module=module, by=instructor, ids=ids[::-1])] * 3,
        *[lambda: services.add_lesson(module=module, by=instructor, title="Added", position=1)] * 5,
    )
    assert unexpected(results, OrderMismatch) == []
    assert module.lessons.count() == 8
    assert_sound(course)


def test_two_orders_at_once(instructor, race):
    course = CourseFactory(instructor=instructor, modules=6, lessons=1)
    ids = list(course.modules.values_list("pk", flat=True))
    orders = [ids[n:] + ids[:n] for n in range(6)]
    results = race(
        *[lambda o=order: services.reorder_modules(course=course, by=instructor, ids=o) for order in orders]
    )
    assert unexpected(results) == []
    final = list(course.modules.order_by("position").values_list("pk", flat=True))
    assert final in orders
    assert_sound(course)


def test_moves_crossing_each_other(instructor, race):
    course = CourseFactory(instructor=instructor)
    one, two = course.modules.order_by("position")
    calls = [
        lambda lesson=lesson, target=target: services.move_lesson(
            lesson=lesson, by=instructor, module=target, position=1
        )
        for source, target in ((one, two), (two, one))
        for lesson in source.lessons.all()
    ]
    assert unexpected(race(*calls)) == []
    assert {lesson.title[7] for lesson in one.lessons.all()} == {"2"}
    assert_sound(course)


def test_remove_against_publish(instructor, race):
    course = CourseFactory(instructor=instructor, draft=True, lessons=2)
    calls = [
        lambda lesson=lesson: services.remove_lesson(lesson=lesson, by=instructor)
        for lesson in course.lessons.all()
    ]
    results = race(*calls, lambda: services.publish(course=course, by=instructor))
    assert unexpected(results, NotPublishable) == []
    assert_sound(course)
    assert course.lesson_count == 0
    assert course.revision >= 4


def test_versions_count_every_change(instructor, race):
    course = CourseFactory(instructor=instructor)
    lessons = list(course.lessons.all())
    before = course.revision, course.structure_version
    race(*[lambda one=one: services.unpublish_lesson(lesson=one, by=instructor) for one in lessons])
    course.refresh_from_db()
    assert (course.revision, course.structure_version) == (before[0] + 6, before[1] + 6)
    assert_sound(course)


@pytest.mark.parametrize("size", [2, 4])
def test_a_circle_of_prerequisites_never_closes(instructor, race, size):
    courses = CourseFactory.create_batch(size, instructor=instructor, modules=1, lessons=0, draft=True)
    pairs = zip(courses, courses[1:] + courses[:1], strict=True)
    results = race(
        *[
            lambda one=one, other=other: services.update_course(
                course=one, by=instructor, fields={"prerequisite_courses": [other]}
            )
            for one, other in pairs
        ]
    )
    refused = [result for result in results if isinstance(result, Exception)]
    assert [error.error_dict["prerequisite_courses"][0].code for error in refused] == ["prerequisite_cycle"]
    assert sum(course.prerequisite_courses.count() for course in courses) == size - 1


def test_copies_and_moves_at_once(instructor, race):
    course = CourseFactory(instructor=instructor)
    one, two = course.modules.order_by("position")
    lesson = one.lessons.first()
    results = race(
        *[lambda: services.duplicate_lesson(lesson=lesson, by=instructor)] * 2,
        *[lambda: services.duplicate_module(module=two, by=instructor)] * 2,
        lambda: services.move_lesson(lesson=lesson, by=instructor, module=two, position=1),
        lambda: services.duplicate_course(course=course, by=instructor),
    )
    assert unexpected(results) == []
    assert course.modules.count() == 4
    assert_sound(course)
    assert_sound(results[-1])
