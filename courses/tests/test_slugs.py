"""Addresses of courses and lessons."""

import re

import pytest
from django.core.exceptions import ValidationError

from courses import services
from courses.exceptions import LessonSlugTaken, SlugTaken
from courses.models import Course, CourseSlug
from courses.tests.factories import CourseFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Python from the First Line", "python-from-the-first-line"),
        ("العَرَبيّة المكتوبة", "العربية-المكتوبة"),
        ("SQL للمبتدئين 101", "sql-للمبتدئين-101"),
        ("new", "new-2"),
        ("Top-Rated", "top-rated-2"),
        ("018f4c1e-0000-7000-8000-000000000001", "018f4c1e-0000-7000-8000-000000000001-2"),
    ],
)
def test_slug_is_made_from_the_title(instructor, title, slug):
    assert services.create_course(by=instructor, title=title).slug == slug


def test_emoji_get_a_random_slug(instructor):
    assert re.fullmatch(r"course-[a-z2-9]{8}", services.create_course(by=instructor, title="🎉🎉🎉").slug)


def test_long_titles_are_cut_at_a_word(instructor):
    course = services.create_course(by=instructor, title=("word " * 60)[:255])
    assert len(course.slug) <= 200
    assert set(course.slug.split("-")) == {"word"}


def test_same_title_gets_a_number(instructor, outsider_instructor):
    slugs = [services.create_course(by=instructor, title="Optics").slug for _ in range(2)]
    slugs.append(services.create_course(by=outsider_instructor, title="OPTICS").slug)
    assert slugs == ["optics", "optics-2", "optics-3"]


def test_draft_slug_follows_the_title_and_stays_the_courses(instructor):
    course = services.create_course(by=instructor, title="Optics")
    course = services.update_course(course=course, by=instructor, fields={"title": "Light"})
    assert course.slug == "light"
    # An address that a course once had never becomes another's.
    assert services.create_course(by=instructor, title="Optics").slug == "optics-2"
    course = services.update_course(course=course, by=instructor, fields={"title": "Optics"})
    assert course.slug == "optics"


def test_typed_slug_stays_when_the_title_changes(instructor):
    course = services.create_course(by=instructor, title="Optics", slug="Lenses & Light")
    assert course.slug == "lenses-light"
    course = services.update_course(course=course, by=instructor, fields={"title": "Mirrors"})
    assert course.slug == "lenses-light"


def test_published_slug_changes_only_when_sent(course, instructor):
    course = services.update_course(course=course, by=instructor, fields={"title": "Other words"})
    assert course.slug == "light-and-lenses"
    course = services.update_course(course=course, by=instructor, fields={"slug": "other-words"})
    assert course.slug == "other-words"
    assert set(course.slugs.values_list("slug", flat=True)) == {"light-and-lenses", "other-words"}


@pytest.mark.parametrize(("slug", "code"), [("mine", "slug_reserved"), ("!!!", "invalid_slug")])
def test_slug_that_cannot_be(course, instructor, shape, slug, code):
    before = shape(course)
    with pytest.raises(ValidationError) as error:
        services.update_course(course=course, by=instructor, fields={"slug": slug})
    assert error.value.error_dict["slug"][0].code == code
    assert shape(course) == before


def test_slug_of_another_course_is_taken_even_an_old_one(course, instructor, shape):
    other = CourseFactory(instructor=instructor, title="Waves")
    services.update_course(course=other, by=instructor, fields={"slug": "sound"})
    before = shape(course)
    for slug in ("waves", "sound"):
        with pytest.raises(SlugTaken):
            services.update_course(course=course, by=instructor, fields={"slug": slug})
    with pytest.raises(SlugTaken):
        services.create_course(by=instructor, title="Third", slug="waves")
    assert shape(course) == before
    assert not Course.objects.filter(title="Third").exists()


def test_lesson_slugs_are_unique_in_their_course(course, instructor):
    module = course.modules.first()
    first = services.add_lesson(module=module, by=instructor, title="نُور")
    second = services.add_lesson(module=module, by=instructor, title="نور")
    assert (first.slug, second.slug) == ("نور", "نور-2")
    with pytest.raises(LessonSlugTaken):
        services.update_lesson(lesson=second, by=instructor, fields={"slug": "نور"})
    renamed = services.update_lesson(lesson=second, by=instructor, fields={"title": "Lamp"})
    assert renamed.slug == "نور-2"


@pytest.mark.django_db(transaction=True)
def test_twenty_courses_of_one_title_at_once(instructor, race):
    made = race(*[lambda: services.create_course(by=instructor, title="Optics").slug] * 20)
    assert sorted(made, key=str) == sorted(["optics", *(f"optics-{n}" for n in range(2, 21))])
    assert CourseSlug.objects.count() == 20
