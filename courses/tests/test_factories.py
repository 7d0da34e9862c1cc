"""What the factories write in bulk is what the services write one by one."""

import pytest

from accounts.models import AuditEntry
from courses import services
from courses.models import Course, Lesson, Module
from courses.tests.factories import CourseFactory, LessonFactory, fill

pytestmark = pytest.mark.django_db
OWN = {"id", "course", "module", "instructor", "slug"}  # what no two rows share


def values(rows):
    """Return the rows as plain values; of a time only whether there is one."""
    found = []
    for row in rows:
        names = [field.name for field in row._meta.concrete_fields if field.name not in OWN]
        plain = {name: getattr(row, name) for name in names}
        found.append({name: bool(value) if name.endswith("_at") else value for name, value in plain.items()})
    return found


def everything(course):
    return [
        values(Course.objects.filter(pk=course.pk)),
        values(Module.objects.filter(course=course).order_by("position")),
        values(Lesson.objects.filter(course=course).in_order()),
        list(Lesson.objects.filter(course=course).in_order().values_list("slug", "module__position")),
        list(AuditEntry.objects.filter(target_id=course.pk).order_by("pk").values_list("action", "data")),
    ]


def one_by_one(course, modules, lessons, *, live):
    for number in range(1, modules + 1):
        module = services.add_module(course=course, by=course.instructor, title=f"Module {number}")
        for step in range(1, lessons + 1):
            LessonFactory(module=module, title=f"Lesson {number}.{step}", is_published=live)


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize(("modules", "lessons"), [(2, 3), (1, 0), (3, 1), (11, 2)])
def test_a_filled_course_is_a_written_one(instructor, modules, lessons, live):
    filled = CourseFactory(title="Lenses", instructor=instructor, draft=True, modules=0)
    written = CourseFactory(title="Lenses", instructor=instructor, draft=True, modules=0)
    fill(filled, modules, lessons, live=live)
    one_by_one(written, modules, lessons, live=live)
    assert everything(filled) == everything(written)


@pytest.mark.parametrize(("modules", "lessons"), [(2, 3), (1, 4)])
def test_a_published_one_too(instructor, modules, lessons):
    filled = CourseFactory(title="Lenses", instructor=instructor, modules=modules, lessons=lessons)
    written = services.create_course(
        by=instructor, title="Lenses", description=filled.description, language="en"
    )
    one_by_one(written, modules, lessons, live=False)
    services.publish(course=written, by=instructor, publish_content=True)
    assert everything(filled) == everything(written)
