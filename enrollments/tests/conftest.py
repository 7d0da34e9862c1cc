"""A course with its teacher, and a student in it."""

import pytest

from courses.tests.factories import CourseFactory, LessonFactory
from enrollments.tests.factories import EnrollmentFactory, required_lessons
from files.tests.factories import mp4_bytes, stored


@pytest.fixture
def course(instructor):
    """Published, two modules of three text lessons each."""
    return CourseFactory(instructor=instructor, title="Lenses")


@pytest.fixture
def enrollment(student, course):
    """The student in the course, with nothing done."""
    return EnrollmentFactory(student=student, course=course)


@pytest.fixture
def lessons(course):
    """What counts in the course, in its order."""
    return required_lessons(course)


@pytest.fixture
def video(course):
    """A film of 100 seconds at the end of the course; 80 % of it have to be watched."""
    film = stored(course.instructor, mp4_bytes(100), name="film.mp4")
    LessonFactory(module=course.modules.first(), title="The film", type="video", video_file=film, body="")
    course.refresh_from_db()
    return course.lessons.select_related("module", "course", "video_file").get(title="The film")
