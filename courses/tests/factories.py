"""Courses for tests. A state that a verb makes (published, live) is reached through that verb."""

from typing import Any

import factory
from django.db import transaction

from accounts.models import User
from accounts.tests.factories import UserFactory
from courses import services
from courses.models import Category, Course, Lesson, Module
from courses.services.writing import lock_course, raise_versions, recount_course

DESCRIPTION = "A course about light, lenses and what one sees through them, for everybody who likes to look."
BODY = "Hold the lens towards the window and look at the wall."


class InstructorFactory(UserFactory):
    """A person who teaches."""

    role = User.Role.INSTRUCTOR


class CategoryFactory(factory.django.DjangoModelFactory):
    """A subject; its slug follows the English name."""

    class Meta:
        model = Category

    name_en = factory.Sequence(lambda n: f"Subject {n}")
    name_ar = factory.Sequence(lambda n: f"مادة {n}")
    slug = factory.Sequence(lambda n: f"subject-{n}")
    position = factory.Sequence(int)


class CourseFactory(factory.django.DjangoModelFactory):
    """A published course of 2 modules with 3 live text lessons each.

    `draft=True` leaves it unpublished (its lessons are live all the same), `modules` and `lessons` change the
    numbers; any field of COURSE_FIELDS may be given.
    """

    class Meta:
        model = Course

    instructor = factory.SubFactory(InstructorFactory)
    title = factory.Sequence(lambda n: f"Course {n}")
    description = DESCRIPTION
    language = "en"

    @classmethod
    def _create(cls, model_class: type[Course], *args: Any, **kwargs: Any) -> Course:
        draft = kwargs.pop("draft", False)
        modules, lessons = kwargs.pop("modules", 2), kwargs.pop("lessons", 3)
        instructor = kwargs.pop("instructor")
        course = services.create_course(by=instructor, **kwargs)
        if modules:
            fill(course, modules, lessons, live=True, published=not draft)
        if not draft:
            services.publish(course=course, by=instructor)
        return Course.objects.select_related("instructor", "category", "thumbnail").get(pk=course.pk)


def fill(course: Course, modules: int, lessons: int, *, live: bool, published: bool = False) -> None:
    """Write modules and text lessons as `add_module` and `add_lesson` leave them, in a tenth of the queries.

    `published`: as `publish` leaves the content that it publishes with a course. Half of all tests begin with a
    course; test_factories holds the two ways equal.
    """
    made = [Module(course=course, position=n, title=f"Module {n}") for n in range(1, modules + 1)]
    steps = [
        Lesson(
            course=course,
            module=module,
            position=step,
            title=f"Lesson {module.position}.{step}",
            slug=f"lesson-{module.position}-{step}",
            body=BODY,
            is_published=live,
            revision=2 if published else 1,
        )
        for module in made
        for step in range(1, lessons + 1)
    ]
    Module.objects.bulk_create(made)
    Lesson.objects.bulk_create(steps)
    with transaction.atomic():
        course = lock_course(course.pk)
        if live and steps:
            recount_course(course)
        course.revision += len(made) + len(steps) - 1  # and one more below
        course.structure_version += len(made) + len(steps) - 1 + bool(published and steps)
        raise_versions(course, structure=True)


class ModuleFactory(factory.django.DjangoModelFactory):
    """A published module without lessons, at the end of its course."""

    class Meta:
        model = Module

    course = factory.SubFactory(CourseFactory)
    title = factory.Sequence(lambda n: f"Extra module {n}")

    @classmethod
    def _create(cls, model_class: type[Module], *args: Any, **kwargs: Any) -> Module:
        return services.add_module(by=kwargs["course"].instructor, **kwargs)


class LessonFactory(factory.django.DjangoModelFactory):
    """A live text lesson at the end of its module; `is_published=False` for one that is not."""

    class Meta:
        model = Lesson

    module = factory.SubFactory(ModuleFactory)
    title = factory.Sequence(lambda n: f"Extra lesson {n}")
    body = BODY
    is_published = True

    @classmethod
    def _create(cls, model_class: type[Lesson], *args: Any, **kwargs: Any) -> Lesson:
        return services.add_lesson(by=kwargs["module"].course.instructor, **kwargs)
