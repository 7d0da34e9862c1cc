"""Enrollments for tests. A state that a verb makes (completed, dropped, reviewed) is reached through that verb."""

from typing import Any

import factory

from accounts.tests.factories import UserFactory
from courses.models import Course, Lesson
from courses.tests.factories import CourseFactory
from enrollments import services
from enrollments.models import Enrollment, LessonProgress, Review


class EnrollmentFactory(factory.django.DjangoModelFactory):
    """A student in a published course. `completed=n` completes the first n required lessons (True: all)."""

    class Meta:
        model = Enrollment

    student = factory.SubFactory(UserFactory)
    course = factory.SubFactory(CourseFactory)
    source = Enrollment.Source.WEB

    @classmethod
    def _create(cls, model_class: type[Enrollment], *args: Any, **kwargs: Any) -> Enrollment:
        completed = kwargs.pop("completed", 0)
        course = Course.objects.get(pk=kwargs.pop("course").pk)
        enrollment = services.enroll(course=course, **kwargs)
        lessons = required_lessons(course)
        return complete(enrollment, lessons if completed is True else lessons[:completed])


class ReviewFactory(factory.django.DjangoModelFactory):
    """Five stars and a sentence, by somebody who has completed the course."""

    class Meta:
        model = Review

    enrollment = factory.SubFactory(EnrollmentFactory, completed=True)
    rating = 5
    text = "Clear, short and to the point."

    @classmethod
    def _create(cls, model_class: type[Review], *args: Any, **kwargs: Any) -> Review:
        return services.add_review(**kwargs)


def required_lessons(course: Course) -> list[Lesson]:
    """Return what counts in the course, in its order."""
    lessons = Lesson.objects.required().filter(course=course).in_order()
    return list(lessons.select_related("module", "course", "video_file"))


def complete(enrollment: Enrollment, lessons: list[Lesson]) -> Enrollment:
    """Complete the lessons as a teacher's quiz would, whatever their type; return the enrollment as it is now."""
    for lesson in lessons:
        services.complete_lesson(enrollment=enrollment, lesson=lesson, via=LessonProgress.Via.QUIZ)
    return Enrollment.objects.select_related("student", "course").get(pk=enrollment.pk)
