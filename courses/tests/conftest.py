"""What the tests of courses share."""

import pytest

from courses import learners
from courses.models import Course
from courses.tests.factories import CourseFactory


@pytest.fixture
def course(instructor):
    """A published course of the instructor: 2 modules with 3 live text lessons each."""
    return CourseFactory(instructor=instructor, title="Light and lenses")


@pytest.fixture
def draft(instructor):
    """The same, not published."""
    return CourseFactory(instructor=instructor, title="Light and lenses, second part", draft=True)


@pytest.fixture
def lesson(course):
    """The first lesson of `course`."""
    return course.lessons.in_order().select_related("module", "course").first()


class Pupils:
    """A learning side of which the test knows the answers."""

    def __init__(self, progress=()):
        self.progress = dict(progress)

    def course_ids(self, user):
        return Course.objects.none().values("pk")

    def outline_access(self, user, course, lessons=None):
        return {}

    def people_with_progress(self, lesson_ids):
        return {pk: self.progress[pk] for pk in lesson_ids if pk in self.progress}


@pytest.fixture
def pupils(monkeypatch):
    """`pupils({lesson.pk: 3})`: so many people have progress in these lessons."""

    def have(progress):
        monkeypatch.setattr(learners, "_provider", Pupils(progress))

    return have


@pytest.fixture
def shape():
    """`shape(course)`: the whole outline as plain values, to see that nothing has changed."""

    def look(course):
        course.refresh_from_db()
        rows = course.lessons.order_by("pk").values_list(
            "pk", "module", "position", "title", "slug", "is_published", "deleted_at", "revision"
        )
        modules = course.modules.order_by("pk").values_list("pk", "position", "title", "is_published")
        figures = (course.lesson_count, course.duration_minutes, course.revision, course.structure_version)
        return list(rows), list(modules), figures, course.status, course.slug, course.title

    return look
